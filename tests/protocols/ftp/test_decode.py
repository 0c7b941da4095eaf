"""The dialogue in words, without passwords."""

from __future__ import annotations

import pytest

from netloom.protocols.ftp.decode import Decoder, is_greeting, is_login

DIALOGUE = [
    ("server", b"220 (vsFTPd 3.0.3)\r\n", ["220 (vsFTPd 3.0.3)"]),
    ("client", b"USER ann\r\n", ["USER ann"]),
    ("server", b"331 x\r\n", ["331 x"]),
    ("client", b"PASS can4ry\r\n", ["PASS •••"]),
    ("client", b"pass\r\n", ["PASS"]),
    ("client", b"ACCT can4ry\r\n", ["ACCT •••"]),
    ("server", b"211-a\r\n MLST\r\n211 end\r\n", ["211-a", "MLST", "211 end"]),
    ("client", b"\xff\xf4\xff\xf2ABOR\r\n", ["ABOR"]),
    ("client", b"can4ry\r\n", ["something that is no command"]),
    ("client", "RETR grüße \x1b[31m\r\n".encode(), ["RETR grüße \\x1b[31m"]),
    ("client", b"RETR " + b"a" * 300 + b"\r\n", ["RETR " + "a" * 200 + "…"]),
]


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_words(size: int) -> None:
    decoder = Decoder()
    for sender, data, words in DIALOGUE:
        said = [found for at in range(0, len(data), size) for found in decoder.feed(sender, data[at : at + size])]
        assert [found.words for found in said] == words
        assert all(found.sender == sender for found in said)
        assert sum(found.size for found in said) == len(data)
        assert "can4ry" not in repr(said)


def test_what_is_tls_is_not_looked_at() -> None:
    decoder = Decoder()
    decoder.feed("client", b"AUTH TLS\r\n")
    decoder.feed("server", b"234 go\r\n")
    assert decoder.feed("client", b"\x16\x03\x01PASS x\r\n") == []
    assert decoder.feed("server", b"anything\r\n") == []


def test_memory_is_bounded() -> None:
    decoder = Decoder()
    for _ in range(100):
        decoder.feed("server", b"x" * 10_000)
    assert len(decoder._held["server"]) <= 16 * 1024


@pytest.mark.parametrize(
    ("data", "is_one"),
    [
        (b"220 (vsFTPd 3.0.3)\r\n", True), (b"220-Welcome to Pure-FTPd\r\n", True), (b"220 mx ESMTP\r\n", False),
        (b"220 ftp.example.org ESMTP\r\n", False), (b"220 ready\r\n", False), (b"SSH-2.0", False),
    ],
)  # fmt: skip
def test_greetings(data: bytes, is_one: bool) -> None:
    assert is_greeting(data) is is_one


def test_logins() -> None:
    assert is_login(b"USER ann\r\n")
    assert not is_login(b"USER \r\n")
    assert not is_login(b"GET / HTTP/1.1\r\n")
