"""The matrix drawn as one: protocols down, operations across."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.output.text.words import clean, pad, width, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from netloom.output.text.style import Style
    from netloom.records import Cell

_FEW = 3
"""With so many protocols or fewer, each reason is told."""


def grid(cells: Sequence[Cell], style: Style, columns: int) -> Iterator[str]:
    """The lines of the matrix. Operations stand upright in a narrow place."""
    protocols = list(dict.fromkeys(cell.protocol for cell in cells))
    operations = list(dict.fromkeys(cell.operation for cell in cells))
    works = {(cell.protocol, cell.operation): cell.status == "works" for cell in cells}
    first = max((width(name) for name in protocols), default=0)
    lying = 2 + first + sum(2 + width(name) for name in operations) <= columns
    if lying:
        yield "  " + " " * first + "".join(f"  {style.paint(name, 'bold')}" for name in operations)
    else:
        yield from _upright(operations, first, style)
    for protocol in protocols:
        line = "  " + pad(style.paint(protocol, "bold"), first)
        for operation in operations:
            there = works.get((protocol, operation))
            sign = style.none if not there else style.ok
            before, after = divmod(width(operation) - 1, 2) if lying else (0, 0)
            line += "  " + " " * before + sign + " " * (before + after)
        yield line.rstrip()
    good = sum(works.values())
    if len(protocols) > _FEW:
        yield f"  {style.paint(f'{good} work; why the others do not: netloom matrix PROTOCOL', 'dim')}"
    else:
        yield f"  {style.paint(f'{good} of {len(works)} work', 'dim')}"
        for cell in cells:
            if cell.reason:
                name = f"{cell.protocol} {cell.operation}: "
                yield from (f"  {line}" for line in wrap(name + clean(cell.reason), columns - 3))


def _upright(operations: Sequence[str], first: int, style: Style) -> Iterator[str]:
    tall = max(width(name) for name in operations)
    for row in range(tall):
        letters = [name.rjust(tall)[row] for name in operations]
        yield ("  " + " " * first + "".join(f"  {style.paint(letter, 'bold')}" for letter in letters)).rstrip()
