"""POP3, replayed: commands, and responses with their lines."""

from __future__ import annotations

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.protocols.pop3.replay import Replay
from tests.packet.tape.parts import gists, keeps_to_it

TALK = [
    (SERVER, b"+OK ready\r\n"),
    (CLIENT, b"CAPA\r\n"),
    (SERVER, b"+OK\r\nUIDL\r\n.\r\n"),
    (CLIENT, b"user ann\r\nPASS warp weft\r\nLIST\r\nLIST 1\r\nRETR 1\r\nRETR 9\r\nQUIT\r\n"),
    (SERVER, b"+OK\r\n+OK in\r\n+OK none\r\n.\r\n+OK 1 9\r\n"),
    (SERVER, b"+OK\r\nDate: x\r\n\r\n..a\r\n.\r\n-ERR none\r\n+OK bye\r\n"),
]


def test_nothing_is_lost() -> None:
    keeps_to_it(Replay, TALK)


def test_units() -> None:
    assert gists(Replay, TALK) == [
        "+OK", "CAPA ", "+OK UIDL\r\n.\r\n\r\n", "USER ann", "PASS warp weft", "LIST ", "LIST 1", "RETR 1", "RETR 9",
        "QUIT ", "+OK", "+OK", "+OK .\r\n\r\n", "+OK", "+OK \r\n\r\n..a\r\n.\r\n", "-ERR", "+OK",
    ]  # fmt: skip
