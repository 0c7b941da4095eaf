"""The examples' own tests, as their reader runs them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.testing.lab import PLUGIN

EXAMPLES = Path(__file__).parents[2] / "examples" / "testing"
PROJECTS = sorted(path.name for path in EXAMPLES.iterdir() if (path / f"test_{path.name}.py").exists())
# What else is installed here, a reader may have, or not.
BESIDE = [word for name in ("asyncio", "hypothesispytest") for word in ("-p", f"no:{name}")]


def test_there_are_three() -> None:
    assert PROJECTS == ["mailer", "sensor", "shop"]


@pytest.mark.parametrize("without", [BESIDE, []], ids=["alone", "beside others"])
@pytest.mark.parametrize("project", PROJECTS)
def test_a_project(project: str, without: list[str]) -> None:
    command = [sys.executable, "-m", "pytest", *PLUGIN, *without, "-p", "no:cacheprovider", "-q", "-n", "0", project]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=EXAMPLES, env=environment, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\d\d passed", done.stdout, re.MULTILINE)


def test_they_know_nothing_of_us() -> None:
    for project in PROJECTS:
        assert "netloom" not in (EXAMPLES / project / f"{project}.py").read_text()
