"""A machine for the kernel's classic packet filters (BPF), in plain Python: it keeps what the kernel would keep."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from netloom.errors import UsageError
from netloom.packet.filters.arithmetic import WORD as BITS
from netloom.packet.filters.arithmetic import calculated
from netloom.packet.filters.assembler import (
    ABS,
    ADD,
    ALU,
    AND,
    BYTE,
    CELLS,
    DIV,
    FROM_X,
    HALF,
    IMM,
    IND,
    JA,
    JEQ,
    JGE,
    JGT,
    JMP,
    JSET,
    LD,
    LDX,
    LEN,
    LIMIT,
    LSH,
    MEM,
    MISC,
    MOD,
    MSH,
    MUL,
    NEG,
    OR,
    RET,
    RSH,
    ST,
    STX,
    SUB,
    TAX,
    TXA,
    WORD,
    XOR,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from netloom.packet.filters.assembler import Instruction

BESIDE = 0xFFFFF000
"""Loads from here on are of what the kernel knows beside the frame (SKF_AD_OFF)."""
PACKET_TYPE = BESIDE + 4
"""Whose a packet is (SKF_AD_PKTTYPE)."""
OUTGOING = 4
"""It was sent from here (PACKET_OUTGOING)."""

_WIDTHS = {WORD: 4, HALF: 2, BYTE: 1}
_LOADS = {LD | mode | size for mode in (ABS, IND) for size in (WORD, HALF, BYTE)}
_OTHERS = {
    LD | IMM, LD | MEM, LD | LEN, LDX | IMM, LDX | MEM, LDX | LEN, LDX | MSH | BYTE, ST, STX,
    ALU | NEG, JMP | JA, RET, RET | 0x10, MISC | TAX, MISC | TXA,
}  # fmt: skip
_SIGNS = {
    ADD: "+", SUB: "-", MUL: "*", DIV: "/", OR: "|", AND: "&", LSH: "<<", RSH: ">>", MOD: "%", XOR: "^",
}  # fmt: skip
_KNOWN = (
    _LOADS
    | _OTHERS
    | {ALU | one | source for one in _SIGNS for source in (0, FROM_X)}
    | {JMP | one | source for one in (JEQ, JGT, JGE, JSET) for source in (0, FROM_X)}
)
_BYTE = 255
_RET_A = RET | 0x10


def check(program: Sequence[Instruction]) -> None:
    """Raise UsageError for a program that isn't sound: it comes to an end, within itself, whatever the packet is."""
    if not 0 < len(program) <= LIMIT:
        raise UsageError(f"a program of {len(program)} instructions", hint=f"1 to {LIMIT}")
    for at, (code, yes, no, k) in enumerate(program):
        onward = len(program) - at - 2
        if max(yes, no) > _BYTE or not 0 <= k <= BITS or min(yes, no) < 0:
            raise UsageError(f"instruction {at}: there is no room for {yes}, {no}, {k}")
        if code not in _KNOWN:
            raise UsageError(f"instruction {at}: there is no code {code:#x}")
        if code & 7 == JMP and (k > onward if code == JMP | JA else max(yes, no) > onward):
            raise UsageError(f"instruction {at}: a jump out of the program")
        if (code in (ST, STX) or code in (LD | MEM, LDX | MEM)) and k >= CELLS:
            raise UsageError(f"instruction {at}: memory has {CELLS} cells")
        if code in (ALU | DIV, ALU | MOD) and k == 0:
            raise UsageError(f"instruction {at}: a division by zero")
    if program[-1][0] & 7 != RET:
        raise UsageError("the last instruction returns nothing")


def run(
    program: Sequence[Instruction], data: bytes, length: int | None = None, beside: Mapping[int, int] | None = None
) -> int:
    """How many octets of a frame a program keeps; 0: none, it isn't wanted.

    The program has passed `check`. `length` is what passed, of which `data` was captured. `beside` is what the kernel
    would know, by the number that such a load has. A load of what isn't there ends the program with 0.
    """
    state = _State(data, len(data) if length is None else length, beside or {})
    at = 0
    while True:
        code, yes, no, k = program[at]
        at += 1
        kind = code & 7
        if kind == RET:
            return state.a if code == _RET_A else k
        if kind != JMP:
            if not _STEPS[kind](state, code, k):
                return 0
        elif code == JMP | JA:
            at += k
        else:
            at += yes if _HOLDS[code & 0xF0](state.a, state.x if code & FROM_X else k) else no


class _State:
    """Two registers, some cells of memory, and the frame. What fails to do a step ends the program."""

    def __init__(self, data: bytes, length: int, beside: Mapping[int, int]) -> None:
        self.a = self.x = 0
        self._cells = [0] * CELLS
        self._data = data
        self._length = length
        self._beside = beside

    def load(self, code: int, k: int) -> bool:
        """Into A."""
        if code not in _LOADS:
            self.a = self._plain(code, k)
            return True
        if code & 0xE0 == ABS and k >= BESIDE:
            self.a = self._beside.get(k, 0)
            return k in self._beside
        start = k if code & 0xE0 == ABS else self.x + k
        width = _WIDTHS[code & 0x18]
        found = self._data[start : start + width]
        self.a = int.from_bytes(found, "big")
        return len(found) == width

    def load_x(self, code: int, k: int) -> bool:
        """Into X; of a frame only the length of IPv4's header."""
        if code != LDX | MSH | BYTE:
            self.x = self._plain(code, k)
            return True
        if k >= len(self._data):
            return False
        self.x = (self._data[k] & 15) * 4
        return True

    def _plain(self, code: int, k: int) -> int:
        mode = code & 0xE0
        return k if mode == IMM else self._cells[k] if mode == MEM else self._length

    def store(self, code: int, k: int) -> bool:
        """From A or X."""
        self._cells[k] = self.a if code == ST else self.x
        return True

    def calculate(self, code: int, k: int) -> bool:
        """In A."""
        if code == ALU | NEG:
            self.a = -self.a & BITS
            return True
        self.a, sound = calculated(_SIGNS[code & 0xF0], self.a, self.x if code & FROM_X else k)
        return bool(sound)

    def copy(self, code: int, _k: int) -> bool:
        """From one register to the other."""
        if code == MISC | TAX:
            self.x = self.a
        else:
            self.a = self.x
        return True


_STEPS: dict[int, Callable[[_State, int, int], bool]] = {
    LD: _State.load,
    LDX: _State.load_x,
    ST: _State.store,
    STX: _State.store,
    ALU: _State.calculate,
    MISC: _State.copy,
}
_HOLDS: dict[int, Callable[[int, int], bool]] = {
    JEQ: operator.eq,
    JGT: operator.gt,
    JGE: operator.ge,
    JSET: lambda a, other: a & other != 0,
}
