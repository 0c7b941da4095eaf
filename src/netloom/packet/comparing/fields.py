"""Fields: what two packets that are one say differently, header by header."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from netloom.packet.comparing.keys import IGNORABLE, LINKS
from netloom.packet.comparing.record import FieldChange
from netloom.packet.layer import Layer, Raw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.dissect import Dissected

_NAMING = ("type", "protocol", "next_header")
"""Fields that name the header above: no news where that has changed itself."""
_SHOWN = 16
"""Octets of a field that are told."""


def changes(before: Dissected, after: Dissected, ignored: frozenset[str]) -> tuple[FieldChange, ...]:
    """What differs, but for what is ignored."""
    headers = _headers(_seen(before, ignored), _seen(after, ignored), ignored)
    return (*headers, *_payload(before, after, ignored))


def _seen(read: Dissected, ignored: frozenset[str]) -> list[Layer]:
    def kept(layer: Layer) -> bool:
        name = type(layer).__name__
        return not (
            isinstance(layer, Raw) or ("link" in ignored and name in LINKS) or ("vlan" in ignored and name == "VLAN")
        )

    return [layer for layer in read.packet if kept(layer)]


def _headers(before: list[Layer], after: list[Layer], ignored: frozenset[str]) -> Iterator[FieldChange]:
    names = [[type(layer).__name__ for layer in side] for side in (before, after)]
    if names[0] == names[1]:  # nearly always
        for at in range(len(before)):
            yield from _fields(before, at, after, at, ignored)
        return
    for word, begin, end, begin_after, end_after in _steps(*names):
        if word == "equal":
            for at in range(end - begin):
                yield from _fields(before, begin + at, after, begin_after + at, ignored)
            continue
        for layer in before[begin:end]:
            yield FieldChange(layer=type(layer).__name__, field="", before=repr(layer), after="")
        for layer in after[begin_after:end_after]:
            yield FieldChange(layer=type(layer).__name__, field="", before="", after=repr(layer))


def _fields(
    before: list[Layer], at: int, after: list[Layer], at_after: int, ignored: frozenset[str]
) -> Iterator[FieldChange]:
    old, new = before[at], after[at_after]
    if old == new:
        return
    name = type(old).__name__
    above = [
        type(side[place + 1]) if place + 1 < len(side) else None for side, place in ((before, at), (after, at_after))
    ]
    silent = _silent(name, ignored) | (frozenset(_NAMING) if above[0] != above[1] or "vlan" in ignored else frozenset())
    for field in old.__struct_fields__:
        values = getattr(old, field), getattr(new, field)
        if values[0] != values[1] and field not in silent:
            yield FieldChange(layer=name, field=field, before=_text(values[0]), after=_text(values[1]))


def _steps(before: list[str], after: list[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """What becomes of which headers. The innermost are looked at first: by those the packets are one."""
    ends = len(before), len(after)
    for word, *bounds in reversed(SequenceMatcher(None, before[::-1], after[::-1], autojunk=False).get_opcodes()):
        yield word, ends[0] - bounds[1], ends[0] - bounds[0], ends[1] - bounds[3], ends[1] - bounds[2]


def _silent(name: str, ignored: frozenset[str]) -> frozenset[str]:
    """The fields of a header that are ignored: ends of links aren't those of IP."""
    found: frozenset[str] = frozenset()
    for word in ignored:
        if word == "mac" and name not in LINKS:
            found |= {"sha", "tha"}
        elif word != "address" or name not in LINKS:
            found |= IGNORABLE[word]
    return found


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value[:_SHOWN].hex() + ("…" if len(value) > _SHOWN else "")
    return "yes" if value is True else "no" if value is False else str(value)


def _payload(before: Dissected, after: Dissected, ignored: frozenset[str]) -> Iterator[FieldChange]:
    if "payload" in ignored:
        return
    old, new = _octets(before), _octets(after)
    common = min(len(old), len(new))
    lengths = [read.row.payload_length for read in (before, after)]
    if old[:common] != new[:common]:
        at = next(at for at in range(common) if old[at] != new[at])
        shown = [_text(side[at:]) for side in (old, new)]
        yield FieldChange(layer="payload", field=f"from octet {at}", before=shown[0], after=shown[1])
    elif lengths[0] != lengths[1]:
        yield FieldChange(layer="payload", field="length", before=str(lengths[0]), after=str(lengths[1]))


def _octets(read: Dissected) -> bytes:
    last = read.packet.layers[-1] if read.packet.layers else None
    return last.data[: read.row.payload] if isinstance(last, Raw) and read.row.payload else b""
