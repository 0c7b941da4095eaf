"""What follows a pipe: lines that match, that don't, from the first match on, whole sections, or how many there are.

Patterns come from whoever is at the command line. They are matched by a machine that looks at each character once for
each of its states, so that none can keep the server busy, as patterns of Python's `re` can.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

PATTERN_LIMIT = 80
"""Characters of a pattern."""
_AT_ONCE = 16
"""Lines that are looked at before others have their turn."""


class PatternError(ValueError):
    """The pattern isn't understood."""


class _Step(NamedTuple):
    """A state: what it takes (None: nothing, it only leads on), and where it leads."""

    takes: tuple[bool, frozenset[str]] | str | None
    to: tuple[int, ...]


_ANY = (True, frozenset[str]())


class Pattern:
    """A regular expression with `. [] * + ? | ()`, `^`, `$`, `_` as Cisco has it, and `\\` before any of them.

    `matches(line)` tells whether it matches anywhere in a line.
    """

    def __init__(self, text: str, *, ignore_case: bool = False) -> None:
        if len(text) > PATTERN_LIMIT:
            raise PatternError(f"a pattern has no more than {PATTERN_LIMIT} characters")
        self._ignore_case = ignore_case
        self._plain = text if not set(text) & set(".[]*+?|()^$_\\") else None
        self._text = text.lower() if ignore_case else text
        if ignore_case and self._plain is not None:
            self._plain = self._text
        self._at = 0
        self._steps: list[_Step] = []
        if self._plain is None:
            self._start, ends = self._either()
            if self._at < len(self._text):
                raise PatternError("unbalanced )")
            self._final = self._add(None, ())
            self._link(ends, self._final)

    def matches(self, line: str) -> bool:
        if self._ignore_case:
            line = line.lower()
        if self._plain is not None:
            return self._plain in line
        states = self._closure({self._start}, line, 0)
        if self._final in states:
            return True
        for at, letter in enumerate(line):
            following = {target for state in states for target in self._after(state, letter)}
            states = self._closure({*following, self._start}, line, at + 1)
            if self._final in states:
                return True
        return False

    def _after(self, state: int, letter: str) -> tuple[int, ...]:
        takes, to = self._steps[state]
        if not isinstance(takes, tuple):
            return ()
        return to if (letter in takes[1]) != takes[0] else ()

    def _closure(self, states: set[int], line: str, at: int) -> set[int]:
        """All states that are reached without taking anything."""
        found, waiting = set(states), list(states)
        while waiting:
            takes, to = self._steps[waiting.pop()]
            if isinstance(takes, tuple) or (isinstance(takes, str) and not _stands(takes, line, at)):
                continue
            waiting += [target for target in to if target not in found]
            found.update(to)
        return found

    # Building it: each part gives where it begins, and the states whose ends are still open

    def _add(self, takes: tuple[bool, frozenset[str]] | str | None, to: tuple[int, ...]) -> int:
        self._steps.append(_Step(takes, to))
        return len(self._steps) - 1

    def _link(self, ends: list[int], target: int) -> None:
        for end in ends:
            self._steps[end] = _Step(self._steps[end].takes, (*self._steps[end].to, target))

    def _either(self) -> tuple[int, list[int]]:
        start, ends = self._sequence()
        while self._text.startswith("|", self._at):
            self._at += 1
            other, more = self._sequence()
            start, ends = self._add(None, (start, other)), ends + more
        return start, ends

    def _sequence(self) -> tuple[int, list[int]]:
        start = self._add(None, ())
        ends = [start]
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            part, more = self._repeated()
            self._link(ends, part)
            ends = more
        return start, ends

    def _repeated(self) -> tuple[int, list[int]]:
        start, ends = self._single()
        while self._text[self._at : self._at + 1] in ("*", "+", "?"):
            sign = self._text[self._at]
            self._at += 1
            around = self._add(None, (start,))
            if sign != "?":
                self._link(ends, around)
            start, ends = (start, [around]) if sign == "+" else (around, [around, *(ends if sign == "?" else [])])
        return start, ends

    def _single(self) -> tuple[int, list[int]]:
        letter = self._text[self._at]
        self._at += 1
        if letter == "(":
            start, ends = self._either()
            if not self._text.startswith(")", self._at):
                raise PatternError("unbalanced (")
            self._at += 1
            return start, ends
        if letter in "*+?":
            raise PatternError(f"{letter} has nothing to repeat")
        takes: tuple[bool, frozenset[str]] | str = (False, frozenset(letter))
        if letter == ".":
            takes = _ANY
        elif letter in "^$":
            takes = letter
        elif letter == "_":
            takes = (False, frozenset(" ,{}()\t"))
            around = self._add(takes, ())
            edge = self._add("edge", ())
            return self._add(None, (around, edge)), [around, edge]
        elif letter == "[":
            takes = self._set()
        elif letter == "\\":
            if self._at >= len(self._text):
                raise PatternError("\\ stands at the end")
            takes = (False, frozenset(self._text[self._at]))
            self._at += 1
        state = self._add(takes, ())
        return state, [state]

    def _set(self) -> tuple[bool, frozenset[str]]:
        negated = self._text.startswith("^", self._at)
        self._at += negated
        end = self._text.find("]", self._at + 1)
        if end < 0:
            raise PatternError("unbalanced [")
        inner, self._at = self._text[self._at : end], end + 1
        letters: set[str] = set()
        at = 0
        while at < len(inner):
            if inner[at + 1 : at + 2] == "-" and at + 2 < len(inner):
                first, last = ord(inner[at]), ord(inner[at + 2])
                if last - first > 255:
                    raise PatternError("a range of too many characters")
                letters.update(map(chr, range(first, last + 1)))
                at += 3
            else:
                letters.add(inner[at])
                at += 1
        return negated, frozenset(letters)


def _stands(what: str, line: str, at: int) -> bool:
    """Whether an anchor holds at a place in a line."""
    if what == "^":
        return at == 0
    return at == len(line) or (what == "edge" and at == 0)


async def filtered(name: str, pattern: Pattern | None, text: str) -> str:
    """The text as a filter leaves it: `include`, `exclude`, `begin`, `section` or `count`."""
    lines = text.splitlines()
    matching = []
    for number, line in enumerate(lines):
        matching.append(pattern is None or pattern.matches(line))
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)
    if name == "count":
        return f"Count: {sum(matching)} lines\n"
    if name == "begin":
        first = matching.index(True) if True in matching else len(lines)
        kept = lines[first:]
    elif name == "section":
        kept = _sections(lines, matching)
    else:
        kept = [line for line, matches in zip(lines, matching, strict=True) if matches == (name == "include")]
    return "".join(f"{line}\n" for line in kept)


def _sections(lines: list[str], matching: list[bool]) -> list[str]:
    """Lines that match, each with what is indented below it."""
    kept: list[str] = []
    depth = -1
    for line, matches in zip(lines, matching, strict=True):
        indent = len(line) - len(line.lstrip())
        if depth < 0 or indent <= depth:
            depth = indent if matches else -1
        if depth >= 0:
            kept.append(line)
    return kept
