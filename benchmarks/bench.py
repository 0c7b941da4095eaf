"""What a table is given: how much to do, where to tell of progress, a folder, and programs that end with it."""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.programs import Program, Worker

P = TypeVar("P", bound=Program)


class Bench(contextlib.ExitStack):
    """One table's run. What is made in the folder `kept` serves the tables after it, too."""

    def __init__(self, name: str, kept: Path, *, quick: bool) -> None:
        super().__init__()
        self.name = name
        self.kept = kept
        self.quick = quick
        self.rounds = 2 if quick else 5
        self.folder = Path(self.enter_context(tempfile.TemporaryDirectory(prefix="netloom-bench-")))
        self.folder.chmod(0o755)
        self._began = time.monotonic()

    def scale(self, full: float, quick: float | None = None) -> float:
        """How much of something: less in a quick run."""
        return full if not self.quick else quick if quick is not None else full / 4

    def count(self, full: int) -> int:
        return int(self.scale(full))

    def tell(self, text: str) -> None:
        """Progress, on standard error: one line that is written over on a terminal, a line each otherwise."""
        shown = f"{self.name} {time.monotonic() - self._began:4.0f} s: {text}"
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{shown[:110]}")
        else:
            sys.stderr.write(shown + "\n")
        sys.stderr.flush()

    def start(self, program: P) -> P:
        """Have the program ended when the table is done."""
        self.callback(program.close)
        return program

    def worker(self, module: str, core: int, *args: str, **env: Any) -> Worker:
        return self.start(Worker(module, core, *args, env=env or None))

    def write(self, name: str, text: str) -> Path:
        place = self.folder / name
        place.write_text(text, encoding="utf-8")
        return place
