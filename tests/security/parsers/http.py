"""HTTP and WebSocket."""

from __future__ import annotations

from netloom.links.http import deflate
from netloom.links.http.h1_request import HeadParser
from netloom.links.http.limits import DEFAULT
from netloom.wire.http import authentication, coding, conditional, cookies, dates, digest, fields, index, jar, ranges
from netloom.wire.http.har.parse import parse as parse_archive
from netloom.wire.http.passive.exchanges import Exchanges
from tests.security.parsers.parser import Parse, Parser, text


def _digest(said: bytes) -> object:
    for found in authentication.parse(said.decode("latin-1")):
        if found.scheme == "digest":
            digest.parse_challenge(found)
    return digest.parse_answer(authentication.parse_credentials(said.decode("latin-1")))


def _decoded(name: str) -> Parse:
    def read(said: bytes) -> object:
        decoder = coding.Decoder(name, coding.Limits(size=1 << 24))
        made = sum(map(len, decoder.feed(said)))
        decoder.finish()
        return made

    return read


def _head(said: bytes) -> object:
    """It is given whole heads that begin with a token."""
    end = said.find(b"\r\n\r\n")
    return HeadParser().parse(said[: end + 4], "http", DEFAULT) if end >= 0 and said[:1].isalpha() else None


_HELLO = (
    b"GET /a?b=c HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
_HEADS = [
    _HELLO,
    b"POST /x HTTP/1.1\r\nHost: h:80\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
    b"GET http://h/x HTTP/1.0\r\nContent-Length: 5\r\n\r\n",
]
_ANSWERED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
    b"5\r\nhello\r\n0\r\n\r\n"
)
_CHALLENGE = b'Digest realm="a, b", nonce="n", qop="auth", algorithm=SHA-256, Basic realm="x"'
_PROOF = b'Digest username="a", realm="r", nonce="n", uri="/", response="%b", nc=00000001, cnonce="c", qop=auth' % (
    b"0" * 64
)
_FRAMES = b"\x81\x85\0\0\0\0hello\x89\x80\0\0\0\0\x88\x82\0\0\0\0\x03\xe8"

_ARCHIVE = (
    b'{"log":{"entries":[{"startedDateTime":"2026-10-03T08:15:23.123Z","request":{"method":"GET","url":"http://h/",'
    b'"headers":[{"name":"a","value":"b"}],"postData":{"text":"x"}},"response":{"status":200,"content":'
    b'{"text":"aGk=","encoding":"base64"}},"timings":{"send":1,"wait":2.5,"receive":-1}}]}}'
)


def _exchanges(said: bytes) -> object:
    talk = Exchanges()
    return [talk.feed("client", said, 1), talk.feed("server", said, 2), talk.end("server", 3), talk.close()]


PARSERS = {
    "http archive": Parser(parse_archive, [_ARCHIVE]),
    "http exchanges": Parser(_exchanges, [*_HEADS, _ANSWERED]),
    "http heads": Parser(_head, _HEADS),
    "http authentication": Parser(text(authentication.parse), [_CHALLENGE]),
    "http digest": Parser(_digest, [_PROOF]),
    "http cookies": Parser(
        text(lambda text: cookies.parse(text, cookies.Origin(host="a.test", path="/", secure=True), 0.0)),
        [b"a=b; Domain=a.test; Path=/x; Max-Age=10; Secure; SameSite=Lax; Expires=Sun, 06 Nov 1994 08:49:37 GMT"],
    ),
    "http jars": Parser(
        text(lambda text: jar.parse_file(text, 0.0)),
        [b"# Netscape HTTP Cookie File\na.test\tFALSE\t/\tTRUE\t0\tname\tvalue\n"],
    ),
    "http ranges": Parser(
        text(lambda text: (ranges.parse(text, 1000), ranges.parse_content_range(text.replace("=", " ")))),
        [b"bytes=0-1/100"],
    ),
    "http dates": Parser(
        text(dates.parse),
        [b"Sun, 06 Nov 1994 08:49:37 GMT", b"Sunday, 06-Nov-94 08:49:37 GMT", b"Sun Nov  6 08:49:37 1994"],
    ),
    "http fields": Parser(
        text(lambda text: (fields.accepted(text), fields.parse_media_type(text), conditional.tags(text))),
        [b'text/html;q=0.5;a="b\\"", */*', b'W/"a", "b"'],
    ),
    "http index": Parser(
        lambda said: index.parse_json(said, "/"),
        [b'[{"name":"a","type":"file","mtime":"Sun, 06 Nov 1994 08:49:37 GMT","size":1}]'],
    ),
    "http pages": Parser(
        lambda said: index.parse_html(said.decode("latin-1"), "/"),
        [b'<a href="a%20b/">x</a>   01-Jan-2020 10:00   123\n<a href=\'?C=N\'>'],
    ),
    "gzip": Parser(_decoded("gzip"), [bytes.fromhex("1f8b08000000000000ffcb48cdc9c95748cb0c00f2e0f3020a000000")]),
    "br": Parser(_decoded("br"), [b"\x0b\x02\x80hello\x03"]),
    "zstd": Parser(_decoded("zstd"), [bytes.fromhex("28b52ffd2005290000") + b"hello"]),
    "permessage-deflate": Parser(
        lambda said: deflate.agreed(said.decode("latin-1"), 1000), [b"permessage-deflate; client_max_window_bits=12"],
    ),
}  # fmt: skip
SAID = {"http": [*_HEADS, _ANSWERED], "ws": [_HELLO + _FRAMES]}
