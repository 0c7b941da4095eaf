"""Dissecting gives layers, where they begin, a row, and why it ended."""

from __future__ import annotations

from random import Random

import pytest

from netloom.errors import RemoteProtocolError
from netloom.packet import TCP, Ethernet, Frame, IPv4, Raw
from netloom.packet.dissect import DEPTH, dissect
from netloom.packet.layer import Cut
from netloom.packet.row import CUT, DEEP, LYING, UNTOLD
from tests.packet import generated

PACKET = Ethernet() / IPv4() / TCP() / b"data"


def frame(data: bytes, length: int | None = None, link: int = 1) -> Frame:
    return Frame(data, None, link, len(data) if length is None else length)


def test_layers_and_where_they_begin() -> None:
    read = dissect(frame(bytes(PACKET)))
    assert [type(layer) for layer in read.packet] == [Ethernet, IPv4, TCP, Raw]
    assert read.offsets == (0, 14, 34, 54)
    assert (read.row.payload_at, read.row.payload, read.row.payload_length) == (54, 4, 4)
    assert read.row.time == UNTOLD
    assert read.problem is None


def test_octets_behind_the_packet_are_no_payload() -> None:
    read = dissect(frame(bytes(PACKET) + bytes(9)))
    assert read.row.payload == 4
    assert read.packet[Raw].data == b"data" + bytes(9)


def test_what_was_not_captured_is_cut_and_what_never_was_is_a_lie() -> None:
    whole = bytes(PACKET)
    cut = dissect(frame(whole[:40], len(whole)))
    assert (cut.row.anomaly, type(cut.problem)) == (CUT, Cut)
    lie = dissect(frame(whole[:40]))
    assert lie.row.anomaly == LYING
    assert isinstance(lie.problem, RemoteProtocolError)
    assert cut.row.payload_at == lie.row.payload_at == 34


def test_a_payload_that_was_cut_is_no_anomaly() -> None:
    whole = bytes(PACKET)
    row = dissect(frame(whole[:-2], len(whole))).row
    assert (row.anomaly, row.payload, row.payload_length) == (0, 2, 4)


def test_a_packet_that_claims_more_than_there_is_lies() -> None:
    assert dissect(frame(bytes(Ethernet() / IPv4(length=1000) / TCP()))).row.anomaly == LYING


def test_depth_is_bounded() -> None:
    tags = bytes(12) + b"\x81\x00\x00\x01" * (DEPTH + 9)
    read = dissect(frame(tags))
    assert len(read.offsets) == DEPTH + 1
    assert read.row.anomaly == DEEP


def test_an_unknown_link_is_octets() -> None:
    read = dissect(frame(b"what is this", link=4711))
    assert read.packet.layers == (Raw(data=b"what is this"),)


@pytest.mark.parametrize("link", generated.LINKS)
def test_nothing_raises_and_nothing_is_lost(link: int) -> None:
    for one in generated.frames(Random(link), 300, link):
        read = dissect(one)
        begin = read.offsets[-1] if read.offsets else 0
        last = read.packet.layers[-1] if read.packet.layers else Raw()
        if isinstance(last, Raw):
            assert one.data[begin:] == last.data
        assert list(read.offsets) == sorted(read.offsets)
