"""The stopwatch: phases are disjoint, and add up where one is entered twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import Phase
from netloom.links.trace import Trace
from netloom.records import TLS


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_phases_are_disjoint_and_add_up() -> None:
    clock = Clock()
    trace = Trace(clock)
    for phase, seconds in ((Phase.RESOLVE, 1), (Phase.CONNECT, 2), (Phase.REQUEST, 4), (Phase.CONNECT, 8)):
        trace.enter(phase)
        clock.now += seconds
    assert trace.phases() == {"resolve": 1, "connect": 10, "request": 4}
    assert sum(trace.phases().values()) == clock.now - 100


@given(st.lists(st.tuples(st.sampled_from([*Phase, None]), st.floats(0, 10))))
def test_so_do_any_steps(steps: list[tuple[Phase | None, float]]) -> None:
    clock = Clock()
    trace = Trace(clock)
    expected: dict[str, float] = {}
    for phase, seconds in steps:
        trace.enter(phase)
        clock.now += seconds
        if phase is not None:
            expected[phase.value] = expected.get(phase.value, 0.0) + seconds
    assert trace.phases() == pytest.approx(expected)


def test_the_current_one_counts_up_to_now_and_nothing_does_outside() -> None:
    clock = Clock()
    trace = Trace(clock)
    clock.now += 5
    assert trace.phases() == {}
    trace.enter(Phase.TLS)
    clock.now += 1
    assert trace.phases() == {"tls": 1}
    trace.enter(None)
    clock.now += 7
    assert trace.phases() == {"tls": 1}
    assert trace.phase is None


def test_tls_is_described_when_asked_for() -> None:
    trace = Trace(Clock())
    assert trace.tls is None
    asked = []

    def describe() -> TLS:
        asked.append(1)
        return TLS(version="TLS 1.3", cipher="x", verified=True)

    trace.tls_of = describe
    assert not asked
    assert trace.tls is not None
    assert trace.tls.version == "TLS 1.3"
