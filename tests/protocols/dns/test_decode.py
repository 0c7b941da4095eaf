"""DNS: the passive decoder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.protocols.dns.decode import Decoder, is_framed_query, is_query
from netloom.wire.dns import codes
from netloom.wire.dns.message import Message, Question, Record, emit, framed
from netloom.wire.dns.names import from_text

NAME = from_text("www.example.com")
QUERY = emit(Message(0x1234, codes.RD, (Question(NAME, codes.A),)))
FOUND = tuple(Record(NAME, codes.A, codes.IN, 60, bytes([192, 0, 2, number])) for number in range(6))
ANSWER = emit(Message(0x1234, codes.QR, (Question(NAME, codes.A),), FOUND))


def test_datagrams() -> None:
    decoder = Decoder()
    assert [said.words for said in decoder.feed("client", QUERY)] == ["www.example.com. A?"]
    (said,) = decoder.feed("server", ANSWER)
    assert said.words.startswith("NOERROR: www.example.com. 60 IN A 192.0.2.0; ")
    assert said.words.endswith(" and 2 more")
    assert said.size == len(ANSWER)
    assert decoder.feed("server", b"nonsense")[0].words.startswith("no DNS message")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (Message(1, codes.QR | codes.NXDOMAIN, (Question(NAME, codes.A),)), "NXDOMAIN: www.example.com. A"),
        (Message(1, codes.QR | codes.TC, (Question(NAME, codes.A),)), "NOERROR (truncated): www.example.com. A"),
        (Message(1, codes.UPDATE << 11, (Question(NAME, codes.SOA),)), "UPDATE www.example.com. SOA?"),
        (Message(1, 0), "nothing?"),
        (Message(1, codes.QR, (), (Record(NAME, codes.A, 1, 0, b"\1"),)), "NOERROR: A data is malformed"),
    ],
)
def test_words(message: Message, words: str) -> None:
    assert [said.words for said in Decoder().feed("server", emit(message))] == [words]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_stream_in_pieces_of_any_size(size: int) -> None:
    stream = framed(ANSWER) + framed(QUERY) + framed(b"bad") + framed(ANSWER)
    decoder = Decoder()
    said = [each.words for at in range(0, len(stream), size) for each in decoder.feed("server", stream[at : at + size])]
    assert [words.partition(":")[0] for words in said] == [
        "NOERROR",
        "www.example.com. A?",
        "no DNS message",
        "NOERROR",
    ]


@given(st.lists(st.tuples(st.sampled_from(["client", "server"]), st.binary(max_size=40)), max_size=8))
def test_it_never_raises(pieces: list[tuple[str, bytes]]) -> None:
    decoder = Decoder()
    for sender, data in pieces:
        decoder.feed(sender, data)


def test_memory_is_bounded() -> None:
    decoder = Decoder()
    decoder.feed("server", b"\xff\xff")
    for _ in range(100):
        decoder.feed("server", bytes(10_000))
    assert all(len(kept) <= 65537 for kept in decoder._buffers.values())


def test_recognition() -> None:
    assert is_query(QUERY)
    assert not is_query(ANSWER)
    assert not is_query(b"GET / HTTP/1.1\r\n")
    assert is_framed_query(framed(QUERY))
    assert not is_framed_query(QUERY)
