"""A channel: who is in it, what its modes are, and the topic of the bus that is heard in it (RFC 2811)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from netloom.protocols.irc.bridge import Spoken, told_in
from netloom.wire.irc.names import complete, fold, matches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from netloom.contents.bus import Delivery
    from netloom.protocols.irc.said import Said
    from netloom.protocols.irc.session import Session

PREFIXES = {"o": "@", "v": "+"}
"""The marks of those who have a mode, the highest first."""


class Entry:
    """A mask in a list: who put it there, and when (Unix seconds)."""

    __slots__ = ("at", "by", "mask")

    def __init__(self, mask: str, by: str) -> None:
        self.mask = mask
        self.by = by
        self.at = int(time.time())


class Channel:
    """It is there for as long as somebody is in it. `topic` is the bus's, `subject` what IRC calls the topic."""

    def __init__(self, name: str, topic: str) -> None:
        self.name = name
        self.topic = topic
        self.created = int(time.time())
        self.flags = {"n", "t"}
        self.key = ""
        self.limit = 0
        self.lists: dict[str, dict[str, Entry]] = {"b": {}, "e": {}, "I": {}}
        self.subject = self.subject_by = ""
        self.subject_at = 0
        self.members: dict[Session, set[str]] = {}
        self.invited: set[str] = set()

    # The bus

    def plan(self, terms: list[Any]) -> None:
        """There is one pattern."""

    def hear(self, delivery: Delivery, plan: None) -> None:
        """What others publish is told to everybody here; what was said here has been."""
        message = delivery.message
        if getattr(message, "native", None).__class__ is Spoken:
            return
        for said in told_in(self.name, delivery):
            self.tell(said)

    # Members

    def tell(self, said: Said, besides: Session | None = None, *, only: str = "", cap: str = "") -> None:
        """Tell everybody in it, but for one; `only` those who have one of these modes, or have asked for `cap`."""
        for member, modes in self.members.items():
            if member is not besides and (not only or modes & set(only)) and (not cap or cap in member.caps):
                member.tell(said)

    def has(self, session: Session, modes: str = "") -> bool:
        """Whether somebody is in it, and has one of these modes."""
        found = self.members.get(session)
        return found is not None and (not modes or bool(found & set(modes)))

    def prefix(self, session: Session, *, all_of_them: bool = False) -> str:
        """The highest mark of a member, or all of them (multi-prefix)."""
        modes = self.members.get(session, set())
        marks = "".join(mark for mode, mark in PREFIXES.items() if mode in modes)
        return marks if all_of_them else marks[:1]

    def visible_to(self, session: Session) -> bool:
        """Whether it may be told of: a secret one only to those in it."""
        return "s" not in self.flags or session in self.members

    # Rules

    def objection(self, session: Session, key: str) -> str:
        """The mode that keeps somebody out, or nothing. An invitation opens `i`, `b` and `l` (as servers have it)."""
        invited = fold(session.nick) in self.invited
        if "i" in self.flags and not invited and not self.in_list(session, "I"):
            return "i"
        if self.key and key != self.key:
            return "k"
        if self.limit and len(self.members) >= self.limit and not invited:
            return "l"
        if self.banned(session) and not invited:
            return "b"
        return ""

    def banned(self, session: Session) -> bool:
        """Whether a ban fits somebody, and no exception does."""
        return self.in_list(session, "b") and not self.in_list(session, "e")

    def in_list(self, session: Session, mode: str) -> bool:
        """Whether a list has a mask for somebody."""
        entries = self.lists[mode]
        if not entries:
            return False
        who = fold(session.mask)
        return any(matches(mask, who) for mask in entries)

    def silences(self, session: Session) -> bool:
        """Whether somebody may not speak because of the channel's modes."""
        modes = self.members.get(session)
        if modes is None and "n" in self.flags:
            return True
        if modes:
            return False
        return "m" in self.flags or self.banned(session)

    def modes(self, session: Session) -> tuple[str, ...]:
        """Its modes as they are told; the key to those in it alone."""
        said, params = "".join(sorted(self.flags)), []
        if self.key:
            said += "k"
            params.append(self.key if session in self.members else "*")
        if self.limit:
            said += "l"
            params.append(str(self.limit))
        return (f"+{said}", *params)

    def sorted_members(self) -> Iterator[Session]:
        """Members, those with the highest modes first."""
        return iter(sorted(self.members, key=lambda one: ("o" not in self.members[one], "v" not in self.members[one])))


def mask_of(text: str) -> tuple[str, str]:
    """A mask as it is shown, and as it is compared."""
    shown = complete(text)
    return shown, fold(shown)
