"""Engine: object code in memory by LLVM, on machines whose object code `image` doesn't put in order."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import llvmlite.binding as llvm

if TYPE_CHECKING:
    from collections.abc import Iterable


def loaded(objects: Iterable[tuple[str, str, bytes]], never: Iterable[str]) -> dict[str, int]:
    """The addresses of kernels: each given by its name, its symbol and its object file.

    What is in `never` ends the program if it should be reached.
    """
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    ends = ctypes.cast(ctypes.CDLL(None).abort, ctypes.c_void_p).value
    for symbol in never:
        llvm.add_symbol(symbol, ends)
    engine = llvm.create_mcjit_compiler(
        llvm.parse_assembly(""), llvm.Target.from_default_triple().create_target_machine()
    )
    symbols = {}
    for name, symbol, code in objects:
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        symbols[name] = symbol
    engine.finalize_object()
    _ENGINES.append(engine)
    return {name: engine.get_function_address(symbol) for name, symbol in symbols.items()}


_ENGINES: list[Any] = []
"""They own the code that addresses point to."""
