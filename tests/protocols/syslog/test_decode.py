"""The passive decoder."""

from __future__ import annotations

import pytest

from netloom.protocols.syslog.decode import Decoder, is_framed, is_message


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'<34>1 - h su 12 ID47 [a@1 b="c"] warp', ["auth.crit h su[12] ID47 [a@1]: warp"]),
        (b"<13>Oct 11 22:14:15 h su: weft", ["user.notice h su: weft"]),
        (b"<13>\x1b[31mred", ["user.notice: \\x1b[31mred"]),
        (b"6 <13>ab6 <13>cd", ["user.notice: ab", "user.notice: cd"]),
        (b"<13>a\n<14>b\n", ["user.notice: a", "user.info: b"]),
        (b" ", ["no syslog message: an empty message"]),
        (b"", []),
    ],
)
def test_words(data: bytes, words: list[str]) -> None:
    assert [said.words for said in Decoder().feed("client", data)] == words


def test_streams_in_pieces() -> None:
    decoder = Decoder()
    said = [
        one.words for piece in (b"6 <1", b"3>ab6", b" <13>cd7 <13", b">efg") for one in decoder.feed("client", piece)
    ]
    assert said == ["user.notice: ab", "user.notice: cd", "user.notice: efg"]


def test_what_is_no_frame() -> None:
    decoder = Decoder()
    assert decoder.feed("client", b"999999 x")[0].words.startswith("no frame")
    assert decoder.feed("client", b"6 <13>ab")[0].words == "8 bytes"
    assert decoder.feed("server", b"<13>x")[0].words == "user.notice: x"


def test_long_texts_are_cut() -> None:
    assert len(Decoder().feed("client", b"<13>" + b"x" * 1000)[0].words) < 230


@pytest.mark.parametrize(
    ("data", "message", "framed"),
    [
        (b"<34>x", True, False),
        (b"<191>", True, False),
        (b"<192>", False, False),
        (b"5 <1>a", False, True),
        (b"<", False, False),
        (b"220 mx", False, False),
        (b"", False, False),
    ],
)
def test_who_speaks(data: bytes, message: bool, framed: bool) -> None:
    assert (is_message(data), is_framed(data)) == (message, framed)
