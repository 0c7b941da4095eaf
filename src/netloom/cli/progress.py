"""One moving line on standard error, for what takes longer than a second on a terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from netloom.cli.failures import say, stderr_columns

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

AFTER = 1.0
EVERY = 0.1
_SIGNS = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Progress:
    """Draws what operations report, and that it waits where they report nothing. Whoever prints clears it first."""

    def __init__(self, what: str, *, visible: bool, unicode: bool, write: Callable[[str], None] = say) -> None:
        self._what = what
        self._visible = visible
        self._signs = _SIGNS if unicode else "|/-\\"
        self._write = write
        self._done, self._total, self._unit, self._first = 0, None, "", 0
        self._began = time.monotonic()
        self._drawn = False
        self._waiting = True
        self._timer: asyncio.TimerHandle | None = None

    _total: int | None

    def __call__(self, unit: str, done: int, total: int | None) -> None:
        """How far it is: `done` of `total` units (bytes, targets)."""
        if unit != self._unit:
            self._first = done  # a download that goes on begins in the middle
        self._unit, self._done, self._total = unit, done, total

    def begin(self) -> None:
        """From now on, on the running loop."""
        if self._visible:
            import asyncio

            self._timer = asyncio.get_running_loop().call_later(AFTER, self._tick)

    def heard(self) -> None:
        """Something was printed: from now on only what is known to be unfinished is worth a line."""
        self._waiting = False

    def end(self) -> None:
        """No more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.clear()

    def clear(self) -> None:
        """Take the line away."""
        if self._drawn:
            self._drawn = False
            self._write("\r\x1b[K")

    def line(self) -> str:
        """What the line says now; empty where there is nothing to say."""
        from netloom.output.text.words import seconds, size

        spent = time.monotonic() - self._began
        if self._unit == "bytes" and self._done:
            of = f" of {size(self._total)}" if self._total else ""
            far = f"{size(self._done)}{of} · {size(int((self._done - self._first) / spent))}/s"
        elif self._total is not None and self._done < self._total:
            far = f"{self._done} of {self._total} {self._unit}"
        elif self._waiting:
            far = "waiting"
        else:
            return ""
        return f"{self._what}: {far} · {seconds(spent)}"

    def _tick(self) -> None:
        import asyncio

        from netloom.output.text.words import cut

        line = self.line()
        if line:
            sign = self._signs[int(time.monotonic() / EVERY) % len(self._signs)]
            self._write("\r\x1b[K" + cut(f"  {sign} {line}", stderr_columns() - 1))
            self._drawn = True
        else:
            self.clear()
        self._timer = asyncio.get_running_loop().call_later(EVERY, self._tick)
