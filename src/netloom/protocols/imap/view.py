"""A selected mailbox as one session sees it: message numbers, and what it was told (RFC 9051 §2.3.1.2, §5.2)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from netloom.wire.imap import tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netloom.contents.mail import Mailbox
    from netloom.wire.imap.sequence import Numbers


class View:
    """Message number n is `uids[n - 1]`. Nothing changes here but in `changes`, whose lines the client is told."""

    def __init__(self, mailbox: Mailbox, *, writes: bool, recent: frozenset[int], rev2: bool) -> None:
        self.mailbox = mailbox
        self.writes = writes
        self.rev2 = rev2
        self.recent = set(recent)
        self.uids = list(mailbox.index.messages)
        self.saved: set[int] = set()
        """The result of the last search that was to be kept, as UIDs (RFC 5182)."""
        self._told = {uid: info.flags for uid, info in mailbox.index.messages.items()}
        self.version = mailbox.index.version
        """What was looked at last."""
        self._gone: set[int] = set()

    def number(self, uid: int) -> int:
        """The message number of a UID, 0 where it has none."""
        at = bisect_left(self.uids, uid)
        return at + 1 if at < len(self.uids) and self.uids[at] == uid else 0

    def choose(self, numbers: Numbers, *, by_uid: bool) -> list[int] | None:
        """The UIDs that a set means, ascending. None where a message number isn't there: a client's mistake."""
        if numbers.saved:
            return sorted(self.saved)
        if by_uid:
            return numbers.resolve(self.uids)
        count = len(self.uids)
        if any(one > count for pair in numbers.ranges for one in pair):
            return None
        return [self.uids[number - 1] for number in numbers.resolve(range(1, count + 1))]

    @property
    def is_behind(self) -> bool:
        """Whether something has changed that the client wasn't told of."""
        return self.version != self.mailbox.index.version or bool(self._gone)

    def flags(self, uid: int) -> frozenset[str]:
        """A message's flags now, `\\Recent` among them where this session is the first to see it."""
        info = self.mailbox.index.messages.get(uid)
        flags = info.flags if info is not None else frozenset()
        return flags | {"\\Recent"} if uid in self.recent and not self.rev2 else flags

    def knows(self, uids: Iterable[int]) -> None:
        """The client was told the flags of these as they are now, or knows what it did."""
        messages = self.mailbox.index.messages
        for uid in uids:
            if uid in messages and uid in self._told:
                self._told[uid] = messages[uid].flags

    def changes(self, *, expunges: bool) -> list[bytes]:
        """What to tell the client. Numbers may only shift where `expunges` may be told (RFC 9051 §7.5.1)."""
        if not self.is_behind:
            return []
        index = self.mailbox.index
        changes = index.since(self.version)
        self.version = index.version
        lines: list[bytes] = []
        gone = changes.gone if changes.gone is not None else [uid for uid in self.uids if uid not in index.messages]
        self._gone.update(uid for uid in gone if uid in self._told)
        if expunges and self._gone:
            lines += self._expunge()
        last = self.uids[-1] if self.uids else 0
        new = [uid for uid in changes.changed if uid > last]
        if new:
            self.uids += new
            self._told.update((uid, index.messages[uid].flags) for uid in new)
            self.recent |= index.recent.intersection(new)
            lines.append(b"* %d EXISTS\r\n" % len(self.uids))
            if not self.rev2:
                lines.append(b"* %d RECENT\r\n" % len(self.recent))
        for uid in changes.changed:
            if uid <= last and self._told.get(uid) != index.messages[uid].flags:
                lines.append(self.told(uid))
        return lines

    def told(self, uid: int) -> bytes:
        """The line that tells a message's flags."""
        self.knows([uid])
        return b"* %d FETCH (UID %d FLAGS %b)\r\n" % (self.number(uid), uid, tokens.flags(self.flags(uid)))

    def _expunge(self) -> list[bytes]:
        lines = []
        for uid in sorted(self._gone, reverse=True):  # from the end, so that no number shifts under another
            number = bisect_right(self.uids, uid)
            lines.append(b"* %d EXPUNGE\r\n" % number)
            self._told.pop(uid, None)
        self.uids = [uid for uid in self.uids if uid not in self._gone]
        self.saved -= self._gone
        self.recent -= self._gone
        self._gone.clear()
        return lines
