from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.handler import CONTENT, Handler
from netloom.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


async def handle(link: list[str]) -> None:
    link.append("handled")


class Callable:
    async def __call__(self, link: list[str]) -> None:
        link.append("called")

    async def method(self, link: list[str]) -> None:
        link.append("method")


async def with_more(prefix: str, link: list[str]) -> None:
    link.append(prefix)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (handle, "handled"),
        (Callable(), "called"),
        (Callable().method, "method"),
        (functools.partial(with_more, "partly"), "partly"),
    ],
)
async def test_is_called_with_the_link(function: Any, said: str) -> None:
    link: list[str] = []
    await Handler(function)(link)
    assert link == [said]


async def test_what_it_raises_passes() -> None:
    async def broken(link: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Handler(broken)(None)


async def no_arguments() -> None: ...
async def two_arguments(a: object, b: object) -> None: ...


@pytest.mark.parametrize("function", [lambda link: None, 3, print, Callable, no_arguments, two_arguments])
def test_what_is_none(function: Any) -> None:
    with pytest.raises(UsageError):
        Handler(function)


class TestArgument:
    @pytest.fixture
    def module(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
        (tmp_path / "nl_handlers.py").write_text(
            "async def handle(link): pass\n"
            "def make(): return handle\n"
            "class Inner:\n    async def __call__(self, link): pass\n    one = handle\n"
        )
        (tmp_path / "nl_broken.py").write_text("\n1 / 0\n")
        (tmp_path / "nl_importing.py").write_text("import nl_absent_module\n")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "path", list(sys.path))
        return "nl_handlers"

    @pytest.mark.parametrize("name", ["", ":handle", ":make()", ":Inner()", ":Inner.one"])
    def test_loaded_from_the_current_directory(self, module: str, name: str) -> None:
        assert CONTENT.from_argument(module + name).describe().startswith("handler ")

    @pytest.mark.parametrize(
        ("argument", "said"),
        [
            ("", "kind|name a Python object"),
            ("a b", "name a Python object"),
            ("nl_absent", "no module nl_absent"),
            ("nl_handlers.sub:x", "no module nl_handlers.sub"),
            ("nl_handlers:handel", "no 'handel'"),
            ("nl_broken:x", "ZeroDivisionError.*line 2"),
            ("nl_importing:x", "nl_absent_module"),
            ("nl_handlers:make", "no async function"),
        ],
    )
    def test_mistakes(self, module: str, argument: str, said: str) -> None:
        with pytest.raises(UsageError, match=said):
            CONTENT.from_argument(argument)

    def test_a_suggestion(self, module: str) -> None:
        with pytest.raises(UsageError) as caught:
            CONTENT.from_argument("nl_handlers:handel")
        assert "handle" in caught.value.hint
