"""Conditions as jumps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.filters.assembler import (
    JEQ,
    Compare,
    Every,
    Logic,
    Some,
    Unless,
    assembled,
    equal,
    every,
    loaded,
    some,
    unless,
)
from netloom.packet.filters.machine import check, run

A, B = equal(0, 1, 1), equal(1, 1, 1)


def test_what_is_known_is_left_out() -> None:
    assert every() is True
    assert some() is False
    assert every(True, A) == A == some(False, A)
    assert every(A, False) is False
    assert some(A, True) is True
    assert unless(True) is False
    assert every(A, True, B) == Every((A, B))
    assert some(A, False, B) == Some((A, B))


def test_a_mask_of_all_bits_is_none() -> None:
    assert equal(4, 2, 5, 0xFFFF) == Compare(((0x28, 4),), JEQ, 5)
    assert equal(4, 2, 5, 0x0FFF) == Compare(((0x28, 4), (0x54, 0x0FFF)), JEQ, 5)
    assert equal(4, 2, 0, 0) is True
    assert equal(4, 2, 5, 0) is False


def test_a_program() -> None:
    assert assembled(every(A, unless(B)), 96) == [
        (0x30, 0, 0, 0),
        (0x15, 0, 3, 1),
        (0x30, 0, 0, 1),
        (0x15, 1, 0, 1),
        (0x06, 0, 0, 96),
        (0x06, 0, 0, 0),
    ]
    assert assembled(True, 96) == [(0x06, 0, 0, 96)]
    assert assembled(False, 96) == [(0x06, 0, 0, 0)]


def test_what_is_loaded_already_isnt_loaded_again() -> None:
    kinds = [equal(12, 2, kind) for kind in (0x0800, 0x86DD, 0x0806)]
    assert [code for code, *_ in assembled(some(*kinds), 1)] == [0x28, 0x15, 0x15, 0x15, 0x06, 0x06]
    # Where two ways meet that hold different values there is nothing to rely on
    meeting = every(some(A, B), A)
    assert [code for code, *_ in assembled(meeting, 1)] == [0x30, 0x15, 0x30, 0x15, 0x30, 0x15, 0x06, 0x06]


def test_far_jumps_are_made_in_two_steps() -> None:
    places = [equal(at, 1, 1) for at in range(300)]
    for logic, wanted in ((every(*places), bytes([1]) * 300), (some(*places), bytes(299) + b"\1")):
        program = assembled(logic, 1)
        check(program)
        assert any(code == 0x05 for code, *_ in program)
        assert run(program, wanted) == 1
        assert run(program, bytes(300)) == 0


@pytest.mark.parametrize("count", [*range(125, 132), *range(250, 260)])
def test_jumps_that_are_just_near_enough(count: int) -> None:
    for logic in (every(*[equal(at, 1, 1) for at in range(count)]), some(*[equal(at, 1, 1) for at in range(count)])):
        program = assembled(logic, 1)
        check(program)
        assert run(program, bytes([1]) * count)
        assert not run(program, bytes(count))


def test_what_the_kernel_wouldnt_take_is_refused() -> None:
    with pytest.raises(UsageError, match="more instructions than the 4096"):
        assembled(some(*[equal(at, 1, 1) for at in range(3000)]), 1)


_LOGIC = st.recursive(
    st.one_of(
        st.booleans(),
        st.builds(equal, st.integers(0, 5), st.just(1), st.integers(0, 2)),
        st.builds(lambda at: Compare(loaded(at, 1), 0x40, 1), st.integers(0, 5)),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda parts: every(*parts)),
        st.lists(inner, max_size=4).map(lambda parts: some(*parts)),
        inner.map(unless),
        inner.map(Unless),
    ),
    max_leaves=40,
)


def holds(logic: Logic, data: bytes) -> bool:
    match logic:
        case Every(parts=parts):
            return all(holds(part, data) for part in parts)
        case Some(parts=parts):
            return any(holds(part, data) for part in parts)
        case Unless(inner=inner):
            return not holds(inner, data)
        case Compare(steps=((_, at),), jump=jump, k=k):
            return data[at] == k if jump == JEQ else data[at] & k != 0
    return bool(logic)


@given(
    _LOGIC.filter(lambda logic: "Unless(inner=True" not in repr(logic) and "Unless(inner=False" not in repr(logic)),
    st.lists(st.integers(0, 2), min_size=6, max_size=6).map(bytes),
)
def test_programs_mean_what_conditions_mean(logic: Logic, data: bytes) -> None:
    program = assembled(logic, 1)
    check(program)
    assert run(program, data) == holds(logic, data)
