"""Foreign servers and clients of server-sent events on 127.0.0.1."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import requests
import sseclient
from aiosseclient import aiosseclient  # type: ignore[import-untyped]

from tests.interop.node_peers import node
from tests.interop.peers import READY, free_port, need, running, wait_for_port

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator
    from pathlib import Path

Event = tuple[str, str, str]
"""A name, data, and an id."""

# Servers: /events says three events and stays, /ends says one and ends, /resumes goes on after Last-Event-ID

_STORY = """
    EVENTS = [("", "hällo", "1"), ("add", "two\\nlines", "2"), ("", "", "3")]

    def after(headers):
        last = headers.get("last-event-id", "0")
        return [event for event in EVENTS if int(event[2]) > int(last)]
"""
_AIOHTTP_SSE = """
import asyncio, sys
from aiohttp import web
from aiohttp_sse import sse_response
STORY
async def tell(request, events, stays):
    async with sse_response(request) as answer:
        answer.ping_interval = 1
        for name, data, number in events:
            await answer.send(data, event=name or None, id=number, retry=2500 if number == "1" else None)
        if stays:
            await answer.wait()
    return answer

async def events(request):
    return await tell(request, after(request.headers), True)

async def ends(request):
    return await tell(request, after(request.headers)[:1], False)

app = web.Application()
app.router.add_get("/events", events)
app.router.add_get("/ends", ends)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, handle_signals=True)
"""
_SSE_STARLETTE = """
import asyncio, sys
import uvicorn
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.routing import Route
STORY
async def tell(events, stays):
    for name, data, number in events:
        yield ServerSentEvent(data, event=name or None, id=number, retry=2500 if number == "1" else None, sep="\\r\\n")
    if stays:
        await asyncio.sleep(3600)

async def events(request):
    return EventSourceResponse(tell(after(request.headers), True), ping=1)

async def ends(request):
    return EventSourceResponse(tell(after(request.headers)[:1], False))

app = Starlette(routes=[Route("/events", events), Route("/ends", ends)])
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
"""


@contextlib.contextmanager
def _python(script: str, folder: Path) -> Iterator[str]:
    port, log = free_port(), folder / "log"
    source = script.replace("STORY", "\n".join(line[4:] for line in _STORY.splitlines()))
    with running([sys.executable, "-c", source, str(port)], log) as process:
        wait_for_port(process, log, port)
        yield f"sse://127.0.0.1:{port}"


def aiohttp_sse(folder: Path) -> contextlib.AbstractContextManager[str]:
    """aiohttp-sse."""
    return _python(_AIOHTTP_SSE, folder)


def sse_starlette(folder: Path) -> contextlib.AbstractContextManager[str]:
    """sse-starlette, on uvicorn: lines end with CR LF."""
    return _python(_SSE_STARLETTE, folder)


_NGINX = """
daemon off; pid {root}/nginx.pid; worker_processes 1; error_log stderr; {user}
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {root}/t1; proxy_temp_path {root}/t2; fastcgi_temp_path {root}/t3;
  uwsgi_temp_path {root}/t4; scgi_temp_path {root}/t5;
  server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass http://127.0.0.1:{behind}; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


@contextlib.contextmanager
def nginx(folder: Path, behind: int) -> Iterator[str]:
    """nginx before a server, buffering as it does by default."""
    program, port, log = need("nginx", "nginx"), free_port(), folder / "log"
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(_NGINX.format(root=folder, port=port, behind=behind, user=user))
    with running([program, "-c", folder / "nginx.conf", "-p", folder], log) as process:
        wait_for_port(process, log, port)
        yield f"sse://127.0.0.1:{port}"


# Clients: each gives the events of a URL as they come


async def curl(url: str, last: str = "") -> AsyncGenerator[Event, None]:
    """curl, which doesn't read them: its output is split here as little as can be."""
    said = ["-H", f"Last-Event-ID: {last}"] if last else []
    process = await asyncio.create_subprocess_exec(
        need("curl", "curl"), "-sN", *said, url, stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    event: dict[str, str] = {}
    try:
        async for line in process.stdout:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if not name and "data" in event:
                yield event.pop("event", "message"), event.pop("data"), event.get("id", "")
            elif name == "data" and "data" in event:
                event["data"] += "\n" + value
            elif name:
                event[name] = value
    finally:
        process.kill()
        await process.wait()
        process._transport.close()  # type: ignore[attr-defined]  # asyncio leaves the pipe to the collector


async def requests_sseclient(url: str, last: str = "") -> AsyncGenerator[Event, None]:
    """sseclient-py over requests, in a thread."""
    answer = await asyncio.to_thread(
        requests.get, url, headers={"Last-Event-ID": last} if last else {}, stream=True, timeout=READY
    )
    came: queue.SimpleQueue[Event | None] = queue.SimpleQueue()

    def read() -> None:
        with contextlib.suppress(Exception):  # its end is a closed response
            for event in sseclient.SSEClient(answer.iter_content(chunk_size=None)).events():
                came.put((event.event, event.data, event.id or ""))
        came.put(None)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        while (event := await asyncio.to_thread(came.get, timeout=READY)) is not None:
            yield event
    finally:
        raw: Any = answer.raw
        with contextlib.suppress(Exception):
            raw._connection.sock.shutdown(2)
        await asyncio.to_thread(thread.join)
        answer.close()


async def aiohttp_aiosseclient(url: str, last: str = "") -> AsyncGenerator[Event, None]:
    """aiosseclient over aiohttp, which also gives events without data."""
    async with contextlib.aclosing(aiosseclient(url, last_id=last or None)) as events:
        async for event in events:
            if event.data:
                yield event.event, event.data, event.id or ""


_EVENTSOURCE = """
const { EventSource } = require("eventsource");
const [url, last] = process.argv.slice(2);
const source = new EventSource(url, {fetch: (place, init) => fetch(place, {...init,
  headers: {...init.headers, ...(last ? {"Last-Event-ID": last} : {})}})});
const told = event => say(event.type, event.data, event.lastEventId);
source.onmessage = told;
for (const name of ["add", "house/a", "house/b", "alarm"]) source.addEventListener(name, told);
source.onerror = event => say("error", String(event.code || ""), event.message || "");
"""


async def node_eventsource(url: str, last: str = "") -> AsyncGenerator[Event, None]:
    """EventSource of npm, in Node."""
    async with node(_EVENTSOURCE, url, *([last] if last else [])) as program:
        while True:
            name, data, number = await program.hear()
            yield name, data, number
