"""The kernels as a whole: who knows NumPy, how arrays reach compiled code, and what a hostile key can't do."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from netloom.packet.kernels import layout, rows, table
from netloom.packet.kernels.call import Call
from netloom.packet.kernels.entries import ENTRIES
from netloom.packet.kernels.speech import compiled
from netloom.packet.row import UNTOLD, Row, columns
from tests.packet.kernels.test_flows import RECOGNISER

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "netloom"
HEAVY = {"duckdb", "llvmlite", "numba", "numpy"}


def imported(path: Path) -> set[str]:
    """The packages that a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_only_kernels_know_numpy_numba_and_llvm() -> None:
    kernels = PACKAGE / "packet" / "kernels"
    users = {path for path in PACKAGE.rglob("*.py") if imported(path) & HEAVY}
    assert users
    assert all(kernels in path.parents for path in users)


@pytest.mark.parametrize(
    "module", ["netloom.packet.reading", "netloom.packet.flowing", "netloom.packet.picking", "netloom.packet.dissect"]
)
def test_plain_reading_loads_none_of_them(module: str) -> None:
    script = f"import sys, {module}; print(sorted({HEAVY} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_a_row_of_words_is_a_row_and_more() -> None:
    names = list(columns())
    assert names == list(Row.__struct_fields__)
    assert [getattr(rows, name.upper()) for name in names] == list(range(len(names)))
    assert rows.ROW > max(rows.PLACE, rows.NUMBER, rows.TRANSPORT_AT) >= len(names)
    assert layout.UNTOLD == UNTOLD == np.datetime64("NaT").astype(np.int64)


def test_a_flow_has_room_for_its_words() -> None:
    used = [table.PACKETS, table.BYTES, table.PAYLOAD, table.ADVANCED, table.NEXT, table.ACKED]
    assert len({word + back for word in used for back in (0, 1)}) == 2 * len(used)
    assert table.TAGS < table.RETRANSMISSIONS
    assert table.GAPS < table.WORDS
    assert len(table.REASONS) == table.EVICTED + 1


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_has_the_arguments_of_its_kernel(name: str) -> None:
    entry = ENTRIES[name]
    module = importlib.import_module(f"netloom.packet.kernels.{entry.module}")
    kernel = getattr(module, entry.function).py_func
    assert [argument.name for argument in entry.arguments] == list(inspect.signature(kernel).parameters)


@pytest.mark.parametrize("wrong", [np.zeros(3), np.zeros((2, 2), np.int64), np.zeros(6, np.int64)[::2]])
def test_an_array_of_another_kind_is_refused(wrong: object) -> None:
    with pytest.raises(TypeError, match="where i8 in one"):
        Call("track.index", table=wrong, slots=np.zeros(4, np.int64), keys=np.zeros(4, np.int64))  # type: ignore[arg-type]


def test_patterns_become_words() -> None:
    words, near, octets = compiled(RECOGNISER.known)
    assert len(words) == len(RECOGNISER.known) * table.PATTERN
    for number, known in enumerate(RECOGNISER.known):
        pattern = words[number * table.PATTERN : (number + 1) * table.PATTERN]
        start, size = int(pattern[table.START]), int(pattern[table.SIZE])
        assert octets[start : start + size].tobytes() == known.octets
        assert octets[start + size : start + 2 * size].tobytes() == known.mask
        assert bool(pattern[table.CLOSER]) == (bool(known.confirm) or known.wants_head)
    ways = [(transport, sender) for transport in ("tcp", "udp") for sender in ("client", "server")]
    for place, way in enumerate(ways):
        for octet in (0, 0x16, 0x47, 255):
            start, end = near[256 * place + octet : 256 * place + octet + 2]
            found = [one for one in RECOGNISER.known if (one.transport, one.sender) == way and one.begins(octet)]
            assert [RECOGNISER.known[number] for number in near[start:end]] == found
    assert near[256 * len(ways)] == len(near)
