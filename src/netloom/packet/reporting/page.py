"""Page: a summary as one HTML file that needs nothing else: no script, no font, no picture, no request."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from netloom.packet.reporting import sections
from netloom.packet.reporting.amounts import bits, count, duration, moment, size
from netloom.packet.reporting.html import text
from netloom.packet.reporting.style import STYLE
from netloom.packet.summing.bounded import ROOM

if TYPE_CHECKING:
    from netloom.packet.summing.record import Summary

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""Even if something in a capture were to get through as markup, it could load and run nothing."""


def page(summary: Summary, title: str) -> str:
    """The whole file."""
    shown = [(name, head, made) for name, head, made in sections.sections(summary) if made]
    links = "".join(f'<a href="#{name}">{text(head)}</a>' for name, head, _ in shown)
    return "".join(
        [
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{text(_POLICY)}">',
            '<meta name="referrer" content="no-referrer"><link rel="icon" href="data:,">',
            f"<title>{text(title)}</title><style>{STYLE}</style></head><body>",
            f'<header><h1>{text(title)}</h1>{_subtitle(summary)}<nav aria-label="Sections">{links}</nav>',
            f"{_figures(summary)}</header><main>",
            sections.joined(shown),
            f"</main><footer>{_footer(summary)}</footer></body></html>\n",
        ]
    )


def _subtitle(summary: Summary) -> str:
    capture = summary.capture
    said = "no packets" if not capture.packets else "no times"
    if capture.first is not None and capture.last is not None:
        said = f"{moment(capture.first)} to {moment(capture.last)}" if capture.duration else moment(capture.first)
    files = ", ".join(PurePath(file).name for file in capture.files[:5]) + (
        f" and {len(capture.files) - 5} more" if len(capture.files) > 5 else ""
    )
    return f'<p class="soft">{text(said)}<br><span class="small">{text(files)}</span></p>'


def _figures(summary: Summary) -> str:
    capture = summary.capture
    figures = [
        ("Packets", f"{capture.packets:,}"),
        ("Octets", size(capture.octets)),
        ("Duration", duration(capture.duration)),
        ("Mean rate", bits(capture.bits_per_second) if capture.duration else "-"),
        ("Hosts", f"≤ {capture.hosts:,}" if capture.hosts > ROOM else f"{capture.hosts:,}"),
        ("Findings", f"{len(summary.findings):,}"),
    ]
    cells = "".join(f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in figures)
    return f'<dl class="figures">{cells}</dl>'


def _footer(summary: Summary) -> str:
    capture = summary.capture
    said = [
        "Made by netloom. Octets are those of whole frames as they passed.",
        *summary.bounds,
        *capture.damaged,
    ]
    if capture.captured < capture.octets:
        said.append(f"Of {size(capture.octets)} {size(capture.captured)} were kept: what packets carry isn't whole.")
    if capture.drops:
        said.append(f"{count(capture.drops, 'packet')} were lost when this was captured.")
    return "".join(f"<p>{text(line)}</p>" for line in said)
