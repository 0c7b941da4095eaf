"""SMTP."""

from __future__ import annotations

from netloom.errors import NetloomError
from netloom.wire.smtp import addresses, auth, commands, data, replies
from tests.security.parsers.parser import Parser


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


PARSERS = {
    "smtp commands": Parser(
        _command,
        [
            b"EHLO me\r\n", b"MAIL FROM:<a@b.org> SIZE=10 BODY=8BITMIME\r\n", b'RCPT TO:<"a b"@[IPv6:::1]>\r\n',
            b"BDAT 10 LAST\r\n", b"AUTH PLAIN AGEAYg==\r\n",
        ],
    ),
    "smtp replies": Parser(
        _reply,
        [b"250-me\r\n250-SIZE 100\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n", b"220 mx\r\n", b"550-a\r\n550 b\r\n"],
    ),
    "smtp data": Parser(_data, [b"Subject: x\r\n\r\n..a\r\n.\r\nMAIL"]),
    "smtp addresses": Parser(
        lambda said: addresses.parse_path(said.decode("utf-8", "replace")),
        [b"<ann@example.org>", b'<@a,@b:"x\\"y"@[192.0.2.1]> SIZE=1', b"<>"],
    ),
}  # fmt: skip
SAID = {"smtp": [b"220 mx\r\n250-me\r\n250 SIZE 1\r\n", b"EHLO me\r\nAUTH PLAIN AGEAYg==\r\nDATA\r\n"]}
