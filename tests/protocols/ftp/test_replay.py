"""FTP, replayed: commands, replies, and the places that they name."""

from __future__ import annotations

from netloom.packet.streams.events import CLIENT, SERVER, Place
from netloom.protocols.ftp.replay import Replay
from tests.packet.tape.parts import gists, keeps_to_it, split

TALK = [
    (SERVER, b"220-hello\r\n220 is no end\r\n220 ready\r\n"),
    (CLIENT, b"user ann\r\nPASS warp weft\r\nFEAT\r\n"),
    (SERVER, b"331 and\r\n230 in\r\n211-they\r\n EPRT\r\n 211 x\r\n211 end\r\n"),
    (CLIENT, b"PORT 127,0,0,1,200,1\r\neprt |2|::1|5000|\r\nPASV\r\nEPSV\r\nRETR a\r\n"),
    (SERVER, b"200 ok\r\n200 ok\r\n227 Here (127,0,0,1,4,5).\r\n229 Here (|||999|)\r\n150 go\r\n"),
]


def test_nothing_is_lost() -> None:
    keeps_to_it(Replay, TALK)


def test_units() -> None:
    assert gists(Replay, TALK) == [
        "220 ", "220 ", "USER ann", "PASS warp weft", "FEAT ", "331 ", "230 ", "211 ", "PORT", "EPRT", "PASV ", "EPSV ",
        "RETR a", "200 ", "200 ", "227 ", "229 ", "150 ",
    ]  # fmt: skip


def test_places() -> None:
    part = Replay()
    named = {unit.data[:4].upper(): unit for unit in split(Replay, TALK) if part.place(unit) is not None}
    assert {word: part.place(unit) for word, unit in named.items()} == {
        b"PORT": Place("127.0.0.1", 51201), b"EPRT": Place("::1", 5000), b"227 ": Place("127.0.0.1", 1029),
        b"229 ": Place("", 999),
    }  # fmt: skip
    there = Place("127.0.0.2", 258)
    assert {word: part.renamed(unit, there) for word, unit in named.items()} == {
        b"PORT": b"PORT 127,0,0,2,1,2\r\n",
        b"EPRT": b"EPRT |1|127.0.0.2|258|\r\n",
        b"227 ": b"227 Entering Passive Mode (127,0,0,2,1,2)\r\n",
        b"229 ": b"229 Entering Extended Passive Mode (|||258|)\r\n",
    }
    for words in (b"PORT 1,2\r\n", b"EPRT x\r\n", b"227 none\r\n", b"229 (|||0|)\r\n"):
        assert part.place(split(Replay, [(SERVER, words)])[0]) is None
