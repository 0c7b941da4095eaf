"""Kernel: rows into columns. Its plain twin is `Growing.put`."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from netloom.packet.kernels.rows import ROW
from netloom.packet.kernels.tasks import ADDRESS, OCTETS, TASK, WORD

TOGETHER = 64
"""Rows that are looked at for one column after the other: they stay in the processor's first cache."""


def _put(bits: int) -> Any:
    """Write the lower bits of an integer as the item of that number behind an address."""

    @intrinsic  # type: ignore[untyped-decorator]
    def put(_: Any, address: Any, number: Any, value: Any) -> Any:  # noqa: ARG001
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
            item = ir.IntType(bits)
            start = builder.inttoptr(arguments[0], ir.PointerType(item))
            builder.store(
                builder.trunc(arguments[2], item) if bits < 64 else arguments[2], builder.gep(start, [arguments[1]])
            )
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, types.int64), generate

    return put


put8, put16, put32, put64 = _put(8), _put(16), _put(32), _put(64)


@njit(error_model="numpy")
def take(rows, n, first, tasks):
    """Write words of `n` rows to columns, as tasks tell, from row `first` on. There is room for them."""
    for begin in range(0, n, TOGETHER):
        end = min(begin + TOGETHER, n)
        for task in range(0, tasks.size, TASK):
            word = tasks[task + WORD]
            octets = tasks[task + OCTETS]
            address = tasks[task + ADDRESS]
            if octets == 1:
                for i in range(begin, end):
                    put8(address, first + i, rows[i * ROW + word])
            elif octets == 2:
                for i in range(begin, end):
                    put16(address, first + i, rows[i * ROW + word])
            elif octets == 4:
                for i in range(begin, end):
                    put32(address, first + i, rows[i * ROW + word])
            else:
                for i in range(begin, end):
                    put64(address, first + i, rows[i * ROW + word])
