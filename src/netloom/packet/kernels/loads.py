"""Loads that kernels read headers with, and the multiplication that they hash with.

All integers in kernels are signed 64-bit: Numba makes floats of mixed signs. A load checks nothing: whoever calls it
has compared its place with where the captured octets end. With NUMBA_BOUNDSCHECK=1 every load is plain indexing, which
Numba then checks; the tests run all kernels that way, too.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from collections.abc import Callable

CHECKED = os.environ.get("NUMBA_BOUNDSCHECK") == "1"
_I64 = ir.IntType(64)
_I128 = ir.IntType(128)


def _load(bits: int) -> Callable[..., Any]:
    """Big-endian bits at a place in an array of octets, as the lower bits of a signed integer."""

    @intrinsic  # type: ignore[untyped-decorator]
    def load(_: Any, data: Any, at: Any) -> Any:  # noqa: ARG001 - `at` is typed by the signature
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array = context.make_array(signature.args[0])(context, builder, arguments[0])
            place = builder.gep(array.data, [arguments[1]])
            if bits == 8:
                return builder.zext(builder.load(place), _I64)
            word = builder.load(builder.bitcast(place, ir.PointerType(ir.IntType(bits))), align=1)
            word = builder.bswap(word)
            return word if bits == 64 else builder.zext(word, _I64)

        return types.int64(data, types.int64), generate

    return load  # type: ignore[no-any-return]


if CHECKED:

    @njit(inline="always")
    def u8(data, at):
        return np.int64(data[at])

    @njit(inline="always")
    def u16(data, at):
        return np.int64(data[at]) << 8 | np.int64(data[at + 1])

    @njit(inline="always")
    def u32(data, at):
        return u16(data, at) << 16 | u16(data, at + 2)

    @njit(inline="always")
    def u64(data, at):
        return u32(data, at) << 32 | u32(data, at + 4)

else:
    u8, u16, u32, u64 = _load(8), _load(16), _load(32), _load(64)


@njit(inline="always")
def swapped32(word):
    """32 bits with their octets in the other order."""
    return (word & 0xFF) << 24 | (word & 0xFF00) << 8 | word >> 8 & 0xFF00 | word >> 24


@njit(inline="always")
def swapped16(word):
    """16 bits with their octets in the other order."""
    return (word & 0xFF) << 8 | word >> 8


@intrinsic  # type: ignore[untyped-decorator]
def fetch(_: Any, data: Any, at: Any) -> Any:  # noqa: ARG001
    """Ask for what an array holds at an index, which will be read soon. Any index is harmless."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.gep(array.data, [arguments[1]])
        place = builder.bitcast(place, ir.PointerType(ir.IntType(8)))
        number = ir.IntType(32)
        name = "llvm.prefetch.p0"
        kind = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
        function = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
        # for reading, as often as possible, data
        builder.call(function, [place, ir.Constant(number, 0), ir.Constant(number, 3), ir.Constant(number, 1)])
        return context.get_dummy_value()

    return types.void(data, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def mixed(_: Any, one: Any, other: Any) -> Any:  # noqa: ARG001
    """The two halves of a 128-bit product, one upon the other: a good hash where one factor holds a secret."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
        product = builder.mul(builder.zext(arguments[0], _I128), builder.zext(arguments[1], _I128))
        upper = builder.trunc(builder.lshr(product, ir.Constant(_I128, 64)), _I64)
        return builder.xor(builder.trunc(product, _I64), upper)

    return types.int64(types.int64, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def product_shifted(_: Any, one: Any, other: Any, bits: Any) -> Any:  # noqa: ARG001
    """A 128-bit product of two unsigned numbers, shifted right; what is above 64 bits is lost."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
        product = builder.mul(builder.zext(arguments[0], _I128), builder.zext(arguments[1], _I128))
        return builder.trunc(builder.lshr(product, builder.zext(arguments[2], _I128)), _I64)

    return types.int64(types.int64, types.int64, types.int64), generate
