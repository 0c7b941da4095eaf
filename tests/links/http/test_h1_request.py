from __future__ import annotations

from netloom.links.http.h1_request import Head, HeadParser, Refusal
from netloom.links.http.limits import DEFAULT
from netloom.links.http.messages import Request
from tests.fuzzing import hammer

SAMPLES = [
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    (
        b"POST http://b:1/x?y HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n"
        b"Expect: 100-continue\r\nConnection: close, x\r\n\r\n"
    ),
    (
        b"GET /chat HTTP/1.1\r\nHost: [::1]:80\r\nConnection: Upgrade\r\n"
        b"Upgrade: websocket, h2c\r\nX-\x7e: \xe4 \t\r\n\r\n"
    ),
    b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n",
    b"PUT /a HTTP/1.0\r\nTransfer-Encoding: \r\nConnection: keep-alive\r\n\r\n".replace(
        b"Transfer-Encoding: \r\n", b""
    ),
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
]


def parse(data: bytes) -> Head:
    return HeadParser().parse(data, "http", DEFAULT)


def test_what_is_read() -> None:
    assert parse(SAMPLES[2]) == Head(
        Request(
            method="GET",
            target="/chat",
            headers=(
                ("host", "[::1]:80"),
                ("connection", "Upgrade"),
                ("upgrade", "websocket, h2c"),
                ("x-~", "ä"),
            ),
            authority="[::1]:80",
            protocol="websocket",
        ),
        "1.1",
        0,
        True,
        False,
        True,
    )


def test_one_parser_reads_many() -> None:
    parser = HeadParser()
    for target in ("/a", "/b", "/c"):
        head = parser.parse(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % target.encode(), "https", DEFAULT)
        assert head.request == Request(
            method="GET", target=target, headers=(("host", "a"),), authority="a", scheme="https"
        )


def test_hostile_bytes() -> None:
    def one(data: bytes) -> None:
        if b"\r\n\r\n" in data:  # what isn't whole doesn't get here
            parse(data[: data.index(b"\r\n\r\n") + 4])
        else:
            raise Refusal(400, "no head", "")

    hammer(one, SAMPLES)
