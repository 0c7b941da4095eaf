"""From what a command line says to the work: settings of the command itself, colours."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.cli import execution
from netloom.errors import UsageError


@pytest.mark.parametrize(
    ("name", "value", "plain"),
    [("verbose", "2", 2), ("quiet", "yes", True), ("quiet", False, False), ("output", "json", "json")],
)
def test_settings_of_the_command_itself(name: str, value: Any, plain: Any) -> None:
    assert execution._plain_setting(name, value) == plain


def test_a_setting_of_the_wrong_kind() -> None:
    with pytest.raises(UsageError, match="verbose is a number"):
        execution._plain_setting("verbose", "loud")


@pytest.mark.parametrize(
    ("environment", "wish", "colours"),
    [
        ({}, "always", True),
        ({"NO_COLOR": "1"}, "always", True),
        ({}, "never", False),
        ({"NO_COLOR": "1"}, None, False),
        ({"TERM": "dumb"}, None, False),
    ],
)
def test_colours(environment: dict[str, str], wish: str | None, colours: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("os.isatty", lambda descriptor: True)
    assert execution._colours(wish, 1) is colours
