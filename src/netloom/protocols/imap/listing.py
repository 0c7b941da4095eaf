"""Which mailboxes LIST and LSUB name, and what is told of each (RFC 9051 §6.3.9, RFC 3501 §6.3.9)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.contents.mail.names import INBOX, SEPARATOR, is_below, special_use, superiors

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from netloom.wire.imap.commands import List


class Listed(Struct, frozen=True):
    """One mailbox; `child_subscribed` says that it is told of for one below it that is subscribed to."""

    name: str
    attributes: tuple[str, ...]
    child_subscribed: bool = False


def listed(asked: List, names: Collection[str], subscribed: Collection[str], *, lsub: bool = False) -> Iterator[Listed]:
    """The mailboxes in order. `names` are those that are there."""
    patterns = [Pattern(asked.reference + pattern) for pattern in asked.patterns]
    by_subscription = lsub or "SUBSCRIBED" in asked.selections
    deep = lsub or "RECURSIVEMATCH" in asked.selections
    there = {*names, *subscribed} if by_subscription else set(names)
    virtual = {above for name in (subscribed if by_subscription else names) for above in superiors(name)} - there
    for name in sorted(there | virtual, key=lambda one: (one != INBOX, one)):
        if not any(pattern.matches(name) for pattern in patterns):
            continue
        below = by_subscription and any(is_below(one, name) for one in subscribed)
        if by_subscription and name not in subscribed and not (deep and below):
            continue
        # A name is told of for what is below it only where % stopped there (RFC 3501 §6.3.9)
        if lsub and name not in subscribed and not any(pattern.endswith("%") for pattern in asked.patterns):
            continue
        if "SPECIAL-USE" in asked.selections and not special_use(name):
            continue
        attributes = _attributes(name, names)
        if lsub and name not in subscribed:
            attributes = ("\\Noselect",)
        elif name in subscribed and (by_subscription or "SUBSCRIBED" in asked.returns) and not lsub:
            attributes = (*attributes, "\\Subscribed")
        yield Listed(name, attributes, child_subscribed="RECURSIVEMATCH" in asked.selections and below)


def _attributes(name: str, names: Collection[str]) -> tuple[str, ...]:
    found = []
    if name not in names:
        found += ["\\NonExistent", "\\Noselect"]
    found.append("\\HasChildren" if any(is_below(one, name) for one in names) else "\\HasNoChildren")
    use = special_use(name)
    if use and name in names:
        found.append(use)
    return tuple(found)


class Pattern:
    """`*` is anything, `%` anything up to a separator; INBOX is the same in whatever case.

    All ways to match are followed at once, one bit each, so that no pattern takes long.
    """

    def __init__(self, text: str) -> None:
        if text[: len(INBOX)].upper() == INBOX and text[len(INBOX) : len(INBOX) + 1] in ("", SEPARATOR, "*", "%"):
            text = INBOX + text[len(INBOX) :]
        # Wildcards beside each other say no more than one
        text = re.sub(r"%+", "%", re.sub(r"[*%]*\*[*%]*", "*", text))
        self._end = 1 << len(text)
        self._any = sum(1 << at for at, character in enumerate(text) if character == "*")
        self._part = sum(1 << at for at, character in enumerate(text) if character == "%")
        self._at: dict[str, int] = {}
        for at, character in enumerate(text):
            self._at[character] = self._at.get(character, 0) | 1 << at

    def matches(self, name: str) -> bool:
        wild = self._any | self._part
        there = 1 | (1 & wild) << 1
        for character in name:
            stays = self._any if character == SEPARATOR else wild
            there = (there & self._at.get(character, 0) & ~wild) << 1 | there & stays
            there |= (there & wild) << 1
        return bool(there & self._end)
