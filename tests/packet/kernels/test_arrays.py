"""Arrays in a file are those that were given, and what their numbers mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netloom.packet.kernels.arrays import save
from netloom.packet.kernels.flowcolumns import FlowColumns

if TYPE_CHECKING:
    from pathlib import Path


def test_arrays_are_what_they_were(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    path.touch()
    given = {"app": np.array([1, 0, 1], np.uint16), "community_id": np.array([b"1:x"] * 3, "S30")}
    assert save(FlowColumns(given, ("", "dns"), []), path) == 3
    with np.load(path, allow_pickle=False) as found:
        assert {name: found[name].tolist() for name in given} == {name: one.tolist() for name, one in given.items()}
        assert found["app"].dtype == np.uint16
        assert found["apps"][found["app"]].tolist() == ["dns", "", "dns"]
        assert found["reasons"][0] == "idle"
