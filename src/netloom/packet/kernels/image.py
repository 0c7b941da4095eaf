"""Image: object code that is put in order once, as one piece, and later only copied to where it runs.

LLVM could load the object files, but to import it takes longer than everything that is done here. Numba compiles for
the large code model, so on x86-64 all that linking leaves to do is to write addresses (System V ABI, AMD64, §4.4).
"""

from __future__ import annotations

import ctypes
import mmap
import struct
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from netloom.errors import CapabilityError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ALIGNED = 64
_WORD = struct.Struct("<Q")
_HEADER, _SECTION, _SYMBOL, _RELOCATION = struct.Struct("<16sHHIQQQIHHHHHH"), struct.Struct("<IIQQQQIIQQ"), \
    struct.Struct("<IBBHQQ"), struct.Struct("<QQq")  # fmt: skip
_MACHINE, _RELOCATABLE = 62, 1
_SYMBOLS, _ADDENDS, _NOTHING = 2, 4, 8
"""Kinds of sections: symbols, relocations with addends, and octets that are all 0."""
_LOADED = 2
_ABSOLUTE = 1
"""The relocation that is an address of 64 bits."""
_UNWINDING = ".eh_frame"
"""Nobody unwinds kernels: they neither raise nor call what does."""


class Foreign(Exception):
    """Object code of another kind than this module puts in order."""


class Image(msgspec.Struct, frozen=True):
    """Code in one piece. `inner` are the places of addresses that so far count from its beginning, `outer` those of
    addresses of other libraries' functions, and `starts` where kernels begin."""

    code: bytes
    inner: list[int]
    outer: dict[str, list[int]]
    starts: dict[str, int]


class _Section(NamedTuple):
    name: int
    kind: int
    flags: int
    address: int
    place: int
    size: int
    link: int
    info: int
    align: int
    each: int


# Putting in order


def linked(objects: Iterable[tuple[str, str, bytes]]) -> Image:
    """An image of object files: each with its kernel's name, and the symbol where that begins. Raises Foreign."""
    code = bytearray()
    inner: list[int] = []
    outer: dict[str, list[int]] = {}
    starts: dict[str, int] = {}
    for name, symbol, data in objects:
        file = _File(data)
        file.lay(code)
        for place, target, addend in file.addresses():
            if isinstance(target, str):
                if addend:
                    raise Foreign(f"{target} with an addend")
                outer.setdefault(target, []).append(place)
            else:
                _WORD.pack_into(code, place, target + addend)
                inner.append(place)
        starts[name] = file.start(symbol)
    return Image(bytes(code), inner, outer, starts)


class _File:
    """One ELF object file."""

    def __init__(self, data: bytes) -> None:
        if data[:6] != b"\x7fELF\x02\x01":
            raise Foreign("no ELF of 64 bits")
        told = _HEADER.unpack_from(data)
        if (told[1], told[2]) != (_RELOCATABLE, _MACHINE):
            raise Foreign("no object code of x86-64")
        place, each, count, names = told[6], told[11], told[12], told[13]
        self._data = data
        self._sections = [_Section(*_SECTION.unpack_from(data, place + each * number)) for number in range(count)]
        self._names = self._sections[names]
        self._laid: dict[int, int] = {}

    def lay(self, code: bytearray) -> None:
        """Put what is loaded behind what is there."""
        for number, section in enumerate(self._sections):
            if not section.flags & _LOADED or self._name(section) == _UNWINDING:
                continue
            code.extend(bytes(-len(code) % max(section.align, ALIGNED)))
            self._laid[number] = len(code)
            nothing = section.kind == _NOTHING
            code.extend(bytes(section.size) if nothing else self._data[section.place : section.place + section.size])

    def addresses(self) -> Iterator[tuple[int, int | str, int]]:
        """Where addresses stand, whose: places in the code, or names of what is elsewhere, and what is added."""
        for section in self._sections:
            if section.kind != _ADDENDS or section.info not in self._laid:
                continue
            symbols = self._sections[section.link]
            for at in range(section.place, section.place + section.size, _RELOCATION.size):
                place, told, addend = _RELOCATION.unpack_from(self._data, at)
                if told & 0xFFFFFFFF != _ABSOLUTE:
                    raise Foreign(f"relocations of kind {told & 0xFFFFFFFF}")
                yield self._laid[section.info] + place, self._target(symbols, told >> 32), addend

    def start(self, symbol: str) -> int:
        """Where a symbol is."""
        for section in self._sections:
            if section.kind == _SYMBOLS:
                for number in range(section.size // _SYMBOL.size):
                    name, _, _, _, _, _ = _SYMBOL.unpack_from(self._data, section.place + number * _SYMBOL.size)
                    if self._text(self._sections[section.link], name) == symbol:
                        found = self._target(section, number)
                        if isinstance(found, int):
                            return found
        raise Foreign(f"no symbol {symbol}")

    def _target(self, symbols: _Section, number: int) -> int | str:
        name, _, _, section, value, _ = _SYMBOL.unpack_from(self._data, symbols.place + number * _SYMBOL.size)
        if section == 0:
            return self._text(self._sections[symbols.link], name)
        if section not in self._laid:
            raise Foreign("a symbol of what isn't loaded")
        return self._laid[section] + int(value)

    def _name(self, section: _Section) -> str:
        return self._text(self._names, section.name)

    def _text(self, names: _Section, at: int) -> str:
        start = names.place + at
        return self._data[start : self._data.index(b"\0", start)].decode()


# Running


def loaded(image: Image, never: Iterable[str]) -> dict[str, int]:
    """The addresses of an image's kernels in memory. What is in `never` ends the program if it should be reached."""
    library = ctypes.CDLL(None)
    memory = mmap.mmap(-1, max(len(image.code), 1))
    base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    memory[: len(image.code)] = image.code
    for place in image.inner:
        _WORD.pack_into(memory, place, _WORD.unpack_from(memory, place)[0] + base)
    ends = set(never)
    for name, places in image.outer.items():
        address = ctypes.cast(library["abort" if name in ends else name], ctypes.c_void_p).value or 0
        for place in places:
            _WORD.pack_into(memory, place, address)
    if library.mprotect(ctypes.c_void_p(base), ctypes.c_size_t(len(memory)), mmap.PROT_READ | mmap.PROT_EXEC):
        raise CapabilityError(
            "compiled kernels can't run: this system makes no memory executable",
            hint="SELinux and seccomp may forbid it: allow execmem",
        )
    _MEMORY.append(memory)
    return {name: base + start for name, start in image.starts.items()}


_MEMORY: list[mmap.mmap] = []
"""They hold the code that addresses point to."""
