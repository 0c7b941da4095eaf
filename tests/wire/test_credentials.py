"""Credentials: what a peer says about itself, whose password no output shows."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.pretty import pretty_repr

from netloom.wire.credentials import Credentials

CREDENTIALS = Credentials("ann", "hunter2", "root")


@pytest.mark.parametrize("show", [repr, str, "{}".format, "%s".__mod__, pretty_repr])
def test_the_password_isnt_shown(show: object) -> None:
    assert callable(show)
    shown = show([CREDENTIALS])
    assert "hunter2" not in shown
    assert "'ann'" in shown
    assert "'root'" in shown


def test_nor_by_rich() -> None:
    console = Console(file=io.StringIO(), width=100)
    console.print(CREDENTIALS)
    assert isinstance(console.file, io.StringIO)
    assert "hunter2" not in console.file.getvalue()
    assert "ann" in console.file.getvalue()


def test_they_compare_by_all_that_was_said() -> None:
    assert Credentials("a", "b") == Credentials("a", "b", "")
    assert Credentials("a", "b") != Credentials("a", "c")
    assert Credentials("a", "b") != Credentials("a", "b", "c")
    with pytest.raises(AttributeError):
        CREDENTIALS.password = "x"  # type: ignore[misc]  # that it is refused is the point
