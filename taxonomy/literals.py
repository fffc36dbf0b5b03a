"""Values as SQL text, so that a query can be read, copied and run elsewhere with its values filled in."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_PART = re.compile(
    r"'(?:[^']|'')*'"  # a text
    r'|"(?:[^"]|"")*"'  # a name
    r"|--[^\n]*|/\*.*?\*/"  # comments
    r"|\$(?P<name>[A-Za-z_]\w*)",
    re.DOTALL,
)


def literal(value: Any) -> str:
    """A value as an SQL expression that stands for it wherever it is put.

    Raises:
        TypeError: a value of this type has no literal here.
    """
    if value is None or isinstance(value, bool):
        return {None: "NULL", True: "TRUE", False: "FALSE"}[value]
    if isinstance(value, int | float | Decimal):
        return _number(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dt.date):
        kind = ("TIMESTAMPTZ" if value.tzinfo else "TIMESTAMP") if isinstance(value, dt.datetime) else "DATE"
        return f"CAST('{value.isoformat()}' AS {kind})"
    if isinstance(value, list | tuple):
        return f"[{', '.join(literal(each) for each in value)}]"
    raise TypeError(f"no SQL literal for {type(value).__name__}")


def identifier(name: str) -> str:
    """A name between double quotes."""
    return '"{}"'.format(name.replace('"', '""'))


def filled(sql: str, values: Mapping[str, Any]) -> str:
    """A statement whose `$name` parameters are replaced by literals; texts, quoted names and comments stay.

    Raises:
        ValueError: a parameter has no value, or a value no parameter.
        TypeError: a value has no literal.
    """
    used: set[str] = set()

    def put(part: re.Match[str]) -> str:
        name = part["name"]
        if name is None:
            return part[0]
        if name not in values:
            raise ValueError(f"the parameter ${name} has no value")
        used.add(name)
        return literal(values[name])

    statement = _PART.sub(put, sql).strip().rstrip(";")
    if unused := sorted(set(values) - used):
        raise ValueError(f"no parameter is called {', '.join(unused)}")
    return statement


def parameters(sql: str) -> tuple[str, ...]:
    """The names of a statement's parameters, each once, in their order."""
    return tuple(dict.fromkeys(part["name"] for part in _PART.finditer(sql) if part["name"]))


def _number(value: float | Decimal) -> str:
    """Negative numbers stand in parentheses, because two minus signs begin a comment."""
    if isinstance(value, float):
        return f"CAST({value!r} AS DOUBLE)" if math.isfinite(value) else f"CAST('{value!r}' AS DOUBLE)"
    return str(value) if value >= 0 else f"({value})"


def _text(value: str) -> str:
    """A text between single quotes; NUL, which a statement cannot hold, is put in by its number."""
    parts = ["'{}'".format(part.replace("'", "''")) for part in value.split("\0")]
    return parts[0] if len(parts) == 1 else f"({' || chr(0) || '.join(parts)})"
