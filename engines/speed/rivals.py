"""Other ways to compute the same: transformers one by one or in padded batches, and a llama.cpp server."""

from __future__ import annotations

import importlib.metadata
import json
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from engines.errors import EngineError, FailureKind
from engines.rows import GenerateRow, ScoreRow

Tokens = Sequence[int]
Prompt = Callable[[GenerateRow | ScoreRow], Tokens]
Tails = Callable[[ScoreRow], Sequence[Tokens]]
HTTP_SECONDS = 600


class Rival(Protocol):
    """Who computes the same rows in the plain way."""

    version: str

    def generate(self, rows: Sequence[GenerateRow]) -> int:
        """Continue rows one by one; new tokens in all."""
        ...

    def padded(self, rows: Sequence[GenerateRow]) -> int:
        """Continue rows in one padded batch, as far as the longest; new tokens that were asked for."""
        ...

    def candidates(self, row: ScoreRow) -> list[float]:
        """The log-probability of each continuation, one by one."""
        ...

    def labels(self, rows: Sequence[ScoreRow]) -> list[list[float]]:
        """The log-probability of each continuation's last token, of continuations that differ there alone."""
        ...


@dataclass(frozen=True)
class Shape:
    """What the arithmetic of a model is made of.

    Attributes:
        parameters: all, tied ones once; all of them are read in a step of decoding.
        head: of these, those of the output layer.
        size: bytes of a parameter.
        hidden: width of a token.
        layers: how many.
        linear: (outputs, inputs) of each linear layer of one block.
    """

    parameters: int
    head: int
    size: int
    hidden: int
    layers: int
    linear: tuple[tuple[int, int], ...]


class Transformers:
    """The same weights by the transformers library, in its usual form, an instance of its own.

    Args:
        folder: of the weights.
        precision: float32 or bfloat16.
        prompt: the tokens of a row's prompt, the same that ours reads.
        tails: the tokens of a row's continuations.
    """

    def __init__(self, folder: Path, precision: str, *, prompt: Prompt, tails: Tails) -> None:
        import torch
        from transformers import AutoModelForCausalLM

        self.version = importlib.metadata.version("transformers")
        self._torch: Any = torch
        self._prompt, self._tails = prompt, tails
        self.model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, precision)).eval()

    def shape(self) -> Shape:
        """What the arithmetic is made of."""
        base = self.model.model
        linear = [m.weight for m in base.layers[0].modules() if isinstance(m, self._torch.nn.Linear)]
        every = list(self.model.parameters())
        return Shape(
            sum(p.numel() for p in every),
            self.model.lm_head.weight.numel(),
            every[0].element_size(),
            self.model.config.hidden_size,
            len(base.layers),
            tuple((int(w.shape[0]), int(w.shape[1])) for w in linear),
        )

    def generate(self, rows: Sequence[GenerateRow]) -> int:
        """Greedy, one row after another, behind the end of text too."""
        return sum(self._continue([self._prompt(row)], row.max_new_tokens) for row in rows)

    def padded(self, rows: Sequence[GenerateRow]) -> int:
        """Greedy, padded on the left, until the longest row is done."""
        self._continue([self._prompt(row) for row in rows], max(row.max_new_tokens for row in rows))
        return sum(row.max_new_tokens for row in rows)

    def _continue(self, prompts: Sequence[Tokens], new: int) -> int:
        torch, width = self._torch, max(map(len, prompts))
        filler = self.model.config.pad_token_id or 0
        ids = torch.tensor([[filler] * (width - len(p)) + list(p) for p in prompts])
        mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts])
        with torch.inference_mode():
            made = self.model.generate(
                ids,
                attention_mask=mask,
                min_new_tokens=new,
                max_new_tokens=new,
                do_sample=False,
                pad_token_id=filler,
            )
        return int(made[:, width:].numel())

    def candidates(self, row: ScoreRow) -> list[float]:
        """A forward pass for each continuation, with the logits that it needs and no others."""
        torch, prompt, found = self._torch, list(self._prompt(row)), []
        with torch.inference_mode():
            for tail in self._tails(row):
                logits = self.model(torch.tensor([prompt + list(tail)]), logits_to_keep=len(tail) + 1).logits[0, :-1]
                taken = logits.float().log_softmax(-1).gather(1, torch.tensor(tail)[:, None])
                found.append(float(taken.sum()))
        return found

    def labels(self, rows: Sequence[ScoreRow]) -> list[list[float]]:
        """A forward pass for each prompt, with the logits of the last position alone.

        Raises:
            EngineError: continuations differ in more than their last token.
        """
        torch, found = self._torch, []
        with torch.inference_mode():
            for row in rows:
                tails = [tuple(tail) for tail in self._tails(row)]
                if len({tail[:-1] for tail in tails}) != 1:
                    raise EngineError(FailureKind.MODEL, "labels that differ in more than their last token")
                ids = torch.tensor([[*self._prompt(row), *tails[0][:-1]]])
                logits = self.model(ids, logits_to_keep=1).logits[0, -1].float().log_softmax(-1)
                found.append([float(logits[tail[-1]]) for tail in tails])
        return found


def over_http(address: str, prompts: Sequence[Tokens], new: int) -> int:
    """Continue all prompts at once by a llama.cpp server, which reuses what its slots hold; new tokens in all.

    Raises:
        EngineError: it gave fewer tokens than were asked for.
    """

    def one(prompt: Tokens) -> int:
        asked = {
            "prompt": list(prompt),
            "n_predict": new,
            "ignore_eos": True,
            "cache_prompt": True,
            "temperature": 0,
        }
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{address}/completion", json.dumps(asked).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=HTTP_SECONDS) as answer:  # noqa: S310
            return int(json.load(answer)["tokens_predicted"])

    with ThreadPoolExecutor(len(prompts)) as pool:
        made = sum(pool.map(one, prompts))
    if made != new * len(prompts):
        raise EngineError(FailureKind.BAD_ANSWER, f"the llama.cpp server gave {made} tokens of {new * len(prompts)}")
    return made
