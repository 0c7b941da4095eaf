"""The decoder: the dialogue in words, and no secret in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.protocols.imap.decode import Decoder, is_greeting

TALK = [
    ("server", b"* OK [CAPABILITY IMAP4rev1] hi {5}\r\n", ["* OK [CAPABILITY IMAP4rev1] hi {5}"]),
    ("client", b"a LOGIN ann s3cret\r\n", ["a LOGIN ann •••"]),
    ("client", b'b LOGIN {3+}\r\nann "s3cret"\r\n', ["b LOGIN •••"]),
    ("client", b"c AUTHENTICATE PLAIN AHMzY3JldA==\r\n", ["c AUTHENTICATE PLAIN •••"]),
    ("server", b"c NO no\r\n", ["c NO no"]),
    ("client", b"d AUTHENTICATE LOGIN\r\n", ["d AUTHENTICATE LOGIN"]),
    ("server", b"+ VXNlcm5hbWU6\r\n", ["+ challenge"]),
    ("client", b"s3cret\r\n", ["•••"]),
    ("server", b"d OK in\r\n", ["d OK in"]),
    ("client", b"s3cret\r\n", ["something that is no command"]),
    ("client", b"e APPEND INBOX {9}\r\ns3cret\r\n\n\r\n", ["e APPEND INBOX {9}"]),
    ("server", b"* 1 FETCH (BODY[] {3}\r\na\r\n FLAGS ())\r\ne OK x\r\n", ["* 1 FETCH (BODY[] {3}", "e OK x"]),
    ("client", b"f IDLE\r\nDONE\r\n", ["f IDLE", "DONE"]),
    ("client", b"g STARTTLS\r\n", ["g STARTTLS"]),
    ("server", b"g OK go\r\n", ["g OK go"]),
    ("client", b"\x16\x03\x01s3cret", []),
    ("server", b"\x16\x03\x03\r\n", []),
]


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_the_dialogue_in_words(size: int) -> None:
    decoder = Decoder()
    for sender, data, words in TALK:
        if data.startswith(b"\x16"):
            size = 1000  # how a handshake begins isn't cut
        said = [one for at in range(0, len(data), size) for one in decoder.feed(sender, data[at : at + size])]
        assert [one.words for one in said] == words
        assert all(one.sender == sender for one in said)
        assert "s3cret" not in repr(said)


def test_sizes_have_literals_in_them() -> None:
    (said,) = Decoder().feed("server", b"* 1 FETCH (BODY[] {3}\r\nabc)\r\n")
    assert said.size == len(b"* 1 FETCH (BODY[] {3}\r\nabc)\r\n")


@given(st.lists(st.tuples(st.sampled_from(["client", "server"]), st.binary(max_size=60)), max_size=6))
def test_any_bytes(talk: list[tuple[str, bytes]]) -> None:
    decoder = Decoder()
    for sender, data in talk:
        assert all(isinstance(said.words, str) for said in decoder.feed(sender, data))


def test_memory_is_bounded() -> None:
    decoder = Decoder()
    for _ in range(100):
        decoder.feed("client", b"x" * 10_000)
        decoder.feed("server", b"* 1 FETCH (BODY[] {999999999}\r\n" + b"y" * 10_000)
    assert sum(len(side._left) + len(side._first) for side in decoder._sides.values()) < 100_000


@pytest.mark.parametrize(
    ("said", "is_one"),
    [(b"* OK IMAP4 ready\r\n", True), (b"* OK [CAPABILITY X]\r\n", True), (b"* OK hi\r\n", False), (b"+OK\r\n", False)],
)
def test_greetings(said: bytes, is_one: bool) -> None:
    assert is_greeting(said) is is_one
