"""The passive decoder: words for everything that is said, and for nothing that is secret."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netloom.protocols.smtp.decode import Decoder, is_greeting
from tests.fuzzing import COUNT, mutate

DIALOGUE: list[tuple[str, bytes]] = [
    ("server", b"220 mx ESMTP\r\n"),
    ("client", b"EHLO there\r\n"),
    ("server", b"250-mx\r\n250 AUTH LOGIN\r\n"),
    ("client", b"AUTH LOGIN\r\n"),
    ("server", b"334 VXNlcm5hbWU6\r\n"),
    ("client", b"Q0FOQVJZ\r\n"),
    ("server", b"334 UGFzc3dvcmQ6\r\n"),
    ("client", b"Q0FOQVJZ\r\n"),
    ("server", b"535 no\r\n"),
    ("client", b"auth plain Q0FOQVJZ\r\n"),
    ("server", b"235 ok\r\n"),
    ("client", b"MAIL FROM:<bob@x> SIZE=10\r\nRCPT TO:<ann@x>\r\nDATA\r\n"),
    ("server", b"250 ok\r\n250 ok\r\n354 go\r\n"),
    ("client", b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nQ0FOQVJZ\r\n..\r\n.\r\nBDAT 10\r\nQ0FOQVJZ\r\nQUIT\r\n"),
    ("server", b"250 ok\r\n503 no\r\n221 bye\r\n"),
]
WORDS = [
    ("server", "220 mx ESMTP"), ("client", "EHLO there"), ("server", "250-mx"), ("server", "250 AUTH LOGIN"),
    ("client", "AUTH LOGIN"), ("server", "334 challenge"), ("client", "•••"), ("server", "334 challenge"),
    ("client", "•••"),
    ("server", "535 no"), ("client", "AUTH plain •••"), ("server", "235 ok"), ("client", "MAIL FROM:<bob@x> SIZE=10"),
    ("client", "RCPT TO:<ann@x>"), ("client", "DATA"), ("server", "250 ok"), ("server", "250 ok"), ("server", "354 go"),
    ("client", "a mail of 57 bytes: 'Grüße'"), ("client", "BDAT 10"), ("client", "QUIT"), ("server", "250 ok"),
    ("server", "503 no"), ("server", "221 bye"),
]  # fmt: skip


def told(pieces: list[tuple[str, bytes]], size: int = 1 << 20) -> list[tuple[str, str]]:
    decoder = Decoder()
    return [
        (said.sender, said.words)
        for sender, data in pieces
        for at in range(0, len(data), size)
        for said in decoder.feed(sender, data[at : at + size])
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1 << 20])
def test_words_and_no_secret(size: int) -> None:
    assert told(DIALOGUE, size) == WORDS


@pytest.mark.parametrize(
    "line",
    [
        b"AUTH PLAIN CANARY",
        b"auth\tplain CANARY",
        b"AUTH  PLAIN  CANARY",
        b"AUTHPLAIN CANARY",
        b"AUTH CANARY=",
        b"CANARY",
    ],
)
def test_an_odd_line_shows_no_secret(line: bytes) -> None:
    shown = told([("client", line + b"\r\n"), ("client", b"CANARY\r\n")])
    assert "CANARY" not in repr(shown)


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(0, 14))
def test_who_comes_late_sees_no_secret(skip: int, start: int) -> None:
    """A recording that begins in the middle: an answer to AUTH may be the first thing seen."""
    pieces = [(sender, data) for sender, data in DIALOGUE[start:] if b"Subject" not in data]
    if pieces and pieces[0][0] == "client":
        pieces[0] = ("client", pieces[0][1][skip:])
    assert "Q0FOQVJZ" not in repr(told(pieces))


def test_tls_isnt_looked_at() -> None:
    pieces = [
        ("client", b"STARTTLS\r\n"),
        ("server", b"220 go\r\n"),
        ("client", b"\x16\x03\x01\n\n"),
        ("server", b"\x16\x03\x03\n"),
    ]
    assert told(pieces) == [("client", "STARTTLS"), ("server", "220 go")]
    assert told([*pieces[:2], ("client", b"EHLO there\r\n")])[-1] == ("client", "EHLO there")


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["client", "server"]), st.binary(max_size=200)), max_size=20))
def test_any_bytes(pieces: list[tuple[str, bytes]]) -> None:
    for _, words in told(pieces):
        assert words.isprintable() or not words


def test_hostile_bytes() -> None:
    samples = [data for _, data in DIALOGUE]
    generator = random.Random(1)
    decoder = Decoder()
    for _ in range(COUNT):
        sender = generator.choice(["client", "server"])
        for said in decoder.feed(sender, mutate(generator, samples)):
            assert len(said.words) < 1000


def test_memory_is_bounded() -> None:
    decoder = Decoder()
    for sender in ("client", "server"):
        for _ in range(1000):
            decoder.feed(sender, b"x" * 1000)
    assert sum(map(len, decoder._lines.values())) < 100_000


@pytest.mark.parametrize(
    ("said", "right"),
    [
        (b"220 mx ESMTP ready\r\n", True),
        (b"220-mx smtp\r\n", True),
        (b"220 (vsFTPd 3.0.3)\r\n", False),
        (b"554 SMTP\r\n", False),
    ],
)
def test_greetings(said: bytes, right: bool) -> None:
    assert is_greeting(said) is right
