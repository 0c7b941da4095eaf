"""Columns of flows say what the flows say that the plain tracker gives, Community IDs included."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from netloom.packet.captures import open_capture
from netloom.packet.flows.community import community_id
from netloom.packet.flows.tracked import Ended, Names
from netloom.packet.kernels import table as T
from netloom.packet.kernels.batches import Dissector, batches
from netloom.packet.kernels.flowcolumns import WIDTHS, CollectedFlows, FlowColumns
from netloom.packet.kernels.flows import FlowTable
from netloom.packet.kernels.rows import BATCH
from tests.packet.kernels.test_flows import RECOGNISER, as_captured, by_twin, traffic, written

if TYPE_CHECKING:
    from pathlib import Path


def collected(path: Path, seed: int = 0) -> FlowColumns:
    table, dissector, found = FlowTable(recognise=RECOGNISER), Dissector(), CollectedFlows(seed)
    with open_capture(path) as capture:
        for batch in batches(capture):
            for block in table.add(dissector(batch)):
                found.take(block)
    for block in table.finish():
        found.take(block)
    return found.done()


def wanted(ended: Ended, seed: int) -> dict[str, Any]:
    """A flow's columns, from the plain twin's."""
    flow, reason = ended
    key = flow.key
    sides = {"forward": flow.forward, "backward": flow.backward}
    counted = {
        f"{name}_{side}": getattr(sides[side], name) for side in sides for name in flow.forward.__struct_fields__
    }
    return counted | {
        "start": flow.first,
        "end": flow.last,
        "version": key.version,
        "protocol": key.protocol,
        "src_high": key.src_high,
        "src_low": key.src_low,
        "dst_high": key.dst_high,
        "dst_low": key.dst_low,
        "src_port": key.src_port,
        "dst_port": key.dst_port,
        "app": flow.app,
        "reason": reason,
        "vlan": flow.vlan,
        "tunnels": flow.tunnels,
        "handshake_rtt": flow.rtt,
        "community_id": community_id(key, seed).encode(),
    }


@pytest.mark.parametrize(("seed", "community"), [(1, 0), (2, 1), (3, 65535), (4, 0x1234)])
def test_each_column_is_the_twins(seed: int, community: int, tmp_path: Path) -> None:
    frames = as_captured(traffic(Random(seed), 2 * BATCH + 7))
    found = collected(written(tmp_path / "x.pcapng", frames), community)
    flows = by_twin(frames)
    arrays = {name: found[name].tolist() for name in found}
    arrays["app"] = [found.apps[app] for app in arrays["app"]]
    arrays["reason"] = [T.REASONS[reason] for reason in arrays["reason"]]
    rows = [dict(zip(arrays, row, strict=True)) for row in zip(*arrays.values(), strict=True)]

    def order(row: dict[str, Any]) -> list[str]:
        return [str(row[name]) for name in WIDTHS]

    assert sorted(rows, key=order) == sorted([wanted(one, community) for one in flows], key=order)
    named = sorted((one.flow.names for one in flows if one.flow.names != Names()), key=repr)
    assert sorted((names for names in found.names.values() if names != Names()), key=repr) == named
    assert named


def test_columns_have_the_widths_that_are_told(tmp_path: Path) -> None:
    frames = as_captured(traffic(Random(5), 500))
    found = collected(written(tmp_path / "x.pcapng", frames))
    assert {name: found[name].dtype for name in found} == {name: np.dtype(width) for name, width in WIDTHS.items()}


def test_names_belong_to_their_rows(tmp_path: Path) -> None:
    frames = as_captured(traffic(Random(6), 2 * BATCH))
    found = collected(written(tmp_path / "x.pcapng", frames))
    apps = {found.apps[found["app"][row]] for row, names in found.names.items() if names.queries}
    assert apps == {"dns"}


def test_no_flows_make_empty_columns() -> None:
    found = CollectedFlows().done()
    assert found.rows == 0
    assert found.apps == ("",)
    assert found.community_id.dtype == np.dtype("S30")
