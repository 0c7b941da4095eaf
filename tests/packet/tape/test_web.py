"""HTTP, replayed: requests and responses of HTTP/1."""

from __future__ import annotations

from zlib import crc32

from h2.config import H2Configuration
from h2.connection import H2Connection

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.packet.tape.web import Replay
from tests.packet.tape.parts import gists, keeps_to_it

TALK = [
    (CLIENT, b"GET http://here/a?b=c HTTP/1.1\r\nHost: here\r\n\r\nHEAD / HTTP/1.1\r\nUser-Agent: x\r\n\r\n"),
    (SERVER, b"HTTP/1.1 100 Continue\r\n\r\n"),
    (SERVER, b"HTTP/1.1 200 OK\r\nContent-Type: Text/HTML\r\nContent-Length: 4\r\n\r\nwarp"),
    (SERVER, b"HTTP/1.1 204 No\r\nContent-Length: 9\r\n\r\n"),
    (CLIENT, b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nweft\r\n0\r\n\r\n"),
    (SERVER, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
]


def test_nothing_is_lost() -> None:
    keeps_to_it(Replay, TALK)


def test_units() -> None:
    assert gists(Replay, TALK) == [
        "GET /a?b=c", "HEAD /", "100  00000000", f"200 text/html {crc32(b'warp'):08x}", "204  00000000", "POST /x",
        f"200  {crc32(b'abc'):08x}",
    ]  # fmt: skip


def test_what_became_something_else() -> None:
    said = [
        (CLIENT, b"GET / HTTP/1.1\r\nUpgrade: other\r\n\r\n"),
        (SERVER, b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\n\r\nmore"),
        (CLIENT, b"GET / HTTP/1.1\r\n\r\n"),
    ]
    assert gists(Replay, said) == ["GET /", "101  00000000", None, None]


def test_an_upgrade_to_http_2() -> None:
    server = H2Connection(H2Configuration(client_side=False))
    server.initiate_upgrade_connection(H2Connection().initiate_upgrade_connection())
    server.send_headers(1, [(":status", "204")], end_stream=True)
    switched = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"
    said = [
        (CLIENT, b"GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n"),
        (SERVER, switched + server.data_to_send()),
    ]
    assert gists(Replay, said) == ["GET /", "101  00000000", None, "1 204 0"]
    keeps_to_it(Replay, said)


def test_what_is_no_http() -> None:
    assert gists(Replay, [(CLIENT, b"\x16\x03\x01"), (SERVER, b"SSH-2.0-x\r\n")]) == [None, None]


def test_a_response_that_ends_with_the_connection() -> None:
    units = Replay().units("tcp")
    answer = b"HTTP/1.0 200 OK\r\n\r\nwarp"
    assert units.feed(CLIENT, b"GET / HTTP/1.0\r\n\r\n")
    assert units.feed(SERVER, answer) == []
    assert units.rest(SERVER) == answer
    assert units.rest(SERVER) == b""


def test_what_tls_calls_it() -> None:
    assert Replay().alpn(b"PRI * HTTP/2.0\r\n\r\n") == "h2"
    assert Replay().alpn(b"GET / HTTP/1.1\r\n\r\n") == "http/1.1"
