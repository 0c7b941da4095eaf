"""Markdown: a summary as text with tables (CommonMark, and GitHub's tables)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from netloom.packet.reporting.amounts import bits, count, duration, moment, scaled, share, size, told_apart
from netloom.packet.reporting.html import seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from netloom.packet.summing.record import Summary

ROWS = 15
"""Rows of a table."""
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&!])|(?<=www)(?=\.)|(?<=:)(?=//)", re.IGNORECASE)


def markdown(summary: Summary, title: str) -> str:
    """The whole text."""
    made = [f"# {prose(title)}", "", *_capture(summary)]
    for head, section in (
        ("What looks wrong", _findings(summary)),
        ("Rates", _rates(summary)),
        ("Protocols", _protocols(summary)),
        ("Top talkers", _hosts(summary)),
        ("Conversations", _conversations(summary)),
        ("Services", _services(summary)),
        ("Packet sizes", _sizes(summary)),
        ("Latency", _latency(summary)),
        ("Errors", _errors(summary)),
        ("Servers asked for", _names((one.name, one.count) for one in summary.names.servers)),
        ("Names asked of DNS", _names((one.name, one.count) for one in summary.names.queries)),
        ("Bounds", [f"- {prose(line)}" for line in (*summary.bounds, *summary.capture.damaged)]),
    ):
        if section:
            made += ["", f"## {head}", "", *section]
    return "\n".join(made) + "\n"


def prose(value: object) -> str:
    """A text that is nothing but text: no markup, no link."""
    return _SPECIAL.sub(lambda found: "\\" + found.group(), seen(value))


def code(value: object) -> str:
    """A name as code, also in a table."""
    inner = seen(value).replace("`", "\\u0060").replace("|", "\\|")
    return f"`{inner or ' '}`"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table; a head that ends with > is of numbers. Nothing where there are no rows."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if not lines:
        return []
    kinds = " | ".join("---:" if head.endswith(">") else "---" for head in heads)
    return [f"| {' | '.join(head.removesuffix('>') for head in heads)} |", f"| {kinds} |", *lines]


def _capture(summary: Summary) -> list[str]:
    capture = summary.capture
    told = [
        f"- Files: {', '.join(map(code, capture.files))}",
        f"- {count(capture.packets, 'packet')}, {size(capture.octets)}",
    ]
    if capture.first is not None:
        told.append(f"- {moment(capture.first)} to {moment(capture.last)}: {duration(capture.duration)}")
    if capture.duration:
        told.append(f"- On average {scaled(capture.packets_per_second, 'packets/s')}, {bits(capture.bits_per_second)}")
    told += [f"- Link: {prose(', '.join(capture.links))}"] if capture.links else []
    told += [f"- {count(capture.drops, 'packet')} lost by whoever captured"] if capture.drops else []
    return told


def _findings(summary: Summary) -> list[str]:
    if not summary.capture.packets:
        return ["There are no packets, so there is nothing to look at."]
    if not summary.findings:
        return ["Nothing, by the thresholds that are looked at."]
    told = []
    for one in summary.findings:
        told.append(f"- **{prose(one.severity)}**: {prose(one.words)}")
        told += [f"  {code(one.filter)}"] if one.filter else []
    return told


def _rates(summary: Summary) -> list[str]:
    rates = summary.rates
    if len(rates.packets) < 2:
        return []
    most, octets = max(rates.packets) / rates.step, max(rates.octets) / rates.step
    bins = f"{count(len(rates.packets), 'bin')} of {duration(rates.step)}"
    return [f"At most {scaled(most, 'packets/s')} and {bits(8 * octets)}, in {bins}."]


def _protocols(summary: Summary) -> list[str]:
    rows = [
        (prose(" / ".join(one.path)), f"{one.packets:,}", size(one.octets), share(one.share))
        for one in summary.protocols
    ]
    return _table(["Protocol", "Packets>", "Octets>", "Share>"], rows)


def _hosts(summary: Summary) -> list[str]:
    rows = [
        (
            code(one.address) + (f" {prose(one.name)}" if one.name else ""),
            size(one.octets_out),
            size(one.octets_in),
            f"{one.packets_out + one.packets_in:,}",
            told_apart(one.peers),
        )
        for one in summary.hosts[:ROWS]
    ]
    return _table(["Host", "Sent>", "Received>", "Packets>", "Peers>"], rows)


def _conversations(summary: Summary) -> list[str]:
    rows = [
        (code(one.src), code(one.dst), size(one.octets_forward), size(one.octets_backward), f"{one.flows:,}")
        for one in summary.conversations[:ROWS]
    ]
    return _table(["Who began", "With whom", "Sent>", "Received>", "Flows>"], rows)


def _services(summary: Summary) -> list[str]:
    rows = [
        (
            f"{prose(one.transport)} {one.port}",
            prose(one.protocol),
            f"{one.flows:,}",
            told_apart(one.servers),
            size(one.octets),
        )
        for one in summary.services[:ROWS]
    ]
    return _table(["Port", "Protocol", "Flows>", "Servers>", "Octets>"], rows)


def _sizes(summary: Summary) -> list[str]:
    rows = [
        (
            f"{one.least:.0f} to {one.most:.0f}" if one.most is not None else f"{one.least:.0f} and more",
            f"{one.count:,}",
        )
        for one in summary.sizes
    ]
    return _table(["Octets", "Packets>"], rows)


def _latency(summary: Summary) -> list[str]:
    rows = [
        (name, f"{times.count:,}", duration(times.median), duration(times.p90), duration(times.p99))
        for name, times in (("TCP handshake", summary.latency.handshake), ("Answers of DNS", summary.latency.dns))
        if times.count
    ]
    return _table(["What", "Count>", "Median>", "90 %>", "99 %>"], rows)


def _errors(summary: Summary) -> list[str]:
    errors = summary.errors
    told = [
        ("Retransmissions", errors.retransmissions),
        ("Out of order", errors.out_of_order),
        ("Resets", errors.resets),
        ("Connections refused", errors.refused),
        ("Connections unanswered", errors.unanswered),
        ("Zero windows", errors.zero_windows),
        ("Gaps in streams", errors.gaps),
        *((f"ICMP: {one.name}", one.count) for one in errors.icmp),
        *((f"DNS: {one.name}", one.count) for one in errors.dns_failures),
        ("DNS unanswered", errors.dns_unanswered),
        ("Fragments", errors.fragments),
        ("Packets there twice", errors.duplicates),
        *((f"Packets {one.name}", one.count) for one in errors.anomalies),
    ]
    return _table(["Error", "Count>"], [(prose(name), f"{number:,}") for name, number in told if number])


def _names(names: Iterable[tuple[str, int]]) -> list[str]:
    return _table(["Name", "Count>"], [(code(name), f"{number:,}") for name, number in list(names)[:ROWS]])
