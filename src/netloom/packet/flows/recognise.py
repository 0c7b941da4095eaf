"""What is spoken, by the first payload: the protocols' patterns as data, the more specific ones first."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from netloom.packet.flows.names import READERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from netloom.shapes import Pattern, Protocol, Scheme

CLIENT, SERVER = "client", "server"
TCP, UDP = "tcp", "udp"

TRANSPORTS = {6: TCP, 17: UDP}
"""By their numbers in IP."""

_CARRIED = {
    "tcp": (TCP,),
    "tls": (TCP,),
    "http": (TCP,),
    "https": (TCP,),
    "ssh": (TCP,),
    "udp": (UDP,),
    "udp+tcp": (TCP, UDP),
}


class Known(Struct, frozen=True, kw_only=True):
    """One pattern over one transport. `octets` at `offset` are as wide as `mask`, and 0 where it is 0.

    `holds` are octets, letters in lower case, that stand somewhere in the payload, in any case. Where `confirm` is
    there, what it refers to decides about the whole payload. `wants_head`: more payloads tell what it is about.
    """

    name: str
    sender: str
    transport: str
    offset: int
    octets: bytes
    mask: bytes
    holds: bytes = b""
    confirm: str = ""
    wants_head: bool = False

    def begins(self, octet: int) -> bool:
        """Whether a payload that begins with an octet can match."""
        return self.offset > 0 or octet & self.mask[0] == self.octets[0]


QUIC = tuple(
    Known(
        name="quic",
        sender=CLIENT,
        transport=UDP,
        offset=0,
        octets=bytes.fromhex(first),
        mask=bytes.fromhex("f0ffffffff"),
        wants_head=True,
    )
    for first in ("c000000001", "d06b3343cf")
)
"""A client's first packet, of version 1 and 2 (RFC 9000 §17.2.2, RFC 9369 §3.2). No protocol of ours declares it."""


def patterns(declared: Iterable[Protocol]) -> list[Known]:
    """All that protocols declare, in the order in which they are to be tried.

    What lives inside another protocol comes before it: what has a place there (a path of HTTP), then what has a channel
    of its own. Among equals the one that fixes more bits comes first.
    """
    found = [
        (_depth(protocol), _known(protocol, pattern, transport))
        for protocol in declared
        for pattern in protocol.recognise
        for transport in _transports(protocol)
    ]
    found += [(0, known) for known in QUIC]
    found.sort(key=lambda one: (-one[0], -_bits(one[1]), one[1].name))
    return [known for _, known in found]


def _known(protocol: Protocol, pattern: Pattern, transport: str) -> Known:
    mask = pattern.mask or b"\xff" * len(pattern.bytes)
    return Known(
        name=protocol.name,
        sender=pattern.sender,
        transport=transport,
        offset=pattern.offset,
        octets=bytes(octet & bits for octet, bits in zip(pattern.bytes, mask, strict=True)),
        mask=mask,
        holds=pattern.holds,
        confirm=pattern.confirm,
        wants_head=protocol.name in READERS,
    )


def _transports(protocol: Protocol) -> list[str]:
    """What a protocol's own first payload goes over; nothing where it stands in another's, or in none of IP's."""
    return sorted({transport for scheme in protocol.schemes.values() for transport in _CARRIED.get(scheme.over, ())})


def _depth(protocol: Protocol) -> int:
    return min((_inside(scheme) for scheme in protocol.schemes.values()), default=0)


def _inside(scheme: Scheme) -> int:
    return 2 if scheme.path else 1 if scheme.channel else 0


def _bits(known: Known) -> int:
    return int.from_bytes(known.mask, "big").bit_count()


class _Tried(NamedTuple):
    """A pattern as it is tried: where its octets are, what counts of them, as one number, and what that has to be."""

    start: int
    end: int
    mask: int
    wanted: int
    known: Known


class Recogniser:
    """Patterns, ready to be tried. `resolve` gives what a protocol, by its name, refers to as deciding."""

    def __init__(self, known: Iterable[Known], resolve: Callable[[str, str], Callable[[bytes], object]]) -> None:
        self.known = list(known)
        # What decides is loaded when it is first asked: a capture rarely has all protocols
        self._decides = functools.cache(resolve)
        self._by: dict[tuple[str, str, int], list[_Tried]] = {}

    def find(self, transport: str, sender: str, payload: bytes) -> Known | None:
        """The first that a sender's first payload has, and that is confirmed."""
        return next(self.each(transport, sender, payload), None)

    def each(self, transport: str, sender: str, payload: bytes) -> Iterator[Known]:
        """All of those, in their order."""
        if not payload:
            return
        key = transport, sender, payload[0]
        near = self._by.get(key)
        if near is None:
            near = self._by[key] = self._near(*key)
        size, lower = len(payload), None
        for start, end, mask, wanted, known in near:
            if end > size or int.from_bytes(payload[start:end], "big") & mask != wanted:
                continue
            if known.holds:
                lower = lower or payload.lower()
                if known.holds not in lower:
                    continue
            if not known.confirm or self._decides(known.name, known.confirm)(payload):
                yield known

    def _near(self, transport: str, sender: str, first: int) -> list[_Tried]:
        """Those that a payload's first octet leaves: few of many."""
        return [
            _Tried(
                one.offset,
                one.offset + len(one.octets),
                int.from_bytes(one.mask, "big"),
                int.from_bytes(one.octets, "big"),
                one,
            )
            for one in self.known
            if one.transport == transport and one.sender == sender and one.begins(first)
        ]
