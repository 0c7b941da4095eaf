"""From arguments to the exit code, within this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netloom.cli import app, commands, execution
from netloom.cli.spout import PipeClosed

if TYPE_CHECKING:
    from collections.abc import Callable


def test_pages_and_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["help", "formats"]) == 0
    assert "ndjson" in capsys.readouterr().out
    assert app.main(["probe", "--help"]) == 0
    assert capsys.readouterr().out.startswith("netloom probe ENDPOINT")
    assert app.main(["-q"]) == 0
    assert "netloom OPERATION ENDPOINT" in capsys.readouterr().out
    assert app.main(["probe", "--deadline"]) == 2
    assert capsys.readouterr().err.startswith("netloom: option '--deadline' requires an argument\n")


ENDINGS = [(KeyboardInterrupt(), 130), (BrokenPipeError(), 0), (PipeClosed(), 0), (RuntimeError(), 70)]


@pytest.mark.parametrize(("error", "code"), [*ENDINGS, (EOFError(), 130)])
def test_how_it_ends(error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "run_operation", failing(error))
    assert app.main(["probe", "tcp://h:1"]) == code


@pytest.mark.parametrize(("error", "code"), ENDINGS)
def test_how_it_ends_by_click(error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "group", failing(error))
    assert app.main(["-v", "probe", "tcp://h:1"]) == code


def failing(error: BaseException) -> Callable[..., Any]:
    def fail(*_: object) -> None:
        raise error

    return fail
