"""Colours where they are wanted; a sign and a letter of its own for every phase."""

from __future__ import annotations

from netloom.errors import Phase
from netloom.output.text.style import Style


def test_paint() -> None:
    assert Style(colour=False, unicode=True).paint("x", "red") == "x"
    assert Style(colour=True, unicode=True).paint("x", "bold", "red") == "\x1b[1;31mx\x1b[0m"
    assert Style(colour=True, unicode=True).paint("", "red") == ""


def test_marks() -> None:
    assert Style(colour=False, unicode=True).mark(True) == "✔"
    assert Style(colour=False, unicode=True).mark(False) == "✘"
    assert Style(colour=False, unicode=False).mark(True).isascii()


def test_every_phase_has_its_own_step() -> None:
    for unicode in (True, False):
        style = Style(colour=False, unicode=unicode)
        assert len({style.step(phase.value) for phase in Phase}) == len(Phase)
    assert all(Style(colour=False, unicode=False).step(phase.value).isascii() for phase in Phase)
