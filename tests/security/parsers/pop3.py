"""POP3."""

from __future__ import annotations

import contextlib

from netloom.errors import RemoteProtocolError
from netloom.wire.pop3 import block, commands, responses
from tests.security.parsers.parser import Parser


def _command(said: bytes) -> object:
    found = commands.parse(said)
    if found is not None:
        with contextlib.suppress(RemoteProtocolError):
            commands.parse_numbers(found[0].argument, 0, 2)
    return found


def _response(said: bytes) -> object:
    found = responses.parse(said)
    if found is not None:
        lines = responses.parse_lines(said[found[1] :])
        responses.parse_capabilities(lines)
        with contextlib.suppress(RemoteProtocolError):
            responses.parse_listing(lines)
        with contextlib.suppress(RemoteProtocolError):
            responses.parse_pair(found[0].text)
    return found


PARSERS = {
    "pop3 commands": Parser(
        _command, [b"TOP 1 20\r\n", b"AUTH PLAIN AGEAYg==\r\n", b"USER ann\r\nPASS a b\r\n", b"UIDL\r\n"]
    ),
    "pop3 responses": Parser(
        _response,
        [b"+OK 2 320\r\n1 120\r\n2 200\r\n.\r\n", b"-ERR [IN-USE] no\r\n", b"+ eA==\r\n", b"+OK\r\nSASL A B\r\n.\r\n"],
    ),
    "pop3 blocks": Parser(
        lambda said: block.Decoder(40).feed(said), [b"..a\r\nb\r\n.\r\nmore", b"Subject: x\r\n\r\nx"]
    ),
}
SAID = {
    "pop3": [
        b"+OK hi\r\n+OK\r\nSubject: x\r\n\r\n.\r\n-ERR no\r\n",
        b"USER ann\r\nPASS s\r\nAUTH LOGIN\r\nYW5u\r\nRETR 1\r\nQUIT\r\n",
    ]
}
