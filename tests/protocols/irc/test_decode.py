"""The passive decoder: words, and no secrets."""

from __future__ import annotations

import pytest

from netloom.protocols.irc.decode import Decoder, is_greeting, is_registration


def words(sender: str, *lines: str) -> list[str]:
    return [said.words for said in Decoder().feed(sender, "".join(f"{line}\r\n" for line in lines).encode())]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("NICK ann", "NICK ann"),
        ("PASS secret", "PASS •••"),
        ("AUTHENTICATE PLAIN", "AUTHENTICATE PLAIN"),
        ("AUTHENTICATE AGFubgBzZWNyZXQ=", "AUTHENTICATE •••"),
        ("AUTHENTICATE +", "AUTHENTICATE +"),
        ("OPER ann secret", "OPER ann •••"),
        ("JOIN #a secret", "JOIN #a •••"),
        ("JOIN #a", "JOIN #a"),
        ("MODE #a +k secret", "MODE #a +k •••"),
        ("MODE #a +o ann", "MODE #a +o ann"),
        ("PRIVMSG NickServ :IDENTIFY secret", "PRIVMSG NickServ •••"),
        ("PRIVMSG nickserv@services.net :IDENTIFY secret", "PRIVMSG nickserv@services.net •••"),
        ("NS IDENTIFY secret", "NS •••"),
        ("NICKSERV IDENTIFY secret", "NICKSERV •••"),
        ("PRIVMSG #a :hello there", "PRIVMSG #a hello there"),
        ("PRIVMSG #a :\x1b[31mred", "PRIVMSG #a \\x1b[31mred"),
    ],
)
def test_clients(line: str, shown: str) -> None:
    assert words("client", line) == [shown]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (":irc.test 001 ann :hi", "irc.test: 001 RPL_WELCOME ann hi"),
        (":irc.test 324 ann #a +kn secret", "irc.test: 324 RPL_CHANNELMODEIS ann #a +kn •••"),
        (":ann!a@h JOIN #a account :Real Name", "ann!a@h: JOIN #a account Real Name"),
        ("@time=x PING :y", "PING y"),
        (":irc.test 999 ann :x", "irc.test: 999 ann x"),
    ],
)
def test_servers(line: str, shown: str) -> None:
    assert words("server", line) == [shown]


def test_pieces_and_what_is_none() -> None:
    decoder = Decoder()
    assert decoder.feed("client", b"NICK") == []
    assert [said.words for said in decoder.feed("client", b" ann\r\nPING x\r\n")] == ["NICK ann", "PING x"]
    assert decoder.feed("client", b"\x16\x03\x01\r\n")[0].words.startswith("no IRC message")
    assert [said.words for said in decoder.feed("client", b"PASS secret\r\n")] == ["13 bytes"]
    assert [said.words for said in decoder.feed("server", b"PING x\r\n")] == ["PING x"], "the other side goes on"
    assert decoder.feed("client", b"") == []
    assert words("client", "x" * 20_000) == ["a line that is too long"]


def test_who_speaks() -> None:
    for said in (
        b":irc.test NOTICE * :*** Looking up",
        b":s NOTICE AUTH :x",
        b"NOTICE AUTH :x",
        b":s 001 a :hi",
        b"PING :x",
        b":s 433 * a :x",
    ):
        assert is_greeting(said), said
    for said in (b"220 mx ESMTP", b":", b"NOTICE", b"+OK", b"PING"):
        assert not is_greeting(said), said
    assert is_registration(b"PASS x\r\nNICK a\r\n")
    assert is_registration(b"PASS x\r\nUSER a 0 * :b\r\n")
    assert not is_registration(b"PASS x\r\nSTAT\r\n")
    assert not is_registration(b"USER a\r\nPASS x\r\n")
