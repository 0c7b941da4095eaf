"""IRC: lines with their tags, modes, and what is said to log in."""

from __future__ import annotations

from netloom.errors import RemoteProtocolError
from netloom.wire import scram
from netloom.wire.irc import ctcp, isupport, modes, names, sasl
from netloom.wire.irc.message import Reader, parse, pieces
from tests.security.parsers.parser import Parser

_LINES = [
    b"@time=2026-11-21T01:02:03.004Z;+draft/x=a\\:b\\s;label :ann!~a@h PRIVMSG #house/kitchen :warp and weft",
    b":irc.test 005 ann CHANMODES=beI,k,l,imnst PREFIX=(ov)@+ NETWORK=a\\x20b -X :are supported",
    b"MODE #a +ovk-b ann bob key *!*@h",
    b"USER guest 0 * :real name",
    b"PRIVMSG ann :\x01ACTION waves\x01",
]


def _line(said: bytes) -> object:
    message = parse(said)
    kinds = modes.Kinds.of("beI,k,l,imnst", "(ov)@+")
    return (
        isupport.parse(message.params, {}),
        modes.emit(modes.parse(message.params[1:], kinds)),
        ctcp.parse(message.text),
        names.parse_source(message.source),
        names.matches(names.fold(names.complete(message.text)), names.fold(message.source)),
        list(pieces(message.text, 20)),
    )


def _stream(said: bytes) -> object:
    reader = Reader(line_limit=300, tags_limit=300)
    middle = len(said) // 2
    return [*reader.feed(said[:middle]), *reader.feed(said[middle:])]


def _sasl(said: bytes) -> object:
    held = sasl.Pieces()
    return [held.feed(piece) for piece in said.decode("latin-1").split(" ")]


_FIRST = b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"


def _server(said: bytes) -> object:
    return scram.Server(scram.parse_first(_FIRST), "x", b"salt", "pencil").verdict(said)


def _client(said: bytes) -> object:
    # Many iterations are work, which is refused elsewhere; here each input would do it
    if b"i=4096" not in said:
        raise RemoteProtocolError("not asked here")
    return scram.Client("user", "pencil", "rOprNGfwEbeRWgbNEkqO").answer(said)


PARSERS = {
    "irc messages": Parser(_line, _LINES),
    "irc streams": Parser(_stream, [b"\r\n".join(_LINES) + b"\r\n", b"NICK ann\nUSER a 0 * :b\n"]),
    "irc's SASL": Parser(_sasl, [b"AGFubgBzZWNyZXQ=", b"+", b"QUJD" * 100 + b" +"]),
    "SCRAM, the first message": Parser(scram.parse_first, [_FIRST, b"y,a=eve,n=u=2Cv,r=abc,x=y"]),
    "SCRAM, the challenge": Parser(_client, [b"r=rOprNGfwEbeRWgbNEkqOabc,s=c2FsdA==,i=4096"]),
    "SCRAM, the proof": Parser(_server, [b"c=biws,r=rOprNGfwEbeRWgbNEkqOx,p=dHdvIHdvcmRz"]),
}
SAID = {
    "irc": [
        b"CAP LS 302\r\nPASS secret\r\nNICK ann\r\nUSER a 0 * :b\r\nAUTHENTICATE AGFubgBzZWNyZXQ=\r\n",
        b":irc.test NOTICE * :hi\r\n" + b"\r\n".join(_LINES) + b"\r\n",
    ]
}
