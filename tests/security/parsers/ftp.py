"""FTP: commands, replies, where data goes, listings."""

from __future__ import annotations

from netloom.errors import NetloomError
from netloom.wire.ftp import addresses, commands, facts, listing, replies, times
from netloom.wire.ftp import text as texts
from tests.security.parsers.parser import Parser, text

COMMANDS = [
    b"USER ann\r\n", b"PASS a b\r\n", b"PORT 127,0,0,1,200,10\r\n", b"EPRT |2|::1|6275|\r\n", b"REST 17\r\n",
    b"OPTS MLST type;size;\r\n", b"RETR gr\xc3\xbc\xc3\x9fe.txt\r\n", b"\xff\xf4\xff\xf2ABOR\r\n", b"RNTO \xff\xff\r\n",
]  # fmt: skip
REPLIES = [
    b"220 netloom FTP ready\r\n", b"227 Entering Passive Mode (127,0,0,1,200,10)\r\n", b"229 yes (|||6446|)\r\n",
    b'257 "/a ""b"""\r\n', b"213 20261121033848.125\r\n",
    b"211-extensions\r\n EPSV\r\n MLST type*;size*;\r\n REST STREAM\r\n AUTH TLS\r\n AUTH SSL\r\n211 end\r\n",
    b"250-this is there\r\n type=file;size=3; /a\r\n250 end\r\n", b"230-a\n230-b\n230\n",
]  # fmt: skip
FACTS = [
    b"type=file;size=3;modify=20261121040050;perm=radfw;unique=2884f4; a.txt", b"type=OS.unix=slink:/x;sizd=1; b",
    b"Type=cdir;UNIX.mode=0755; .", b" without any",
]  # fmt: skip
LISTING = [
    b"-rw-r--r-- 1 ann users            3 Nov 21 04:00 a b.txt", b"drwxr-xr-x+ 2 0 0 4096 Feb 29  2024 d",
    b"lrwxrwxrwx 1 0 0 5 Jan  1 00:00 l -> there", b"11-21-26  04:00AM       <DIR>          d",
    b"11-21-2026  16:00            1,234 a.txt", b"-rw-r--r-- 1 0 0 3 2026-11-21 04:00:01.5 +0100 iso",
]  # fmt: skip
_NOW = 1_795_000_000.0


def _command(said: bytes) -> object:
    found = commands.parse(said)
    if found is not None:
        for read in (addresses.parse_port, addresses.parse_extended_port, facts.parse_wanted):
            try:
                read(found[0].argument)
            except NetloomError:
                continue
    return found


def _reply(said: bytes) -> object:
    found = replies.parse(said)
    if found is not None:
        replies.parse_features(found[0])
        for read in (
            addresses.parse_passive, addresses.parse_extended_passive, replies.parse_quoted, times.parse,
        ):  # fmt: skip
            try:
                read(found[0].text)
            except NetloomError:
                continue
    return found


def _facts(said: str) -> object:
    return facts.to_entry(*facts.parse(said))


def _text(said: bytes) -> object:
    decoder, middle = texts.Decoder(), len(said) // 2
    return decoder.feed(said[:middle]) + decoder.feed(said[middle:]) + decoder.finish()


PARSERS = {
    "ftp commands": Parser(_command, COMMANDS),
    "ftp replies": Parser(_reply, REPLIES),
    "ftp facts": Parser(text(_facts), FACTS),
    "ftp listings": Parser(text(lambda said: listing.parse(said, _NOW)), LISTING),
    "ftp times": Parser(text(times.parse), [b"20261121033848", b"19990929042848.5", b"191000929042848"]),
    "ftp PORT": Parser(text(addresses.parse_port), [b"127,0,0,1,200,10"]),
    "ftp EPRT": Parser(text(addresses.parse_extended_port), [b"|1|127.0.0.1|6275|", b"!2!::1!1!"]),
    "ftp 227": Parser(text(addresses.parse_passive), [b"Entering Passive Mode (127,0,0,1,200,10)", b"=1,2,3,4,5,6"]),
    "ftp 229": Parser(text(addresses.parse_extended_passive), [b"Entering (|||6446|)"]),
    "ftp quoted": Parser(text(replies.parse_quoted), [b'"/a ""b""" is yours']),
    "ftp text": Parser(_text, [b"a\r\nb\rc\n\r\r\n\r"]),
}
SAID = {
    "ftp": [
        b"".join(REPLIES),
        b"".join(COMMANDS),
        b"AUTH TLS\r\n\x16\x03\x01\x00\x05hello",
        b"USER ann\r\nPASS can4ry\r\nACCT can4ry\r\n",
    ]
}
