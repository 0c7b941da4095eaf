from __future__ import annotations

import importlib

import pytest

from netloom import registry
from netloom.errors import UsageError
from netloom.shapes import Content

KINDS = registry.names("contents")
NEED_AN_ARGUMENT = {"app": "nl_none:x", "handler": "nl_none:x"}


def test_there_are_some() -> None:
    assert {"app", "bus", "clock", "echo", "files", "handler", "mail", "registers", "shell", "zone"}.issubset(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_each_has_the_same_shape(kind: str) -> None:
    content = importlib.import_module(f"netloom.contents.{kind}").CONTENT
    assert kind == content.KIND
    assert content.__name__.lower() == kind
    assert all(callable(getattr(content, name)) for name in ("from_argument", "describe"))
    assert content.__doc__


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in NEED_AN_ARGUMENT])
def test_each_has_a_safe_default(kind: str) -> None:
    made = registry.content(kind)
    assert isinstance(made, Content)
    assert made.describe().strip()


@pytest.mark.parametrize(("kind", "argument"), NEED_AN_ARGUMENT.items())
def test_those_without_a_default_say_what_they_need(kind: str, argument: str) -> None:
    for text in (kind, f"{kind}:{argument}"):
        with pytest.raises(UsageError):
            registry.content(text)
