"""Text as TFTP sends it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netloom.wire.tftp import netascii

pieces = st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\r\n", b"\0", b"bc\n"]), max_size=12).map(b"".join)


@given(pieces, st.integers(0, 40), st.integers(0, 40))
def test_any_text_comes_back_however_it_is_cut(whole: bytes, first: int, second: int) -> None:
    encoder, decoder = netascii.Encoder(), netascii.Decoder()
    sent = encoder.feed(whole[:first]) + encoder.feed(whole[first:]) + encoder.finish()
    assert decoder.feed(sent[:second]) + decoder.feed(sent[second:]) + decoder.finish() == whole


def test_lines() -> None:
    assert netascii.Encoder().feed(b"a\nb\rc") == b"a\r\nb\r\0c"
    decoder = netascii.Decoder()
    assert decoder.feed(b"a\rb\r") + decoder.finish() == b"a\rb\r", "what isn't netascii stays as it is"
