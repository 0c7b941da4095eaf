"""Composed blocks: what is written is read again, and what no file can tell is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.captures import Interface, Names, compose, parse
from netloom.packet.frame import Frame

START = compose.section_block(comment="of a test") + compose.interface_block("tun")


@given(st.binary(max_size=99), st.integers(0, (1 << 63) - 1), st.integers(0, 2), st.text(max_size=40))
def test_packets_both_ways(data: bytes, timestamp: int, direction: int, comment: str) -> None:
    frame = Frame(data, timestamp, 101, len(data) + 7, 0, direction, comment.encode("utf-8", "replace").decode())
    made = compose.packet_block(frame)
    assert len(made) % 4 == 0
    assert list(parse(START + made))[2:] == [frame]


@given(st.text(max_size=20), st.integers(0, 65535), st.integers(0, (1 << 32) - 1), st.integers(0, 255))
def test_interfaces_both_ways(name: str, link_type: int, snap: int, fcs: int) -> None:
    name = name.encode("utf-8", "replace").decode()
    made = compose.section_block() + compose.interface_block(name, link_type, snap, fcs)
    assert list(parse(made))[1:] == [Interface(link_type, name, 1_000_000_000, 0, snap, fcs)]


@given(st.dictionaries(st.ip_addresses().map(str), st.text(st.characters(codec="utf-8", exclude_characters="\0"))))
def test_names_both_ways(names: dict[str, str]) -> None:
    assert list(parse(START + compose.names_block(names)))[2:] == [Names(names)]


def test_what_no_file_can_tell_is_refused() -> None:
    for time in (-1, 1 << 63):
        with pytest.raises(UsageError):
            compose.packet_block(Frame(b"", time, 1, 0))
    with pytest.raises(UsageError):
        compose.packet_block(Frame(b"", 0, 1, 0, comment="x" * 70_000))
