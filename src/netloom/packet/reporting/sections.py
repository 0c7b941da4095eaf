"""Sections of the page: each is a chart with its numbers in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.reporting.amounts import bits, clock, count, duration, scaled, share, size, told_apart, until
from netloom.packet.reporting.charts.area import area
from netloom.packet.reporting.charts.bar import bar
from netloom.packet.reporting.charts.histogram import histogram
from netloom.packet.reporting.charts.matrix import LETTERS, matrix
from netloom.packet.reporting.html import breaking, table, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netloom.packet.summing.record import Class, Finding, Named, Summary, Times

ROWS = 12
"""Rows of a table."""
MATRIX = 10
"""Hosts of the matrix."""
SEVERITIES = {"bad": "Problem", "warning": "Warning", "note": "Note"}
PAIRS = (("sizes", "latency"), ("errors", "names"))
"""Sections that stand side by side where there is room."""

Shown = list[tuple[str, str, str]]


def sections(summary: Summary) -> Shown:
    """All of them: a name, a heading and what is in it; nothing where there is nothing to tell."""
    return [
        ("findings", "What looks wrong", _findings(summary)),
        ("rates", "Rates over time", _rates(summary)),
        ("protocols", "Protocols", _protocols(summary)),
        ("hosts", "Top talkers", _hosts(summary)),
        ("matrix", "Who talks to whom", _matrix(summary)),
        ("conversations", "Conversations", _conversations(summary)),
        ("services", "Services", _services(summary)),
        ("sizes", "Packet sizes", _sizes(summary)),
        ("latency", "Latency", _latency(summary)),
        ("errors", "Errors", _errors(summary)),
        ("names", "Names", _names(summary)),
    ]


def joined(shown: Shown) -> str:
    """Sections one below the other; some side by side."""
    names = [name for name, _, _ in shown]
    made, skip = [], False
    for number, (name, head, inner) in enumerate(shown):
        if skip:
            skip = False
            continue
        one = _section(name, head, inner)
        if number + 1 < len(shown) and (name, names[number + 1]) in PAIRS:
            made.append(f'<div class="pair">{one}{_section(*shown[number + 1])}</div>')
            skip = True
        else:
            made.append(one)
    return "".join(made)


def _section(name: str, head: str, inner: str) -> str:
    kept = ' class="whole"' if name in ("rates", "matrix", "sizes", "latency") else ""
    return f'<section id="{name}"{kept} aria-labelledby="{name}-h"><h2 id="{name}-h">{text(head)}</h2>{inner}</section>'


# What looks wrong


def _findings(summary: Summary) -> str:
    if not summary.capture.packets:
        return '<p class="soft">There are no packets, so there is nothing to look at.</p>'
    if not summary.findings:
        return '<p class="soft">Nothing, by the thresholds that are looked at.</p>'
    items = "".join(map(_finding, summary.findings))
    return f'<ul class="findings">{items}</ul>'


def _finding(one: Finding) -> str:
    when = _span(one.first, one.last)
    how = " · ".join(part for part in (text(when), f"<code>{text(one.filter)}</code>" if one.filter else "") if part)
    label = text(SEVERITIES.get(one.severity, one.severity))
    below = f'<p class="how small soft">{how}</p>' if how else ""
    return f'<li class="{text(one.severity)}"><p><strong>{label}</strong>{text(one.words)}</p>{below}</li>'


def _span(first: float | None, last: float | None) -> str:
    if first is None or last is None:
        return ""
    return until(first, last)


# Amounts


def _rates(summary: Summary) -> str:
    rates = summary.rates
    if len(rates.packets) < 2:
        return ""
    end = rates.start + rates.step * len(rates.packets)
    marks = [clock(rates.start + (end - rates.start) * part / 4, end - rates.start) for part in range(5)]
    volume = [8 * octets / rates.step for octets in rates.octets]
    packets = [number / rates.step for number in rates.packets]
    rows = [
        ("Bits", text(bits(max(volume))), text(bits(sum(volume) / len(volume))), text(_when(summary, volume))),
        (
            "Packets",
            text(scaled(max(packets), "/s")),
            text(scaled(sum(packets) / len(packets), "/s")),
            text(_when(summary, packets)),
        ),
    ]
    bins = f"{count(len(volume), 'bin')} of {duration(rates.step)}, times in UTC"
    return (
        f'<p class="soft small">{text(bins)}</p>'
        + area(f"Bits a second over time, at most {bits(max(volume))}", volume, bits, marks)
        + area(
            f"Packets a second over time, at most {scaled(max(packets), '/s')}",
            packets,
            lambda value: scaled(value, "/s"),
            marks,
            1,
        )
        + table("Rates", ["Rate", "Largest>", "Mean>", "Largest at>"], rows)
    )


def _when(summary: Summary, values: list[float]) -> str:
    rates = summary.rates
    return clock(rates.start + rates.step * values.index(max(values)), rates.step * len(values))


def _protocols(summary: Summary) -> str:
    rows: list[tuple[str, ...]] = []
    for one in summary.protocols:
        if len(one.path) > 4 or (one.share < 0.00005 and len(rows) > 40):
            continue
        depth = len(one.path) - 1
        name = f'<span class="indent" style="width:{depth * 1.1:.1f}em"></span>{text(one.path[-1])}'
        rows.append(
            (
                name,
                f"{one.packets:,}",
                text(size(one.octets)),
                text(share(one.share)),
                bar(f"{' / '.join(one.path)}: {share(one.share)} of all octets", one.share),
            )
        )
    heads = ["Protocol", "Packets>", "Octets>", "Share>", "Share of octets"]
    return table("Protocols by layer", heads, rows, "bars fold") if rows else ""


def _hosts(summary: Summary) -> str:
    hosts = summary.hosts[:ROWS]
    if not hosts:
        return ""
    most = max(*(one.octets for one in hosts), 1)
    rows = [
        (
            breaking(one.address) + (f' <span class="name">{breaking(one.name)}</span>' if one.name else ""),
            text(size(one.octets_out)),
            text(size(one.octets_in)),
            f"{one.packets_out + one.packets_in:,}",
            f"{one.flows:,}",
            text(told_apart(one.peers)),
            bar(f"{one.address}: {size(one.octets_out)} sent, {size(one.octets_in)} received",
                one.octets_out / most, one.octets_in / most),
        )
        for one in hosts
    ]  # fmt: skip
    key = '<p class="soft small"><span class="key k0"></span>sent <span class="key k1"></span>received</p>'
    return key + table(
        "Top talkers",
        ["Host", "Sent>", "Received>", "Packets>", "Flows>", "Peers>", "Sent and received"],
        rows,
        "bars fold",
    )


def _matrix(summary: Summary) -> str:
    hosts = _talking(summary)
    if len(hosts) < 2:
        return ""
    numbers = {address: number for number, address in enumerate(hosts)}
    amounts: dict[tuple[int, int], int] = {}
    for talk in summary.conversations:
        source, target = numbers.get(talk.src), numbers.get(talk.dst)
        if source is not None and target is not None:
            amounts[source, target] = amounts.get((source, target), 0) + talk.octets_forward
            amounts[target, source] = amounts.get((target, source), 0) + talk.octets_backward
    amounts = {key: amount for key, amount in amounts.items() if amount}
    chart = matrix("Octets from each host (row) to each other (column)", hosts, amounts, size)
    pairs = sorted(amounts.items(), key=lambda item: (-item[1], item[0]))
    rows = []
    for number, address in enumerate(hosts):
        partner = next((column for (row, column), _ in pairs if row == number), None)
        most = "-" if partner is None else f"{LETTERS[partner]} ({size(amounts[number, partner])})"
        rows.append((LETTERS[number], breaking(address), text(most)))
    legend = table("The hosts of the matrix", ["", "Host", "Sends most to"], rows)
    said = "A row sends to a column; the stronger the colour, the more octets, by powers of ten."
    return f'<p class="soft small">{said}</p><div class="beside">{chart}<div>{legend}</div></div>'


def _talking(summary: Summary) -> list[str]:
    """Hosts of the largest conversations: the largest hosts may have nothing to say to each other."""
    found: dict[str, int] = {}
    for talk in summary.conversations:
        new = {talk.src, talk.dst} - found.keys()
        if len(found) + len(new) <= MATRIX:
            found |= dict.fromkeys((talk.src, talk.dst), 0) if new else {}
    octets = {one.address: one.octets for one in summary.hosts}
    return sorted(found, key=lambda address: (-octets.get(address, 0), address))


def _conversations(summary: Summary) -> str:
    rows = [
        (
            f"{breaking(one.src)} → {breaking(one.dst)}",
            text(size(one.octets_forward)),
            text(size(one.octets_backward)),
            f"{one.packets_forward + one.packets_backward:,}",
            f"{one.flows:,}",
            text(duration(one.last - one.first)),
        )
        for one in summary.conversations[:ROWS]
    ]
    heads = ["Who began → with whom", "Sent>", "Received>", "Packets>", "Flows>", "Duration>"]
    return table("Conversations", heads, rows, "fold") if rows else ""


def _services(summary: Summary) -> str:
    services = summary.services[:ROWS]
    most = max((one.octets for one in services), default=1) or 1
    rows = [
        (
            f"{text(one.transport)} {one.port}",
            text(one.protocol or "-"),
            f"{one.flows:,}",
            text(told_apart(one.servers)),
            text(size(one.octets)),
            bar(f"{one.transport} {one.port}: {size(one.octets)}", one.octets / most),
        )
        for one in services
    ]
    heads = ["Port", "Protocol", "Flows>", "Servers>", "Octets>", "Beside the largest"]
    return table("Services by port", heads, rows, "bars fold") if rows else ""


# Distributions


def _sizes(summary: Summary) -> str:
    if not summary.sizes:
        return ""
    classes = [(_range(one), one.count) for one in summary.sizes]
    total = sum(number for _, number in classes) or 1
    rows = [(text(name), f"{number:,}", text(share(number / total))) for name, number in classes]
    chart = histogram("Packets by their length in octets", classes)
    return f'<p class="soft small">Octets of whole frames.</p>{chart}' + table(
        "Packet sizes", ["Octets", "Packets>", "Share>"], rows
    )


def _range(one: Class) -> str:
    return f"{one.least:.0f}-{one.most:.0f}" if one.most is not None else f"{one.least:.0f}+"


def _latency(summary: Summary) -> str:
    kinds = [("TCP handshake", summary.latency.handshake), ("Answers of DNS", summary.latency.dns)]
    kinds = [(name, times) for name, times in kinds if times.count]
    if not kinds:
        return ""
    charts = "".join(
        f'<p class="soft small">{text(name)}</p>{_distribution(name, times, number + 1)}'
        for number, (name, times) in enumerate(kinds)
    )
    rows = [
        (text(name), f"{times.count:,}", *(text(duration(value)) for value in (times.median, times.p90, times.p99)))
        for name, times in kinds
    ]
    return charts + table("Latency", ["What", "Count>", "Median>", "90 %>", "99 %>"], rows, "fold")


def _distribution(name: str, times: Times, colour: int) -> str:
    """By classes, those on both sides joined where there are too many to be told apart."""
    classes = list(times.classes)
    shown = [(f"≤ {duration(one.most)}", one.count) for one in classes]
    while len(shown) > MOST_CLASSES:
        if shown[0][1] <= shown[-1][1]:
            shown[:2] = [(shown[1][0], shown[0][1] + shown[1][1])]
        else:
            shown[-2:] = [(f"> {shown[-3][0].removeprefix('≤ ')}", shown[-2][1] + shown[-1][1])]
    return histogram(f"{name}: how many took how long", shown, colour)


MOST_CLASSES = 8
"""Columns that find room on a phone."""


# What went wrong, and names


def _errors(summary: Summary) -> str:
    errors = summary.errors
    told: list[tuple[str, int, str]] = [
        ("Retransmissions", errors.retransmissions, share(errors.retransmission_share)),
        ("Out of order", errors.out_of_order, share(errors.out_of_order_share)),
        ("Resets", errors.resets, ""),
        ("Connections refused", errors.refused, ""),
        ("Connections unanswered", errors.unanswered, ""),
        ("Zero windows", errors.zero_windows, ""),
        ("Gaps in streams", errors.gaps, ""),
        *((f"ICMP: {one.name}", one.count, "") for one in errors.icmp[:ROWS]),
        *(
            (f"DNS: {one.name}", one.count, share(one.count / max(errors.dns_answers, 1)))
            for one in errors.dns_failures
        ),
        ("DNS unanswered", errors.dns_unanswered, ""),
        ("Fragments", errors.fragments, ""),
        ("Packets there twice", errors.duplicates, ""),
        *((f"Packets {one.name}", one.count, "") for one in errors.anomalies),
    ]
    if not summary.capture.packets:
        return ""
    rows = [(text(name), f"{number:,}", text(part)) for name, number, part in told if number]
    if not rows:
        return '<p class="soft">None were seen.</p>'
    if not any(part for _, _, part in rows):
        return table("Errors", ["Error", "Count>"], [row[:2] for row in rows])
    return table("Errors", ["Error", "Count>", "Share>"], rows)


def _names(summary: Summary) -> str:
    made = _list("Servers asked for by TLS and QUIC", summary.names.servers) + _list(
        "Names asked of DNS", summary.names.queries
    )
    return f'<div class="tables">{made}</div>' if made else ""


def _list(caption: str, names: Iterable[Named]) -> str:
    rows = [(breaking(one.name), f"{one.count:,}") for one in list(names)[:ROWS]]
    return table(caption, ["Name", "Count>"], rows) if rows else ""
