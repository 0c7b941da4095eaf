"""A server or relay of a lab: its name, where it listens, what it has, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.output.text.words import clean, pad, width, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.labs.lab import Stands
    from netloom.output.text.style import Style

_ROOM = 12


def lines(record: Stands, style: Style, columns: int) -> Iterator[str]:
    """Its name beside what it is, and below both what a client has to know."""
    begin = f"  {style.paint(pad(clean(record.name), _ROOM), 'bold')} "
    indent = " " * width(begin)
    room = max(columns - len(indent) - 1, 20)
    first, *more = wrap("  ".join(_short(record)), room)
    yield begin + first
    yield from (indent + line for line in more)
    about = [clean(record.content), *(clean(name) for name in record.accounts)]
    for line in wrap(" · ".join(about), room):
        yield f"{indent}{style.paint(line, 'dim')}"
    if record.faults:
        for line in wrap(f"broken: {', '.join(map(clean, record.faults))}", room):
            yield f"{indent}{style.paint(line, 'yellow')}"
    known = [f"-O {clean(name)}={clean(value)}" for name, value in record.trust.items()]
    known += [f"ip netns exec {clean(record.namespace)} …"] if record.namespace else []
    for words in known:
        yield f"{indent}{style.paint(f'clients: {words}', 'dim')}"


def _short(record: Stands) -> list[str]:
    """Its endpoints; those of IPv6's loopback that stand beside the same of IPv4's need no words of their own."""
    shown = list(map(clean, record.endpoints))
    return [each for each in shown if each.replace("[::1]", "127.0.0.1") not in shown or "[::1]" not in each]
