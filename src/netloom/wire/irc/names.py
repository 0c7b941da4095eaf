"""Names of IRC: nicks, channels, sources and masks, and which of them are the same (RFC 2812 §2.2, §2.5)."""

from __future__ import annotations

import re
from typing import NamedTuple

MAPPINGS = ("ascii", "rfc1459", "rfc1459-strict")

_ASCII = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_STRICT = _ASCII | {ord("["): ord("{"), ord("]"): ord("}"), ord("\\"): ord("|")}
_TABLES = {"ascii": _ASCII, "rfc1459": _STRICT | {ord("~"): ord("^")}, "rfc1459-strict": _STRICT}
_NICK = re.compile(r"[A-Za-z\[\]\\`_^{|}][A-Za-z0-9\[\]\\`_^{|}-]*")
_CHANNEL = re.compile(r"[^\x00-\x1f\x7f ,\ud800-\udfff]+")


def fold(name: str, mapping: str = "ascii") -> str:
    """A name as it is compared; a mapping that isn't known is rfc1459."""
    return name.translate(_TABLES.get(mapping, _TABLES["rfc1459"]))


def is_nick(name: str, limit: int) -> bool:
    """Whether a name can be somebody's."""
    return len(name) <= limit and _NICK.fullmatch(name) is not None


def is_channel(name: str, types: str = "#", limit: int = 200) -> bool:
    """Whether a name can be a channel's: `limit` is in bytes, and nothing in it is a space, a comma or a control."""
    return (
        name[:1] != ""
        and name[0] in types
        and _CHANNEL.fullmatch(name) is not None
        and len(name.encode("utf-8", "surrogateescape")) <= limit
    )


class Source(NamedTuple):
    """`nick!user@host`; a server's name is a nick without the rest."""

    nick: str
    user: str = ""
    host: str = ""


def parse_source(text: str) -> Source:
    """A source, or as much of one as is there."""
    rest, _, host = text.partition("@")
    nick, _, user = rest.partition("!")
    return Source(nick, user, host)


def complete(mask: str) -> str:
    """A mask with its three parts: `ann` is `ann!*@*`, `@host` and `a@b` name user and host."""
    if "!" not in mask and "@" not in mask:
        return f"{mask}!*@*"
    if "!" not in mask:
        user, _, host = mask.partition("@")
        return f"*!{user or '*'}@{host or '*'}"
    nick, _, rest = mask.partition("!")
    user, _, host = rest.partition("@")
    return f"{nick or '*'}!{user or '*'}@{host or '*'}"


def matches(mask: str, text: str) -> bool:
    """Whether a text is among what a mask stands for: `*` is anything, `?` one character. Both are folded already.

    In time of the product of their lengths, whatever the mask.
    """
    at = star = mark = 0
    begun = False
    position = 0
    while position < len(text):
        if at < len(mask) and mask[at] == "*":
            begun, star, mark = True, at, position
            at += 1
        elif at < len(mask) and mask[at] in ("?", text[position]):
            at += 1
            position += 1
        elif begun:
            mark += 1
            at, position = star + 1, mark
        else:
            return False
    return not mask[at:].strip("*")
