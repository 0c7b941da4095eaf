"""BPF programs as the kernel runs them: on frames from which it has taken parts that captures have (linux/filter.h).

A filter is compiled for a frame as it stands in a capture. Before the kernel's own look at it a VLAN tag was moved
beside the frame, and of cooked captures so was the header. So each load is led to where its octets are now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from netloom.errors import UsageError
from netloom.packet.live import layout
from netloom.packet.live.interfaces import COOKED, ETHERNET

if TYPE_CHECKING:
    from collections.abc import Sequence

Instruction = tuple[int, int, int, int]
"""Code, jump if true, jump if false, operand."""

LIMIT = 4096
"""Instructions that the kernel takes (BPF_MAXINSNS)."""

# Codes (linux/bpf_common.h)
LD, LDX, ST, STX, ALU, JMP, RET = 0, 1, 2, 3, 4, 5, 6
WORD, HALF, BYTE = 0x00, 0x08, 0x10
IMM, ABS, IND, MEM, LEN, MSH = 0x00, 0x20, 0x40, 0x60, 0x80, 0xA0
ADD, OR, AND, LSH, RSH, JA, JEQ = 0x00, 0x40, 0x50, 0x60, 0x70, 0x00, 0x10
FROM_X = 0x08
_WIDTHS = {WORD: 4, HALF: 2, BYTE: 1}
_SIZES = {4: WORD, 2: HALF, 1: BYTE}
_CELLS = 16


class Part(NamedTuple):
    """Octets of a frame as captured, and where the kernel has them: so far from there, or as a number beside it."""

    start: int
    end: int
    shift: int = 0
    beside: int | None = None


_END = 1 << 31
_TAG = 4
_NOT_SO: list[Instruction] = [(RET, 0, 0, 0)]
"""Where a program has IP's header, a tagged packet has its tag: nothing that it would find there is meant."""
_ZERO = 0  # no number beside a frame has this place: octets that are always 0
_COOKED_HEAD = (
    Part(2, 4, beside=_ZERO),
    Part(4, 8, beside=layout.BESIDE_INDEX),
    Part(8, 10, beside=layout.BESIDE_HARDWARE),
    Part(10, 11, beside=layout.BESIDE_TYPE),
)
_TAGGED = {
    ETHERNET: (
        Part(0, 12),
        Part(12, 14, beside=layout.BESIDE_TAG_TYPE),
        Part(14, 16, beside=layout.BESIDE_TAG),
        Part(16, _END, shift=4),
    ),
    COOKED: (
        Part(0, 2, beside=layout.BESIDE_TAG_TYPE),
        *_COOKED_HEAD,
        Part(20, 22, beside=layout.BESIDE_TAG),
        Part(22, 24, beside=layout.BESIDE_PROTOCOL),
        Part(24, _END, shift=24),
    ),
}
_UNTAGGED = {
    ETHERNET: (Part(0, _END),),
    COOKED: (Part(0, 2, beside=layout.BESIDE_PROTOCOL), *_COOKED_HEAD, Part(20, _END, shift=20)),
}


def kernel_program(program: Sequence[Instruction] | None, link_type: int, snap: int, loopback: int = 0) -> bytes:
    """What to attach to a packet socket: the filter (None: all), cut to `snap` octets.

    `loopback` is the index of the interface whose packets would be seen twice. Raises UsageError for a filter that
    looks where the kernel has nothing, or grows too long.
    """
    everything = [(RET, 0, 0, snap)]
    wanted = [_cut(one, snap) for one in program] if program is not None else everything
    made = list(wanted)
    if program is not None and link_type in _TAGGED:
        plain = _led(wanted, _UNTAGGED[link_type])
        tagged = _led(wanted, _TAGGED[link_type])
        made = [
            (LD | WORD | ABS, 0, 0, layout.BESIDE_TAG_PRESENT),
            (JMP | JEQ, 1, 0, 0),
            (JMP | JA, 0, 0, len(plain)),
            *plain,
            *tagged,
        ]
    if loopback:
        made = [*_once(loopback), *made]
    if len(made) > LIMIT:
        raise UsageError(f"the filter has {len(made)} instructions, and the kernel takes {LIMIT}")
    return b"".join(layout.INSTRUCTION.pack(*one) for one in made)


def _cut(instruction: Instruction, snap: int) -> Instruction:
    """A filter returns how many octets it keeps."""
    code, true, false, value = instruction
    return (code, true, false, min(value, snap)) if code == RET else instruction


def _once(loopback: int) -> list[Instruction]:
    """A loopback's packets are sent and received: only the latter are kept."""
    return [
        (LD | WORD | ABS, 0, 0, layout.BESIDE_INDEX),
        (JMP | JEQ, 0, 3, loopback),
        (LD | WORD | ABS, 0, 0, layout.BESIDE_TYPE),
        (JMP | JEQ, 0, 1, layout.OUTGOING),
        (RET, 0, 0, 0),
    ]


def _led(program: Sequence[Instruction], parts: tuple[Part, ...]) -> list[Instruction]:
    """The program with each load led to where its octets are."""
    cells = {value for code, _, _, value in program if code & 7 in (ST, STX) or code & 0xE7 in (LD | MEM, LDX | MEM)}
    free = [cell for cell in range(_CELLS) if cell not in cells][:2]
    return _joined([_lead(one, parts, free) for one in program], program)


def _lead(instruction: Instruction, parts: tuple[Part, ...], free: list[int]) -> list[Instruction]:
    code, _, _, at = instruction
    kind, mode = code & 7, code & 0xE0
    if kind == LD and mode == ABS and at < layout.BESIDE:
        return _load(at, _WIDTHS[code & 0x18], parts, free)
    if kind == LD and mode == IND:
        last = parts[-1]
        if at >= last.start:
            return [(code, 0, 0, at - last.shift)]
        if at >= last.start - _TAG:
            return _NOT_SO
        raise UsageError("a filter can't look at octets of a link header whose place only the packet tells")
    if mode == LEN and kind in (LD, LDX) and parts[-1].shift:
        if kind == LDX:
            raise UsageError("a filter can't use the length so, where the kernel has taken off the header")
        return [instruction, (ALU | ADD, 0, 0, parts[-1].shift)]
    if kind == LDX and mode == MSH:
        part = next((part for part in parts if part.start <= at < part.end), None)
        if part is None or part.beside is not None:
            return _NOT_SO
        return [(code, 0, 0, at - part.shift)]
    return [instruction]


def _load(at: int, width: int, parts: tuple[Part, ...], free: list[int]) -> list[Instruction]:
    """Put octets of the captured frame into A, whatever they lie in."""
    pieces = []
    while width:
        part = next((part for part in parts if part.start <= at < part.end), None)
        if part is None:
            raise UsageError(
                "the filter looks at an address of the link, which `any` doesn't have", hint="name an interface"
            )
        taken = min(width, part.end - at)
        if part.beside is None and taken == 3:
            taken = 2
        width -= taken
        pieces.append([*_piece(part, at, taken), *([(ALU | LSH, 0, 0, width * 8)] if width else [])])
        at += taken
    if len(pieces) == 1:
        return pieces[0]
    if len(free) < 2:
        raise UsageError("the filter is too intricate for what the kernel leaves of the packet")
    kept, sum_ = free
    made: list[Instruction] = [(STX, 0, 0, kept)]
    for number, piece in enumerate(pieces):
        made += piece
        if number:
            made += [(LDX | MEM, 0, 0, sum_), (ALU | OR | FROM_X, 0, 0, 0)]
        made.append((ST, 0, 0, sum_))
    return [*made, (LDX | MEM, 0, 0, kept)]


def _piece(part: Part, at: int, width: int) -> list[Instruction]:
    if part.beside is None:
        return [(LD | ABS | _SIZES[width], 0, 0, at - part.shift)]
    if part.beside == _ZERO:
        return [(LD | IMM, 0, 0, 0)]
    made: list[Instruction] = [(LD | WORD | ABS, 0, 0, part.beside)]
    behind = (part.end - at - width) * 8
    if behind:
        made.append((ALU | RSH, 0, 0, behind))
    if width < part.end - part.start:
        made.append((ALU | AND, 0, 0, (1 << width * 8) - 1))
    return made


def _joined(groups: list[list[Instruction]], program: Sequence[Instruction]) -> list[Instruction]:
    """Groups of instructions in a row, with the jumps of the program that they were made of, however far they are."""
    far: set[int] = set()
    while True:
        starts = [0]
        for at, group in enumerate(groups):
            starts.append(starts[-1] + len(group) + 2 * (at in far))
        longer = {at for at in range(len(groups)) if at not in far and max(_distances(at, program[at], starts)) > 255}
        if not longer:
            break
        far |= longer
    made: list[Instruction] = []
    for at, group in enumerate(groups):
        code, _, _, value = program[at]
        if code & 7 != JMP:
            made += group
        elif code & 0xF0 == JA:
            made.append((code, 0, 0, starts[at + 1 + value] - starts[at] - 1))
        elif at in far:
            true, false = _distances(at, program[at], starts)
            made += [(code, 0, 1, value), (JMP | JA, 0, 0, true + 1), (JMP | JA, 0, 0, false)]
        else:
            made.append((code, *_distances(at, program[at], starts), value))
    return made


def _distances(at: int, instruction: Instruction, starts: list[int]) -> tuple[int, int]:
    """How far a conditional jump's two goals are from what follows it; nothing for another instruction."""
    code, true, false, _ = instruction
    if code & 7 != JMP or code & 0xF0 == JA:
        return 0, 0
    after = starts[at + 1]
    return starts[at + 1 + true] - after, starts[at + 1 + false] - after
