"""tcp, the passive decoder: bytes in words, whatever they are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netloom.protocols.tcp.decode import Decoder


def test_text_is_shown_and_the_rest_escaped() -> None:
    (said,) = Decoder().feed("client", b"warp\r\n\xff\x00")
    assert said.sender == "client"
    assert said.size == 8
    assert "warp" in said.words
    assert "\r" not in said.words


def test_much_is_cut() -> None:
    (said,) = Decoder().feed("server", b"x" * 100_000)
    assert said.words.startswith("100000 bytes")
    assert len(said.words) < 200


@given(st.binary(max_size=300), st.sampled_from(["client", "server"]))
def test_it_never_raises(data: bytes, sender: str) -> None:
    for said in Decoder().feed(sender, data):
        assert said.words.isprintable()
