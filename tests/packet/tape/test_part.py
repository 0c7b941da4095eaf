"""A part that knows nothing changes nothing; what flows is one."""

from __future__ import annotations

import pytest

from netloom.packet.streams.events import CLIENT, Place
from netloom.packet.tape.part import Part, Unit, run


def test_it_knows_nothing() -> None:
    part, unit = Part(), Unit(CLIENT, b"warp", "warp")
    part.met(unit, unit)
    assert part.adapt(unit) == b"warp"
    assert part.aside(unit) == b""
    assert part.alpn(b"warp") == ""
    assert part.answers(unit, unit)
    assert part.place(unit) is None
    with pytest.raises(NotImplementedError):
        part.renamed(unit, Place("", 1))
    with pytest.raises(NotImplementedError):
        part.units("tcp")


def test_what_flows_is_one() -> None:
    units = [Unit(CLIENT, b"a", "a", flows=True), Unit(CLIENT, b"\0", None), Unit(CLIENT, b"\r", "\n", flows=True)]
    assert run(units) == Unit(CLIENT, b"a\0\r", "a\n", flows=True)
