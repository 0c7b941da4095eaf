"""The decoder: datagrams in words; whatever passes, it never fails."""

from __future__ import annotations

import random

import pytest

from netloom.protocols.coap.decode import Decoder, in_words, is_request
from netloom.wire.coap import codes
from netloom.wire.coap.block import Block, emit_block
from netloom.wire.coap.message import Message, emit, uint
from tests.fuzzing import mutate
from tests.security.parsers.coap import DATAGRAMS


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (Message(0, 0, 7), "are you there? (id 7)"),
        (Message(2, 0, 7), "heard (id 7)"),
        (Message(3, 0, 7), "refused (id 7)"),
        (
            Message(0, 1, 7, b"t", ((6, b""), (11, b"a"), (11, b"b c"), (15, b"x=y"), (17, b"(")), b""),
            "GET /a/b%20c?x=y (observe, wants application/link-format, id 7)",
        ),
        (Message(0, 1, 7, b"t", ((6, b"\1"),)), "GET / (observe no longer, id 7)"),
        (
            Message(2, 69, 7, b"t", ((4, b"\xab"), (6, b"\5"), (12, b""), (14, uint(30))), b"21.5"),
            "2.05 Content (ETag ab, Observe 5, Max-Age 30, id 7): 21.5",
        ),
        (
            Message(1, 2, 7, b"t", ((12, uint(60)), (27, emit_block(Block(3, True, 2)))), b"\xa1\x00"),
            "POST / (block 3 of 64, more follow, unconfirmed, id 7): 2 octets of application/cbor",
        ),
        (Message(0, 1, 7, b"t", ((23, emit_block(Block(3, False, 2))),)), "GET / (wants block 3 of 64, id 7)"),
        (Message(0, 1, 7, b"t", ((23, b"\7"),)), "GET / (a block of no size, id 7)"),
        (Message(2, 0x81, 7, b"t", ((252, b"secret"),)), "4.01 Unauthorized (Echo •••, id 7)"),
        (Message(2, 0x84, 7, b"t", (), b"no\nthing"), "4.04 Not Found (id 7): no\\nthing"),
        (
            Message(0, 1, 7, b"", ((35, b"coap://x"), (2049, b"abc"))),
            "GET / (Proxy-Uri coap://x, option 2049 616263, id 7)",
        ),
    ],
    ids=lambda value: str(value)[:30],
)
def test_words(message: Message, words: str) -> None:
    assert in_words(message) == words
    (said,) = Decoder().feed("client", emit(message))
    assert (said.words, said.size) == (words, len(emit(message)))


def test_what_is_none() -> None:
    (said,) = Decoder().feed("server", b"HTTP")
    assert (said.words[:17], said.size) == ("no CoAP message: ", 4)


def test_whatever_passes() -> None:
    generator, decoder = random.Random(8), Decoder()
    for _ in range(3000):
        for said in decoder.feed("client", mutate(generator, DATAGRAMS)):
            assert said.words.isprintable(), said.words
            assert len(said.words) < 3000


def test_what_is_recognised() -> None:
    assert is_request(emit(Message(codes.CON, codes.GET, 1)))
    assert is_request(emit(Message(codes.NON, codes.PUT, 1, b"t")))
    assert is_request(emit(Message(codes.CON, codes.EMPTY, 1)))
    for other in (Message(codes.ACK, codes.EMPTY, 1), Message(codes.CON, codes.CONTENT, 1), Message(codes.CON, 31, 1)):
        assert not is_request(emit(other))
    assert not is_request(b"GET / HTTP/1.1\r\n")
