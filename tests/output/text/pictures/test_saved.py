"""What a table shows of columns that were written."""

from __future__ import annotations

from netloom.output.text.pictures.saved import lines
from netloom.output.text.style import Style
from netloom.output.text.words import size
from netloom.packet.saving import Saved

PLAIN = Style(colour=False, unicode=False)


def shown(file: str, rows: int, columns: int = 80) -> list[str]:
    return list(lines(Saved(file=file, format="csv", rows=rows, octets=2048), PLAIN, columns))


def test_one_line() -> None:
    assert shown("a.csv", 1234) == [f"  {PLAIN.ok} a.csv {PLAIN.dot} 1,234 rows {PLAIN.dot} {size(2048)}"]
    assert "1 row " in shown("a.csv", 1)[0]


def test_a_narrow_terminal() -> None:
    assert all(len(line) <= 30 for line in shown("a-long-name.csv", 1234, 30))


def test_names_do_nothing_to_a_terminal() -> None:
    assert "\x1b" not in "".join(shown("\x1b[2J.csv", 1))
