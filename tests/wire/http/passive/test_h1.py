"""HTTP/1, read from both sides: cut anywhere, until something else is spoken, and within bounds."""

from __future__ import annotations

import random

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection

from netloom.wire.http.passive.h1 import HEAD_LIMIT, Content, Event, Head, Passed, Side, Talk
from netloom.wire.http.passive.h2 import PREFACE
from tests.fuzzing import mutate

ASKED = (
    b"\r\n\nPOST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
    b"HEAD /b HTTP/1.1\nHost: h\n\nPUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nT: 1\r\n\r\n"
    b"GET /d HTTP/1.0\r\n\r\n"
)
ANSWERED = (
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
    b"HTTP/1.1 404 No\r\nContent-Length: 99\r\n\r\nHTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n"
    b"HTTP/1.0 200 OK\r\n\r\nto the end"
)
SETTINGS = b"\0\0\0\4\0\0\0\0\0"


def told(said: list[Event]) -> list[object]:
    """Heads, each with its body put together; what isn't HTTP/1 as one piece."""
    found: list[object] = []
    body = passed = b""
    for event in said:
        if isinstance(event, Head):
            found.append((event.first, event.method, event.status, event.ends, event.endless))
        elif isinstance(event, Content):
            body += event.content
            if event.ends:
                found.append(body)
                body = b""
        elif isinstance(event, Passed):
            passed += event.data
            found += [event.framed] if found[-1:] != [event.framed] else []
    return found + [rest for rest in (body, passed) if rest]


def both(*pieces: tuple[str, bytes], size: int = 1 << 20) -> dict[str, list[Event]]:
    talk = Talk()
    sides = {sender: Side(sender, talk) for sender in ("client", "server")}
    said: dict[str, list[Event]] = {"client": [], "server": []}
    for sender, data in pieces:
        for at in range(0, len(data), size):
            said[sender] += sides[sender].feed(data[at : at + size])
    return said


def test_a_conversation() -> None:
    said = both(("client", ASKED), ("server", ANSWERED))
    assert told(said["client"]) == [
        ("POST /a HTTP/1.1", "POST", 0, False, False), b"hello", ("HEAD /b HTTP/1.1", "HEAD", 0, True, False),
        ("PUT /c HTTP/1.1", "PUT", 0, False, False), b"abc", ("GET /d HTTP/1.0", "GET", 0, True, False),
    ]  # fmt: skip
    assert told(said["server"]) == [
        ("HTTP/1.1 100 Continue", "", 100, True, False), ("HTTP/1.1 200 OK", "POST", 200, False, False), b"hi",
        ("HTTP/1.1 404 No", "HEAD", 404, True, False), ("HTTP/1.1 304 No", "PUT", 304, True, False),
        ("HTTP/1.0 200 OK", "GET", 200, False, True), b"to the end",
    ]  # fmt: skip
    first = said["client"][0]
    assert isinstance(first, Head)
    assert (first.lines, first.fields) == (
        ["Host: h", "Content-Length: 5"], {"host": "h", "content-length": "5"},
    )  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_cut_anywhere(size: int) -> None:
    pieces = ("client", ASKED), ("server", ANSWERED)
    cut, whole = both(*pieces, size=size), both(*pieces)
    for sender, data in pieces:
        assert told(cut[sender]) == told(whole[sender])
        assert sum(event.size for event in cut[sender]) == sum(event.size for event in whole[sender]) == len(data)


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize("first", ["client", "server"])
def test_prior_knowledge(first: str, size: int) -> None:
    pieces = {"client": PREFACE + SETTINGS, "server": SETTINGS}
    other = "server" if first == "client" else "client"
    said = both((first, pieces[first]), (other, pieces[other]), size=size)
    assert {sender: told(events) for sender, events in said.items()} == {
        sender: [True, data] for sender, data in pieces.items()
    }


def test_settings_after_a_response_are_none() -> None:
    said = both(("server", b"HTTP/1.1 204 No\r\n\r\n" + SETTINGS), ("client", b"\0\0"))
    assert told(said["server"])[1:] == [False, SETTINGS]
    assert told(said["client"]) == [False, b"\0\0"]


@pytest.mark.parametrize("size", [1, 1000])
def test_an_upgrade_to_http_2(size: int) -> None:
    client, server = H2Connection(), H2Connection(H2Configuration(client_side=False))
    offered = client.initiate_upgrade_connection()
    server.initiate_upgrade_connection(offered)
    asked = b"GET / HTTP/1.1\r\nUpgrade: h2c\r\nHTTP2-Settings: %s\r\n\r\n" % (offered or b"")
    switched = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    framed = {"client": client.data_to_send(), "server": server.data_to_send()}
    said = both(("client", asked), ("server", switched + framed["server"]), ("client", framed["client"]), size=size)
    for sender, data in framed.items():
        assert told(said[sender])[1:] == [True, data]


def test_a_server_that_knows_no_http_2() -> None:
    refused = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno"
    said = both(("client", PREFACE + SETTINGS), ("server", refused))
    assert told(said["server"]) == [("HTTP/1.1 400 Bad Request", "", 400, False, False), b"no"]
    said = both(("server", SETTINGS), ("client", b"GET / HTTP/1.1\r\n\r\n"))
    assert told(said["client"]) == [("GET / HTTP/1.1", "GET", 0, True, False)]


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", b"HTTP/1.1 101 Switching Protocols\r\n\r\n"),
        (b"CONNECT h:1 HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
    ],
)
def test_something_else_from_there_on(asked: bytes, answered: bytes) -> None:
    said = both(("client", asked), ("server", answered + b"\r\nmore"), ("client", b"\r\nGET / HTTP/1.1\r\n\r\n"))
    assert told(said["server"])[1:] == [False, b"\r\nmore"]
    assert told(said["client"])[1:] == [False, b"\r\nGET / HTTP/1.1\r\n\r\n"]


def test_a_tunnel_that_is_refused() -> None:
    asked, answered = b"CONNECT h:1 HTTP/1.1\r\n\r\n", b"HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno"
    assert told(both(("client", asked), ("server", answered))["server"])[1:] == [b"no"]


@pytest.mark.parametrize(
    ("sender", "data"),
    [
        ("client", b"\x16\x03\x01"), ("client", b"G\0"), ("client", b" GET / HTTP/1.1\r\n\r\n"), ("client", b"A" * 41),
        ("server", b"SSH-2.0"), ("server", b"\0\0\0\5"), ("server", b"HTTP/2"), ("server", b"\0\0\0\0\0"),
    ],
)  # fmt: skip
def test_what_is_no_http(sender: str, data: bytes) -> None:
    for size in (1, 1000):
        assert told(both((sender, data), (sender, ASKED), size=size)[sender]) == [False, data + ASKED]


def test_a_status_that_cannot_be_read() -> None:
    said = both(("server", b"HTTP/1.1 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"))["server"]
    assert told(said) == [("HTTP/1.1 OK", "", 0, True, False), False, b"HTTP/1.1 200 OK\r\n\r\n"]


def test_heads_have_a_limit() -> None:
    for data in (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 30, b"\r\n" * 101):
        side, said = Side("client", Talk(), 100), []
        for at in range(0, len(data), 10):
            said += side.feed(data[at : at + 10])
        assert {type(event) for event in said} == {Passed}
        assert sum(event.size for event in said) == len(data)
        assert said[0].size <= 110
    head = b"GET / HTTP/1.1\r\na: " + b"b" * (HEAD_LIMIT - 30) + b"\r\n\r\n"
    assert [type(event) for event in Side("client", Talk()).feed(head)] == [Head]


def test_methods_have_a_limit() -> None:
    talk = Talk()
    Side("client", talk).feed(b"GET / HTTP/1.1\r\n\r\n" * 5000)
    assert len(talk.methods) == 1000


def test_hostile_bytes() -> None:
    generator = random.Random(1)
    for _ in range(2000):
        pieces = [
            (generator.choice(["client", "server"]), mutate(generator, [ASKED, ANSWERED, PREFACE + SETTINGS]))
            for _ in range(4)
        ]
        for sender, said in both(*pieces, size=50).items():
            assert sum(event.size for event in said) <= sum(len(data) for side, data in pieces if side == sender)
