"""From arguments to the exit code, within this process."""

from __future__ import annotations

import pytest

from netloom.cli import app, commands
from netloom.cli.spout import PipeClosed


def test_pages_and_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["help", "formats"]) == 0
    assert "ndjson" in capsys.readouterr().out
    assert app.main(["probe", "--help"]) == 0
    assert capsys.readouterr().out.startswith("netloom probe ENDPOINT")
    assert app.main(["-q"]) == 0
    assert "netloom OPERATION ENDPOINT" in capsys.readouterr().out
    assert app.main(["probe", "--deadline"]) == 2
    assert capsys.readouterr().err.startswith("netloom: option '--deadline' requires an argument\n")


@pytest.mark.parametrize(
    ("error", "code"), [(KeyboardInterrupt(), 130), (BrokenPipeError(), 0), (PipeClosed(), 0), (RuntimeError(), 70)]
)
def test_how_it_ends(error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(commands, "group", fail)
    assert app.main(["probe", "tcp://h:1"]) == code
