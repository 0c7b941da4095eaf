"""TFTP's options: block size, timeout, transfer size and window size (RFC 2347, 2348, 2349, 7440)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.errors import RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping

WINDOW = 96 << 10
"""Octets of a window at most: more may not fit into what a system keeps for a socket that isn't read at once, and what
is lost at a window's end is missed only after a while."""
BLOCK = 512
"""Octets in a block where nothing else was agreed on (RFC 1350 §2)."""
_BOUNDS = {"blksize": (8, 65464), "timeout": (1, 255), "tsize": (0, 2**63 - 1), "windowsize": (1, 65535)}
_RULES = {"blksize": "RFC 2348", "timeout": "RFC 2349", "tsize": "RFC 2349", "windowsize": "RFC 7440 §3"}


class Agreed(Struct, frozen=True, kw_only=True):
    """How a transfer goes: octets a block, blocks a window; seconds until what was lost is sent again, the file's size
    in octets, each None where it isn't told."""

    blksize: int = BLOCK
    windowsize: int = 1
    timeout: int | None = None
    tsize: int | None = None


class Most(Struct, frozen=True, kw_only=True):
    """What a server agrees to at most."""

    blksize: int = 65464
    windowsize: int = 64


def number(name: str, text: str) -> int | None:
    """An option's value where it is in its bounds."""
    low, high = _BOUNDS[name]
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        return None
    value = int(text)
    return value if low <= value <= high else None


def fitting(blksize: int) -> int:
    """How many blocks a window may have."""
    return max(1, WINDOW // blksize)


def answer(asked: Mapping[str, str], most: Most, size: int | None, *, writes: bool) -> tuple[Agreed, dict[str, str]]:
    """What a server makes of a request's options: what holds, and what it acknowledges.

    `size` is a file's in octets, to be told to whoever reads it, None where that isn't known. An option that isn't
    known, or out of its bounds, isn't acknowledged: then it doesn't hold (RFC 2347).
    """
    found: dict[str, int] = {}
    for name in _BOUNDS:
        value = number(name, asked.get(name, ""))
        if value is not None:
            found[name] = value
    if "blksize" in found:
        found["blksize"] = min(found["blksize"], most.blksize)
    if "windowsize" in found:
        found["windowsize"] = min(found["windowsize"], most.windowsize, fitting(found.get("blksize", BLOCK)))
    if "tsize" in found and not writes:
        if size is None:
            del found["tsize"]
        else:
            found["tsize"] = size
    acknowledged = {name: str(found[name]) for name in asked if name in found}
    return Agreed(**found), acknowledged


def agree(asked: Mapping[str, str], answered: Mapping[str, str]) -> Agreed:
    """What a client makes of an option acknowledgement. Raises RemoteProtocolError for what it can't mean."""
    found: dict[str, int] = {}
    for name, text in answered.items():
        if name not in asked:
            raise RemoteProtocolError(f"{name[:40]} was acknowledged and not asked for", rule="RFC 2347")
        if name not in _BOUNDS:
            continue
        value = number(name, text)
        if value is None:
            raise RemoteProtocolError(f"{name}={text[:40]} is out of its bounds", rule=_RULES[name])
        wanted = int(asked[name])
        if name in ("blksize", "windowsize") and value > wanted:
            raise RemoteProtocolError(f"{name}={value} is more than the {wanted} asked for", rule=_RULES[name])
        if name == "timeout" and value != wanted:
            raise RemoteProtocolError(f"timeout={value} isn't the {wanted} asked for", rule=_RULES[name])
        found[name] = value
    return Agreed(**found)
