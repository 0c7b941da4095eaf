"""The arithmetic of filters: unsigned, of 32 bits, on integers and on NumPy's columns with the same operators."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

WORD = 0xFFFFFFFF
"""The largest value."""

COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
"""Relations by their signs."""


def calculated(sign: str, left: Any, right: Any) -> tuple[Any, Any]:
    """What comes out, and whether anything does: there is no division by zero. A shift by 32 or more leaves nothing."""
    result, sound = _CALCULATE[sign](left, right)
    return result & WORD, sound


def _divided(left: Any, right: Any) -> tuple[Any, Any]:
    return left // (right | (right == 0)), right != 0


def _remainder(left: Any, right: Any) -> tuple[Any, Any]:
    return left % (right | (right == 0)), right != 0


_CALCULATE: dict[str, Callable[[Any, Any], tuple[Any, Any]]] = {
    "+": lambda left, right: (left + right, True),
    "-": lambda left, right: (left - right, True),
    "*": lambda left, right: (left * right, True),
    "/": _divided,
    "%": _remainder,
    "&": lambda left, right: (left & right, True),
    "|": lambda left, right: (left | right, True),
    "^": lambda left, right: (left ^ right, True),
    "<<": lambda left, right: ((left << (right & 31)) * (right < 32), True),
    ">>": lambda left, right: ((left >> (right & 31)) * (right < 32), True),
}
SIGNS = tuple(_CALCULATE)
"""Those of two values."""
