"""What Telnet's passive decoder says of a dialogue."""

from __future__ import annotations

import pytest

from netloom.protocols.telnet.decode import Decoder
from netloom.wire.telnet import codes
from netloom.wire.telnet import subnegotiation as sub
from netloom.wire.telnet.codes import DO, IAC, WILL
from netloom.wire.telnet.stream import emit_subnegotiation

SERVER = bytes((IAC, WILL, codes.ECHO, IAC, DO, codes.NAWS, IAC, codes.AYT)) + b"\r\nedge\r\nUsername: "
CLIENT = (
    bytes((IAC, WILL, codes.NAWS))
    + emit_subnegotiation(codes.NAWS, sub.emit_window(sub.Window(80, 24)))
    + emit_subnegotiation(codes.TTYPE, sub.emit_terminal("XTERM"))
    + emit_subnegotiation(codes.NEW_ENVIRON, sub.emit_variables(sub.IS, [sub.Variable(b"TOKEN", b"can4ry", True)]))
    + emit_subnegotiation(codes.CHARSET, sub.emit_charset(sub.ACCEPTED, ["UTF-8"]))
    + emit_subnegotiation(200, b"abc")
    + emit_subnegotiation(codes.NAWS, b"?")
    + b"ann\r\0"
)


def told(*pieces: tuple[str, bytes], size: int = 0) -> list[str]:
    decoder = Decoder()
    cut = [(who, data[at : at + size]) for who, data in pieces for at in range(0, len(data), size)] if size else pieces
    return [
        f"{'<' if said.sender == 'server' else '>'} {said.words}"
        for who, data in cut
        for said in decoder.feed(who, data)
    ]


def test_a_dialogue_in_words() -> None:
    assert told(("server", SERVER), ("client", CLIENT), ("server", b"Password: "), ("client", b"can4ry\r\n"),
                ("server", b"\r\nedge>"), ("client", b"show version\r\n")) == [
        "< WILL ECHO", "< DO NAWS", "< AYT", "< ", "< edge", "< Username:", "> WILL NAWS", "> NAWS 80 by 24",
        "> TTYPE XTERM", "> NEW-ENVIRON IS TOKEN", "> CHARSET ACCEPTED UTF-8", "> ATCP 3 bytes",
        "> NAWS (NAWS has 4 bytes, not 1)", "> ann", "< Password:", "> •••", "< ", "< edge>", "> show version",
    ]  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 7])
def test_no_secret_is_shown_however_it_is_cut(size: int) -> None:
    words = told(
        ("client", CLIENT),
        ("server", b"Enter PASSWORD: "),
        ("client", b"can4ry\r\n"),
        ("client", b"next\r\n"),
        size=size,
    )
    assert "can4ry" not in str(words)
    assert "> •••" in words
    assert "> next" in words


@pytest.mark.parametrize("size", [1, 7, 100])
def test_nor_is_one_in_a_command(size: int) -> None:
    typed = b"username ann secret 0 can4ry word"
    words = told(("client", typed + b"\r\n"), ("server", b"\redge(config)#"), ("server", typed + b"\r\n"), size=size)
    assert "> username ann secret 0 •••" in words
    assert "can4ry" not in str(words)


def test_what_is_no_telnet() -> None:
    decoder = Decoder()
    (said,) = decoder.feed("server", bytes((IAC, codes.SB, 1, IAC, 7)))
    assert said.words.startswith("no Telnet: IAC 7")
    assert decoder.feed("server", b"more")[0].words == "4 bytes"


def test_memory_is_bounded() -> None:
    decoder = Decoder()
    for who in ("client", "server"):
        for _ in range(1000):
            decoder.feed(who, b"x" * 1000)
        assert len(decoder._text[who]) <= 4096
