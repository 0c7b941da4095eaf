"""Arrays: columns as NumPy keeps them in a file, one array a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet.kernels.growing import Columns


def save(columns: Columns, path: Path) -> int:
    """Write columns, and the names that their numbers mean. How many rows there are. Raises OSError."""
    arrays: dict[str, Any] = {**columns, **columns.meanings()}
    with path.open("r+b") as file:
        np.savez(file, **arrays)
    return columns.rows
