"""What every format agrees to: octets that parse are written again as they were, and only two errors come out."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.packet.dissect import dissect
from netloom.packet.frame import Frame
from netloom.packet.layer import Around, Cut, Packet, Raw

if TYPE_CHECKING:
    from netloom.packet.layer import Layer, Parsed
    from netloom.packet.row import Row

ALONE = Around((), None)
OCTETS = st.integers(0, 0xFF)
SHORTS = st.integers(0, 0xFFFF)
WORDS = st.integers(0, 0xFFFFFFFF)
ADDRESSES = st.binary(min_size=16, max_size=16)


def same_again(kind: type[Layer], data: bytes) -> Parsed:
    """Parse a header, write it, and find the same octets."""
    parsed = kind.parse(data)
    assert parsed.layer.emit(data[parsed.header :], ALONE) == data
    return parsed


def whatever(kind: type[Layer], data: bytes) -> None:
    """Some octets are a header, or are refused as a peer's fault."""
    with suppress(RemoteProtocolError):
        same_again(kind, data)


def cut_anywhere(kind: type[Layer], data: bytes) -> None:
    """A header that isn't whole says how much of it is needed, and that many octets help."""
    parsed = kind.parse(data)
    for kept in range(parsed.header):
        with pytest.raises(Cut) as caught:
            kind.parse(data[:kept])
        assert kept < caught.value.needed <= parsed.header
    assert kind.parse(data[: parsed.header]) == parsed


def frame(packet: Packet | Layer, link: int = 1) -> Frame:
    """A packet as a frame that was captured whole."""
    data = bytes(packet)
    return Frame(data=data, timestamp_ns=None, link_type=link, length=len(data))


def again(packet: Packet | Layer, link: int = 1) -> Row:
    """Write a packet, dissect it, and write that: the same octets, and no anomaly. Gives the row."""
    there = frame(packet, link)
    found = dissect(there)
    assert bytes(found.packet) == there.data
    kinds = [type(layer) for layer in (packet if isinstance(packet, Packet) else (packet,))]
    assert [type(layer) for layer in found.packet if type(layer) is not Raw] == [
        kind for kind in kinds if kind is not Raw
    ]
    assert found.row.anomaly == 0
    return found.row
