from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.protocols.sse.decode import Decoder, asks_for_events

ASKED = (
    b"GET /events/a?token=secret HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\nAuthorization: Basic abc\r\n\r\n"
)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
EVENTS = b": hi\n\n:\n\nretry: 2500\nevent: x\nid: 7\ndata: a\ndata: b\x1b[2J\n\ndata: " + b"y" * 100 + b"\n\n"
SAID = [
    "comment: hi",
    "still there",
    "come back after 2.5 s",
    "event x, id 7: a\\nb\\x1b[2J",
    f"event, id 7: {'y' * 60}…",
]


def words(*pieces: bytes, sender: str = "server") -> list[str]:
    decoder = Decoder()
    decoder.feed("client", ASKED)
    return [said.words for piece in pieces for said in decoder.feed(sender, piece)]


def events(*pieces: bytes) -> list[str]:
    return [line for line in words(*pieces) if line.startswith(("event", "comment", "still", "come back", "no more"))]


def chunked(data: bytes, size: int) -> bytes:
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@pytest.mark.parametrize("step", [1, 7, 1000])
@pytest.mark.parametrize("framing", ["close", "length", "chunks"])
def test_events_in_words(framing: str, step: int) -> None:
    whole = {
        "close": HEAD + b"\r\n" + EVENTS,
        "length": HEAD + b"Content-Length: %d\r\n\r\n" % len(EVENTS) + EVENTS,
        "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(EVENTS, 11),
    }[framing]
    assert events(*[whole[at : at + step] for at in range(0, len(whole), step)]) == SAID


def test_heads_without_secrets() -> None:
    decoder = Decoder()
    said = [one.words for one in decoder.feed("client", ASKED)]
    assert said[0] == "GET /events/a?token=••• HTTP/1.1"
    assert not any("secret" in line or "abc" in line for line in said)


def test_what_follows_another_answer() -> None:
    first = b"HTTP/1.1 401 x\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\ndata: a\n\n"
    assert events(first + b"HTTP/1.1 304 x\r\n\r\n" + HEAD + b"\r\ndata: b\n\n") == ["event: b"]


def test_one_that_is_too_large() -> None:
    said = events(HEAD + b"\r\ndata: " + b"x" * 70_000, b"\n\ndata: a\n\n")
    assert said == ["no more events in words: an event of more than 65536 bytes"]


def test_http_2_at_the_end_of_a_body() -> None:
    def frame(kind: int, flags: int, payload: bytes) -> bytes:
        return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + (1).to_bytes(4, "big") + payload

    said = (
        frame(4, 0, b"")[:5]
        + bytes(4)
        + frame(1, 4, b"\x88")
        + frame(0, 0, b"data: a\n")
        + frame(0, 1, b"\ndata: b\n\n")
    )
    decoder = Decoder()
    assert [one.words for one in decoder.feed("server", said)][-2:] == ["stream 1: event: a", "stream 1: event: b"]


def test_recognised() -> None:
    assert asks_for_events(ASKED)
    assert not asks_for_events(ASKED.replace(b"text/event-stream", b"text/html"))
    assert not asks_for_events(b"GET nothing accept: text/event-stream")


@given(st.lists(st.tuples(st.sampled_from(["client", "server"]), st.binary(max_size=200)), max_size=20))
def test_it_never_raises(pieces: list[tuple[str, bytes]]) -> None:
    decoder = Decoder()
    decoder.feed("server", HEAD + b"\r\n")
    other = Decoder()
    for sender, data in pieces:
        decoder.feed(sender, data)
        other.feed(sender, data)
