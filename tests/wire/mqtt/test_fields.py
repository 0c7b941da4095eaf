"""Integers, texts and binary data (MQTT 5.0 §1.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError
from netloom.wire.mqtt.fields import VARINT_LIMIT, Cursor, emit_binary, emit_integer, emit_text, emit_varint
from netloom.wire.mqtt.reasons import PacketError

if TYPE_CHECKING:
    from collections.abc import Callable


def cursor(data: bytes) -> Cursor:
    return Cursor(data, 0, len(data))


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (0, b"\0"), (127, b"\x7f"), (128, b"\x80\1"), (16_383, b"\xff\x7f"), (16_384, b"\x80\x80\1"),
        (2_097_151, b"\xff\xff\x7f"), (2_097_152, b"\x80\x80\x80\1"), (VARINT_LIMIT, b"\xff\xff\xff\x7f"),
    ],
)  # fmt: skip
def test_table_1_1(value: int, data: bytes) -> None:
    assert emit_varint(value) == data
    assert cursor(data).varint() == value


@given(st.integers(0, VARINT_LIMIT))
def test_every_variable_byte_integer(value: int) -> None:
    assert cursor(emit_varint(value)).varint() == value


@pytest.mark.parametrize("data", [b"", b"\x80", b"\x80\0", b"\xff\xff\xff\xff\1", b"\x80\x80\x80\0"])
def test_none_of_them(data: bytes) -> None:
    with pytest.raises(PacketError):
        cursor(data).varint()


def test_too_large_to_be_said() -> None:
    said: tuple[Callable[[], bytes], ...] = (
        lambda: emit_varint(VARINT_LIMIT + 1),
        lambda: emit_integer(-1, 2, "x"),
        lambda: emit_integer(65_536, 2, "x"),
        lambda: emit_binary(bytes(65_536), "x"),
        lambda: emit_text("ä" * 40_000, "x"),
        lambda: emit_text("a\0", "x"),
        lambda: emit_text("\udc80", "x"),
    )
    for say in said:
        with pytest.raises(LocalProtocolError):
            say()


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_texts(text: str) -> None:
    assert cursor(emit_text(text, "x")).text() == text


def test_what_follows_the_last_field() -> None:
    with pytest.raises(PacketError) as caught:
        cursor(b"x").finish()
    assert caught.value.offset == 0


def test_offsets() -> None:
    for data, offset in ((b"\0\3a\xffb", 3), (b"\0\3a\0b", 3), (b"\0\3a", 3)):
        with pytest.raises(PacketError) as caught:
            cursor(data).text()
        assert caught.value.offset == offset
