"""What can be learnt of a model: low-rank factors, a soft prompt, whole weights, a projector of profiles."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from engines.models.flat.learning import Subject
from engines.models.flat.trainable import Trainable
from engines.training.recipe import Learns, Recipe, Sample

Arrays = Mapping[str, Any]


def wanted(model: Trainable, recipe: Recipe) -> tuple[int, list[str]]:
    """The lowest layer that is learnt in, and the names of the linear layers in reach of a recipe."""
    many = len(model.layers)
    first = many - recipe.layers if 0 < recipe.layers < many else 0
    names = [
        name
        for name in model.linear
        if name.rpartition(".")[2] in recipe.modules and any(f".{n}." in name for n in range(first, many))
    ]
    return first, names


def merged(base: Arrays) -> dict[str, tuple[Tensor, Tensor]]:
    """The factors of a state that was learnt before, by module name."""
    names = [name[2:] for name in base if name.startswith("a:")]
    return {n: (torch.from_numpy(base[f"a:{n}"]), torch.from_numpy(base[f"b:{n}"])) for n in names}


class Nothing:
    """The model with a base state, and nothing that is learnt."""

    def __init__(self, base: Arrays) -> None:
        self.base, self._front = merged(base), torch.from_numpy(base["prefix"]) if "prefix" in base else None
        self._weights = {name[2:]: torch.from_numpy(base[name]) for name in base if name.startswith("w:")}

    def parameters(self) -> list[nn.Parameter]:
        """None."""
        return []

    def place(self, model: Trainable) -> Tensor | None:
        """The base alone."""
        model.learnt.factors, model.learnt.weights, model.learnt.gates = self.base, self._weights, {}
        return self._front

    def fronts(self, some: Sequence[int]) -> Sequence[Tensor] | None:
        """None."""
        del some
        return None

    def arrays(self) -> dict[str, Any]:
        """Nothing was learnt."""
        return {}


class LowRank(Nothing):
    """LoRA: A is drawn as for linear layers, B is zero, so that the first step begins at the model as it was."""

    def __init__(self, model: Trainable, recipe: Recipe, base: Arrays) -> None:
        super().__init__(base)
        draw = torch.Generator().manual_seed(recipe.seed)
        self.scale = recipe.alpha / recipe.rank
        self.learnt: dict[str, tuple[nn.Parameter, nn.Parameter]] = {}
        for name in wanted(model, recipe)[1]:
            inner, outer = model.linear[name]
            down = (torch.rand(recipe.rank, inner, generator=draw) * 2 - 1) / math.sqrt(inner)
            self.learnt[name] = nn.Parameter(down), nn.Parameter(torch.zeros(outer, recipe.rank))

    def parameters(self) -> list[nn.Parameter]:
        """A and B of every layer."""
        return [one for pair in self.learnt.values() for one in pair]

    def place(self, model: Trainable) -> Tensor | None:
        """The base's factors and the learnt ones beside each other, which adds them up."""
        front = super().place(model)
        made = dict(self.base)
        for name, (down, up) in self.learnt.items():
            up_scaled = up * self.scale
            if name in self.base:
                low, high = self.base[name]
                made[name] = torch.cat([low, down]), torch.cat([high, up_scaled], 1)
            else:
                made[name] = down, up_scaled
        model.learnt.factors = made
        return front

    def arrays(self) -> dict[str, Any]:
        """`a:NAME` and `b:NAME`, the scale in the second."""
        found = {}
        for name, (down, up) in self.learnt.items():
            found[f"a:{name}"], found[f"b:{name}"] = down.detach().numpy(), (up.detach() * self.scale).numpy()
        return found


class SoftPrompt(Nothing):
    """Embeddings before every prompt, begun at those of common tokens (prompt tuning, arXiv 2104.08691)."""

    def __init__(self, model: Trainable, recipe: Recipe, base: Arrays) -> None:
        super().__init__(base)
        draw = torch.Generator().manual_seed(recipe.seed)
        most = min(5000, len(model.embed.weight))  # ids fall with frequency in the usual vocabularies
        tokens = torch.randint(most // 5, most, (recipe.tokens,), generator=draw)
        self.learnt = nn.Parameter(model.embed(tokens.to(model.device)).detach().float().clone())

    def parameters(self) -> list[nn.Parameter]:
        """The embeddings."""
        return [self.learnt]

    def place(self, model: Trainable) -> Tensor | None:
        """They stand before the prompt."""
        super().place(model)
        return self.learnt

    def arrays(self) -> dict[str, Any]:
        """`prefix` [tokens, width]."""
        return {"prefix": self.learnt.detach().numpy()}


class Weights(Nothing):
    """The whole weights of linear layers, as a change that begins at zero: full fine-tuning of those layers."""

    def __init__(self, model: Trainable, recipe: Recipe, base: Arrays) -> None:
        super().__init__(base)
        names = wanted(model, recipe)[1]
        self.learnt = {name: nn.Parameter(torch.zeros(model.linear[name][::-1])) for name in names}

    def parameters(self) -> list[nn.Parameter]:
        """The change of each weight."""
        return list(self.learnt.values())

    def place(self, model: Trainable) -> Tensor | None:
        """They are added to the frozen weights."""
        front = super().place(model)
        model.learnt.weights = self.learnt
        return front

    def arrays(self) -> dict[str, Any]:
        """`w:NAME` [outer, inner]."""
        return {f"w:{name}": one.detach().numpy() for name, one in self.learnt.items()}


class Gates(Nothing):
    """One vector a layer that says of every token how much of the base's factors there it wants (after Per-Pcs)."""

    def __init__(self, model: Trainable, base: Arrays) -> None:
        super().__init__(base)
        firsts: dict[str, str] = {}
        for name in sorted(self.base):
            firsts.setdefault(layer_of(name), name)
        self.learnt = {layer: nn.Parameter(torch.zeros(model.linear[name][0])) for layer, name in firsts.items()}

    def parameters(self) -> list[nn.Parameter]:
        """The vector of every layer."""
        return list(self.learnt.values())

    def place(self, model: Trainable) -> Tensor | None:
        """All factors of a layer go by its one vector."""
        front = super().place(model)
        model.learnt.gates = {name: self.learnt[layer_of(name)] for name in self.base}
        return front

    def arrays(self) -> dict[str, Any]:
        """`g:LAYER` [inner]."""
        return {f"g:{layer}": one.detach().numpy() for layer, one in self.learnt.items()}


def layer_of(name: str) -> str:
    """The number of the layer that a module is in."""
    return next(part for part in name.split(".") if part.isdigit())


class Projector(Nothing):
    """A profile vector to embeddings before the prompt: two layers, shared by all users (after PPlug)."""

    def __init__(self, model: Trainable, recipe: Recipe, base: Arrays, profiles: Tensor) -> None:
        super().__init__(base)
        draw = torch.Generator().manual_seed(recipe.seed)
        inner, width = profiles.shape[1], model.embed.weight.shape[1]
        self.profiles, self.shape = profiles, (recipe.tokens, width)
        usual = float(model.embed.weight.float().std())
        self.down = nn.Parameter(torch.randn(width, inner, generator=draw) / math.sqrt(inner))
        self.up = nn.Parameter(torch.randn(recipe.tokens * width, width, generator=draw) * usual / math.sqrt(width))
        self.bias = nn.Parameter(torch.zeros(recipe.tokens * width))

    def parameters(self) -> list[nn.Parameter]:
        """Both layers."""
        return [self.down, self.up, self.bias]

    def fronts(self, some: Sequence[int]) -> Sequence[Tensor] | None:
        """Embeddings [tokens, width] for each sample."""
        hidden = torch.tanh(self.profiles[list(some)] @ self.down.T)
        return list((hidden @ self.up.T + self.bias).view(-1, *self.shape))

    def arrays(self) -> dict[str, Any]:
        """`down`, `up` and `bias` of the projector."""
        return {name: getattr(self, name).detach().numpy() for name in ("down", "up", "bias")}


def subject_of(model: Trainable, recipe: Recipe, base: Arrays, samples: Sequence[Sample]) -> Subject:
    """What a recipe learns."""
    if recipe.learns is Learns.LORA:
        return LowRank(model, recipe, base)
    if recipe.learns is Learns.GATES:
        return Gates(model, base)
    if recipe.learns is Learns.WEIGHTS:
        return Weights(model, recipe, base)
    if recipe.learns is Learns.SOFT_PROMPT:
        return SoftPrompt(model, recipe, base)
    return Projector(model, recipe, base, torch.tensor([sample.profile for sample in samples], dtype=torch.float32))
