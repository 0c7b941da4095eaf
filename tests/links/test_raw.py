"""What a raw link's passive decoder says, whatever the bytes are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom import registry
from netloom.links.raw import RawDecoder


def test_text_is_shown_and_the_rest_escaped() -> None:
    (said,) = RawDecoder().feed("client", b"warp\r\n\xff\x00")
    assert (said.sender, said.size) == ("client", 8)
    assert "warp" in said.words
    assert "\r" not in said.words


def test_much_is_cut() -> None:
    (said,) = RawDecoder().feed("server", b"x" * 100_000)
    assert said.words.startswith("100000 bytes")
    assert len(said.words) < 200


@given(st.binary(max_size=300), st.sampled_from(["client", "server"]))
def test_it_never_raises(data: bytes, sender: str) -> None:
    (said,) = RawDecoder().feed(sender, data)
    assert (said.sender, said.size) == (sender, len(data))
    assert said.words.isprintable()
    assert len(said.words) < 400


@pytest.mark.parametrize("name", ["tcp", "udp", "unix"])
def test_raw_protocols_have_this_one(name: str) -> None:
    assert registry.load(registry.protocol(name), "decode") is RawDecoder
