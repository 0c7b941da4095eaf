"""The machine that runs programs, instruction by instruction."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.filters.assembler import LIMIT, Instruction
from netloom.packet.filters.machine import PACKET_TYPE, check, run

DATA = bytes(range(0x40, 0x60))
RET_A = (0x16, 0, 0, 0)


@pytest.mark.parametrize(
    ("program", "result"),
    [
        ([(0x06, 0, 0, 7)], 7),
        ([(0x30, 0, 0, 2)], 0x42),
        ([(0x28, 0, 0, 2)], 0x4243),
        ([(0x20, 0, 0, 2)], 0x42434445),
        ([(0x01, 0, 0, 3), (0x50, 0, 0, 2)], 0x45),
        ([(0x01, 0, 0, 3), (0x48, 0, 0, 2)], 0x4546),
        ([(0x01, 0, 0, 3), (0x40, 0, 0, 2)], 0x45464748),
        ([(0x00, 0, 0, 9)], 9),
        ([(0x80, 0, 0, 0)], 32),
        ([(0x81, 0, 0, 0), (0x87, 0, 0, 0)], 32),
        ([(0xB1, 0, 0, 5), (0x87, 0, 0, 0)], 20),
        ([(0x00, 0, 0, 9), (0x02, 0, 0, 15), (0x00, 0, 0, 1), (0x60, 0, 0, 15)], 9),
        ([(0x01, 0, 0, 9), (0x03, 0, 0, 0), (0x61, 0, 0, 0), (0x87, 0, 0, 0)], 9),
        ([(0x00, 0, 0, 9), (0x07, 0, 0, 0), (0x00, 0, 0, 5), (0x0C, 0, 0, 0)], 14),
        ([(0x00, 0, 0, 9), (0x04, 0, 0, 2)], 11),
        ([(0x00, 0, 0, 1), (0x14, 0, 0, 2)], 0xFFFFFFFF),
        ([(0x00, 0, 0, 9), (0x24, 0, 0, 2)], 18),
        ([(0x00, 0, 0, 9), (0x34, 0, 0, 2)], 4),
        ([(0x00, 0, 0, 9), (0x44, 0, 0, 6)], 15),
        ([(0x00, 0, 0, 9), (0x54, 0, 0, 3)], 1),
        ([(0x00, 0, 0, 9), (0x64, 0, 0, 2)], 36),
        ([(0x00, 0, 0, 9), (0x74, 0, 0, 2)], 2),
        ([(0x00, 0, 0, 9), (0x84, 0, 0, 0)], 0xFFFFFFF7),
        ([(0x00, 0, 0, 9), (0x94, 0, 0, 4)], 1),
        ([(0x00, 0, 0, 9), (0xA4, 0, 0, 3)], 10),
        ([(0x00, 0, 0, 9), (0x05, 0, 0, 1), (0x00, 0, 0, 1)], 9),
        ([(0x00, 0, 0, 9), (0x15, 1, 0, 9), (0x00, 0, 0, 1)], 9),
        ([(0x00, 0, 0, 9), (0x25, 0, 1, 9), (0x00, 0, 0, 1)], 9),
        ([(0x00, 0, 0, 9), (0x35, 1, 0, 9), (0x00, 0, 0, 1)], 9),
        ([(0x00, 0, 0, 9), (0x45, 0, 1, 6), (0x00, 0, 0, 1)], 9),
        ([(0x00, 0, 0, 9), (0x01, 0, 0, 9), (0x1D, 1, 0, 0), (0x00, 0, 0, 1)], 9),
        ([(0x30, 0, 0, 32)], 0),
        ([(0x28, 0, 0, 31)], 0),
        ([(0x20, 0, 0, 29)], 0),
        ([(0x01, 0, 0, 0xFFFFFFFF), (0x40, 0, 0, 2)], 0),
        ([(0xB1, 0, 0, 32), (0x00, 0, 0, 7)], 0),
        ([(0x00, 0, 0, 9), (0x3C, 0, 0, 0)], 0),
        ([(0x00, 0, 0, 9), (0x9C, 0, 0, 0)], 0),
        ([(0x28, 0, 0, PACKET_TYPE)], 4),
        ([(0x28, 0, 0, PACKET_TYPE + 4), (0x00, 0, 0, 7)], 0),
    ],
)
def test_each_instruction(program: list[Instruction], result: int) -> None:
    whole = [*program, RET_A]
    check(whole)
    assert run(whole, DATA, beside={PACKET_TYPE: 4}) == result


def test_the_length_is_what_passed() -> None:
    assert run([(0x80, 0, 0, 0), RET_A], DATA, length=1500) == 1500


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ([], "0 instructions"),
        ([(0x06, 0, 0, 0)] * (LIMIT + 1), "4097 instructions"),
        ([(0x00, 0, 0, 0)], "returns nothing"),
        ([(0x15, 0, 1, 0), (0x06, 0, 0, 0)], "jump out"),
        ([(0x15, 1, 0, 0), (0x06, 0, 0, 0)], "jump out"),
        ([(0x05, 0, 0, 1), (0x06, 0, 0, 0)], "jump out"),
        ([(0x05, 0, 0, 0xFFFFFFFF), (0x06, 0, 0, 0)], "jump out"),
        ([(0x15, 256, 0, 0)] + [(0x06, 0, 0, 0)] * 300, "no room for 256, 0, 0"),
        ([(0x06, 0, 0, 1 << 32)], "no room"),
        ([(0x06, 0, 0, -1)], "no room"),
        ([(0x15, -1, 0, 0), (0x06, 0, 0, 0)], "no room"),
        ([(0x02, 0, 0, 16), (0x06, 0, 0, 0)], "16 cells"),
        ([(0x61, 0, 0, 16), (0x06, 0, 0, 0)], "16 cells"),
        ([(0x34, 0, 0, 0), (0x06, 0, 0, 0)], "division by zero"),
        ([(0x94, 0, 0, 0), (0x06, 0, 0, 0)], "division by zero"),
        ([(0xFF, 0, 0, 0), (0x06, 0, 0, 0)], "no code 0xff"),
        ([(0x38, 0, 0, 0), (0x06, 0, 0, 0)], "no code 0x38"),
    ],
)
def test_what_isnt_sound_is_refused(program: list[Instruction], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check(program)


_BYTES = st.integers(0, 255)
_INSTRUCTIONS = st.tuples(
    st.one_of(st.sampled_from([0x30, 0x50, 0x60, 0xB1, 0x15, 0x05, 0x04, 0x3C, 0x02, 0x07]), _BYTES),
    st.one_of(st.integers(0, 3), _BYTES),
    st.one_of(st.integers(0, 3), _BYTES),
    st.one_of(st.integers(0, 40), st.integers(0, 0xFFFFFFFF)),
)


@given(st.lists(_INSTRUCTIONS, max_size=30), st.binary(max_size=50))
def test_any_program_is_refused_or_ends(program: list[Instruction], data: bytes) -> None:
    whole = [*program, (0x06, 0, 0, 1)]
    try:
        check(whole)
    except UsageError:
        return
    assert 0 <= run(whole, data) <= 0xFFFFFFFF
