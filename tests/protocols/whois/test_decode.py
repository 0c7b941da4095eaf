"""WHOIS, the passive decoder."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netloom.protocols.whois.decode import Decoder, is_remark


def test_both_sides_in_words() -> None:
    decoder = Decoder()
    assert [said.words for said in decoder.feed("client", b"example.test\r\n")] == ["who is example.test?"]
    assert decoder.feed("server", b"domain:  exam") == []
    assert [said.words for said in decoder.feed("server", b"ple\r\n\r\nstatus: ok\r\n")] == [
        "domain:  example", "status: ok"
    ]  # fmt: skip


def test_what_is_odd_is_shown_as_it_is() -> None:
    (said,) = Decoder().feed("server", b"a\x1b[31m\xff\n")
    assert said.words == "a\\x1b[31m\\xff"


def test_lines_have_an_end() -> None:
    decoder = Decoder()
    for _ in range(100):
        assert decoder.feed("server", b"x" * 1000) == []
    assert sum(len(rest) for rest in decoder._rest.values()) <= 2048
    (said,) = decoder.feed("server", b"\n")
    assert len(said.words) < 200


def test_servers_are_recognised() -> None:
    assert is_remark(b"% This is the RIPE Database query service.\r\n")
    assert not is_remark(b"%PDF-1.7")
    assert not is_remark(b"% \xff\n")


@given(st.binary(max_size=300), st.integers(0, 300))
def test_it_never_raises(data: bytes, cut: int) -> None:
    whole, parts = Decoder(), Decoder()
    assert whole.feed("server", data) == parts.feed("server", data[:cut]) + parts.feed("server", data[cut:])
