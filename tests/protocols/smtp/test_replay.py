"""SMTP, replayed: commands, mails and replies as units."""

from __future__ import annotations

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.protocols.smtp.replay import Replay
from tests.packet.tape.parts import gists, keeps_to_it, split

MAIL = b"Date: Mon, 1 Jan 2024 00:00:00 +0000\r\nSubject: warp\r\n\r\n..weft\r\n.\r\n"
TALK = [
    (SERVER, b"220 mx ESMTP\r\n"),
    (CLIENT, b"EHLO here.example\r\n"),
    (SERVER, b"250-mx\r\n250-SIZE 1000\r\n250 CHUNKING\r\n"),
    (CLIENT, b"MAIL FROM:<ann@example.org> SIZE=70\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n"),
    (SERVER, b"250 ok\r\n250 ok\r\n354 go\r\n"),
    (CLIENT, MAIL),
    (SERVER, b"250 kept\r\n"),
    (CLIENT, b"BDAT 6 LAST\r\na\r\nb\r\nQUIT\r\n"),
    (SERVER, b"250 ok\r\n221 bye\r\n"),
]


def test_nothing_is_lost() -> None:
    keeps_to_it(Replay, TALK)


def test_units() -> None:
    said = split(Replay, TALK)
    assert [unit.gist for unit in said if unit.sender == SERVER] == ["220", *["250"] * 3, "354", "250", "250", "221"]
    assert [unit.gist for unit in said if unit.sender == CLIENT] == [
        "EHLO ", "MAIL FROM ann@example.org", "RCPT TO bob@example.org", "DATA ",
        "Subject: warp\r\n\r\n\r\n..weft\r\n.\r\n", "BDAT 6 LAST", "a\r\nb\r\n\r\n", "QUIT ",
    ]  # fmt: skip


def test_an_empty_mail_and_one_that_was_refused() -> None:
    assert gists(Replay, [(CLIENT, b"DATA\r\n"), (SERVER, b"354 go\r\n"), (CLIENT, b".\r\nNOOP\r\n")])[2:] == [
        ".\r\n\r\n", "NOOP "
    ]  # fmt: skip
    assert gists(Replay, [(CLIENT, b"DATA\r\n"), (SERVER, b"554 no\r\n"), (CLIENT, b"RSET\r\n")])[2:] == ["RSET "]
