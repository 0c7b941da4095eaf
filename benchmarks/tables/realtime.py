"""WebSocket and Socket.IO messages a second, served and sent, beside the libraries for each."""

from __future__ import annotations

import sys
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.compared import grid
from benchmarks.measure import Sample, Side, alternate
from benchmarks.programs import CLIENT, SERVER, Program, Worker, free_port
from benchmarks.report import Grid, Section

if TYPE_CHECKING:
    from benchmarks.bench import Bench

# What

OURS, WEBSOCKETS, AIOHTTP = "**netloom**", "websockets on uvloop", "aiohttp on uvloop"
FLOOR = "bare uvloop protocol"
ON_UVICORN, ON_AIOHTTP = "python-socketio on uvicorn", "python-socketio on aiohttp"
SIZE = 64


class Case(NamedTuple):
    """What is asked of a server: so many flows, `window` messages of each under way."""

    caption: str
    given: dict[str, Any]


ECHOES = (
    Case("WebSocket served: 64 B, 50 connections, a message at a time", {"number": 50, "size": SIZE, "window": 1}),
    Case("WebSocket served: 64 B, 10 connections, 20 messages under way", {"number": 10, "size": SIZE, "window": 20}),
    Case("WebSocket served: 64 KB, 10 connections, a message at a time", {"number": 10, "size": 65536, "window": 1}),
)
EVENTS = (
    Case(
        "Socket.IO served: 20 publishers to a subscriber each, 10 events under way",
        {"number": 20, "fan": 1, "size": SIZE, "window": 10},
    ),
    Case(
        "Socket.IO served: a publisher to 100 subscribers, 5 events under way",
        {"number": 1, "fan": 100, "size": SIZE, "window": 5},
    ),
)
CONNECTIONS = 10
CLIENTS = {
    "ws_client": ("WebSocket client: 64 B round trips to the bare server, 10 connections", 600),
    "sio_client": ("Socket.IO client: events and acknowledgements, 10 sessions, at python-socketio on aiohttp", 120),
}
"""What clients do, and how often each connection does it."""

Server = tuple[Program, int]
Servers = dict[str, Server]


def run(bench: Bench) -> Section:
    """Servers and clients of both."""
    load = bench.worker("ws_load", CLIENT)
    sockets, hubs = websocket_servers(bench), socketio_servers(bench)
    grids = [*served(bench, load, sockets, hubs), *made(bench, sockets, hubs)]
    return Section(
        name="realtime",
        title="messages over WebSocket and Socket.IO",
        what="Nothing is compressed. Servers: an echo; and with Socket.IO, over WebSocket only, events that are "
        "published to those who have subscribed, which python-socketio does with a room a topic. All clients are one "
        "process on the other core, which writes frames made beforehand, and compares what comes; in a closed loop "
        "the next message goes out once the last, or the last so many, have come to all. Clients: each library's on "
        "uvloop, on one core, its own CPU time. The bare protocol reads frames and nothing else: what there is to "
        "gain.",
        grids=grids,
        aims=[],
        checked="in every slice each byte that anybody hears is what was expected, and nothing is lost; with "
        "Socket.IO subscriptions and a publication are acknowledged, and each subscriber hears the first event, "
        "before it begins.",
        commands=[
            load.shown,
            *(server.shown for server, _ in (*sockets.values(), *hubs.values())),
            *(f"taskset -c {CLIENT} python -m benchmarks.workers.ws_client {side}" for side in SOCKETS.values()),
            *(f"taskset -c {CLIENT} python -m benchmarks.workers.sio_client {side}" for side in SESSIONS.values()),
        ],
        limits="a message at a time: system calls, and a turn from callback to coroutine and back. Beyond that how a "
        "frame is read: ours by wsproto, which takes 12 µs of Python for 64 B in and out where a function without "
        "checks takes one; and 64 KB are unmasked in Python, which takes 70 µs, where websockets and aiohttp have a "
        "compiled function. Socket.IO: the same frames; then a send for each event and hearer, since those that wait "
        "for one hearer go out one by one, and each hearer's frame is made anew, though all are alike.",
        versions=[
            f"{name} {version(name)}"
            for name in ("wsproto", "websockets", "aiohttp", "python-socketio", "python-engineio", "uvicorn", "uvloop")
        ],
    )


def served(bench: Bench, load: Worker, sockets: Servers, hubs: Servers) -> list[Grid]:
    """Servers of both."""
    grids = []
    for what, cases, every, base in (("echoes", ECHOES, sockets, WEBSOCKETS), ("events", EVENTS, hubs, ON_UVICORN)):
        for case in cases:
            servers = {name: server for name, server in every.items() if name != FLOOR or case.given["size"] == SIZE}
            bench.tell(f"{case.caption}: does each do the same?")
            for server in servers.values():
                measure(load, server, what, case, 0.05)
            found = alternate(
                [
                    Side(name, partial(measure, load, server, what, case, bench.scale(0.4, 0.3)))
                    for name, server in servers.items()
                ],
                bench.rounds,
                lambda text, case=case: bench.tell(f"{case.caption}: {text}"),  # type: ignore[misc]
            )
            unit = ("messages", "message") if what == "echoes" else ("events", "event")
            grids.append(grid("server", found, base, unit, case.caption))
    return grids


def made(bench: Bench, sockets: Servers, hubs: Servers) -> list[Grid]:
    """Clients of both."""
    grids = []
    for module, sides, (_, port), base in (
        ("ws_client", SOCKETS, sockets[FLOOR], WEBSOCKETS),
        ("sio_client", SESSIONS, hubs[ON_AIOHTTP], PYTHON_CLIENT),
    ):
        caption, count = CLIENTS[module]
        workers = {name: bench.worker(module, CLIENT, side) for name, side in sides.items()}
        for worker in workers.values():
            ask(worker, port, 10)
        found = alternate(
            [Side(name, partial(ask, worker, port, bench.count(count))) for name, worker in workers.items()],
            bench.rounds,
            lambda text, module=module: bench.tell(f"{module}: {text}"),  # type: ignore[misc]
        )
        grids.append(grid("client", found, base, ("round trips", "round trip"), caption))
    return grids


# Sides

PYTHON_CLIENT = "python-socketio"
SOCKETS = {OURS: "netloom", WEBSOCKETS: "websockets", AIOHTTP: "aiohttp"}
SESSIONS = {OURS: "netloom", PYTHON_CLIENT: "python-socketio"}


def websocket_servers(bench: Bench) -> Servers:
    started: dict[str, Worker] = {
        OURS: bench.worker("server", SERVER, "ws://127.0.0.1:0", "echo"),
        WEBSOCKETS: bench.worker("ws_server", SERVER, "websockets"),
        AIOHTTP: bench.worker("ws_server", SERVER, "aiohttp"),
        FLOOR: bench.worker("ws_server", SERVER, "raw"),
    }
    return {name: (worker, int(worker.hear()["port"])) for name, worker in started.items()}


def socketio_servers(bench: Bench) -> Servers:
    ours, aiohttp = bench.worker("server", SERVER, "socketio://127.0.0.1:0"), bench.worker("sio_server", SERVER)
    port = free_port()
    uvicorn = Program(
        [sys.executable, "-m", "uvicorn", "--factory", "benchmarks.sio_app:asgi", "--host", "127.0.0.1", "--port",
         str(port), "--loop", "uvloop", "--http", "httptools", "--lifespan", "off", "--log-level", "critical"],
        SERVER,
    )  # fmt: skip
    return {
        OURS: (ours, int(ours.hear()["port"])),
        ON_UVICORN: (bench.start(uvicorn).wait_for(port), port),
        ON_AIOHTTP: (aiohttp, int(aiohttp.hear()["port"])),
    }


# Measure


def measure(load: Worker, server: Server, what: str, case: Case, seconds: float) -> Sample:
    """The server's CPU time, connecting left out."""
    program, port = server
    answer = load.ask(port=port, what=what, seconds=seconds, pids=program.pids(), **case.given)
    if not answer["least"]:
        raise AssertionError(f"{program.shown}: somebody heard nothing")
    return Sample(answer["work"], answer["wall"], answer["their_cpu"])


def ask(worker: Worker, port: int, count: int) -> Sample:
    """The client's CPU time."""
    answer = worker.ask(port=port, count=count, connections=CONNECTIONS)
    if not answer["right"]:
        raise AssertionError(f"{worker.shown}: not what was said")
    return Sample(answer["work"], answer["wall"], answer["cpu"])
