"""Draws README's picture from a real run of `netloom matrix`; --check only compares."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
_BLOCK = re.compile(r"(?<=^\$ netloom matrix\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)


def drawn() -> str:
    """What the command prints."""
    command = [sys.executable, "-m", "netloom", "matrix", "--output", "table", "--color", "never"]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout


def main(arguments: list[str]) -> int:
    """Write the picture into README, or say whether the one that is there is true."""
    text = README.read_text(encoding="utf-8")
    made, count = _BLOCK.subn(lambda _: drawn(), text, count=1)
    if count != 1:
        sys.stderr.write("README.md has no block that begins with `$ netloom matrix`\n")
        return 1
    if arguments != ["--check"]:
        README.write_text(made, encoding="utf-8")
        return 0
    if made != text:
        sys.stderr.write("README's picture isn't true any more: python scripts/picture.py\n")
    return int(made != text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
