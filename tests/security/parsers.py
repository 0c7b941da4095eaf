"""What reads peers' bytes, each with real messages to mutate: everything of ours that parses, in one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from netloom import registry
from netloom.endpoint import Endpoint, Secret
from netloom.errors import NetloomError
from netloom.links.http import deflate
from netloom.links.http.h1_request import HeadParser
from netloom.links.http.limits import DEFAULT
from netloom.packets import pcapng
from netloom.wire import ntp, socks, ssh
from netloom.wire.dns import codes, tsig
from netloom.wire.dns import message as dns
from netloom.wire.dns.names import from_text
from netloom.wire.dns.update import update
from netloom.wire.http import authentication, coding, conditional, cookies, dates, digest, fields, index, jar, ranges
from netloom.wire.smtp import addresses, auth, commands, data, replies

Parse = Callable[[bytes], object]


class Parser(msgspec.Struct, frozen=True):
    """A parser, and messages that it takes."""

    parse: Parse
    samples: Sequence[bytes]


def _text(parse: Callable[[str], object]) -> Parse:
    return lambda said: parse(said.decode("latin-1"))


def _dns(said: bytes) -> object:
    found = dns.parse(said)
    return [record.plain() for record in (*found.answers, *found.authority, *found.additional)], str(found.questions)


def _tsig(said: bytes) -> object:
    return tsig.Chain(tsig.key("ann", Secret("c2VjcmV0"))).check(said, dns.parse(said), 1)


def _command(said: bytes) -> object:
    found = commands.parse(said)
    if found is not None:
        for read in (
            commands.parse_hello,
            commands.parse_mail,
            commands.parse_rcpt,
            commands.parse_bdat,
            auth.parse_attempt,
        ):
            try:
                read(found[0].argument)
            except NetloomError:
                continue
    return found


def _reply(said: bytes) -> object:
    found = replies.parse(said)
    if found is not None and found[0].code == 250:
        extensions = replies.parse_extensions(found[0])
        return replies.auth_mechanisms(extensions), replies.size_limit(extensions)
    return found


def _data(said: bytes) -> object:
    return data.Decoder(1000).feed(said)


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


def _ntp(said: bytes) -> object:
    found = ntp.parse(said)
    ntp.check_request(found)
    return found.reference_words, found.kiss_code


def _greeting(said: bytes) -> object:
    return ssh.parse_greeting(said)


def _watched(name: str, sender: str) -> Parse:
    def feed(said: bytes) -> object:
        decoder = registry.load(registry.protocol(name), "decode")()
        middle = len(said) // 2
        return [decoder.feed(sender, said[:middle]), decoder.feed(sender, said[middle:])]

    return feed


_QUERY = dns.emit(
    dns.Message(
        7,
        codes.RD,
        (dns.Question(from_text("a.example.test"), codes.A, codes.IN),),
        edns=dns.Edns(1232, options=((10, bytes(8)),)),
    )
)
_RECORDS = tuple(
    dns.Record(from_text("example.test"), kind, codes.IN, 300, octets)
    for kind, octets in (
        (codes.A, b"\xc0\0\2\1"), (codes.TXT, b"\5hello"), (codes.MX, b"\0\x0a\4mail\7example\4test\0"), (codes.NS, b"\2ns\7example\4test\0"),
        (codes.SOA, b"\0\0" + bytes(20)), (codes.AAAA, bytes(16)), (33, b"\0\1\0\2\0\3\0"), (257, b"\0\5issueca"), (65, b"\0\1\0\0\1\0\3\2h2"),
    )
)  # fmt: skip
_ANSWER = dns.emit(
    dns.Message(
        7,
        codes.QR,
        (dns.Question(from_text("example.test"), codes.CLASS_ANY, codes.IN),),
        _RECORDS,
        edns=dns.Edns(1232),
    )
)
_UPDATE = dns.emit(update(from_text("example.test"), "add a.example.test 60 A 192.0.2.1\ndelete b.example.test"))
_HELLO = b"GET /a?b=c HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
_HEADS = [
    _HELLO,
    b"POST /x HTTP/1.1\r\nHost: h:80\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
    b"GET http://h/x HTTP/1.0\r\nContent-Length: 5\r\n\r\n",
]
_ANSWERED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
_CHALLENGE = b'Digest realm="a, b", nonce="n", qop="auth", algorithm=SHA-256, Basic realm="x"'
_PROOF = f'Digest username="a", realm="r", nonce="n", uri="/", response="{"0" * 64}", nc=00000001, cnonce="c", qop=auth'.encode()
_PACKED = (
    pcapng.section_block()
    + pcapng.interface_block()
    + pcapng.packet_block(b"E" + bytes(30), 1, comment="x")
    + pcapng.secrets_block(b"A B C\n")
)
_FRAMES = b"\x81\x85\0\0\0\0hello\x89\x80\0\0\0\0\x88\x82\0\0\0\0\x03\xe8"

PARSERS: dict[str, Parser] = {
    "dns": Parser(_dns, [_QUERY, _ANSWER, _UPDATE]),
    "dns in a stream": Parser(dns.unframed, [dns.framed(_QUERY)]),
    "tsig": Parser(_tsig, [tsig.Chain(tsig.key("ann", Secret("c2VjcmV0"))).sign(_QUERY, 1)]),
    "ntp": Parser(_ntp, [ntp.emit(ntp.request(1, 4))]),
    "smtp commands": Parser(_command, [b"EHLO me\r\n", b"MAIL FROM:<a@b.org> SIZE=10 BODY=8BITMIME\r\n", b'RCPT TO:<"a b"@[IPv6:::1]>\r\n', b"BDAT 10 LAST\r\n", b"AUTH PLAIN AGEAYg==\r\n"]),
    "smtp replies": Parser(_reply, [b"250-me\r\n250-SIZE 100\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n", b"220 mx\r\n", b"550-a\r\n550 b\r\n"]),
    "smtp data": Parser(_data, [b"Subject: x\r\n\r\n..a\r\n.\r\nMAIL"]),
    "smtp addresses": Parser(lambda said: addresses.parse_path(said.decode("utf-8", "replace")), [b"<ann@example.org>", b'<@a,@b:"x\\"y"@[192.0.2.1]> SIZE=1', b"<>"]),

    "socks 5": Parser(socks.parse_datagram, [socks.emit_datagram(socks.Datagram("example.com", 53, b"query"))]),
    "ssh greetings": Parser(_greeting, [b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", b"hello\r\nSSH-1.99-x\n"]),
    "ssh packets": Parser(ssh.parse_packet, [ssh.emit_packet(b"\x14" + bytes(40))]),
    "http heads": Parser(_head, _HEADS),
    "http authentication": Parser(_text(authentication.parse), [_CHALLENGE]),
    "http digest": Parser(_digest, [_PROOF]),
    "http cookies": Parser(
        _text(lambda text: cookies.parse(text, cookies.Origin(host="a.test", path="/", secure=True), 0.0)),
        [b"a=b; Domain=a.test; Path=/x; Max-Age=10; Secure; SameSite=Lax; Expires=Sun, 06 Nov 1994 08:49:37 GMT"],
    ),
    "http jars": Parser(_text(lambda text: jar.parse_file(text, 0.0)), [b"# Netscape HTTP Cookie File\na.test\tFALSE\t/\tTRUE\t0\tname\tvalue\n"]),
    "http ranges": Parser(_text(lambda text: (ranges.parse(text, 1000), ranges.parse_content_range(text.replace("=", " ")))), [b"bytes=0-1/100"]),
    "http dates": Parser(_text(dates.parse), [b"Sun, 06 Nov 1994 08:49:37 GMT", b"Sunday, 06-Nov-94 08:49:37 GMT", b"Sun Nov  6 08:49:37 1994"]),
    "http fields": Parser(_text(lambda text: (fields.accepted(text), fields.parse_media_type(text), conditional.tags(text))), [b'text/html;q=0.5;a="b\\"", */*', b'W/"a", "b"']),
    "http index": Parser(lambda said: index.parse_json(said, "/"), [b'[{"name":"a","type":"file","mtime":"Sun, 06 Nov 1994 08:49:37 GMT","size":1}]']),
    "http pages": Parser(lambda said: index.parse_html(said.decode("latin-1"), "/"), [b'<a href="a%20b/">x</a>   01-Jan-2020 10:00   123\n<a href=\'?C=N\'>']),
    "gzip": Parser(_decoded("gzip"), [bytes.fromhex("1f8b08000000000000ffcb48cdc9c95748cb0c00f2e0f3020a000000")]),
    "br": Parser(_decoded("br"), [b"\x0b\x02\x80hello\x03"]),
    "zstd": Parser(_decoded("zstd"), [bytes.fromhex("28b52ffd2005290000") + b"hello"]),
    "permessage-deflate": Parser(lambda said: deflate.agreed(said.decode("latin-1"), 1000), [b"permessage-deflate; client_max_window_bits=12"]),
    "captures": Parser(lambda said: list(pcapng.parse(said)), [_PACKED]),
    "endpoints": Parser(_text(Endpoint.parse), [b"http://u:p@[::1]:80/a?b=c#ttl=1,nodelay", b"unix:///run/x.sock", b"http+unix://%2Frun%2Fx/a"]),
}  # fmt: skip
for _declared in registry.protocols():
    _samples = {
        "http": [*_HEADS, _ANSWERED], "ws": [_HELLO + _FRAMES], "dns": [_QUERY, _ANSWER, dns.framed(_QUERY)], "smtp": [b"220 mx\r\n250-me\r\n250 SIZE 1\r\n", b"EHLO me\r\nAUTH PLAIN AGEAYg==\r\nDATA\r\n"],
        "ssh": [b"SSH-2.0-x\r\n" + ssh.emit_packet(b"\x14" + bytes(62))], "ntp": [ntp.emit(ntp.request(1, 4))], "tls": [b"\x16\x03\x01\0\x05\1\0\0\1\0"],
    }.get(_declared.name, [b"hello\r\n"])  # fmt: skip
    for _sender in ("client", "server"):
        PARSERS[f"what watches {_declared.name}, {_sender}"] = Parser(_watched(_declared.name, _sender), _samples)
