"""HTTP/1 put together: answers go with their requests, however octets are cut, and end where HTTP does."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.wire.http.passive import exchanges
from netloom.wire.http.passive.exchanges import Exchanges
from netloom.wire.http.passive.pairs import Room

if TYPE_CHECKING:
    from netloom.wire.http.passive.pairs import Pair

ASKED = (
    b"\r\nPOST /a?b HTTP/1.1\r\nHost: h:80\r\nContent-Length: 5\r\nX: 1\r\n\r\nhello"
    b"HEAD /b HTTP/1.1\r\nHost: h\r\n\r\n"
    b"GET /c HTTP/1.0\n\n"
)
ANSWERED = (
    b"HTTP/1.1 100 Continue\r\n\r\n"
    b"HTTP/1.1 200 Fine by me\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nyes\r\n2;x=y\r\n, \r\n0\r\nT: 1\r\n\r\n"
    b"HTTP/1.1 404\r\nContent-Length: 99\r\n\r\n"
    b"HTTP/1.0 200 OK\r\n\r\nto the end"
)


def told(pairs: list[Pair]) -> list[tuple[str, str, bytes, int, bytes]]:
    return [(one.method, one.target, bytes(one.request.body), one.status, bytes(one.response.body)) for one in pairs]


EXPECTED = [
    ("POST", "/a?b", b"hello", 200, b"yes, "),
    ("HEAD", "/b", b"", 404, b""),
    ("GET", "/c", b"", 200, b"to the end"),
]


def test_a_connection() -> None:
    talk = Exchanges()
    assert talk.feed("client", ASKED, 10) == []
    pairs = talk.feed("server", ANSWERED, 20)
    assert told(pairs) == EXPECTED[:2]
    assert talk.end("client", 25) == []
    pairs += talk.end("server", 30)
    assert told(pairs) == EXPECTED
    first, _, last = pairs
    assert (first.authority, first.reason, first.request.version) == ("h:80", "Fine by me", "HTTP/1.1")
    assert first.request.fields[-1] == ("X", "1")
    assert (first.request.began, first.request.ended, first.response.began, first.response.ended) == (10, 10, 20, 20)
    assert (last.response.began, last.response.ended, last.response.version) == (20, 30, "HTTP/1.0")
    assert talk.close() == []


@given(st.lists(st.integers(0, max(len(ASKED), len(ANSWERED))), max_size=12))
def test_however_it_is_cut(cuts: list[int]) -> None:
    talk, found = Exchanges(), []
    at = [0, *sorted(cuts), 1 << 20]
    for sender, data in (("client", ASKED), ("server", ANSWERED)):
        for begin, end in itertools.pairwise(at):
            found += talk.feed(sender, data[begin:end], 1) if data[begin:end] else []
    assert told(found + talk.end("server", 2)) == EXPECTED


def test_an_answer_before_its_request_is_whole() -> None:
    talk = Exchanges()
    talk.feed("client", b"PUT / HTTP/1.1\r\nContent-Length: 100\r\n\r\nsome", 1)
    (pair,) = talk.feed("server", b"HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n", 2)
    assert (pair.status, pair.request.ended, pair.whole) == (413, -1, False)
    assert talk.feed("client", b"m" * 96, 3) == []


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (b"GET /x HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", b"HTTP/1.1 101 Switching\r\n\r\n"),
        (b"CONNECT h:1 HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"),
    ],
)
def test_another_protocol_from_there_on(asked: bytes, answered: bytes) -> None:
    talk = Exchanges()
    talk.feed("client", asked, 1)
    (pair,) = talk.feed("server", answered + answered, 2)
    assert pair.whole
    assert talk.feed("client", asked, 3) == []
    assert talk.feed("server", answered, 4) == []


def test_what_has_no_answer() -> None:
    talk = Exchanges()
    talk.feed("client", b"GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n", 1)
    talk.feed("server", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", 2)
    assert told(talk.close()) == [("GET", "/1", b"", 200, b"half"), ("GET", "/2", b"", 0, b"")]
    assert talk.close() == []


def test_an_answer_that_is_broken_off() -> None:
    talk = Exchanges()
    talk.feed("client", b"GET / HTTP/1.1\r\n\r\n", 1)
    talk.feed("server", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", 2)
    assert talk.end("server", 3) == []
    assert [pair.whole for pair in talk.close()] == [False]


def test_what_isn_t_http_ends_a_side() -> None:
    talk = Exchanges()
    talk.feed("client", b"GET / HTTP/9.9\r\n\r\nGET / HTTP/1.1\r\n\r\n", 1)
    assert talk.feed("server", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 2) == talk.close() == []


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchanges, "WAITING", 2)
    talk = Exchanges()
    talk.feed("client", b"GET / HTTP/1.1\r\n\r\n" * 5, 1)
    assert len(talk.close()) == 2
    monkeypatch.setattr(exchanges, "HEAD_LIMIT", 100)
    talk = Exchanges()
    talk.feed("client", b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 100, 1)
    assert talk.feed("client", b"\r\n", 1) == talk.close() == []


@given(st.lists(st.tuples(st.sampled_from(["client", "server"]), st.binary(max_size=60)), max_size=10))
def test_whatever_is_said(pieces: list[tuple[str, bytes]]) -> None:
    room = Room(50)
    talk = Exchanges(room)
    found = [pair for sender, data in pieces for pair in talk.feed(sender, data, 0)]
    for pair in found + talk.end("server", 0) + talk.close():
        pair.let_go()
    assert room.left == 50
