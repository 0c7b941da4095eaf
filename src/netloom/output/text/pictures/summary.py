"""A summary: what looks wrong first, then the capture, rates, who talks to whom and in what, how well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.output.text.amounts import blocks, share, spark
from netloom.output.text.words import clean, cut, day, pad, seconds, size, width, wrap
from netloom.packet.summing.bounded import MEMBERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.output.text.style import Style
    from netloom.packet.summing.record import Finding, Summary, Times

_SEVERITIES = {"bad": "red", "warning": "yellow", "note": "cyan"}
_MARKS = {"bad": "✘", "warning": "!", "note": "·"}
_PLAIN = {"bad": "x", "warning": "!", "note": "-"}
_NAME = 22
_BAR = 20


def lines(record: Summary, style: Style, columns: int) -> Iterator[str]:
    """Sections; an empty one is left out."""
    for title, section in (
        ("", _capture(record, style, columns)),
        ("what looks wrong", _findings(record, style, columns)),
        ("rates", _rates(record, style, columns)),
        ("protocols", _protocols(record, style)),
        ("hosts", _hosts(record, columns)),
        ("conversations", _conversations(record, style, columns)),
        ("services", _services(record)),
        ("packet sizes", _sizes(record, style)),
        ("latency", _latency(record)),
        ("errors", _errors(record, columns)),
        ("servers asked for", _named([(one.name, one.count) for one in record.names.servers], columns)),
        ("names asked of DNS", _named([(one.name, one.count) for one in record.names.queries], columns)),
        ("bounds", (f"    {line}" for text in record.bounds for line in wrap(text, columns - 5))),
    ):
        found = list(section)
        if not found:
            continue
        if title:
            yield ""
            yield f"  {style.paint(title, 'bold')}"
        yield from found


def _capture(record: Summary, style: Style, columns: int) -> Iterator[str]:
    capture = record.capture
    dot = f" {style.dot} "
    amounts = [_packets(capture.packets), size(capture.octets)]
    if capture.duration:
        amounts += [
            seconds(capture.duration),
            f"{_short(capture.packets_per_second)} packets/s",
            _bits(capture.bits_per_second),
        ]
    amounts += [" + ".join(capture.links)] if capture.links else []
    amounts += [f"{capture.drops:,} lost"] if capture.drops else []
    files = ", ".join(clean(file) for file in capture.files[:3]) + (" …" if len(capture.files) > 3 else "")
    yield f"  {style.paint(cut(files, columns - 4), 'bold')}"
    yield from (f"  {line}" for line in wrap(dot.join(amounts), columns - 3))
    if capture.first is not None and capture.last is not None:
        first, last = day(capture.first), day(capture.last)
        yield f"  {style.paint(first if first == last else f'{first} to {last}', 'dim')}"


def _findings(record: Summary, style: Style, columns: int) -> Iterator[str]:
    for one in record.findings:
        yield from _finding(one, style, columns)
    if record.capture.packets and not record.findings:
        yield f"    {style.ok} nothing"


def _finding(one: Finding, style: Style, columns: int) -> Iterator[str]:
    mark = (_MARKS if style.unicode else _PLAIN)[one.severity]
    first, *more = wrap(clean(one.words), columns - 7)
    yield f"    {style.paint(mark, _SEVERITIES[one.severity])} {first}"
    yield from (f"      {line}" for line in more)
    if one.filter:
        yield from (f"      {style.paint(line, 'dim')}" for line in wrap(f"--filter '{one.filter}'", columns - 7))


def _rates(record: Summary, style: Style, columns: int) -> Iterator[str]:
    rates = record.rates
    if len(rates.packets) < 2:
        return
    room = max(columns - 34, 20)
    for name, values, unit in (
        ("packets", rates.packets, "packets/s"),
        ("bits", [8 * o for o in rates.octets], "bit/s"),
    ):
        most = max(values) / rates.step
        told = _bits(most) if unit == "bit/s" else f"{_short(most)} {unit}"
        yield f"    {pad(name, 8)}{spark(values, room, style)} at most {told}"
    step = seconds(rates.step).removesuffix(" 0 s")
    yield f"    {style.paint(f'{step} a bin, {len(rates.packets)} bins', 'dim')}"


def _protocols(record: Summary, style: Style) -> Iterator[str]:
    for one in record.protocols:
        name = "  " * (len(one.path) - 1) + clean(one.path[-1])
        bar = pad(blocks(one.share, _BAR, style), _BAR)
        amounts = f"{_packets(one.packets, 9)}  {size(one.octets):>7}"
        yield f"    {pad(name, _NAME)} {share(one.share):>6} {bar} {amounts}"


def _hosts(record: Summary, columns: int) -> Iterator[str]:
    widest = min(max((width(one.address) for one in record.hosts), default=0), 39)
    for one in record.hosts:
        told = f"{size(one.octets_out):>7} out  {size(one.octets_in):>7} in  "
        told += f"{_packets(one.packets_out + one.packets_in, 9)}  {_apart(one.peers, 'peer')}"
        line, name = f"    {pad(one.address, widest)}  {told}", clean(one.name)
        if width(line) > columns:
            yield cut(f"    {one.address}  {name}".rstrip(), columns)
            yield cut(f"    {pad('', 17)}{told}", columns)
        elif width(line) + 2 + width(name) <= columns:
            yield f"{line}  {name}".rstrip()
        else:
            yield line
            yield f"      {cut(name, columns - 7)}"


def _conversations(record: Summary, style: Style, columns: int) -> Iterator[str]:
    for one in record.conversations:
        who = f"{one.src} {style.arrow} {one.dst}"
        told = f"{size(one.octets_forward):>7} + {size(one.octets_backward):>7}  "
        flows = "1 flow" if one.flows == 1 else f"{one.flows:,} flows"
        told += f"{_packets(one.packets_forward + one.packets_backward, 9)}  {flows}"
        line = f"    {pad(who, 36)}  {told}"
        if width(line) <= columns:
            yield line
        else:
            yield cut(f"    {who}", columns)
            yield cut(f"    {pad('', 36)}  {told}", columns)


def _services(record: Summary) -> Iterator[str]:
    for one in record.services:
        hosts = _apart(one.servers, "server")
        flows = "1 flow" if one.flows == 1 else f"{one.flows:,} flows"
        name = f"{one.transport} {one.port}"
        yield f"    {pad(name, 11)} {pad(clean(one.protocol), 10)} {size(one.octets):>7}  {flows:>11}  {hosts}"


def _sizes(record: Summary, style: Style) -> Iterator[str]:
    total = max(sum(one.count for one in record.sizes), 1)
    for one in record.sizes:
        name = f"{one.least:.0f} to {one.most:.0f}" if one.most is not None else f"{one.least:.0f} and more"
        part = one.count / total
        bar = pad(blocks(part, _BAR, style), _BAR)
        yield f"    {pad(name, _NAME)} {share(part):>6} {bar} {_packets(one.count, 9)}".rstrip()


def _latency(record: Summary) -> Iterator[str]:
    for name, times in (("TCP handshake", record.latency.handshake), ("answers of DNS", record.latency.dns)):
        yield from _times(name, times)


def _times(name: str, times: Times) -> Iterator[str]:
    if times.median is None or times.p90 is None or times.p99 is None:
        return
    yield (
        f"    {pad(name, _NAME)} {times.count:>7,}  half within {seconds(times.median)}, "
        f"90 % {seconds(times.p90)}, 99 % {seconds(times.p99)}"
    )


def _errors(record: Summary, columns: int) -> Iterator[str]:
    errors = record.errors
    told = [
        (errors.retransmissions, f"sent again ({share(errors.retransmission_share)} of TCP)"),
        (errors.out_of_order, f"out of order ({share(errors.out_of_order_share)})"),
        (errors.resets, "resets"),
        (errors.refused, "refused"),
        (errors.unanswered, "unanswered connections"),
        (errors.zero_windows, "zero windows"),
        (errors.gaps, "gaps"),
        *((one.count, f"ICMP {one.name}") for one in errors.icmp),
        *((one.count, f"DNS {one.name}") for one in errors.dns_failures),
        (errors.dns_unanswered, "unanswered questions of DNS"),
        (errors.fragments, "fragments"),
        (errors.duplicates, "packets twice"),
        *((one.count, f"packets {one.name}") for one in errors.anomalies),
    ]
    text = ", ".join(f"{count:,} {words}" for count, words in told if count)
    yield from (f"    {line}" for line in wrap(text, columns - 5) if text)


def _named(names: list[tuple[str, int]], columns: int) -> Iterator[str]:
    text = ", ".join(f"{clean(name)} ({count:,})" for name, count in names)
    yield from (f"    {line}" for line in wrap(text, columns - 5) if text)


def _packets(count: int, room: int = 0) -> str:
    """How many, in a column of so much room."""
    return f"{count:>{room},} packet{'' if count == 1 else 's'}" + (" " if room and count == 1 else "")


def _apart(members: int, one: str) -> str:
    """How many there are of what is told apart up to a bound."""
    return f"{members:,}{'+' if members >= MEMBERS else ''} {one}{'' if members == 1 else 's'}"


def _bits(rate: float) -> str:
    return f"{_short(rate)}bit/s" if rate >= 1000 else f"{_short(rate)} bit/s"


def _short(value: float) -> str:
    """A number in three digits and decimal units."""
    for unit in ("", "k", "M", "G"):
        if value < 999.5:
            return f"{value:.3g} {unit}".rstrip()
        value /= 1000
    return f"{value:.3g} T"
