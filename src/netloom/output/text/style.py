"""Colours and marks: what a terminal can show, and plain letters where it can't."""

from __future__ import annotations

_CODES = {
    "red": "31", "green": "32", "yellow": "33", "blue": "34", "magenta": "35", "cyan": "36", "grey": "90",
    "bright_blue": "94", "bright_magenta": "95", "bright_cyan": "96", "bold": "1", "dim": "2",
}  # fmt: skip

# A staircase: the later a phase, the higher its step, so that a bar reads without colours, too.
_STEPS = {
    "resolve": ("▁", "blue"), "connect": ("▂", "cyan"), "proxy": ("▃", "grey"), "tls": ("▄", "magenta"),
    "greeting": ("▅", "bright_blue"), "auth": ("▆", "yellow"), "request": ("▇", "bright_cyan"),
    "first_byte": ("█", "green"), "transfer": ("▒", "bright_magenta"),
}  # fmt: skip
_LETTERS = {
    "resolve": "r", "connect": "c", "proxy": "p", "tls": "t", "greeting": "g", "auth": "a", "request": "q",
    "first_byte": "f", "transfer": "x",
}  # fmt: skip


class Style:
    """Paints where colours are wanted; chooses signs that the output's encoding has."""

    def __init__(self, *, colour: bool, unicode: bool) -> None:
        self.colour = colour
        self.ok = self.paint("✔" if unicode else "+", "green")
        self.bad = self.paint("✘" if unicode else "x", "red")
        self.none = self.paint("·" if unicode else "-", "dim")
        self.dot = "·" if unicode else "-"
        self.arrow = "→" if unicode else "->"
        self.unicode = unicode

    def paint(self, text: str, *looks: str) -> str:
        """The text in these colours, or as it is."""
        if not self.colour or not text:
            return text
        return f"\x1b[{';'.join(_CODES[look] for look in looks)}m{text}\x1b[0m"

    def mark(self, good: bool) -> str:
        """A tick or a cross."""
        return self.ok if good else self.bad

    def step(self, phase: str, cells: int = 1) -> str:
        """A phase's piece of a bar."""
        sign, look = _STEPS[phase]
        return self.paint((sign if self.unicode else _LETTERS[phase]) * cells, look)
