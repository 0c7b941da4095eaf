"""Stores that kernels write headers with, copies, and what is shared with the kernel of the system.

Numbers are little-endian, as the machine's own are, unless their name says otherwise. As with the loads nothing is
checked here: whoever calls has compared the place with the array's end. With NUMBA_BOUNDSCHECK=1 Numba checks it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from netloom.packet.kernels.loads import CHECKED

if TYPE_CHECKING:
    from collections.abc import Callable

_I64 = ir.IntType(64)


def _place(context: Any, builder: Any, array_type: Any, array: Any, at: Any, bits: int = 8) -> Any:
    """A pointer to so many bits in an array of octets."""
    made = context.make_array(array_type)(context, builder, array)
    return builder.bitcast(builder.gep(made.data, [at]), ir.PointerType(ir.IntType(bits)))


def _get(bits: int, order: str = "") -> Callable[..., Any]:
    """Bits at a place as the lower ones of a signed integer; with an order other threads' stores before are seen."""

    @intrinsic  # type: ignore[untyped-decorator]
    def get(_: Any, data: Any, at: Any) -> Any:  # noqa: ARG001 - `at` is typed by the signature
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            place = _place(context, builder, signature.args[0], *arguments, bits)
            word = builder.load_atomic(place, order, bits // 8) if order else builder.load(place, align=1)
            return builder.zext(word, _I64)

        return types.int64(data, types.int64), generate

    return get  # type: ignore[no-any-return]


def _put(bits: int, order: str = "", *, swapped: bool = False) -> Callable[..., Any]:
    """Write the lower bits of an integer at a place; with an order only once all stores before are seen."""

    @intrinsic  # type: ignore[untyped-decorator]
    def put(_: Any, out: Any, at: Any, number: Any) -> Any:  # noqa: ARG001
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            place = _place(context, builder, signature.args[0], arguments[0], arguments[1], bits)
            word = builder.trunc(arguments[2], ir.IntType(bits))
            word = builder.bswap(word) if swapped else word
            if order:
                builder.store_atomic(word, place, order, bits // 8)
            else:
                builder.store(word, place, align=1)
            return context.get_dummy_value()

        return types.void(out, types.int64, types.int64), generate

    return put  # type: ignore[no-any-return]


@intrinsic  # type: ignore[untyped-decorator]
def _copied(_: Any, out: Any, to: Any, data: Any, at: Any, size: Any) -> Any:  # noqa: ARG001
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        goal = _place(context, builder, signature.args[0], arguments[0], arguments[1])
        source = _place(context, builder, signature.args[2], arguments[2], arguments[3])
        cgutils.raw_memcpy(builder, goal, source, arguments[4], 1)
        return context.get_dummy_value()

    return types.void(out, types.int64, data, types.int64, types.int64), generate


acquired = _get(32, "acquire")
"""32 bits that somebody else has released."""
released = _put(32, "release")
"""32 bits that tell somebody else that what was done before is done."""

if CHECKED:

    @njit(inline="always")
    def n16(data, at):
        return np.int64(data[at]) | np.int64(data[at + 1]) << 8

    @njit(inline="always")
    def n32(data, at):
        return n16(data, at) | n16(data, at + 2) << 16

    @njit(inline="always")
    def put16(out, at, number):
        out[at] = number & 0xFF
        out[at + 1] = number >> 8 & 0xFF

    @njit(inline="always")
    def put32(out, at, number):
        put16(out, at, number)
        put16(out, at + 2, number >> 16)

    @njit(inline="always")
    def big16(out, at, number):
        out[at] = number >> 8 & 0xFF
        out[at + 1] = number & 0xFF

    @njit(inline="always")
    def big32(out, at, number):
        big16(out, at, number >> 16)
        big16(out, at + 2, number)

    @njit(inline="always")
    def copy(out, to, data, at, size):
        for octet in range(size):
            out[to + octet] = data[at + octet]

else:
    n16, n32 = _get(16), _get(32)
    put16, put32 = _put(16), _put(32)
    big16, big32 = _put(16, swapped=True), _put(32, swapped=True)
    copy = _copied
