from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.protocols.ws.decode import Decoder, is_handshake

ASKED = (
    b"GET /chat?token=canary HTTP/1.1\r\nHost: a\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
    b"Authorization: Basic canary\r\nSec-WebSocket-Protocol: chat\r\nOrigin: https://b\r\n\r\n"
)
ANSWERED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: chat\r\n\r\n"
MASK = b"\x01\x02\x03\x04"


def masked(data: bytes) -> bytes:
    return bytes(byte ^ MASK[at % 4] for at, byte in enumerate(data))


FROM_CLIENT = (
    ASKED + b"\x81\x85" + MASK + masked(b"hello") + b"\x89\x80" + MASK + b"\x88\x85" + MASK + masked(b"\x03\xe8bye")
)
FROM_SERVER = ANSWERED + b"\x01\x02he\x80\x03llo" + b"\x82\x7e\x01\x00" + bytes(256) + b"\xc1\x02ab" + b"\x8a\x00"


def words(sender: str, *pieces: bytes) -> list[str]:
    decoder = Decoder()
    return [said.words for piece in pieces for said in decoder.feed(sender, piece)]


def test_a_client() -> None:
    assert words("client", FROM_CLIENT) == [
        "open a WebSocket at /chat?… · sec-websocket-protocol: chat · origin: https://b",
        "text, 5 bytes: hello",
        "ping, 0 bytes",
        "close, 5 bytes: 1000 bye",
    ]


def test_a_server() -> None:
    assert words("server", FROM_SERVER) == [
        "101 Switching Protocols · sec-websocket-protocol: chat",
        "text, more to come, 2 bytes: he",
        "continued, 3 bytes: llo",
        "binary, 256 bytes",
        "text, compressed, 2 bytes",
        "pong, 0 bytes",
    ]


@given(st.lists(st.integers(0, len(FROM_CLIENT)), max_size=10), st.sampled_from(["client", "server"]))
def test_cutting_changes_nothing(cuts: list[int], sender: str) -> None:
    data = FROM_CLIENT if sender == "client" else FROM_SERVER
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    assert words(sender, *[data[a:b] for a, b in itertools.pairwise(places)]) == words(sender, data)


@given(st.lists(st.binary(max_size=100), max_size=5), st.sampled_from(["client", "server"]), st.booleans())
def test_arbitrary_bytes(pieces: list[bytes], sender: str, opened: bool) -> None:
    if opened:
        pieces = [ASKED if sender == "client" else ANSWERED, *pieces]
    for said in words(sender, *pieces):
        assert "canary" not in said
        assert said.isprintable()


@pytest.mark.parametrize(
    "data", [b"HTTP/1.1 404 Not Found\r\n\r\nno", b"GET / HTTP/1.1\r\n\r\n", b"SSH-2.0-x\r\n", b"\0" * 100]
)
def test_what_is_no_websocket(data: bytes) -> None:
    assert words("server", data, b"more")


def test_a_head_without_an_end_isnt_kept() -> None:
    decoder = Decoder()
    for _ in range(100):
        decoder.feed("client", b"GET /" + b"x" * 10_000)
    assert (
        sum(len(side._buffer) for side in decoder._sides.values() if side is not None and hasattr(side, "_buffer"))
        < 70_000
    )


def test_recognised() -> None:
    assert is_handshake(ASKED)
    assert not is_handshake(ASKED.replace(b"WebSocket", b"h2c"))
    assert not is_handshake(b"POST" + ASKED[3:])
