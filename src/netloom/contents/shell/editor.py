"""A line as it is typed: keys in, what is echoed out, and the line when it is done (ECMA-48 for the keys)."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, NamedTuple

HISTORY = 50
"""Lines that are remembered."""
_CONTROL_SEQUENCE = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|O.|[^\[O])", re.DOTALL)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*|O)?$")
_SEQUENCE_LIMIT = 32
_TEXT = re.compile(r"[^\x00-\x1f\x7f\x1b\x80-\x9f]+")
_ARROWS = {
    "A": "previous", "B": "next", "C": "right", "D": "left", "H": "home", "F": "end", "1~": "home", "4~": "end",
    "7~": "home", "8~": "end", "3~": "delete",
}  # fmt: skip
_KEYS = {
    "\x01": "home", "\x02": "left", "\x04": "delete", "\x05": "end", "\x06": "right", "\x08": "backspace",
    "\x0b": "cut", "\x0e": "next", "\x10": "previous", "\x15": "clear", "\x17": "word", "\x7f": "backspace",
}  # fmt: skip

Kind = Literal["line", "interrupt", "suspend", "end", "key"]
_ENDS: dict[str, Kind] = {"\x03": "interrupt", "\x1a": "suspend", "\x04": "end"}


class Typed(NamedTuple):
    """What was typed: a whole line, or one of the keys that end it early (`key` is which)."""

    kind: Kind
    line: str
    key: str = ""


class Editor:
    """Edits one line after another. `feed` takes what was typed, and gives what is to be shown."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.waiting = ""
        self.history: list[str] = []
        self._line: list[str] = []
        self._at = 0
        self._seen = 0
        self._shown: list[str] = []
        self._hidden = False
        self._keys: frozenset[str] = frozenset()
        self._after_return = False
        self._literal = False

    def begin(self, line: str = "", *, hidden: bool = False, keys: frozenset[str] = frozenset()) -> None:
        """A new line, of which something may stand there already. What is `hidden` isn't echoed nor remembered."""
        self._line, self._at = list(line), len(line)
        self._seen = len(self.history)
        self._hidden, self._keys = hidden, keys

    def feed(self, text: str) -> None:
        """What was typed; it waits until somebody takes it."""
        self.waiting += text

    def shown(self) -> str:
        """What is to be echoed of it."""
        shown, self._shown = "".join(self._shown), []
        return "" if self._hidden else shown

    def take(self) -> Typed | None:
        """Go on until the line is done, or until nothing waits any more (None)."""
        while self.waiting:
            if self._after_return:
                self._after_return = False
                if self.waiting[0] in "\n\0":  # Telnet says CR LF or CR NUL, terminals CR alone
                    self.waiting = self.waiting[1:]
                    continue
            text = _TEXT.match(self.waiting)
            if text and not self._literal and not self._keys.intersection(text.group()):
                self._take(text.end())
                self._insert(text.group())
                continue
            key = self._next()
            if key is None:
                return None
            done = self._press(key)
            if done is not None:
                return done
        return None

    def key(self) -> str | None:
        """One key, whatever it is, or None where none waits."""
        if self._after_return:
            self._after_return = False
            if self.waiting[:1] in ("\n", "\0"):
                self.waiting = self.waiting[1:]
        if not self.waiting:
            return None
        key = self._next()
        self._after_return = key == "\r"
        return key

    def drop_until(self, key: str) -> bool:
        """Whether a key waits; then it and everything before it is forgotten."""
        _, found, after = self.waiting.rpartition(key)
        if found:
            self.waiting = after
        return bool(found)

    def _next(self) -> str | None:
        """A character, or a whole control sequence."""
        if self.waiting[0] != "\x1b":
            return self._take(1)
        found = _CONTROL_SEQUENCE.match(self.waiting)
        if found:
            return self._take(found.end())
        if len(self.waiting) <= _SEQUENCE_LIMIT and _UNFINISHED.match(self.waiting):
            return None
        return self._take(1)

    def _take(self, size: int) -> str:
        taken, self.waiting = self.waiting[:size], self.waiting[size:]
        return taken

    def _press(self, key: str) -> Typed | None:
        if self._literal:
            self._literal = False
            if key.isprintable():
                self._insert(key)
            return None
        line = "".join(self._line)
        if key in ("\r", "\n"):
            self._after_return = key == "\r"
            self._remember(line)
            return Typed("line", line)
        if key in self._keys:
            return Typed("key", line, key)
        if key in _ENDS and (key != "\x04" or not line):
            return Typed(_ENDS[key], line)
        if key == "\x16":
            self._literal = True
        elif key.isprintable():
            self._insert(key)
        else:
            self._edit(_KEYS.get(key) or _ARROWS.get(key[2:] if key[:2] in ("\x1b[", "\x1bO") else "", ""))
        return None

    def _remember(self, line: str) -> None:
        if line.strip() and not self._hidden and line != (self.history or [""])[-1]:
            self.history = [*self.history, line][-HISTORY:]

    def _insert(self, text: str) -> None:
        room = self.limit - len(self._line)
        if len(text) > room:
            self._shown.append("\a")
            text = text[: max(room, 0)]
        after = self._line[self._at :]
        self._line[self._at : self._at] = text
        self._at += len(text)
        self._shown.append(text)
        if after:
            self._shown.append("".join(after) + _back(after))

    def _edit(self, what: str) -> None:
        line, at = self._line, self._at
        if what == "left" and at:
            self._move(at - 1)
        elif what == "right" and at < len(line):
            self._move(at + 1)
        elif what == "home":
            self._move(0)
        elif what == "end":
            self._move(len(line))
        elif what == "backspace" and at:
            self._erase(at - 1, at)
        elif what == "delete" and at < len(line):
            self._erase(at, at + 1)
        elif what == "cut":
            self._erase(at, len(line))
        elif what == "clear":
            self._erase(0, len(line))
        elif what == "word":
            kept = "".join(line[:at]).rstrip()
            self._erase(len(kept) - len(kept.split(" ")[-1]) if kept else 0, at)
        elif what in ("previous", "next") and not self._hidden:
            self._recall(self._seen + (1 if what == "next" else -1))

    def _move(self, to: int) -> None:
        self._shown.append(_back(self._line[to : self._at]) if to < self._at else "".join(self._line[self._at : to]))
        self._at = to

    def _erase(self, start: int, stop: int) -> None:
        self._move(start)
        gone, after = self._line[start:stop], self._line[stop:]
        self._line[start:stop] = []
        blanks = [" "] * sum(map(_width, gone))
        if gone:
            self._shown.append("".join(after) + "".join(blanks) + _back([*after, *blanks]))

    def _recall(self, number: int) -> None:
        if not 0 <= number <= len(self.history):
            return
        self._seen = number
        self._erase(0, len(self._line))
        self._insert(self.history[number] if number < len(self.history) else "")


def _width(letter: str) -> int:
    """Columns that a character takes."""
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 0 if unicodedata.combining(letter) else 1


def _back(letters: list[str]) -> str:
    return "\b" * sum(map(_width, letters))
