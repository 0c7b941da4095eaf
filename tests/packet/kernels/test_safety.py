"""No kernel reads what isn't its own: over guard pages, and with every index checked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def test_no_load_leaves_the_octets_that_are_there() -> None:
    done = run("-m", "tests.packet.kernels.guarded")
    assert done.returncode == 0, done.stderr[-2000:]
    frames, captures = map(int, done.stdout.split())
    assert frames > 15_000
    assert captures > 10_000


def test_the_guard_notices_such_a_load() -> None:
    done = run("-m", "tests.packet.kernels.guarded", "out of bounds")
    assert done.returncode == -signal.SIGSEGV


def test_every_index_is_within_its_array(tmp_path: Path) -> None:
    """Numba checks them, and compiles what it checks anew."""
    done = run("-m", "tests.packet.kernels.guarded", NUMBA_BOUNDSCHECK="1", NUMBA_CACHE_DIR=str(tmp_path))
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(done.stdout.split()) == 2


def test_the_check_notices_an_index_that_is_not() -> None:
    script = (
        "import numpy as np\n"
        "from netloom.packet.kernels.call import Call\n"
        "from netloom.packet.kernels.rows import ROW, CAPTURED, LENGTH, LINK\n"
        "rows = np.zeros(ROW, np.int64)\n"
        "rows[LINK], rows[CAPTURED], rows[LENGTH] = 1, 100, 100\n"
        "Call('dissect.dissect', data=np.zeros(10, np.uint8), rows=rows)(n=1)\n"
    )
    done = run("-c", script, NUMBA_BOUNDSCHECK="1")
    assert done.returncode == 1
    assert "IndexError" in done.stderr
