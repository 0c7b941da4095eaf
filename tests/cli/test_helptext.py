"""The stored help: it is what the operations say now, and fits a terminal."""

from __future__ import annotations

from netloom import registry
from netloom.cli import helptext


def test_what_is_stored_is_right() -> None:
    assert helptext.stored() == helptext.text(), "python -m netloom.cli.helptext --write"
    assert helptext.main([]) == 0


def test_it_is_short_and_fits() -> None:
    lines = helptext.stored().splitlines()
    assert len(lines) < 75
    assert max(len(line) for line in lines) <= 80


def test_every_operation_and_scheme_is_there_and_groups_are_in_order() -> None:
    text = helptext.text()
    for operation in registry.operations():
        assert f"\n  {operation.name} " in text
    for declared in registry.protocols():
        for scheme in declared.schemes:
            assert scheme in text.split()
    groups = [line for line in text.splitlines() if line in helptext.GROUPS]
    assert groups == [group for group in helptext.GROUPS if group in groups]
