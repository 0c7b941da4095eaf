"""TLS's passive decoder: records by their type, whatever the pieces; plaintext as it is."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.protocols.tls.decode import Decoder, is_hello

HELLO = b"\x16\x03\x01\x00\x04\x01\x00\x00\x00"
SERVER_HELLO = b"\x16\x03\x03\x00\x04\x02\x00\x00\x00"
DATA = b"\x17\x03\x03\x00\x05xxxxx"
ALERT = b"\x15\x03\x03\x00\x02\x02\x28"


def told(pieces: list[tuple[str, bytes]]) -> list[tuple[str, str, int]]:
    decoder = Decoder()
    return [(one.sender, one.words, one.size) for sender, data in pieces for one in decoder.feed(sender, data)]


def test_a_conversation() -> None:
    assert told([("client", HELLO), ("server", SERVER_HELLO + DATA), ("client", DATA), ("server", ALERT)]) == [
        ("client", "handshake: ClientHello, 4 bytes", 9),
        ("server", "handshake: ServerHello, 4 bytes", 9),
        ("server", "application data, 5 bytes", 10),
        ("client", "application data, 5 bytes", 10),
        ("server", "alert, 2 bytes", 7),
    ]


@given(st.lists(st.integers(1, 60)))
def test_cutting_it_anywhere_changes_nothing(cuts: list[int]) -> None:
    data = HELLO + DATA + ALERT + DATA
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    pieces = [("client", data[a:b]) for a, b in itertools.pairwise(places)]
    assert told(pieces) == told([("client", data)])


@pytest.mark.parametrize("text", [b"hello\n", b"\x16 no", b"x" * 100, b"\xff\x00"])
def test_plaintext(text: bytes) -> None:
    ((sender, words, size),) = told([("server", text)])
    assert (sender, size) == ("server", len(text))
    assert words.startswith(f"{len(text)} bytes: ")
    assert words.isprintable()


@given(st.lists(st.tuples(st.sampled_from(["client", "server"]), st.binary(max_size=100))))
def test_it_never_raises_and_keeps_little(pieces: list[tuple[str, bytes]]) -> None:
    decoder = Decoder()
    for sender, data in pieces:
        decoder.feed(sender, data)
    assert all(len(rest) <= 5 + 65535 for rest in decoder._rest.values())


def test_which_first_payload_begins_a_handshake() -> None:
    assert is_hello(HELLO)
    assert not is_hello(HELLO[:5])
    assert not is_hello(ALERT)
    assert not is_hello(b"GET / HTTP/1.1\r\n")
