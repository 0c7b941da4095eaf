"""Object code in one piece: the same kernels as LLVM loads, and nothing is taken that isn't understood."""

from __future__ import annotations

import ctypes
import struct
from typing import Any

import numpy as np
import pytest

from netloom.errors import CapabilityError
from netloom.packet.kernels import compiled, engine, image
from netloom.packet.kernels import table as T
from netloom.packet.kernels.entries import ENTRIES
from tests.packet.kernels.objects import objects, relocations

ONE = ("walk.pcap", "tally.index", "community.communities")


@pytest.fixture(scope="module")
def built() -> list[tuple[str, str, bytes]]:
    """Some kernels' object files."""
    return objects(*ONE)


def test_it_is_the_same_code_as_an_engine_loads(built: list[tuple[str, str, bytes]]) -> None:
    made = image.loaded(image.linked(built), compiled._UNREACHED)
    other = engine.loaded(built, compiled._UNREACHED)
    assert set(made) == set(other) == set(ONE)
    words = np.zeros((2, 3 * 40), np.int64)
    words[:, :] = np.random.default_rng(1).integers(1, 1 << 40, words.shape[1])
    cells = [_spelled(place["community.communities"], words[0].copy()) for place in (made, other)]
    assert cells[0] == cells[1]
    assert cells[0].startswith(b"1:")


def _spelled(address: int, table: np.ndarray) -> bytes:
    """Community IDs of three flows, by a kernel at an address."""
    octets, cells = np.zeros(64, np.uint8), np.zeros(90, np.uint8)
    block, states = np.zeros(T.ROUNDS * T.LANES, np.uint32), np.zeros((T.ROUNDS + 5) * T.LANES, np.uint32)
    words: list[int] = []
    values: tuple[Any, ...] = (table, 3, 0, octets, block, states, cells)
    for argument, value in zip(ENTRIES["community.communities"].arguments, values, strict=True):
        words += [value] if argument.kind == "int" else [value.ctypes.data, len(value)]
    given = np.array(words, np.int64)
    ctypes.CFUNCTYPE(None, ctypes.c_void_p)(address)(given.ctypes.data)
    return cells.tobytes()


def test_all_kernels_are_in_one_piece() -> None:
    compiled.load()
    made = compiled._kept()
    assert made is not None
    assert made.image is not None
    assert made.objects == []
    assert set(made.image.starts) == set(ENTRIES)


@pytest.mark.parametrize(
    ("place", "octets", "words"),
    [
        (0, b"MZ", "no ELF"),
        (4, b"\x01", "no ELF of 64 bits"),
        (5, b"\x02", "no ELF of 64 bits"),
        (16, b"\x03\x00", "no object code"),
        (18, b"\xb7\x00", "no object code"),
    ],
)
def test_other_files_are_not_taken(built: list[tuple[str, str, bytes]], place: int, octets: bytes, words: str) -> None:
    name, symbol, code = built[0]
    changed = code[:place] + octets + code[place + len(octets) :]
    with pytest.raises(image.Foreign, match=words):
        image.linked([(name, symbol, changed)])


def test_relocations_of_other_kinds_are_not_taken(built: list[tuple[str, str, bytes]]) -> None:
    name, symbol, code = built[0]
    place = relocations(code)[0]
    changed = code[: place + 8] + struct.pack("<I", 2) + code[place + 12 :]
    with pytest.raises(image.Foreign, match="relocations of kind 2"):
        image.linked([(name, symbol, changed)])


def test_a_kernel_has_to_be_there(built: list[tuple[str, str, bytes]]) -> None:
    name, _, code = built[0]
    with pytest.raises(image.Foreign, match="no symbol nobody"):
        image.linked([(name, "nobody", code)])


def test_where_memory_may_not_be_executable_that_is_said(
    built: list[tuple[str, str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = image.linked(built[:1])

    class Library:
        mprotect = staticmethod(lambda *_: -1)

        def __getitem__(self, name: str) -> object:
            return ctypes.PyDLL(None)[name]

    monkeypatch.setattr(ctypes, "CDLL", lambda _: Library())
    with pytest.raises(CapabilityError, match="executable"):
        image.loaded(made, compiled._UNREACHED)
