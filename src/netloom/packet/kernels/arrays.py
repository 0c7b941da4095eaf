"""Arrays: columns as NumPy keeps them in a file, one array a column."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zipfile import ZipFile, ZipInfo

import numpy as np
from numpy.lib import format as npy

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet.kernels.growing import Columns


def save(columns: Columns, path: Path) -> int:
    """Write columns, and the names that their numbers mean. How many rows there are. Raises OSError.

    As `numpy.savez` does, but each array goes into the file as it stands in memory.
    """
    with path.open("r+b", buffering=0) as file, ZipFile(file, "w") as archive:
        for name, array in {**columns, **columns.meanings()}.items():
            whole = np.ascontiguousarray(array)
            with archive.open(ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                npy.write_array_header_1_0(member, npy.header_data_from_array_1_0(whole))
                member.write(whole.view(np.uint8).data)
    return columns.rows
