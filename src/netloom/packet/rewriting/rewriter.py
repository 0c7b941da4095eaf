"""Rewriter: one frame after the other as it becomes, whatever was captured of it."""

from __future__ import annotations

import zlib
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from netloom.packet.formats import vlan
from netloom.packet.formats.ethernet import TYPE
from netloom.packet.frame import Frame
from netloom.packet.rewriting import links, network, transport
from netloom.packet.rewriting.changes import NONE, Prefixes, Tags
from netloom.packet.rewriting.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netloom.packet.rewriting.anonymity import Anonymity
    from netloom.packet.rewriting.times import Times
    from netloom.packet.rewriting.walk import Table

_ETHERNET, _RADIOTAP = 1, 127
_CHECK = 4
_TAGGED = (0x8100, 0x88A8, 0x9100)
_CUSTOMER, _SERVICE = 0x8100, 0x88A8


class Changes(NamedTuple):
    """All that becomes of a capture. `anonymity` takes the place of `addresses` and `hardware`; `snap` 0 keeps all.

    `stripped` is without secrets, and without comments, which may tell them.
    """

    addresses: Prefixes = Prefixes()
    hardware: Mapping[bytes, bytes] = MappingProxyType({})
    ports: Mapping[int, int] = MappingProxyType({})
    tags: Tags = Tags()
    ttl: int | None = None
    anonymity: Anonymity | None = None
    times: Times | None = None
    snap: int = 0
    headers: bool = False
    stripped: bool = False

    @property
    def of_octets(self) -> bool:
        """Whether headers change, or have to be looked at."""
        named = self.addresses or self.hardware or self.ports or self.tags or self.anonymity or self.headers
        return bool(named) or self.ttl is not None


class Rewriter:
    """What makes new frames of old ones. What checks them is as right, or as wrong, as it was.

    Frames of an Ethernet interface may end with `fcs` octets of check sequence.
    """

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._looks = changes.of_octets
        anonymity, hardware = changes.anonymity, changes.hardware
        self._walk = Walk(
            changes.addresses.address if anonymity is None else lambda address, size: anonymity.address(address),  # noqa: ARG005
            (lambda address: hardware.get(address, address)) if anonymity is None else anonymity.hardware,
            changes.ports,
            changes.tags,
            changes.ttl,
        )
        self._walk.tables = _tables()

    def frame(self, frame: Frame, fcs: int = 0) -> Frame:
        """A frame as it becomes."""
        changes = self._changes
        data, length = frame.data, frame.length
        if self._looks:
            data, length = self._octets(frame, fcs)
        if changes.snap:
            data = data[: changes.snap]
        time = frame.timestamp_ns
        if changes.times is not None and time is not None:
            time = changes.times.of(time)
        comment = "" if changes.anonymity is not None or changes.stripped else frame.comment
        return Frame(data, time, frame.link_type, length, frame.interface, frame.direction, comment)

    def _octets(self, frame: Frame, fcs: int) -> tuple[bytes, int]:
        walk = self._walk
        old = frame.data
        dropped = self._dropped(old) if self._changes.tags and frame.link_type == _ETHERNET else None
        data = bytearray(old)
        walk.begin(data)
        walk.go("link", frame.link_type, 0, len(old), max(frame.length, len(old)))
        whole = len(old) == frame.length and not self._changes.headers
        if self._changes.headers:
            del data[walk.at :]
        grown = self._tagged(data, dropped) if dropped is not None else 0
        if whole and frame.link_type == _ETHERNET and fcs == _CHECK:
            _check(old, data, 0)
        elif whole and frame.link_type == _RADIOTAP:
            _check(old, data, int.from_bytes(old[2:4], "little"))
        return bytes(data), frame.length + grown

    def _dropped(self, data: bytes) -> list[bool] | None:
        """Which of a frame's tags are taken off, by the numbers that they have before these are changed."""
        at, found = TYPE, []
        while (kind := int.from_bytes(data[at : at + 2], "big")) in _TAGGED and at + vlan.HEADER + 2 <= len(data):
            number = int.from_bytes(data[at + 2 : at + 4], "big") & vlan.NUMBER
            found.append(self._changes.tags.of(number) == NONE)
            at += vlan.HEADER
        return found if at + 2 <= len(data) and kind not in _TAGGED else None

    def _tagged(self, data: bytearray, dropped: list[bool]) -> int:
        """Take tags off, put others on; by how many octets the frame grows."""
        before = len(data)
        tags = self._changes.tags
        for number in reversed(range(len(dropped))):
            if dropped[number]:
                del data[TYPE + vlan.HEADER * number : TYPE + vlan.HEADER * (number + 1)]
        put = [tags.untagged] if tags.untagged is not None and not dropped else []
        put += [tags.push] if tags.push is not None else []
        inner = not all(dropped)
        for number in put:
            data[TYPE:TYPE] = (_SERVICE if inner else _CUSTOMER).to_bytes(2, "big") + number.to_bytes(2, "big")
            inner = True
        return len(data) - before


def _check(old: bytes, new: bytearray, begin: int) -> None:
    """Mend the check sequence at a frame's end, if there was one and it was right."""
    if len(old) >= begin + _CHECK and zlib.crc32(old[begin:-_CHECK]).to_bytes(_CHECK, "little") == old[-_CHECK:]:
        new[-_CHECK:] = zlib.crc32(new[begin:-_CHECK]).to_bytes(_CHECK, "little")


def _tables() -> dict[str, Table]:
    found: dict[str, Table] = {}
    for headers in (links.HEADERS, network.HEADERS, transport.HEADERS):
        for name, table in headers.items():
            found.setdefault(name, {}).update(table)
    return found
