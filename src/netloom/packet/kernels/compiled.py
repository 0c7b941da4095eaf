"""Compiled kernels: built once with Numba, kept for the user as object code, and loaded without Numba.

Importing Numba and reading its own cache takes half a second; LLVM alone loads the object code in a tenth of one.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import struct
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from netloom.errors import CapabilityError
from netloom.packet.kernels.entries import ENTRIES, function

if TYPE_CHECKING:
    from collections.abc import Callable

MAGIC = b"netloom kernels 1\n"
KEPT = 4
"""Builds of other versions that stay beside the newest one."""

# What Numba's wrappers refer to and kernels never reach: they neither raise nor allocate.
_UNREACHED = (
    "NRT_Free", "NRT_MemInfo_alloc_aligned", "NRT_MemInfo_call_dtor", "NRT_incref", "NRT_decref", "numba_do_raise",
    "numba_gil_ensure", "numba_gil_release", "numba_runtime_build_excinfo_struct", "numba_unpickle",
)  # fmt: skip


class Built(msgspec.Struct, frozen=True):
    """One kernel's object code and the name of its symbol there."""

    name: str
    symbol: str
    code: bytes


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
    built = kept(place())
    if built is None:
        built = build()
        keep(place(), built)
    return _linked(built)


def ready() -> bool:
    """Whether they were compiled before, for this machine and this version."""
    return kept(place()) is not None


def prepare(progress: Callable[[str, int, int], None] | None = None) -> None:
    """Compile them ahead, and tell before each: its name, how many are done, of how many."""
    require()
    keep(place(), build(progress))


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


def place() -> Path:
    """Where this version's kernels for this machine are kept."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    folder = Path(given if given.startswith("/") else Path.home() / ".cache")
    return folder / "netloom" / "kernels" / f"{_identity()}.kernels"


@functools.cache
def _identity() -> str:
    """What object code depends on: the kernels' source, the compiler, and the processor."""
    import llvmlite
    import llvmlite.binding as llvm

    here = Path(__file__).parent
    told = hashlib.sha256()
    for path in sorted([*here.glob("*.py"), here.parent / "row.py"]):
        told.update(path.read_bytes())
    release = _release("numba")
    processor = f"{llvm.get_default_triple()} {llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"
    told.update(f"{llvmlite.__version__} {release} {sys.version_info[:2]} {processor}".encode())
    return told.hexdigest()[:32]


def _release(package: str) -> str:
    """A package's version, by the file that tells it: asking for metadata would take longer than loading."""
    spec = find_spec(package)
    told = Path(spec.origin).with_name("_version.py") if spec is not None and spec.origin else None
    return hashlib.sha256(told.read_bytes()).hexdigest() if told is not None and told.exists() else ""


def kept(place: Path) -> list[Built] | None:
    """What was built before; None where there is nothing, or nothing that only this user could have written."""
    try:
        with place.open("rb") as file:
            told = os.fstat(file.fileno())
            if told.st_uid != os.geteuid() or told.st_mode & 0o022:
                return None
            data = file.read()
        if not data.startswith(MAGIC):
            return None
        return msgspec.msgpack.decode(data[len(MAGIC) :], type=list[Built])
    except (OSError, msgspec.DecodeError, struct.error):
        return None


def keep(place: Path, built: list[Built]) -> None:
    """Keep what was built. Where that isn't possible it is built again the next time."""
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=place.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(MAGIC + msgspec.msgpack.encode(built))
        Path(name).replace(place)
        others = sorted(place.parent.glob("*.kernels"), key=lambda path: path.stat().st_mtime)
        for old in others[: -KEPT - 1]:
            old.unlink(missing_ok=True)
    except OSError:
        return


def _linked(built: list[Built]) -> dict[str, Callable[[int], None]]:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    never = ctypes.cast(ctypes.CDLL(None).abort, ctypes.c_void_p).value
    for symbol in _UNREACHED:
        llvm.add_symbol(symbol, never)
    engine = llvm.create_mcjit_compiler(
        llvm.parse_assembly(""), llvm.Target.from_default_triple().create_target_machine()
    )
    for one in built:
        engine.add_object_file(llvm.ObjectFileRef.from_data(one.code))
    engine.finalize_object()
    _ENGINES.append(engine)
    kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
    return {one.name: kind(engine.get_function_address(one.symbol)) for one in built}


_ENGINES: list[Any] = []
"""They own the code that the functions point to."""
