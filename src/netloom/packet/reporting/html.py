"""HTML as text: what captures say is escaped, and what would turn or hide text is shown instead."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def seen(value: object) -> str:
    """A text on one line, in which control characters and those that turn or hide text are visible."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found.group()):04x}", str(value))


def text(value: object) -> str:
    """A text as HTML has it, in elements and in attributes."""
    return escape(seen(value), quote=True)


def breaking(value: object) -> str:
    """A name or an address that may be broken behind its dots and colons."""
    return re.sub(r"([.:/-])", r"\1<wbr>", text(value))


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], classes: str = "") -> str:
    """A table. Cells are HTML; a head that ends with > is of numbers. The first cell of a row is its head."""
    columns = [head.removesuffix(">") for head in heads]
    numeric = [' class="n"' if head.endswith(">") else "" for head in heads]
    made = [
        f'<table class="{classes}">' if classes else "<table>",
        f"<caption>{text(caption)}</caption>",
        "<thead><tr>",
    ]
    made += [f'<th scope="col"{kind}>{text(name)}</th>' for name, kind in zip(columns, numeric, strict=True)]
    made.append("</tr></thead><tbody>")
    for row in rows:
        head, *cells = row
        made.append(f'<tr><th scope="row">{head}</th>')
        made += [
            f'<td{kind} data-h="{text(name)}">{cell}</td>'
            for name, kind, cell in zip(columns[1:], numeric[1:], cells, strict=True)
        ]
        made.append("</tr>")
    return "".join([*made, "</tbody></table>"])
