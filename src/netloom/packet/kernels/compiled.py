"""Compiled kernels: built once with Numba, kept for the user as machine code, and loaded without Numba.

Importing Numba and reading its own cache takes half a second; the machine code is there in some milliseconds.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import platform
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import msgspec

from netloom.errors import CapabilityError
from netloom.packet.kept import Kept
from netloom.packet.kernels import image
from netloom.packet.kernels.entries import ENTRIES, function

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT = Kept("kernels", b"netloom kernels 2\n", spare=4)

# What Numba's wrappers refer to and kernels never reach: they neither raise nor allocate.
_UNREACHED = (
    "NRT_Free", "NRT_MemInfo_alloc_aligned", "NRT_MemInfo_call_dtor", "NRT_incref", "NRT_decref", "numba_do_raise",
    "numba_gil_ensure", "numba_gil_release", "numba_runtime_build_excinfo_struct", "numba_unpickle",
)  # fmt: skip
_CPU = ("vendor_id", "cpu family", "model", "stepping", "flags", "CPU", "Features")
"""What a line of /proc/cpuinfo begins with that tells what a processor can do; others change from moment to moment."""
_FIRST = 1 << 14
"""Octets of that file that tell of the first processor."""


class Built(msgspec.Struct, frozen=True):
    """One kernel's object code and the name of its symbol there."""

    name: str
    symbol: str
    code: bytes


class Made(msgspec.Struct, frozen=True):
    """All kernels: as an image, or where there can be none as object code."""

    image: image.Image | None
    objects: list[Built]


def available() -> bool:
    """Whether the packages are here that kernels are made of. They read numbers as little-endian processors do."""
    return find_spec("numba") is not None and find_spec("numpy") is not None and sys.byteorder == "little"


def require() -> None:
    """Raise CapabilityError unless they are."""
    if not available():
        raise CapabilityError(
            "columns and compiled kernels need NumPy and Numba", hint="pip install 'netloom[packets]'"
        )


@functools.cache
def load() -> dict[str, Callable[[int], None]]:
    """Every kernel by its name, each called with the address of its words (see `entries`).

    Compiles them where that hasn't been done before, which takes seconds: see `ready` and `prepare`.
    """
    require()
    made = _kept()
    if made is None:
        made = _prepared(build())
    return called(made)


def ready() -> bool:
    """Whether they were compiled before, for this machine and this version."""
    return _kept() is not None


def prepare(progress: Callable[[str, int, int], None] | None = None) -> None:
    """Compile them ahead, and tell before each: its name, how many are done, of how many."""
    require()
    _prepared(build(progress))


def build(progress: Callable[[str, int, int], None] | None = None) -> list[Built]:
    """Compile every kernel for this machine's processor."""
    import importlib

    import numba

    made = []
    for number, one in enumerate(ENTRIES.values()):
        if progress is not None:
            progress(one.name, number, len(ENTRIES))
        module = importlib.import_module(f"netloom.packet.kernels.{one.module}")
        call = function(one, getattr(module, one.function))
        words = numba.types.CPointer(numba.types.int64)  # type: ignore[no-untyped-call]
        compiled = numba.cfunc(numba.types.void(words), error_model="numpy")(call)
        code = compiled._library._get_compiled_object()  # type: ignore[attr-defined]
        made.append(Built(one.name, compiled.native_name, code))
    return made


def made_of(built: list[Built]) -> Made:
    """What is kept of kernels that were built."""
    try:
        return Made(image.linked((one.name, one.symbol, one.code) for one in built), [])
    except image.Foreign:
        return Made(None, built)


def called(made: Made) -> dict[str, Callable[[int], None]]:
    """Kernels, ready to be called."""
    if made.image is not None:
        addresses = image.loaded(made.image, _UNREACHED)
    else:
        from netloom.packet.kernels import engine

        addresses = engine.loaded(((one.name, one.symbol, one.code) for one in made.objects), _UNREACHED)
    kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
    return {name: kind(address) for name, address in addresses.items()}


def place() -> str:
    """Where this version's kernels for this machine are kept."""
    return KEPT.place(_identity())


def _prepared(built: list[Built]) -> Made:
    made = made_of(built)
    KEPT.write(place(), msgspec.msgpack.encode(made))
    return made


def _kept() -> Made | None:
    data = KEPT.read(place())
    try:
        return msgspec.msgpack.decode(data, type=Made) if data is not None else None
    except msgspec.DecodeError:
        return None


@functools.cache
def _identity() -> str:
    """What machine code depends on: the kernels' source, the compiler, and the processor."""
    here = os.path.dirname(__file__)  # noqa: PTH120
    told = hashlib.sha256()
    sources = sorted(one.path for one in os.scandir(here) if one.name.endswith(".py"))
    for path in (*sources, f"{os.path.dirname(here)}/row.py", *map(_release, ("numba", "llvmlite"))):  # noqa: PTH120
        with open(path, "rb") as file:  # noqa: PTH123
            told.update(file.read())
    told.update(f"{sys.version_info[:2]} {_processor()}".encode())
    return told.hexdigest()[:32]


def _release(package: str) -> str:
    """The file that tells a package's version: asking for metadata would take longer than loading."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise CapabilityError(f"{package} isn't here", hint="pip install 'netloom[packets]'")
    told = f"{os.path.dirname(spec.origin)}/_version.py"  # noqa: PTH120
    return told if os.path.exists(told) else spec.origin  # noqa: PTH110


def _processor() -> str:
    """What this machine's processor can do."""
    try:
        with open("/proc/cpuinfo", "rb") as file:  # noqa: PTH123
            lines = file.read(_FIRST).decode("ascii", "replace").split("\n\n")[0].splitlines()
    except OSError:
        import llvmlite.binding as llvm

        return f"{llvm.get_default_triple()} {llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"
    return platform.machine() + "".join(line for line in lines if line.startswith(_CPU))
