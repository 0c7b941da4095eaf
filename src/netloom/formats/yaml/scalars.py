"""YAML's scalars: what a text without quotes means, and what an explicit tag makes of it (YAML 1.2 §10.3)."""

from __future__ import annotations

import base64
import binascii
import math
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

TAG = "tag:yaml.org,2002:"
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_ODD = {
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_MOMENT = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?[ \t]*(?:Z|([-+])(\d\d?)(?::?(\d\d))?)"
)
"""YAML 1.1's timestamp, with a zone: what has none is a text, since nobody knows when that is."""
_MAYBE = frozenset("+-.0123456789")


def plain(text: str) -> Any:
    """What a text without quotes and without a tag means. Raises ValueError for a number out of range."""
    if text[:1] not in _MAYBE:
        if text in _NULLS:
            return None
        return _BOOLS.get(text, text)
    for pattern, make in ((_INT, _whole), (_FLOAT, _number), (_MOMENT, _moment)):
        if pattern.fullmatch(text):
            return make(text)
    return _ODD.get(text, text)


def tagged(tag: str, text: str) -> Any:
    """What a text with a tag means. Raises ValueError where it isn't that, KeyError for a tag that no value has."""
    return _MADE[tag.removeprefix(TAG) if tag.startswith(TAG) else tag](text)


def _whole(text: str) -> int:
    if _INT.fullmatch(text) is None:
        raise ValueError(f"{text!r:.60} is no whole number")
    if len(text) > _DIGITS:
        raise ValueError(f"a number of more than {_DIGITS} digits")
    return int(text, 8 if text.startswith("0o") else 16) if text[:2] in ("0o", "0x") else int(text)


_DIGITS = 4300
"""As many as Python reads: more take time that grows with their square."""


def _number(text: str) -> float:
    if text in _ODD:
        return _ODD[text]
    if _FLOAT.fullmatch(text) is None:
        raise ValueError(f"{text!r:.60} is no number")
    made = float(text)
    if math.isinf(made):
        raise ValueError(f"{text!r:.60} is larger than numbers get")
    return made


def _bool(text: str) -> bool:
    if text not in _BOOLS:
        raise ValueError(f"{text!r:.60} is neither true nor false")
    return _BOOLS[text]


def _null(text: str) -> None:
    if text not in _NULLS:
        raise ValueError(f"{text!r:.60} isn't null")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("that is no base64") from None


def _moment(text: str) -> datetime:
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r:.60} is no moment with a zone")
    year, month, day, hour, minute, second, fraction, sign, hours, minutes = found.groups()
    zone = UTC
    if sign:
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        zone = timezone(-offset if sign == "-" else offset)
    micro = int((fraction or "")[:6].ljust(6, "0"))
    return datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), micro, tzinfo=zone)


_MADE: dict[str, Callable[[str], Any]] = {
    "!": str,
    "str": str,
    "null": _null,
    "bool": _bool,
    "int": _whole,
    "float": _number,
    "binary": _bytes,
    "timestamp": _moment,
}
