"""The columns of flows: widths that hold what is counted, both directions of whatever has two."""

from __future__ import annotations

from netloom.packet.flows.row import FlowRow
from netloom.packet.flows.tracked import Side
from netloom.packet.row import columns


def test_both_directions_have_each_count() -> None:
    widths = columns(FlowRow)
    for name in Side.__struct_fields__:
        assert widths[f"{name}_forward"] == widths[f"{name}_backward"]


def test_widths_are_numpys() -> None:
    assert set(columns(FlowRow).values()) == {"u1", "u2", "u4", "u8", "i8"}
