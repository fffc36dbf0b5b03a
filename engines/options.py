"""Numbers that a method lets its caller set, such as a strength: what each means, its limits, and those chosen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

DIGITS = 4


@dataclass(frozen=True)
class Option:
    """A number of a method's own, drawn as a slider and set by `--set METHOD.NAME=VALUE`.

    Attributes:
        name: lower case, unique within the method.
        label: as the slider is called.
        low, high: the limits, both allowed.
        step: of the slider; the command line takes any number within the limits, to four decimals.
        help: what more of it does.
    """

    name: str
    label: str
    low: float
    high: float
    default: float
    step: float
    help: str

    def checked(self, value: float) -> float:
        """The value, to four decimals.

        Raises:
            ValueError: it is outside the limits; the text says what is accepted.
        """
        if not self.low <= value <= self.high:
            raise ValueError(f"{self.name} from {shown(self.low)} to {shown(self.high)}")
        return round(value, DIGITS)


class Chosen(Mapping[str, float]):
    """Option values by name, in one order, never changed; equal choices are one key of a dictionary."""

    def __init__(self, values: Mapping[str, float] | Iterable[tuple[str, float]] = ()) -> None:
        self._values = dict(sorted(dict(values).items()))

    def __getitem__(self, name: str) -> float:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(tuple(self._values.items()))

    def __repr__(self) -> str:
        return f"Chosen({self._values})"


def shown(value: float) -> str:
    """A value as addresses and commands hold it: 2, 0.5; never with an exponent."""
    return f"{round(value, DIGITS):f}".rstrip("0").rstrip(".")
