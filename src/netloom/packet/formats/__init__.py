"""Packet formats, one file each, and `index.py`, which tells what they hold.

Every file has the same order: the view (where a header's fields are, in octets from its start, for whoever reads them
in place), then the record (the header as a value). A record is read from the bytes that it is given and from no others:
`parse` checks every length before it trusts it, raises `Cut` where the bytes end within the header, and
RemoteProtocolError where the header contradicts itself. Whoever reads in place checks `HEADER` octets first.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar

from netloom.packet.formats.index import INDEX
from netloom.packet.layer import Layer

if TYPE_CHECKING:
    from netloom.packet.layer import Key, Parsed

K = TypeVar("K")


class Format(Protocol):
    """What reads a header that is announced to it. Layers do; what only chooses one of them is a format, too."""

    ANNOUNCED: ClassVar[tuple[Key, ...]]

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        """As a layer does."""


class _Found(Mapping[K, type[Format]]):
    """Formats that are imported when they are first asked for."""

    def __init__(self, places: dict[K, tuple[str, str]]) -> None:
        self._places = places
        self._loaded: dict[K, type[Format]] = {}

    def __getitem__(self, key: K) -> type[Format]:
        found = self._loaded.get(key)
        if found is None:
            module, name = self._places[key]
            found = self._loaded[key] = getattr(importlib.import_module(f"{__name__}.{module}"), name)
        return found

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def __iter__(self) -> Iterator[K]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@functools.cache
def formats() -> Mapping[str, type[Format]]:
    """Every format, by its name."""
    return _Found({name: (module, name) for module, name in INDEX})


@functools.cache
def known() -> Mapping[Key, type[Format]]:
    """Every format, by how it is announced."""
    return _Found({key: place for place, keys in INDEX.items() for key in keys})


@functools.cache
def layers() -> Mapping[str, type[Layer]]:
    """Every layer, by its name. They are imported all."""
    return MappingProxyType({name: value for name, value in formats().items() if issubclass(value, Layer)})
