"""Conditions as instructions of the kernel's classic packet filters (BPF): jumps, and which of them are too far.

A program is a list of (code, jt, jf, k): jumps count the instructions that are skipped (linux/filter.h).
"""

from __future__ import annotations

from typing import NamedTuple

from netloom.errors import UsageError

Instruction = tuple[int, int, int, int]
Program = list[Instruction]
Step = tuple[int, int]
"""An instruction that doesn't jump: code and k."""

LIMIT = 4096
"""Instructions that the kernel takes (BPF_MAXINSNS)."""
CELLS = 16
"""Cells of memory (BPF_MEMWORDS)."""

# Codes (linux/bpf_common.h)
LD, LDX, ST, STX, ALU, JMP, RET, MISC = range(8)
WORD, HALF, BYTE = 0x00, 0x08, 0x10
IMM, ABS, IND, MEM, LEN, MSH = 0x00, 0x20, 0x40, 0x60, 0x80, 0xA0
ADD, SUB, MUL, DIV, OR, AND, LSH, RSH, NEG, MOD, XOR = range(0x00, 0xB0, 0x10)
JA, JEQ, JGT, JGE, JSET = range(0x00, 0x50, 0x10)
TAX, TXA = 0x00, 0x80
FROM_X = 0x08
SIZES = {1: BYTE, 2: HALF, 4: WORD}
_NEAR = 255


class Compare(NamedTuple):
    """Steps that leave a value in A, and a comparison of it with k, or with X."""

    steps: tuple[Step, ...]
    jump: int
    k: int


class Every(NamedTuple):
    """All of them, in this order, up to the first that isn't."""

    parts: tuple[Logic, ...]


class Some(NamedTuple):
    """One of them, in this order."""

    parts: tuple[Logic, ...]


class Unless(NamedTuple):
    """Not so."""

    inner: Logic


Logic = bool | Compare | Every | Some | Unless


def loaded(at: int, size: int) -> tuple[Step, ...]:
    """Octets from the frame's start."""
    return ((LD | ABS | SIZES[size], at),)


def equal(at: int, size: int, value: int, mask: int | None = None) -> Logic:
    """Whether octets have a value in the bits of a mask; without any bits there is nothing to look at."""
    if mask == 0:
        return value == 0
    steps = loaded(at, size)
    full = (1 << size * 8) - 1
    return Compare(steps if mask is None or mask == full else (*steps, (ALU | AND, mask)), JEQ, value)


def every(*parts: Logic) -> Logic:
    """All of them; what is known already is left out."""
    left = tuple(part for part in parts if part is not True)
    if any(part is False for part in left):
        return False
    return left[0] if len(left) == 1 else Every(left) if left else True


def some(*parts: Logic) -> Logic:
    """One of them; what is known already is left out."""
    left = tuple(part for part in parts if part is not False)
    if any(part is True for part in left):
        return True
    return left[0] if len(left) == 1 else Some(left) if left else False


def unless(inner: Logic) -> Logic:
    """Not so."""
    return not inner if isinstance(inner, bool) else Unless(inner)


def assembled(logic: Logic, snap: int) -> Program:
    """A program that returns `snap`, or 0. Raises UsageError for one that the kernel wouldn't take."""
    if isinstance(logic, bool):
        return [(RET, 0, 0, snap if logic else 0)]
    return _Assembler().program(logic, snap)


def _bounded(instructions: int) -> None:
    if instructions > LIMIT:
        raise UsageError(
            f"the filter has more instructions than the {LIMIT} that the kernel takes",
            hint="filter less while capturing, and the rest when looking",
        )


class _Jump(NamedTuple):
    code: int
    k: int
    yes: int
    no: int


class _Assembler:
    """Labels are numbers; their places are known once what stands before them is written: all jumps go forward."""

    def __init__(self) -> None:
        self._lines: list[Step | _Jump] = []
        self._places: list[int] = [0]
        self._held: tuple[Step, ...] | None = None
        self._coming: dict[int, tuple[Step, ...] | None] = {}

    def program(self, logic: Logic, snap: int) -> Program:
        accept, reject = self._label(), self._label()
        self._write(logic, accept, reject)
        self._place(accept)
        self._lines.append((RET, snap))
        self._place(reject)
        self._lines.append((RET, 0))
        made = self._resolved()
        _bounded(len(made))
        return made

    def _label(self) -> int:
        self._places.append(-1)
        return len(self._places) - 1

    def _place(self, label: int) -> None:
        """Here it is. A still holds a value if it does so on every way that leads here."""
        self._places[label] = len(self._lines)
        self._held = self._coming.get(label)

    def _write(self, logic: Logic, yes: int, no: int) -> None:
        match logic:
            case Unless(inner=inner):
                self._write(inner, no, yes)
            case Every(parts=parts):
                for part in parts[:-1]:
                    onward = self._label()
                    self._write(part, onward, no)
                    self._place(onward)
                self._write(parts[-1], yes, no)
            case Some(parts=parts):
                for part in parts[:-1]:
                    onward = self._label()
                    self._write(part, yes, onward)
                    self._place(onward)
                self._write(parts[-1], yes, no)
            case Compare(steps=steps, jump=jump, k=k):
                _bounded(len(self._lines))
                if steps != self._held:
                    self._lines += steps
                self._lines.append(_Jump(JMP | jump, k, yes, no))
                for label in (yes, no):
                    self._coming[label] = steps if self._coming.get(label, steps) == steps else None

    def _resolved(self) -> Program:
        """Labels as distances. What is further than a conditional jump reaches is reached in two steps."""
        far: set[int] = set()
        while True:
            starts = [0]
            for at in range(len(self._lines)):
                starts.append(starts[-1] + (3 if at in far else 1))
            longer = {
                at
                for at, line in enumerate(self._lines)
                if isinstance(line, _Jump) and at not in far and max(self._distances(at, line, starts)) > _NEAR
            }
            if not longer:
                break
            far |= longer
        made: Program = []
        for at, line in enumerate(self._lines):
            if not isinstance(line, _Jump):
                made.append((line[0], 0, 0, line[1]))
                continue
            yes, no = self._distances(at, line, starts)
            if at in far:
                made += [(line.code, 0, 1, line.k), (JMP | JA, 0, 0, yes + 1), (JMP | JA, 0, 0, no)]
            else:
                made.append((line.code, yes, no, line.k))
        return made

    def _distances(self, at: int, line: _Jump, starts: list[int]) -> tuple[int, int]:
        after = starts[at + 1]
        return starts[self._places[line.yes]] - after, starts[self._places[line.no]] - after
