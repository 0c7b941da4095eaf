"""IMAP, replayed: lines, literals and tags."""

from __future__ import annotations

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.protocols.imap.replay import Replay
from tests.packet.tape.parts import gists, keeps_to_it, split

TALK = [
    (SERVER, b"* OK [CAPABILITY IMAP4rev1] ready\r\n"),
    (CLIENT, b'a1 ID ("name" "x")\r\n'),
    (SERVER, b"a1 OK done\r\n"),
    (CLIENT, b"a2 LOGIN {3}\r\n"),
    (SERVER, b"+ go\r\n"),
    (CLIENT, b"ann {2+}\r\npw\r\n"),
    (SERVER, b"a2 OK [READ-WRITE] in\r\n"),
    (CLIENT, b"a3 fetch 1 BODY[]\r\n"),
    (SERVER, b'* 1 FETCH (INTERNALDATE " 1-Jan-2024 00:00:00 +0000" BODY[] {9}\r\na1 OK no\n)\r\na3 OK done\r\n'),
    (CLIENT, b"a4 AUTHENTICATE PLAIN\r\n"),
    (SERVER, b"+ \r\n"),
    (CLIENT, b"AGFubgBwdw==\r\n"),
    (SERVER, b"a4 NO [AUTHENTICATIONFAILED] no\r\n"),
    (CLIENT, b"a5 IDLE\r\n"),
    (SERVER, b"+ idling\r\n* 2 EXISTS\r\n"),
    (CLIENT, b"DONE\r\n"),
    (SERVER, b"a5 OK done\r\n* BYE bye\r\n"),
]


def test_nothing_is_lost() -> None:
    keeps_to_it(Replay, TALK)


def test_units() -> None:
    assert gists(Replay, TALK) == [
        "* OK", "ID", "OK", "LOGIN {}", "+", "ann\r\n", "{}", "pw\r\n", "", "OK", "FETCH 1 BODY[]",
        '* 1 FETCH (INTERNALDATE "" BODY[] {}', "a1 OK no\n", ")", "OK", "AUTHENTICATE PLAIN", "+", "AGFubgBwdw==",
        "NO", "IDLE ", "+", "* 2 EXISTS", "DONE", "OK", "* BYE",
    ]  # fmt: skip


def test_answers_have_the_tags_that_were_heard() -> None:
    part = Replay()
    said = split(Replay, TALK)
    heard = split(Replay, [(CLIENT, b"zz.9 FETCH 1 BODY[]\r\n")])[0]
    asked = next(unit for unit in said if unit.data.startswith(b"a3 "))
    assert asked.gist == heard.gist
    part.met(asked, heard)
    told = [part.adapt(unit) for unit in said if unit.sender == SERVER]
    assert b"zz.9 OK done\r\n" in told
    assert b"a1 OK no\n" in told  # in a literal
    assert b"a5 OK done\r\n" in told
