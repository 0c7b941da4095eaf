"""Layers as values: a packet is headers stacked with `/`, and each is read from bytes and written to them.

What is None in a layer is filled in when the packet is written: lengths, checksums, the number of what stands above.
Everything else is written as it is, right or wrong.
"""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self, TypeVar

from msgspec import Struct

from netloom.errors import RemoteProtocolError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.row import Row
    from netloom.wire.checksum import IPAddress

Key = tuple[str, int]
"""How a header names the next one: a number and whose it is, such as ("ethertype", 0x0800) or ("ip", 6)."""

L = TypeVar("L", bound="Layer")


class Cut(RemoteProtocolError):
    """A header goes on behind the last octet that is there. `needed`: octets from its start."""

    def __init__(self, what: str, needed: int, found: int, rule: str) -> None:
        super().__init__(f"{what} of {needed} octets, {found} of which are there", rule=rule, offset=found)
        self.needed = needed


def whole(data: bytes, needed: int, what: str, rule: str) -> None:
    """Raise Cut unless so many octets are there."""
    if len(data) < needed:
        raise Cut(what, needed, len(data), rule)


def packed_as(layer: Layer, form: struct.Struct, *values: int | bytes) -> bytes:
    """A layer's fields in their places. Raises UsageError for one that is too large."""
    try:
        return form.pack(*values)
    except struct.error as exc:
        raise UsageError(f"{type(layer).__name__}(…): {exc}", hint=f"the field's width counts: {layer!r}") from exc


def fitting(layer: Layer, **bits: int) -> None:
    """Raise UsageError for a field whose value doesn't go into so many bits. None does: it is filled in."""
    for name, width in bits.items():
        value = getattr(layer, name)
        if value is not None and not (isinstance(value, int) and 0 <= value < 1 << width):
            raise UsageError(
                f"{type(layer).__name__}({name}={value!r}) doesn't fit", hint=f"{name} is 0 to {(1 << width) - 1}"
            )


class Around(NamedTuple):
    """Where a layer stands while it is written: those below it, the lowest first, and the one on top of it."""

    below: tuple[Layer, ...]
    above: Layer | None

    def number(self, space: str, given: int | None, otherwise: int) -> int:
        """The number for what stands above: as given, or as it is known in a space, or another."""
        if given is not None:
            return given
        known = self.above.ANNOUNCED if self.above is not None else ()
        return next((number for name, number in known if name == space), otherwise)

    def addresses(self, what: str) -> tuple[IPAddress, IPAddress]:
        """Those of the nearest IP header below, which a checksum covers. Raises UsageError where there is none."""
        for layer in reversed(self.below):
            ends = layer.ends()
            if ends is not None:
                return ends
        raise UsageError(
            f"{what} has a checksum over the addresses of IP, and no IP is below it", hint=f"give {what}(checksum=0)"
        )


class Parsed(NamedTuple):
    """What was read: a layer, how many octets its header has, and what comes next.

    `end` is where its packet ends as it says itself, in octets from the header's start; it may lie beyond what is
    there. Below 0 it counts from the end of what is below: so many octets of that are a trailer. None: as far as what
    is below reaches. `above` is None where nothing that could be known follows.
    """

    layer: Layer
    header: int
    end: int | None
    above: Key | None


class Layer(Struct, frozen=True, kw_only=True):
    """One header. Formats are its subclasses, one file each in `formats/`."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = ()
    """How headers below name it. The first of a space is the one that is written."""

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        """Read a header at the start of some bytes. Raises Cut where it isn't whole, RemoteProtocolError if it lies."""
        raise NotImplementedError

    def emit(self, payload: bytes, around: Around) -> bytes:
        """The header and its payload. Raises UsageError for what has no place in it."""
        raise NotImplementedError

    def tell(self, row: Row) -> None:
        """Note in a packet's row what the header says there."""

    def ends(self) -> tuple[IPAddress, IPAddress] | None:
        """Source and destination, of those that checksums above cover."""
        return None

    def __truediv__(self, above: Layer | Packet | bytes | str) -> Packet:
        return Packet((self,)) / above

    def __bytes__(self) -> bytes:
        return bytes(Packet((self,)))

    def __repr__(self) -> str:
        """The call that makes it: fields that have their default are left out, addresses are text."""
        given = []
        for name, default in zip(self.__struct_fields__, self.__struct_defaults__, strict=True):
            value = getattr(self, name)
            if value != default:
                given.append(f"{name}={(str(value) if isinstance(value, IPv4Address | IPv6Address) else value)!r}")
        return f"{type(self).__name__}({', '.join(given)})"


class Raw(Layer, frozen=True, kw_only=True):
    """Octets that no header is known for."""

    data: bytes = b""

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        """All of them."""
        return Parsed(cls(data=bytes(data)), len(data), len(data), None)

    def emit(self, payload: bytes, around: Around) -> bytes:
        """As they are."""
        return self.data + payload


class Packet:
    """Layers, the lowest first: `Ethernet() / IPv4(dst="192.0.2.1") / TCP(flags="S") / b"data"`."""

    __slots__ = ("layers",)

    def __init__(self, layers: tuple[Layer, ...]) -> None:
        self.layers = layers

    def __truediv__(self, above: Layer | Packet | bytes | str) -> Self:
        if isinstance(above, Packet):
            return type(self)((*self.layers, *above.layers))
        octets = above.encode() if isinstance(above, str) else above
        return type(self)((*self.layers, Raw(data=octets) if isinstance(octets, bytes) else octets))

    def __bytes__(self) -> bytes:
        written = b""
        for at in reversed(range(len(self.layers))):
            above = self.layers[at + 1] if at + 1 < len(self.layers) else None
            written = self.layers[at].emit(written, Around(self.layers[:at], above))
        return written

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def __contains__(self, kind: type[Layer]) -> bool:
        return any(isinstance(layer, kind) for layer in self.layers)

    def __getitem__(self, kind: type[L]) -> L:
        """The innermost layer of a kind. Raises KeyError."""
        for layer in reversed(self.layers):
            if isinstance(layer, kind):
                return layer
        raise KeyError(kind.__name__)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Packet) and self.layers == other.layers

    def __hash__(self) -> int:
        return hash(self.layers)

    def __repr__(self) -> str:
        return " / ".join(map(repr, self.layers))


def replaced(layer: L, **values: Any) -> L:
    """A layer with other values. Raises UsageError for a field that it hasn't."""
    from msgspec.structs import replace

    from netloom.endpoint import suggest

    for name in values:
        if name not in layer.__struct_fields__:
            fields = layer.__struct_fields__
            raise UsageError(
                f"{type(layer).__name__} has no field {name!r}",
                hint=suggest(name, fields) or f"fields: {', '.join(fields)}",
            )
    return replace(layer, **values)
