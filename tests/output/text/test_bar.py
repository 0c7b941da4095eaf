"""Bars: as long as it took, divided as it was spent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import Phase
from netloom.output.text.bar import draw, legend, shares
from netloom.output.text.style import Style

PLAIN = Style(colour=False, unicode=True)
phases = st.dictionaries(st.sampled_from([phase.value for phase in Phase]), st.floats(0, 100), max_size=9)


@given(phases, st.integers(0, 40))
def test_a_bar_fits_and_is_in_order(spent: dict[str, float], columns: int) -> None:
    given_columns = shares(spent, columns)
    assert sum(cells for _, cells in given_columns) <= columns
    order = [phase.value for phase in Phase]
    assert [name for name, _ in given_columns] == sorted((name for name, _ in given_columns), key=order.index)


@given(phases)
def test_each_phase_that_took_time_is_seen(spent: dict[str, float]) -> None:
    assert {name for name, cells in shares(spent, 14) if cells} == {name for name, seconds in spent.items() if seconds}


def test_the_longest_phase_has_most_and_longer_is_longer() -> None:
    cells = dict(shares({"connect": 0.01, "tls": 0.08, "first_byte": 0.01}, 14))
    assert cells["tls"] > cells["connect"] == cells["first_byte"]
    lengths = [
        sum(cells for _, cells in shares({"connect": seconds}, 14)) for seconds in (0.0001, 0.01, 1.0, 10.0, 99.0)
    ]
    assert lengths == sorted(lengths)
    assert lengths[-1] == 14


def test_drawing() -> None:
    assert draw({}, 14, PLAIN) == ""
    assert draw({"resolve": 0.001}, 0, PLAIN) == ""
    assert set(draw({"resolve": 0.1, "tls": 0.1}, 10, PLAIN)) == {"▁", "▄"}
    assert set(draw({"resolve": 0.1, "tls": 0.1}, 10, Style(colour=False, unicode=False))) == {"r", "t"}
    assert legend({"tls", "resolve"}, PLAIN) == "▁resolve ▄tls"
    assert legend({"first_byte"}, Style(colour=False, unicode=False)) == "f=first byte"
