from __future__ import annotations

import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection
from wsproto.frame_protocol import CloseReason

from netloom.errors import RemoteProtocolError
from netloom.links.http import deflate
from tests.fuzzing import hammer

SAMPLES = [
    b"permessage-deflate",
    b"permessage-deflate; server_max_window_bits=12; client_max_window_bits=10",
    b'permessage-deflate; client_no_context_takeover; server_no_context_takeover; server_max_window_bits="15"',
]


@pytest.mark.parametrize("offer", [deflate.OFFER, *[sample.decode() for sample in SAMPLES]])
def test_what_a_server_answers_a_client_takes(offer: str) -> None:
    taken = deflate.accept([offer], 1000)
    assert taken is not None
    deflate.agreed(taken[1], 1000)


@pytest.mark.parametrize(
    "answer",
    [
        "x-else",
        "permessage-deflate; unknown",
        "permessage-deflate; client_max_window_bits",
        "permessage-deflate; client_max_window_bits=8",
        "permessage-deflate; server_max_window_bits=7",
        "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10",
    ],
)
def test_answers_that_are_none(answer: str) -> None:
    with pytest.raises(RemoteProtocolError):
        deflate.agreed(answer, 1000)


@given(st.lists(st.text(max_size=60), max_size=5))
def test_arbitrary_offers(offers: list[str]) -> None:
    deflate.accept(offers, 1000)


def test_hostile_answers() -> None:
    hammer(lambda data: deflate.agreed(data.decode("latin-1"), 1000), SAMPLES)


def test_a_bomb_takes_no_more_than_the_limit() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(bytes(64 << 20)) + packer.flush(zlib.Z_SYNC_FLUSH)[:-4]
    assert 126 <= len(bomb) < 65_536
    frame = b"\xc2\xfe" + len(bomb).to_bytes(2, "big") + bytes(4) + bomb
    socket = Connection(ConnectionType.SERVER, [deflate.Deflate(100_000)])
    tracemalloc.start()
    try:
        socket.receive_data(frame)
        (event,) = socket.events()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(event, CloseConnection)
    assert event.code == CloseReason.MESSAGE_TOO_BIG
    assert peak < 2 << 20
