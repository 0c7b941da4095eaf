"""What Node and a browser bring: packages of npm, installed once a session, scripts, and pages in Chromium."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import websockets

from tests.interop.peers import READY, need, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PACKAGES = (
    "aedes@0.51", "chrome-har-capturer@0.14", "eventsource@3", "har-validator@5", "socket.io@4", "socket.io-client@4",
    "toxiproxy-node-client@4",
)  # fmt: skip


@functools.cache
def packages() -> Path:
    """A directory in which Node finds them. Without them the test is skipped, which with CI=1 is a failure."""
    npm = need("npm", "npm")
    folder = Path(tempfile.mkdtemp(prefix="netloom-node-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    command = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=folder)
    if done.returncode:
        told = f"npm can't install {', '.join(PACKAGES)}: {done.stderr[-500:]}"
        if os.environ.get("CI") == "1":
            pytest.fail(told)
        pytest.skip(told)
    return folder


class Program:
    """A script in Node that says a JSON value a line, and hears lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def hear(self) -> Any:
        """What it says next."""
        assert self._process.stdout is not None
        async with asyncio.timeout(READY):
            line = await self._process.stdout.readline()
        assert line, "it has ended"
        return json.loads(line)

    async def say(self, value: Any) -> None:
        """A line for it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(value).encode() + b"\n")
        await self._process.stdin.drain()


_PRELUDE = """
const say = (...values) => console.log(JSON.stringify(values.length === 1 ? values[0] : values));
const lines = [], waiting = [];
require("readline").createInterface({input: process.stdin}).on("line", line => {
  const value = JSON.parse(line); waiting.length ? waiting.shift()(value) : lines.push(value);
});
const hear = () => lines.length ? Promise.resolve(lines.shift()) : new Promise(done => waiting.push(done));
"""


@contextlib.asynccontextmanager
async def node(script: str, *arguments: str) -> AsyncIterator[Program]:
    """A script that runs while inside; `say(value)` and `await hear()` are there."""
    program, folder = need("node", "nodejs"), packages()
    place = Path(tempfile.mkstemp(suffix=".js", dir=folder)[1])
    place.write_text(_PRELUDE + script)
    process = await asyncio.create_subprocess_exec(
        program,
        str(place),
        *arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=folder,
        limit=1 << 24,
        start_new_session=True,
    )
    try:
        yield Program(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        process._transport.close()  # type: ignore[attr-defined]  # asyncio leaves the pipes to the collector
        place.unlink()


class Page:
    """A page in a browser, driven by its own protocol (Chrome DevTools)."""

    def __init__(self, link: websockets.ClientConnection) -> None:
        self._link = link
        self._number = 0

    async def ask(self, method: str, **fields: Any) -> Any:
        """One command, and its result."""
        self._number += 1
        await self._link.send(json.dumps({"id": self._number, "method": method, "params": fields}))
        async with asyncio.timeout(READY):
            while True:
                said = json.loads(await self._link.recv())
                if said.get("id") == self._number:
                    assert "error" not in said, said
                    return said["result"]

    async def run(self, script: str) -> Any:
        """What an async function with this body returns."""
        found = await self.ask(
            "Runtime.evaluate", expression=f"(async () => {{ {script} }})()", awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def go(self, url: str) -> None:
        """Load a page, and its scripts."""
        await self.ask("Page.navigate", url=url)
        await self.run('if (document.readyState !== "complete") await new Promise(done => onload = done)')
        assert await self.run("return location.href") == url


@contextlib.asynccontextmanager
async def chromium(folder: Path) -> AsyncIterator[Page]:
    """A page of a browser without a window."""
    program = need("chromium", "chromium")
    command = [
        program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--no-proxy-server", "--disable-background-networking", "--remote-debugging-port=0",
        f"--user-data-dir={folder / 'profile'}", "about:blank",
    ]  # fmt: skip
    with running(command, folder / "chromium.log"):
        told = folder / "profile" / "DevToolsActivePort"
        async with asyncio.timeout(READY):
            while not told.exists() or len(told.read_text().split()) < 2:  # noqa: ASYNC110  # it tells in a file
                await asyncio.sleep(0.05)
        port, path = told.read_text().split()
        async with websockets.connect(f"ws://127.0.0.1:{port}{path}", max_size=None, proxy=None) as browser:
            target = (await Page(browser).ask("Target.createTarget", url="about:blank"))["targetId"]
            async with websockets.connect(
                f"ws://127.0.0.1:{port}/devtools/page/{target}", max_size=None, proxy=None
            ) as link:
                yield Page(link)
