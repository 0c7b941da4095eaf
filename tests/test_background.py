"""The background loop of scripts: there is one, and Ctrl-C cancels what is waited for."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from netloom.background import background

pytestmark = pytest.mark.usefixtures("leaves_nothing")

CTRL_C = """
import asyncio, os, signal, sys, threading
import netloom
from netloom.background import background

async def silent(link):
    await asyncio.Event().wait()

with netloom.serve("tcp://127.0.0.1:0", netloom.Handler(silent)) as server:
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    try:
        {work}
    except KeyboardInterrupt:
        print("interrupted")
left = background().call(lambda: len(asyncio.all_tasks()) - 1)
print("tasks left:", left)
"""


@pytest.mark.parametrize(
    "work",
    [
        'netloom.send(f"{server.endpoint}#reply=line", "x", deadline=60).one()',
        'list(netloom.probe(f"{server.endpoint}#banner", deadline=60))',
        "with netloom.connect(server.endpoint) as link: link.read()",
    ],
)
def test_ctrl_c_in_a_script_cancels(work: str) -> None:
    script = CTRL_C.format(work=work)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.splitlines() == ["interrupted", "tasks left: 0"], done.stderr
    assert done.stderr == ""
    assert done.returncode == 0


def test_there_is_one_background_loop() -> None:
    assert background() is background()
    assert background().call(lambda: threading.current_thread().name) == "netloom"
