"""A packet that was crafted: in a line, as the text that makes it, and its octets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.output.text.words import clean, cut, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.operations.craft import Crafted
    from netloom.output.text.style import Style

ACROSS = 16
MOST = 1024
"""Octets that are shown; other formats have them all."""
WORDS = 400
"""Letters of the text that makes it."""


def lines(record: Crafted, style: Style, columns: int) -> Iterator[str]:
    """What it is, what is wrong with it, how to make it, and its octets as hexadecimal and text."""
    octets = "1 octet" if record.length == 1 else f"{record.length} octets"
    seed = "" if record.seed is None else f"{style.dot} seed {record.seed}"
    first, *more = wrap(f"{clean(record.summary)} {style.dot} {octets} {seed}".rstrip(), columns - 3)
    yield f"  {style.paint(first, 'bold')}"
    yield from (f"  {style.paint(line, 'bold')}" for line in more)
    if record.problem:
        yield from (f"    {style.paint(line, 'yellow')}" for line in wrap(clean(record.problem), columns - 5))
    yield from (f"    {style.paint(line, 'dim')}" for line in wrap(cut(clean(record.packet), WORDS), columns - 5))
    data = bytes.fromhex(record.hex[: 2 * MOST])
    for at in range(0, len(data), ACROSS):
        row = data[at : at + ACROSS]
        text = "".join(chr(octet) if 32 <= octet < 127 else "." for octet in row)
        yield f"    {style.paint(f'{at:04x}', 'dim')}  {row.hex(' '):{3 * ACROSS - 1}}  {text}"
    if record.length > MOST:
        yield f"    {style.paint(f'{record.length - MOST} more: -o json has them all', 'dim')}"
