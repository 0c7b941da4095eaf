"""What an endpoint is about: `/holding/0-9`, `/coil/3`, `/40001`, and as what the words are read (`?type=float32`)."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote

from msgspec import Struct

from netloom.errors import UsageError
from netloom.wire.modbus import codes
from netloom.wire.modbus.values import NUMBERS, width

TABLES = {"coil": codes.READ_COILS, "discrete": codes.READ_DISCRETE, "holding": codes.READ_HOLDING,
          "input": codes.READ_INPUT}  # fmt: skip
"""The four tables, and the function that reads each."""
TEXT = "text"
_SPACE = 65_536
_ALIASES = {"coils": "coil", "inputs": "input"}
_PLACE = re.compile(r"([a-z]+)(?:/(\d{1,5})(?:-(\d{1,5}))?)?", re.ASCII)
_REFERENCE = re.compile(r"([0134])(\d{4,5})(?:-\1(\d{4,5}))?", re.ASCII)
_REFERENCED = {"0": "coil", "1": "discrete", "3": "input", "4": "holding"}
_HINT = "/holding/0, /coil/0-7, /input/10?type=float32, or /40001"


class Target(Struct, frozen=True):
    """`count` bits or words of a table from `address` on; they are of a `type`, and there are `several` values."""

    table: str
    address: int
    count: int
    type: str = ""
    little: bool = False
    several: bool = False

    @property
    def is_bits(self) -> bool:
        """Whether it is about bits, and not about words."""
        return self.table in ("coil", "discrete")

    @property
    def width(self) -> int:
        """How many addresses a value takes; a text takes all."""
        if self.is_bits or self.type == "":
            return 1
        return self.count if self.type == TEXT else width(self.type)

    def __str__(self) -> str:
        last = f"-{self.address + self.count - 1}" if self.count > 1 else ""
        return f"{self.table}/{self.address}{last}"


def target(path: str, query: str, *, values: int | None = None, octets: int | None = None) -> Target | None:
    """What is meant, or None where the path is empty. `values` is how many are to be written, or `octets` of a text.

    Raises UsageError.
    """
    place = unquote(path).strip("/").lower()
    kind, little, count = _query(query)
    if not place:
        if query:
            raise UsageError("which registers?", hint=_HINT)
        return None
    table, address, last = _place(place)
    bits = table in ("coil", "discrete")
    if bits and (kind or little):
        raise UsageError(f"a {table} is a bit and has no type", hint=f"/{table}/{address}")
    each = 1 if bits or kind in ("", TEXT) else width(kind)
    if kind == TEXT and last is None and count is None:
        if octets is None:
            raise UsageError("how long is the text?", hint=f"/{table}/{address}?type=text&count=16 has 16 registers")
        count = max(1, (octets + 1) // 2)
    if last is None:
        size = each * (count if count is not None else values or 1)
        several = count is not None or (values or 1) > 1
    else:
        if count is not None:
            raise UsageError("both a range and count= say how many", hint="one of them is enough")
        size, several = last - address + 1, True
        if size < 1 or size % each:
            raise UsageError(f"{place}: {size} addresses don't hold whole values of {each}", hint=_HINT)
    if address + size > _SPACE:
        raise UsageError(f"{place} reaches beyond address {_SPACE - 1}")
    return Target(table, address, size, kind, little, several and kind != TEXT)


def start(path: str) -> tuple[str, int, int | None]:
    """A table, the first address and the last where the path names it: what is to be listed. Raises UsageError."""
    place = unquote(path).strip("/").lower()
    if not place:
        raise UsageError("which table is to be listed?", hint=f"/{', /'.join(TABLES)}, with addresses behind it")
    return _place(place, whole=True)


def _place(place: str, *, whole: bool = False) -> tuple[str, int, int | None]:
    if found := _REFERENCE.fullmatch(place):
        first, last = int(found[2]), int(found[3]) if found[3] else None
        if first < 1 or first > _SPACE or (last is not None and last > _SPACE):
            raise UsageError(f"{place}: references count from 1 to {_SPACE}", hint="40001 is /holding/0")
        return _REFERENCED[found[1]], first - 1, last - 1 if last is not None else None
    parts = _PLACE.fullmatch(place)
    table = _ALIASES.get(parts[1], parts[1]) if parts else ""
    if parts is None or table not in TABLES or (parts[2] is None and not whole):
        raise UsageError(f"{place[:60]!r} names no registers", hint=_HINT)
    first, last = int(parts[2] or 0), int(parts[3]) if parts[3] else None
    if max(first, last or 0) >= _SPACE:
        raise UsageError(f"addresses are 0 to {_SPACE - 1}, not {max(first, last or 0)}")
    return table, first, last


def _query(query: str) -> tuple[str, bool, int | None]:
    kind, little, count = "", False, None
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name == "type" and (value in NUMBERS or value == TEXT):
            kind = value
        elif name == "order" and value in ("big", "little"):
            little = value == "little"
        elif name == "count" and value.isascii() and value.isdecimal() and 1 <= int(value[:6]) <= _SPACE:
            count = int(value)
        else:
            raise UsageError(
                f"{name}={value[:40]!r} is nothing that Modbus can be asked",
                hint=f"type={'|'.join(NUMBERS)}|text, order=big|little, count=1 to {_SPACE}",
            )
    return kind, little, count
