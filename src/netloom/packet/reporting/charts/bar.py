"""Bar: a share of a line, in one colour or two."""

from __future__ import annotations

from netloom.packet.reporting.html import text


def bar(title: str, *parts: float) -> str:
    """Shares of the whole width, one after the other, each in the next colour."""
    made = [f'<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img"><title>{text(title)}</title>']
    made.append('<rect class="groove" width="100" height="8"/>')
    begin = 0.0
    for number, part in enumerate(parts):
        width = 100 * min(max(part, 0.0), 1.0)
        if width:
            width = max(width, 0.6)  # what isn't nothing is seen
            made.append(f'<rect class="c{number}" x="{begin:.2f}" width="{width:.2f}" height="8"/>')
        begin += width
    return "".join([*made, "</svg>"])
