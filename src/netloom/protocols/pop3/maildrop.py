"""A maildrop as one POP3 session sees it: what was there when it began, and what is to go (RFC 1939 §3, §5, §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import NetloomError

if TYPE_CHECKING:
    from netloom.contents.mail import Mailbox, MessageInfo

_SEEN = frozenset({"\\Seen"})


class Maildrop:
    """Message number n is `_messages[n - 1]`, for as long as the session lasts."""

    def __init__(self, mailbox: Mailbox, *, writes: bool) -> None:
        self.writes = writes
        self._mailbox = mailbox
        self._messages = list(mailbox.index.messages.values())
        self._deleted: set[int] = set()

    def status(self) -> tuple[int, int]:
        """How many messages there are, and their octets."""
        left = [info.size for _, info in self._left()]
        return len(left), sum(left)

    def sizes(self) -> dict[int, str]:
        """Octets by number."""
        return {number: str(info.size) for number, info in self._left()}

    def uids(self) -> dict[int, str]:
        """Unique ids by number, which stay (RFC 1939 §7)."""
        validity = self._mailbox.index.validity
        return {number: f"{validity}.{info.uid}" for number, info in self._left()}

    async def read(self, number: int, *, whole: bool = False) -> bytes | None:
        """A message, None where there is none; who reads the `whole` has seen it."""
        info = self._find(number)
        if info is None:
            return None
        (data,) = await self._mailbox.read([info.uid])
        if data is not None and whole and self.writes:
            await self._mailbox.store([info.uid], _SEEN, "+")
        return data

    def delete(self, number: int) -> bool:
        """Mark a message; False where there is none."""
        if self._find(number) is None:
            return False
        self._deleted.add(number)
        return True

    def reset(self) -> None:
        """Nothing is marked any more."""
        self._deleted.clear()

    async def update(self, holder: object) -> bool:
        """Remove what is marked; whether all of it went."""
        uids = [self._messages[number - 1].uid for number in sorted(self._deleted)]
        if not uids:
            return True
        try:
            await self._mailbox.expunge(uids, holder)
        except NetloomError:
            return False
        return not any(uid in self._mailbox.index.messages for uid in uids)

    def _left(self) -> list[tuple[int, MessageInfo]]:
        return [(n, info) for n, info in enumerate(self._messages, 1) if n not in self._deleted]

    def _find(self, number: int) -> MessageInfo | None:
        if 0 < number <= len(self._messages) and number not in self._deleted:
            return self._messages[number - 1]
        return None


def top(data: bytes, lines: int) -> bytes:
    """A message's header with the empty line, and so many lines of its body."""
    head, empty, body = data.partition(b"\r\n\r\n")
    at = 0
    for _ in range(lines):
        end = body.find(b"\r\n", at)
        if end < 0:
            at = len(body)
            break
        at = end + 2
    return head + (empty or b"\r\n") + body[:at]
