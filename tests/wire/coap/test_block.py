"""Blocks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.coap.block import Block, emit_block, exponent_of, parse_block


@given(st.builds(Block, st.integers(0, (1 << 20) - 1), st.booleans(), st.integers(0, 6)))
def test_they_come_back(block: Block) -> None:
    assert parse_block(emit_block(block)) == block
    assert block.offset == block.number * block.size
    assert len(emit_block(block)) <= 3


def test_as_the_rfc_prints_them() -> None:
    """RFC 7959 §3: 1/1/128 is 0x1b, 2/0/64 is 0x22."""
    assert (emit_block(Block(1, True, 3)), emit_block(Block(2, False, 2))) == (b"\x1b", b"\x22")
    assert (Block(exponent=0).size, Block(exponent=6).size) == (16, 1024)


@pytest.mark.parametrize("value", [b"\x07", b"\x0f", b"\0\0\0\0", b"\xff\xff\xff"])
def test_what_is_none(value: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_block(value)


@pytest.mark.parametrize("block", [Block(1 << 20), Block(-1), Block(0, exponent=7), Block(0, exponent=-1)])
def test_what_is_not_said(block: Block) -> None:
    with pytest.raises(LocalProtocolError):
        emit_block(block)


def test_sizes() -> None:
    sizes = [0, 15, 16, 31, 32, 1023, 1024, 5000]
    assert [exponent_of(size) for size in sizes] == [0, 0, 0, 0, 1, 5, 6, 6]
