"""Names of objects: those that netloom knows, and those of MIB modules that the user has (RFC 2578)."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from netloom.errors import LocalProtocolError, UsageError
from netloom.wire.snmp import smi
from netloom.wire.snmp.mibs import IMPORTABLE, standard

if TYPE_CHECKING:
    from netloom.wire.snmp.mib import Mib

_SUFFIXES = ("", ".txt", ".mib", ".my", ".smi")


@functools.lru_cache(maxsize=16)
def names(places: tuple[str, ...] = ()) -> Mib:
    """The names of the standard MIBs, and of the modules in these files and folders. Raises UsageError."""
    if not places:
        return standard()
    modules: dict[str, smi.Module] = {}
    for place in places:
        for path in _files(Path(place)):
            modules |= {module.name: module for module in _modules(path)}
    known = standard()
    try:
        return known.with_nodes(smi.nodes(modules.values(), known.names, IMPORTABLE))
    except LocalProtocolError as exc:
        raise UsageError(f"mibs: {exc.message}", hint="mibs=FOLDER reads all that are in it") from None


def _files(place: Path) -> list[Path]:
    if place.is_dir():
        return sorted(path for path in place.iterdir() if path.is_file() and path.suffix.lower() in _SUFFIXES)
    if not place.is_file():
        raise UsageError(f"mibs: there is no file or folder {place}")
    return [place]


def _modules(path: Path) -> list[smi.Module]:
    try:
        if path.stat().st_size > smi.MODULE_LIMIT:
            raise UsageError(f"mibs: {path} is longer than any module")
        return smi.parse(path.read_text(encoding="utf-8", errors="replace"))
    except OSError as exc:
        raise UsageError(f"mibs: {path} can't be read: {exc.strerror}") from None
    except LocalProtocolError as exc:
        raise UsageError(f"mibs: {path}: {exc.message}") from None
