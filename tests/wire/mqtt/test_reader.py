"""Packets out of pieces: a version that CONNECT says, mistakes after what was right, sizes that are never allocated."""

from __future__ import annotations

import tracemalloc

import pytest

from netloom.wire.mqtt.emit import emit
from netloom.wire.mqtt.packets import V5, V311, Connect, PingReq, Publish
from netloom.wire.mqtt.reader import Reader
from netloom.wire.mqtt.reasons import PacketError


@pytest.mark.parametrize("version", [V311, V5])
def test_connect_says_the_version(version: int) -> None:
    reader = Reader("client")
    said = emit(Connect(version=version), version) + emit(Publish(topic="a", payload=b"x"), version)
    assert [type(packet) for packet in reader.feed(said)] == [Connect, Publish]
    assert reader.version == version


def test_what_comes_before_a_mistake_counts() -> None:
    heard = Reader("client", version=V5).feed(b"\xc0\0\xc0\0\xff\xff")
    assert [next(heard), next(heard)] == [PingReq(), PingReq()]
    with pytest.raises(PacketError):
        next(heard)


def test_a_large_packet_in_small_pieces() -> None:
    reader = Reader("client", version=V311)
    said = emit(Publish(topic="a", payload=bytes(1_000_000)), V311)
    heard = []
    for at in range(0, len(said), 1000):
        heard += list(reader.feed(said[at : at + 1000]))
    assert [len(packet.payload) for packet in heard if isinstance(packet, Publish)] == [1_000_000]


def test_an_announced_size_is_not_allocated() -> None:
    reader = Reader("client", version=V5)
    tracemalloc.start()
    try:
        assert list(reader.feed(b"\x30\xff\xff\xff\x7f")) == []
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_byte_by_byte() -> None:
    said = emit(Connect(client_id="ann"), V5) + b"\xc0\0"
    reader = Reader("client")
    heard = [packet for octet in said for packet in reader.feed(bytes((octet,)))]
    assert heard == [Connect(client_id="ann"), PingReq()]
