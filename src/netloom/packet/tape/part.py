"""What a protocol knows of its own replays: how its speech is split, what is loosely the same, what answers take over.

A protocol's `replay` refers to a subclass of `Part`; one without has its speech compared octet by octet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.packet.streams.events import Place


class Unit(Struct, frozen=True):
    """One thing that a side said: a request, a line, a datagram.

    `gist` is what of it has to be the same for it to be loosely the same: it isn't shown, so secrets may be in it.
    Without one (None) it is said aside: nobody waits for it, and where units are said, it isn't. One that `flows` is an
    octet, and a character of a gist: those that follow one another are one, however many come at once. `about` is
    whatever else its protocol knows of it.
    """

    sender: str
    data: bytes
    gist: str | None
    about: Any = None
    flows: bool = False


def run(units: Sequence[Unit]) -> Unit:
    """Several that flow as one, with what was said aside meanwhile."""
    data, gist = b"".join(unit.data for unit in units), "".join(unit.gist or "" for unit in units)
    return Unit(units[0].sender, data, gist, flows=True)


class Units(Protocol):
    """Splits a conversation, as it was recorded or as it goes on, into units. Octets come in pieces of any size."""

    def feed(self, sender: str, data: bytes) -> list[Unit]:
        """The units that are whole with this piece; a datagram is a piece of its own."""

    def rest(self, sender: str, /) -> bytes:
        """What a side said at last, and isn't whole."""


class Part:
    """One conversation that is played. This one knows of nothing that has to be changed."""

    adapts: ClassVar[frozenset[str]] = frozenset()
    """Whose units `adapt` or `renamed` may change: client, server. Others' octets are said as they were recorded."""

    def units(self, transport: str, /) -> Units:
        """For one side of the comparison, over tcp or udp."""
        raise NotImplementedError

    def met(self, recorded: Unit, heard: Unit) -> None:
        """What the peer said, where the recording has the other: what is to be taken over can be learnt from both."""

    def adapt(self, unit: Unit) -> bytes:
        """What we say where the recording has this unit."""
        return unit.data

    def aside(self, _unit: Unit, /) -> bytes:
        """What we say at once to something that was said aside: to a ping."""
        return b""

    def alpn(self, _first: bytes, /) -> str:
        """What TLS calls the protocol of a client that begins so; nothing where it doesn't matter."""
        return ""

    def answers(self, _asked: Unit, _answer: Unit, /) -> bool:
        """Whether one recorded datagram answers another; otherwise each answers the one before it."""
        return True

    def place(self, _unit: Unit, /) -> Place | None:
        """Where a unit says that a further connection of this conversation is to be made."""
        return None

    def renamed(self, unit: Unit, place: Place) -> bytes:
        """The same with another place."""
        raise NotImplementedError
