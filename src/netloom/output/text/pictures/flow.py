"""A flow: who with whom, in what, how much each way, and how well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.output.text.places import place
from netloom.output.text.words import clean, clock, pad, seconds, size, width, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.output.text.style import Style
    from netloom.packet.flows.record import Flow

_ROOM = 44
_WITH_PORTS = ("tcp", "udp", "sctp")
_TROUBLE = {
    "retransmissions": "sent again",
    "out_of_order": "out of order",
    "gaps": "gaps",
    "zero_windows": "zero windows",
    "resets": "resets",
}


def lines(record: Flow, style: Style, columns: int) -> Iterator[str]:
    """What passed, and below it what went wrong, where something did."""
    ports = record.protocol in _WITH_PORTS
    source = place(record.src_ip, record.src_port if ports else None)
    destination = place(record.dst_ip, record.dst_port if ports else None)
    who = f"{source} {style.arrow} {destination}"
    wide = columns >= 100
    begin = (
        f"  {style.paint(clock(record.start), 'dim')}  {pad(record.protocol, 5)}  {pad(who, _ROOM) if wide else who}  "
    )
    said = "  ".join(filter(None, [*_spoken(record, style), *_amount(record), *_trouble(record, style)]))
    first, *more = wrap(said, max(columns - width(begin) - 1, 20))
    yield begin + first
    indent = width(begin) if wide else 12
    yield from (" " * indent + line for line in more)


def _spoken(record: Flow, style: Style) -> Iterator[str]:
    yield style.paint(record.app_protocol, "cyan")
    yield clean(record.server_name or ", ".join(record.queries[:3]))


def _amount(record: Flow) -> Iterator[str]:
    yield f"{record.packets_forward}+{record.packets_backward} packets"
    yield f"{size(record.bytes_forward)} + {size(record.bytes_backward)}"
    if record.end > record.start:
        yield seconds(record.end - record.start)


def _trouble(record: Flow, style: Style) -> Iterator[str]:
    if record.handshake_rtt is not None:
        yield style.paint(f"rtt {seconds(record.handshake_rtt)}", "dim")
    for name, words in _TROUBLE.items():
        count = getattr(record, f"{name}_forward") + getattr(record, f"{name}_backward")
        if count:
            yield style.paint(f"{count} {words}", "yellow")
