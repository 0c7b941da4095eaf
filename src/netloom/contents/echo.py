"""Echo: whatever comes goes back (RFC 862)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from netloom.contents._argument import nothing
from netloom.links.datagrams import Datagrams

if TYPE_CHECKING:
    from netloom.links.stream import Stream


class Echo:
    """The default of raw links. A protocol hands it each chunk or datagram and sends what it answers."""

    KIND: ClassVar[str] = "echo"

    @classmethod
    def from_argument(cls, argument: str) -> Self:
        """`echo` takes no argument. Raises UsageError."""
        nothing(cls.KIND, argument)
        return cls()

    def describe(self) -> str:
        return "echo"

    def answer(self, data: bytes) -> bytes:
        """The same bytes. Never more than came: a datagram's sender may be forged."""
        return data

    async def attend(self, link: Stream | Datagrams) -> None:
        """Send back what comes, until the peer ends."""
        if isinstance(link, Datagrams):
            while True:
                data, peer = await link.receive_from()
                if data:  # event loops don't send empty datagrams
                    await link.send(self.answer(data), peer)
        while data := await link.read():
            await link.write(self.answer(data))


CONTENT = Echo
