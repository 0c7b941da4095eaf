"""NTP, the passive decoder."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netloom.protocols.ntp.decode import Decoder, is_request
from netloom.wire import ntp

ASKED = ntp.request(0x1234)
SOURCE = ntp.Source(stratum=1, reference_id=b"GPS\0")
ANSWERED = ntp.response(ASKED, SOURCE, ntp.from_unix_ns(10**18), ntp.from_unix_ns(10**18))


def test_both_sides_in_words() -> None:
    decoder = Decoder()
    (question,) = decoder.feed("client", ntp.emit(ASKED))
    assert "what time is it" in question.words
    (answer,) = decoder.feed("server", ntp.emit(ANSWERED))
    assert "stratum 1" in answer.words
    assert "GPS" in answer.words
    assert "1000000000.0" in answer.words


def test_what_is_none_is_said_to_be_none() -> None:
    (said,) = Decoder().feed("server", b"short")
    assert "no NTP packet" in said.words


def test_questions_are_recognised() -> None:
    assert is_request(ntp.emit(ASKED))
    assert not is_request(ntp.emit(ANSWERED))
    assert not is_request(b"\x23")


@given(st.binary(max_size=120))
def test_it_never_raises(data: bytes) -> None:
    assert len(Decoder().feed("server", data)) == 1
    is_request(data)
