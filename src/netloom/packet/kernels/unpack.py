"""Words become what a kernel takes: numbers, and arrays over memory that somebody else keeps."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.errors import TypingError
from numba.extending import intrinsic
from numba.np import arrayobj

ITEMS = {"u1": types.uint8, "u4": types.uint32, "i8": types.int64}
_I64 = ir.IntType(64)


@intrinsic
def unpacked(_: Any, words: Any, kinds: Any) -> Any:
    """A tuple of what a pointer to words means, by kinds: "u1 int i8" is an array of octets, a number, an array."""
    if not isinstance(kinds, types.StringLiteral):
        raise TypingError("the kinds have to be a constant")
    named = kinds.literal_value.split()
    parts = [types.int64 if kind == "int" else types.Array(ITEMS[kind], 1, "C") for kind in named]
    result = types.Tuple(parts)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
        at = 0

        def word() -> Any:
            nonlocal at
            value = builder.load(builder.gep(arguments[0], [ir.Constant(_I64, at)]))
            at += 1
            return value

        def array(part: Any) -> Any:
            made = arrayobj.make_array(part)(context, builder)
            item = ir.Constant(_I64, part.dtype.bitwidth // 8)
            data = builder.inttoptr(word(), made.data.type)
            arrayobj.populate_array(made, data=data, shape=[word()], strides=[item], itemsize=item, meminfo=None)
            return made._getvalue()

        values = [word() if part is types.int64 else array(part) for part in parts]
        return context.make_tuple(builder, result, values)

    return result(words, kinds), generate
