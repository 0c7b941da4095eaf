"""Columns that grow keep what is in them, whether kernels fill them or NumPy does."""

from __future__ import annotations

import numpy as np
import pytest

from netloom.packet.kernels import memory
from netloom.packet.kernels import rows as R
from netloom.packet.kernels.batches import Batch
from netloom.packet.kernels.columns import NUMBERS, WIDTHS, Collected
from netloom.packet.kernels.growing import FIRST, Growing

KINDS = {"a": "u1", "b": "u2", "c": "u4", "d": "i8", "e": "S30"}


@pytest.mark.parametrize("sizes", [[1, 2, 3], [FIRST], [FIRST - 1, 2, 5 * FIRST], []])
def test_what_is_put_there_stays(sizes: list[int]) -> None:
    random = np.random.default_rng(1)
    growing, given = Growing(KINDS), []
    for size in sizes:
        rows = {name: random.integers(0, 200, size) for name in "abcd"} | {
            "e": random.integers(9, 99, size).astype("S30")
        }
        growing.put(rows)
        given.append(rows)
    found = growing.done()
    for name, kind in KINDS.items():
        assert found[name].dtype == np.dtype(kind)
        assert found[name].tolist() == [value for rows in given for value in rows[name].astype(kind).tolist()]


def test_columns_move_only_when_they_have_to() -> None:
    growing = Growing(KINDS)
    assert not growing.add(FIRST - 1)
    assert not growing.add(1)
    assert growing.add(1)
    assert not growing.add(FIRST - 1)
    assert growing.add(1)
    assert growing.used == 2 * FIRST + 1


def test_a_kernel_writes_what_numpy_writes() -> None:
    random = np.random.default_rng(2)
    words = random.integers(-(1 << 63), (1 << 63) - 1, (FIRST // 2 + 77, R.ROW))
    collected, growing = Collected(list(WIDTHS)), Growing(WIDTHS)
    for size in (1, 63, 64, 65, len(words), len(words), 3):
        rows = words[random.permutation(len(words))].reshape(-1)
        collected.take(Batch(size, np.zeros(0, np.uint8), rows))
        growing.put({name: rows.reshape(-1, R.ROW)[:size, NUMBERS[name]] for name in WIDTHS})
    found, expected = collected.done(), growing.done()
    assert all((found[name] == expected[name]).all() for name in WIDTHS)


class TestMemory:
    """What kernels work in."""

    @pytest.mark.parametrize(("size", "kind"), [(0, np.int64), (1, np.uint8), (77, np.uint32), (4096, np.int64)])
    def test_it_is_aligned(self, size: int, kind: type) -> None:
        for _ in range(9):
            made = memory.aligned(size, kind)
            assert (len(made), made.dtype) == (size, np.dtype(kind))
            assert made.ctypes.data % memory.LINE == 0 or not size
            assert not made.any()

    def test_it_grows_where_the_system_moves_nothing(self) -> None:
        class Unmoved:
            """Memory of another system than Linux."""

            def __init__(self, octets: bytes) -> None:
                self._octets = octets

            def resize(self, size: int) -> None:
                raise SystemError(f"mmap: resizing not available, {size}")

            def __len__(self) -> int:
                return len(self._octets)

            def __getitem__(self, part: slice) -> bytes:
                return self._octets[part]

        larger = memory.grown(Unmoved(b"warp and weft"), 99)  # type: ignore[arg-type]
        assert larger[:] == b"warp and weft" + bytes(86)
