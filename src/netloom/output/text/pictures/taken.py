"""Something that a stream carried: what it is, whether it is whole, and where it was saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.output.text.words import clean, size, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.output.text.style import Style
    from netloom.packet.streams.record import Taken


def lines(record: Taken, style: Style, columns: int) -> Iterator[str]:
    """What it is, then its hash and its place."""
    what = [style.paint(clean(record.name), "bold"), clean(record.kind), size(record.size)]
    if not record.complete:
        what.append(style.paint(f"{record.missing} bytes missing" if record.missing else "not whole", "yellow"))
    what.append(clean(record.note))
    first, *more = wrap(f" {style.dot} ".join(filter(None, what)), columns - 5)
    yield f"  {'=' if record.complete else '!'} {first}"
    yield from (f"    {line}" for line in more)
    yield f"    {style.paint(f'sha256 {record.sha256}', 'dim')}"
    if record.saved_to:
        yield from (f"    {line}" for line in wrap(clean(record.saved_to), columns - 5))
