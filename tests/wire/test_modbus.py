"""Modbus' numbers and their names, and bits in octets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netloom.wire.modbus import codes, requests, responses
from netloom.wire.modbus.codes import exception_name, function_name
from netloom.wire.modbus.fields import packed, unpacked
from tests.security.parsers.modbus import ASKED


@given(st.lists(st.integers(0, 1), max_size=70))
def test_bits(bits: list[int]) -> None:
    octets = packed(bits)
    assert len(octets) == (len(bits) + 7) // 8
    assert unpacked(octets, len(bits)) == tuple(bits)


def test_the_lowest_comes_first() -> None:
    assert packed([1, 0, 1, 1, 0, 0, 1, 1, 1]) == b"\xcd\x01"


def test_every_assigned_function_is_spoken() -> None:
    """§5.1, to its end."""
    assert set(codes.FUNCTIONS) == {1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 15, 16, 17, 20, 21, 22, 23, 24, 43}
    assert set(codes.FUNCTIONS) <= {request.function for request in ASKED}
    for function in codes.FUNCTIONS:
        assert function in requests._PARSERS
        assert function in responses._PARSERS


def test_names() -> None:
    assert (function_name(3), function_name(0x83)) == ("read holding registers",) * 2
    assert (function_name(99), exception_name(2), exception_name(77)) == (
        "function 99",
        "illegal data address",
        "exception 77",
    )
