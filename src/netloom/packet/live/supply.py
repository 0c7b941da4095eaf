"""Supply: the packets that are to be sent, from texts that craft understands and from capture files."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from netloom.errors import UsageError
from netloom.packet.captures.capture import open_capture
from netloom.packet.craft import expand, link_type
from netloom.packet.formats.arp import ARP
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.layer import Layer, Packet, replaced
from netloom.packet.live.interfaces import ETHERNET, own_address

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STDIN = "-"
_IP = (12, 14, 101, 228, 229)
"""Link types of packets without a link header."""
_UNTOLD_MAC = "00:00:00:00:00:00"

Stamped = tuple[bytes, int | None]
"""A packet, and its time in nanoseconds, if it has one."""


class Supply:
    """Packets in the order of the texts and files that they come from, each time anew.

    `frames` tells whether they begin with Ethernet, and otherwise with IP. `mac` is the sending interface's address:
    where a text leaves out who sends, it is filled in, unless `as_is`. Raises UsageError for a text with a mistake, for
    what is no capture, and for frames together with packets.
    """

    def __init__(self, sources: Sequence[str], *, mac: str = "", as_is: bool = False) -> None:
        self.has_captures = False
        self._parts: list[str | list[bytes]] = []
        kinds: dict[bool, str] = {}
        for text in sources:
            if _is_file(text):
                self.has_captures = True
                self._parts.append(text)
                continue
            packets = list(expand(text))
            for packet in packets:
                kinds.setdefault(_is_frame(packet, text), text)
            filled = packets if as_is else [with_sender(packet, mac) for packet in packets]
            self._parts.append([bytes(packet) for packet in filled])
        for part in self._parts:
            if isinstance(part, str) and part != STDIN:
                kinds.setdefault(_begins_with_frame(part), part)
        if len(kinds) > 1:
            raise UsageError(
                "frames and IP packets can't be sent together",
                hint=f"{kinds[True]} has a link header, {kinds[False]} none",
            )
        self.frames = next(iter(kinds), True)

    @property
    def can_repeat(self) -> bool:
        """Whether they are there a second time: standard input isn't."""
        return STDIN not in self._parts

    @property
    def crafted(self) -> list[bytes] | None:
        """All of them, where none comes from a capture."""
        if self.has_captures:
            return None
        return [data for part in self._parts for data in part if isinstance(data, bytes)]

    def captures(self) -> Iterator[Iterator[Stamped]]:
        """One iterator for each source."""
        for part in self._parts:
            yield self._from_file(part) if isinstance(part, str) else ((data, None) for data in part)

    def _from_file(self, path: str) -> Iterator[Stamped]:
        with open_capture(path) as capture:
            for frame in capture.frames():
                if frame.link_type not in ((ETHERNET,) if self.frames else _IP):
                    raise UsageError(
                        f"{path} has packets of link type {frame.link_type}: those can't be sent here",
                        hint="Ethernet frames can, and IP packets, not both at once",
                    )
                yield frame.data, frame.timestamp_ns


def _is_file(text: str) -> bool:
    return text == STDIN or "(" not in text or Path(text).is_file()


def _is_frame(packet: Packet, text: str) -> bool:
    kind = link_type(packet)
    if kind == ETHERNET:
        return True
    if kind in _IP:
        return False
    first = type(packet.layers[0]).__name__
    raise UsageError(
        f"a packet can't be sent that begins with {first}", hint="Ethernet, IPv4 or IPv6", text=text, column=0
    )


def _begins_with_frame(path: str) -> bool:
    """By a file's first frame; one without any has nothing to say."""
    with open_capture(path) as capture:
        first = next(capture.frames(), None)
    return first is None or first.link_type == ETHERNET


def with_sender(packet: Packet, mac: str) -> Packet:
    """The packet with its sender filled in where it is left at its default: ours, on the way that it takes."""
    layers = list(packet.layers)
    first = layers[0]
    if isinstance(first, Ethernet) and first.src == _UNTOLD_MAC and mac:
        layers[0] = replaced(first, src=mac)
    for at, layer in enumerate(layers):
        if isinstance(layer, ARP):
            layers[at] = _asked_from_here(layer, mac)
        if isinstance(layer, IPv4 | IPv6):
            layers[at] = _from_here(layer)
            break
    return Packet(tuple(layers))


def _asked_from_here(layer: ARP, mac: str) -> ARP:
    if layer.sha == _UNTOLD_MAC and mac:
        layer = replaced(layer, sha=mac)
    own = own_address(str(layer.tpa)) if str(layer.spa) == "0.0.0.0" and not isinstance(layer.tpa, bytes) else ""  # noqa: S104 - not told
    return replaced(layer, spa=own) if own else layer


def _from_here(layer: IPv4 | IPv6) -> Layer:
    source, destination = ip_address(str(layer.src)), ip_address(str(layer.dst))
    if not source.is_loopback or destination.is_loopback:
        return layer
    own = own_address(str(destination))
    return replaced(layer, src=own) if own else layer
