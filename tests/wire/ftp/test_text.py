"""Lines' ends on a data connection."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netloom.wire.ftp import text

pieces = st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\r\n", b"bc\n"]), max_size=12)


@given(pieces, pieces)
def test_any_text_comes_back_however_it_is_cut(said: list[bytes], more: list[bytes]) -> None:
    whole = b"".join(said + more)
    encoder, decoder = text.Encoder(), text.Decoder()
    sent = b"".join(map(encoder.feed, [*said, *more])) + encoder.finish()
    middle = len(b"".join(said))
    assert decoder.feed(sent[:middle]) + decoder.feed(sent[middle:]) + decoder.finish() == whole


def test_lines() -> None:
    assert text.Encoder().feed(b"a\nb\n") == b"a\r\nb\r\n"
    decoder = text.Decoder()
    assert decoder.feed(b"a\r") + decoder.feed(b"\nb\rc\r") + decoder.finish() == b"a\nb\rc\r"
