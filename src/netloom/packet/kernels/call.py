"""Calls of kernels: arrays are bound once, numbers are given each time."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from netloom.packet.kernels import compiled
from netloom.packet.kernels.entries import ENTRIES

if TYPE_CHECKING:
    from collections.abc import Callable

Array = np.ndarray[Any, Any]


class Call:
    """A kernel with its arrays, which it keeps: `Call("walk.pcap", data=…, rows=…, state=…)(at=0, end=9, …)`.

    With NUMBA_BOUNDSCHECK=1 in the environment Numba runs it, and checks every index.
    """

    def __init__(self, name: str, **arrays: Array) -> None:
        self._entry = ENTRIES[name]
        self._arrays: dict[str, Array] = {}
        self._words = np.zeros(sum(argument.words for argument in self._entry.arguments), np.int64)
        self._places: dict[str, int] = {}
        self._kinds = {argument.name: argument.kind for argument in self._entry.arguments}
        at = 0
        for argument in self._entry.arguments:
            self._places[argument.name] = at
            at += argument.words
        for argument in self._entry.arguments:
            if argument.kind != "int":
                self.bind(argument.name, arrays[argument.name])
        self._address = self._words.ctypes.data
        self._run: Callable[[int], None] = self._checked if _checking() else compiled.load()[name]

    def bind(self, name: str, array: Array) -> None:
        """Give it another array."""
        if self._arrays.get(name) is array:
            return
        at = self._places[name]
        self._words[at] = _address(array, self._kinds[name])
        self._words[at + 1] = len(array)
        self._arrays[name] = array

    def __call__(self, **numbers: int) -> None:
        for name, number in numbers.items():
            self._words[self._places[name]] = number
        self._run(self._address)

    def _checked(self, _: int) -> None:
        module = importlib.import_module(f"netloom.packet.kernels.{self._entry.module}")
        values: list[Any] = []
        for argument in self._entry.arguments:
            number = int(self._words[self._places[argument.name]])
            values.append(number if argument.kind == "int" else self._arrays[argument.name])
        getattr(module, self._entry.function)(*values)


def _checking() -> bool:
    return os.environ.get("NUMBA_BOUNDSCHECK") == "1"


def _address(array: Array, kind: str) -> int:
    if array.dtype != np.dtype(kind) or array.ndim != 1 or not array.flags.c_contiguous:
        raise TypeError(f"{array.dtype} in {array.ndim} dimensions where {kind} in one is expected")
    return array.ctypes.data
