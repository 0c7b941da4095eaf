"""Nothing that a peer announces is allocated before it comes, and nothing that it sends without end is kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from netloom.links.http.websocket import MessageLimits, WebSocket
from netloom.links.memory import pair
from netloom.links.stream import Stream
from netloom.links.virtual import run as virtual
from tests.security.test_ws import BINARY, MORE, frame

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
_START = f"""
import runpy, sys, types
sys.modules["tests"] = tests = types.ModuleType("tests")  # some distributions install one of that name
tests.__path__ = [{str(ROOT / "tests")!r}]
runpy.run_module("tests.security.confined", run_name="__main__", alter_sys=True)
"""


def attacked(beginning: str, home: Path) -> Iterator[tuple[str, str]]:
    """The names of the attacks, each with what went wrong."""
    (home / ".ssh").mkdir(mode=0o700)
    environment = {
        "HOME": str(home), "XDG_STATE_HOME": str(home), "MALLOC_ARENA_MAX": "1",
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        "PATH": os.environ["PATH"], "NETLOOM_FUZZ": os.environ.get("NETLOOM_FUZZ", "10000"),
    }  # fmt: skip
    command = [sys.executable, "-c", _START, beginning]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for line in done.stdout.splitlines():
        said = json.loads(line)
        yield said["name"], said["wrong"]


@pytest.mark.fuzz
@pytest.mark.timeout(0)
@pytest.mark.skipif(sys.platform != "linux", reason="the limit of the address space is Linux's")
@pytest.mark.parametrize(
    ("beginning", "least"),
    [("a", 20), ("lines", 1), ("the head", 1), ("fragments", 1), ("what watches", 10), ("bytes for", 45)],
)
def test_64_mebibytes_more_are_enough(beginning: str, least: int, tmp_path: Path) -> None:
    """A child that may take no more than that beyond what it has when all is imported; nothing may want more."""
    found = dict(attacked(beginning, tmp_path))
    assert len(found) >= least
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_a_message_of_crumbs_takes_no_more_than_it_holds() -> None:
    """Fragments of one byte: each kept by itself would take fifty."""
    count = 20_000

    async def main() -> int:
        import asyncio

        loop = asyncio.get_running_loop()
        ours, theirs = Stream(loop), Stream(loop)
        pair(theirs, ours)
        socket = WebSocket(ours, client=False, limits=MessageLimits(max_size=1 << 24))
        crumbs = frame(MORE, b"x", fin=False) * 1000

        async def send() -> None:
            await theirs.write(frame(BINARY, b"x", fin=False))
            for _ in range(count // 1000):
                await theirs.write(crumbs)
            await theirs.write(frame(MORE, b"x"))

        sending = asyncio.ensure_future(send())
        tracemalloc.start()
        try:
            message = await socket.receive()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        await sending
        assert message is not None
        assert len(message) == count + 2
        ours.abort()
        theirs.abort()
        return peak

    assert virtual(main()) < 50 * count
