"""The decoder: the dialogue in words, and no secret in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.protocols.pop3.decode import Decoder

TALK = [
    ("server", b"+OK hi\r\n", ["+OK hi"]),
    ("client", b"CAPA\r\n", ["CAPA"]),
    ("server", b"+OK\r\nTOP\r\nUIDL\r\n.\r\n", ["+OK", "2 lines"]),
    ("client", b"USER ann\r\nPASS s3cret\r\n", ["USER ann", "PASS •••"]),
    ("server", b"+OK\r\n-ERR [AUTH] no\r\n", ["+OK", "-ERR [AUTH] no"]),
    ("client", b"AUTH PLAIN czNjcmV0\r\n", ["AUTH PLAIN •••"]),
    ("server", b"-ERR no\r\n", ["-ERR no"]),
    ("client", b"AUTH LOGIN\r\n", ["AUTH LOGIN"]),
    ("server", b"+ VXNlcm5hbWU6\r\n", ["+ challenge"]),
    ("client", b"s3cret\r\n", ["•••"]),
    ("server", b"+OK in\r\n", ["+OK in"]),
    ("client", b"s3cret\r\n", ["something that is no command"]),
    ("client", b"LIST 1\r\nRETR 1\r\nLIST\r\n", ["LIST 1", "RETR 1", "LIST"]),
    (
        "server",
        b"+OK 1 20\r\n+OK\r\nSubject: x\r\n\r\n..\r\n.\r\n+OK\r\n1 2\r\n.\r\n",
        ["+OK 1 20", "+OK", "a mail of 21 bytes: 'x'", "+OK", "1 line"],
    ),
    ("client", b"STLS\r\n", ["STLS"]),
    ("server", b"+OK go\r\n", ["+OK go"]),
    ("client", b"\x16\x03\x01s3cret\r\n", []),
]


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_the_dialogue_in_words(size: int) -> None:
    decoder = Decoder()
    for sender, data, words in TALK:
        if data.startswith(b"\x16"):
            size = 1000  # how a handshake begins isn't cut
        said = [one for at in range(0, len(data), size) for one in decoder.feed(sender, data[at : at + size])]
        assert [one.words for one in said] == words
        assert "s3cret" not in repr(said)


@given(st.lists(st.tuples(st.sampled_from(["client", "server"]), st.binary(max_size=60)), max_size=6))
def test_any_bytes(talk: list[tuple[str, bytes]]) -> None:
    decoder = Decoder()
    for sender, data in talk:
        assert all(isinstance(said.words, str) for said in decoder.feed(sender, data))


def test_memory_is_bounded() -> None:
    decoder = Decoder()
    decoder.feed("server", b"+OK\r\n")
    for _ in range(100):
        decoder.feed("client", b"RETR 1\r\n" * 1000 + b"x" * 10_000)
        decoder.feed("server", b"+OK\r\n" + b"y" * 10_000)
    assert len(decoder._asked) <= 1000
    assert sum(map(len, decoder._lines.values())) < 100_000
