"""What is emitted is parsed as the same, wherever it is cut; arbitrary bytes are refused and nothing else."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.wire.mqtt.emit import emit
from netloom.wire.mqtt.packets import V5, V311, Connect, Publish
from netloom.wire.mqtt.parse import parse
from netloom.wire.mqtt.reader import Reader
from tests.fuzzing import cuts, hammer
from tests.wire.mqtt.strategies import connects, said

SIDES = [("client", V311), ("client", V5), ("server", V311), ("server", V5)]


@pytest.mark.parametrize("version", [V311, V5])
@given(data=st.data())
def test_connect(version: int, data: st.DataObject) -> None:
    packet = data.draw(connects(version))
    whole = emit(packet, version)
    assert cuts(lambda cut: parse(cut, 0, "client"), whole) == (packet, len(whole))


@pytest.mark.parametrize(("sender", "version"), SIDES)
@given(data=st.data())
def test_every_packet(sender: Any, version: int, data: st.DataObject) -> None:
    packet = data.draw(said(version, sender))
    whole = emit(packet, version)
    assert parse(whole, version, sender) == (packet, len(whole))
    if len(whole) < 80:
        follows = b"\xc0\0" if sender == "client" else b"\xd0\0"
        assert parse(whole + follows, version, sender) == (packet, len(whole))
        for end in range(len(whole)):
            assert parse(whole[:end], version, sender) is None


@pytest.mark.parametrize(("sender", "version"), SIDES)
@given(data=st.data())
def test_a_stream_may_be_cut_anywhere(sender: Any, version: int, data: st.DataObject) -> None:
    spoken = data.draw(st.lists(said(version, sender), min_size=1, max_size=6))
    stream = b"".join(emit(packet, version) for packet in spoken)
    places = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    reader = Reader(sender, version=version)
    heard = []
    for start, end in zip([0, *places], [*places, len(stream)], strict=True):
        heard += list(reader.feed(stream[start:end]))
    assert heard == spoken


@pytest.mark.parametrize(("sender", "version"), [*SIDES, ("client", 0)])
@given(noise=st.binary(max_size=80))
def test_arbitrary_bytes(sender: Any, version: int, noise: bytes) -> None:
    reader = Reader(sender, version=version)
    with contextlib.suppress(RemoteProtocolError):
        for packet in reader.feed(noise):
            emit(packet, reader.version)


@pytest.mark.fuzz
@pytest.mark.parametrize(("sender", "version"), [*SIDES, ("client", 0)])
def test_hostile_bytes(sender: Any, version: int) -> None:
    connect = Connect(client_id="ann", user="ann", password=b"x")
    samples = [emit(connect, V5)] if not version else [
        emit(Publish(topic="a/b", payload=b"x" * 20, qos=1, packet_id=7), version),
        b"\x40\2\0\7",
    ]  # fmt: skip
    hammer(lambda noise: list(Reader(sender, version=version).feed(noise)), samples)


def test_a_password_is_not_shown() -> None:
    shown = repr(Connect(user="ann", password=b"secret"))
    assert "secret" not in shown
    assert "***" in shown
    assert "ann" in shown
    assert "password=None" in repr(Connect())
