"""What is spoken, by the first payload: the protocols' patterns as data, the more specific ones first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from netloom.packet.flows.names import READERS

if TYPE_CHECKING:
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

    Where `confirm` is there, it decides about the whole payload. `wants_head`: more payloads tell what it is about.
    """

    name: str
    sender: str
    transport: str
    offset: int
    octets: bytes
    mask: bytes
    confirm: Callable[[bytes], bool] | None = None
    wants_head: bool = False

    def matches(self, payload: bytes) -> bool:
        """Whether a payload has the octets in their place, and is confirmed."""
        part = payload[self.offset : self.offset + len(self.octets)]
        if len(part) < len(self.octets):
            return False
        if any(octet & mask != wanted for octet, mask, wanted in zip(part, self.mask, self.octets, strict=True)):
            return False
        return self.confirm is None or self.confirm(payload)


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


def patterns(declared: Iterable[Protocol], resolve: Callable[[Protocol, str], Any]) -> list[Known]:
    """All that protocols declare, in the order in which they are to be tried: `registry.protocols()` and `.resolve`.

    What lives inside another protocol comes before it: what has a place there (a path of HTTP), then what has a channel
    of its own. Among equals the one that fixes more bits comes first.
    """
    found = [
        (_depth(protocol), _known(protocol, pattern, transport, resolve))
        for protocol in declared
        for pattern in protocol.recognise
        for transport in _transports(protocol)
    ]
    found += [(0, known) for known in QUIC]
    found.sort(key=lambda one: (-one[0], -_bits(one[1]), one[1].name))
    return [known for _, known in found]


def _known(protocol: Protocol, pattern: Pattern, transport: str, resolve: Callable[[Protocol, str], Any]) -> Known:
    mask = pattern.mask or b"\xff" * len(pattern.bytes)
    return Known(
        name=protocol.name,
        sender=pattern.sender,
        transport=transport,
        offset=pattern.offset,
        octets=bytes(octet & bits for octet, bits in zip(pattern.bytes, mask, strict=True)),
        mask=mask,
        confirm=_confirm(protocol, pattern.confirm, resolve) if pattern.confirm else None,
        wants_head=protocol.name in READERS,
    )


def _confirm(protocol: Protocol, reference: str, resolve: Callable[[Protocol, str], Any]) -> Callable[[bytes], bool]:
    """The function that a reference names, loaded when it is first asked: a capture rarely has all protocols."""

    def ask(payload: bytes) -> bool:
        return bool(resolve(protocol, reference)(payload))

    return ask


def _transports(protocol: Protocol) -> list[str]:
    """What a protocol's own first payload goes over; nothing where it stands in another's, or in none of IP's."""
    return sorted({transport for scheme in protocol.schemes.values() for transport in _CARRIED.get(scheme.over, ())})


def _depth(protocol: Protocol) -> int:
    return min((_inside(scheme) for scheme in protocol.schemes.values()), default=0)


def _inside(scheme: Scheme) -> int:
    return 2 if scheme.path else 1 if scheme.channel else 0


def _bits(known: Known) -> int:
    return int.from_bytes(known.mask, "big").bit_count()


class Recogniser:
    """Patterns, ready to be tried."""

    def __init__(self, known: Iterable[Known]) -> None:
        self.known = list(known)
        self._by: dict[tuple[str, str], list[Known]] = {}
        for one in self.known:
            self._by.setdefault((one.transport, one.sender), []).append(one)

    def find(self, transport: str, sender: str, payload: bytes) -> Known | None:
        """The first that matches a sender's first payload."""
        return next((known for known in self._by.get((transport, sender), ()) if known.matches(payload)), None)
