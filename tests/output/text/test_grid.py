"""The matrix, lying and upright."""

from __future__ import annotations

from netloom.output.text.grid import grid
from netloom.output.text.style import Style
from netloom.records import Cell

PLAIN = Style(colour=False, unicode=True)


def cells(*protocols: str) -> list[Cell]:
    return [
        Cell(protocol=protocol, operation=operation, status=status, reason="" if status == "works" else "not here")
        for protocol in protocols
        for operation, status in (("get", "works"), ("listen", "unsupported"))
    ]


def test_operations_lie_where_there_is_room() -> None:
    lines = list(grid(cells("dns", "ntp", "tcp", "udp"), PLAIN, 80))
    assert lines[0] == "       get  listen"
    assert lines[1] == "  dns   ✔     ·"
    assert lines[-1] == "  4 work; why the others do not: netloom matrix PROTOCOL"


def test_and_stand_where_there_is_none() -> None:
    lines = list(grid(cells("dns"), PLAIN, 16))
    assert [line.strip() for line in lines[:6]] == ["l", "i", "s", "g  t", "e  e", "t  n"]
    assert lines[6] == "  dns  ✔  ·"
    assert all(len(line) <= 16 for line in lines)


def test_a_few_protocols_come_with_reasons() -> None:
    assert any("dns listen: not here" in line for line in grid(cells("dns"), PLAIN, 80))
    assert not any("not here" in line for line in grid(cells("a", "b", "c", "d"), PLAIN, 80))


def test_nothing() -> None:
    assert list(grid([], PLAIN, 80))[-1] == "  0 of 0 work"
