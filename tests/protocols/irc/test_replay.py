"""IRC, replayed: lines, and pings aside."""

from __future__ import annotations

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.protocols.irc.replay import Replay
from tests.packet.tape.parts import gists, keeps_to_it, split

TALK = [
    (CLIENT, b"CAP LS 302\r\nNICK ann\r\nUSER ann 0 * :weaver\r\n"),
    (SERVER, b":irc.test 001 ann :Welcome, it is noon\r\nPING :1\r\n"),
    (CLIENT, b"PONG :1\r\njoin #loom\r\nPING a b\r\n"),
    (SERVER, b"@time=1 :ann!a@host JOIN #loom\r\nPONG irc.test :a\r\n"),
    (CLIENT, b"QUIT :bye\r\n"),
    (SERVER, b":bob!b@host NOTICE ann :bye\r\n:irc.test NOTICE ann :1.5 kb\r\nERROR :closed at noon\r\n\r\n"),
]


def test_nothing_is_lost() -> None:
    keeps_to_it(Replay, TALK)


def test_units() -> None:
    assert gists(Replay, TALK) == [
        "CAP LS", "NICK ann", "USER", "001", None, None, "JOIN #loom", None, "JOIN #loom", None, "QUIT",
        "NOTICE ann :bye", "NOTICE", "ERROR", None,
    ]  # fmt: skip


def test_pings_are_answered() -> None:
    pings = [unit for unit in split(Replay, TALK) if unit.data.startswith(b"PING")]
    assert [Replay().aside(unit) for unit in pings] == [b"PONG :1\r\n", b"PONG :a b\r\n"]
    assert Replay().aside(split(Replay, [(CLIENT, b"PONG :1\r\n")])[0]) == b""
