"""README's picture is what `netloom matrix` prints."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "picture.py"


def test_it_is_true() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_it_has_a_row_for_each_protocol() -> None:
    picture = (ROOT / "README.md").read_text(encoding="utf-8").partition("$ netloom matrix\n")[2].partition("```")[0]
    rows = [line.split()[0] for line in picture.splitlines()[1:-1]]
    assert rows == sorted(path.name for path in (ROOT / "src/netloom/protocols").iterdir() if path.name[0] != "_")
