"""A transformers model made ready for flat batches: packed weights, fused projections, attention over rows' own caches.

A flat batch is one sequence of tokens of many rows. Everything but attention works on tokens one by one, so it needs
no padding; attention asks the `Flow` of the current step, which knows each row's keys and values.

On a CPU the weights of linear layers are put once into the blocked layout of oneDNN, which multiplies several times
faster than the default there; projections that read the same input are one multiplication.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import torch
from torch import Tensor, nn

from engines.errors import EngineError, FailureKind
from engines.models.flat.hooks import Flow, steering

ATTENTION = "attune"
FUSED = {"LlamaAttention", "MistralAttention", "Qwen2Attention"}


class Projection(nn.Module):
    """Linear layers that read the same input, as one multiplication; each keeps its name for adapters."""

    def __init__(self, flow: Flow, named: Sequence[tuple[str, nn.Linear]]) -> None:
        super().__init__()
        self.flow = flow
        weight = torch.cat([linear.weight.detach() for _, linear in named])
        biases = [linear.bias for _, linear in named]
        self.bias = torch.cat([b.detach() for b in biases if b is not None]) if biases[0] is not None else None
        self.spans: dict[str, tuple[int, int]] = {}
        start = 0
        for name, linear in named:
            self.spans[name] = (start, start + linear.out_features)
            start += linear.out_features
        self.weight, self.packed = pack(weight)
        self.product = torch.ops.mkldnn._linear_pointwise.default if self.packed else None

    def forward(self, given: Tensor) -> Tensor:
        """[..., inner] to [..., outer], with the adapters of the rows that have some."""
        if self.product:
            made: Tensor = self.product(given, self.weight, self.bias, "none", [], "")
        else:
            made = nn.functional.linear(given, self.weight, self.bias)
        for factors, tokens in self.flow.adapters:
            for name, (low, high) in self.spans.items():
                if name in factors:
                    down, up = factors[name]
                    made[0, tokens, low:high] += (given[0, tokens] @ down.T) @ up.T
        return made


def pack(weight: Tensor) -> tuple[Tensor, bool]:
    """A weight [outer, inner] in the fastest layout there is here, and whether that is oneDNN's."""
    if weight.device.type != "cpu" or not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return weight, False
    try:
        packed = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), 64)
        torch.ops.mkldnn._linear_pointwise(weight.new_zeros(1, weight.shape[1]), packed, None, "none", [], "")
    except (AttributeError, RuntimeError, NotImplementedError):
        return weight, False
    return packed, True


class Norm(nn.Module):
    """Root mean square norm (arXiv 1910.07467) in one call: each call may wait for the interpreter's lock."""

    def __init__(self, norm: Any) -> None:
        super().__init__()
        self.weight, self.eps = norm.weight, norm.variance_epsilon

    def forward(self, given: Tensor) -> Tensor:
        """[..., width] to the same."""
        return nn.functional.rms_norm(given, self.weight.shape, self.weight, self.eps)


class Gated(nn.Module):
    """The gated feed-forward layer (SwiGLU, arXiv 2002.05202) with gate and up as one multiplication."""

    def __init__(self, flow: Flow, name: str, mlp: Any) -> None:
        super().__init__()
        self.act = mlp.act_fn
        self.both = Projection(flow, [(f"{name}.{part}", getattr(mlp, part)) for part in ("gate_proj", "up_proj")])
        self.down = Projection(flow, [(f"{name}.down_proj", mlp.down_proj)])

    def forward(self, given: Tensor) -> Tensor:
        """[..., width] to the same."""
        gate, up = self.both(given).chunk(2, -1)
        made: Tensor = self.down(self.act(gate).mul_(up))
        return made


class Attention(nn.Module):
    """Grouped-query attention with rotary positions; query, key and value are one multiplication."""

    def __init__(self, flow: Flow, name: str, attention: Any) -> None:
        super().__init__()
        self.flow, self.layer, self.width = flow, attention.layer_idx, attention.head_dim
        self.scale = attention.scaling
        self.queries = attention.q_proj.out_features // self.width
        self.keys = attention.k_proj.out_features // self.width
        parts = ("q_proj", "k_proj", "v_proj")
        self.into = Projection(flow, [(f"{name}.{part}", getattr(attention, part)) for part in parts])
        self.out = Projection(flow, [(f"{name}.o_proj", attention.o_proj)])

    def forward(
        self, hidden_states: Tensor, position_embeddings: tuple[Tensor, Tensor], **_: Any
    ) -> tuple[Tensor, None]:
        """[1, tokens, width] to the same."""
        tokens = hidden_states.shape[1]
        heads = self.into(hidden_states).view(tokens, -1, self.width)
        turning, value = torch.split(heads, [self.queries + self.keys, self.keys], 1)
        turned = self._turn(turning, position_embeddings)
        query, key = torch.split(turned, [self.queries, self.keys], 1)
        made = self.flow.attention(self.layer, query=query, key=key, value=value, scale=self.scale)
        return self.out(made.reshape(1, tokens, -1)), None

    def _turn(self, heads: Tensor, embeddings: tuple[Tensor, Tensor]) -> Tensor:
        """Rotary position embedding (arXiv 2104.09864); half of the sine is negated once a step, not once a layer."""
        if self.flow.turned is None:
            cos, sin = (part[0, :, None] for part in embeddings)
            half = self.width // 2
            self.flow.turned = cos, torch.cat([-sin[..., :half], sin[..., half:]], -1)
        cos, sin = (part[: len(heads)] for part in self.flow.turned)  # the last tokens may begin above this layer
        return torch.addcmul(heads * cos, heads.roll(self.width // 2, -1), sin)


@dataclass(frozen=True)
class Loaded:
    """A model whose modules were exchanged.

    Attributes:
        head: gives logits [n, vocabulary] of hidden states [n, width].
        linear: input and output size of every linear layer, by the name that adapters call it.
    """

    model: Any
    head: Projection
    flow: Flow
    linear: dict[str, tuple[int, int]]

    @property
    def enters_above(self) -> bool:
        """Whether tokens may begin above the first layer (`above.py`): where all attention is ours."""
        return all(isinstance(getattr(one, "self_attn", None), Attention) for one in self.model.get_decoder().layers)


def load(folder: Path, precision: str) -> Loaded:
    """The model of a folder, ready for flat batches, on the GPU if there is one.

    Raises:
        EngineError: the model attends in a way that rows with caches of their own cannot follow.
    """
    from transformers import AutoModelForCausalLM
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, precision))
    model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
    return prepare(model)


def prepare(model: Any) -> Loaded:
    """Exchange a model's modules for fast ones, in place.

    Raises:
        EngineError: see `load`.
    """
    from transformers import AttentionInterface, AttentionMaskInterface

    flow = Flow()
    probe = torch.arange(8, device=model.device)[None] + 3
    with torch.inference_mode():
        wanted = model(input_ids=probe).logits[0].float().log_softmax(-1)
    linear = {
        name: (one.in_features, one.out_features)
        for name, one in model.named_modules()
        if isinstance(one, nn.Linear) and one is not model.get_output_embeddings()
    }
    config = model.config
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    if kinds - {"full_attention", "sliding_attention"} or getattr(config, "attn_logit_softcapping", None):
        _refuse(config)

    def attend(module: Any, query: Tensor, key: Tensor, value: Tensor, *_: Any, **more: Any) -> tuple[Tensor, None]:
        query, key, value = (part[0].transpose(0, 1) for part in (query, key, value))
        scale = more.get("scaling") or query.shape[-1] ** -0.5
        made = flow.attention(module.layer_idx, query=query, key=key, value=value, scale=scale)
        return made[None], None

    AttentionInterface.register(ATTENTION, attend)
    AttentionMaskInterface.register(ATTENTION, lambda *_, **__: None)
    model.set_attn_implementation(ATTENTION)
    head = Projection(Flow(), [("lm_head", model.get_output_embeddings())])
    _exchange(model, flow, "", model.get_output_embeddings())
    for kept in (*model.parameters(), *model.buffers()):
        kept.data = kept.data.clone()  # else all of the file that they were read from stays in memory
    if not hasattr(model.get_decoder(), "layers"):
        _refuse(config)
    for place, layer in enumerate(model.get_decoder().layers):
        layer.register_forward_hook(steering(flow, place))
    loaded = Loaded(model, head, flow, linear)
    differ = (tried(loaded, probe) - wanted).abs()
    # Low precision moves the unlikely tokens of a meaningless text far, so there only the median tells.
    if not (differ.max() < 0.01 if model.dtype == torch.float32 else differ.median() < 1.0):
        _refuse(config)
    return loaded


def _refuse(config: Any) -> NoReturn:
    raise EngineError(
        FailureKind.MODEL,
        f"models of the kind {config.model_type} cannot be run here; serve it, and name the server in ATTUNE_MODEL",
    )


def tried(loaded: Loaded, probe: Tensor) -> Tensor:
    """Log-probabilities [tokens, vocabulary] of the exchanged model, to compare with those that it gave before."""

    def attend(layer: int, *, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        del layer
        query, key, value = (part.transpose(0, 1)[None] for part in (query, key, value))
        made = nn.functional.scaled_dot_product_attention(
            query, key, value, is_causal=True, scale=scale, enable_gqa=True
        )
        return made[0].transpose(0, 1)

    model, loaded.flow.attend, loaded.flow.turned = loaded.model, attend, None
    places = torch.arange(probe.shape[1], device=probe.device)[None]
    with torch.inference_mode():
        given = model.get_input_embeddings()(probe)
        made = model.get_decoder()(inputs_embeds=given, position_ids=places, use_cache=False)
        logits: Tensor = loaded.head(made.last_hidden_state[0]).float()
        return logits.log_softmax(-1)


def _exchange(module: Any, flow: Flow, path: str, kept: Any) -> None:
    """Exchange the children of a module that have a fast form, and go down into the others."""
    for name, child in list(module.named_children()):
        below = f"{path}.{name}" if path else name
        made = None if child is kept else _fast(flow, below, child)
        if made is None:
            _exchange(child, flow, below, kept)
        else:
            setattr(module, name, made)


def _fast(flow: Flow, path: str, module: Any) -> nn.Module | None:
    """The fast form of a module; None where it stays as it is."""
    kind = type(module).__name__
    if kind in FUSED:
        return Attention(flow, path, module)
    if kind.endswith("MLP") and all(isinstance(getattr(module, p, None), nn.Linear) for p in ("gate_proj", "up_proj")):
        return Gated(flow, path, module)
    if kind.endswith("RMSNorm") and hasattr(module, "variance_epsilon"):
        return Norm(module)
    return Projection(flow, [(path, module)]) if isinstance(module, nn.Linear) else None
