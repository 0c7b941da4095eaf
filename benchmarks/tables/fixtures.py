"""What a test waits for until it has a server, and until that is gone: a fixture beside a process of its own."""

from __future__ import annotations

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.measure import Sample, Side, Spread, alternate, ratios
from benchmarks.programs import CLIENT, free_port, need, version
from benchmarks.report import Aim, Grid, Section, figure, spread

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.bench import Bench
    from netloom.testing import Trust

# What

SMTP, HTTP, MQTT = "`smtp_server`", "`http_server`", "`mqtt_server`"
AIOSMTPD, PYTHON, MOSQUITTO = "python -m aiosmtpd", "python -m http.server", "mosquitto"
SOCKET = "a socket that listens, and no more"
PAIRS = {SMTP: AIOSMTPD, HTTP: PYTHON, MQTT: MOSQUITTO}
LOOK = 0.001
"""Seconds between two looks whether a process listens."""
READY = 20.0
CONNECT = bytes.fromhex("100c00044d5154540402000a0000")  # MQTT 3.1.1, a clean session, without a name


def run(bench: Bench) -> Section:
    """Measure all, in turns."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {CLIENT})
    try:
        measures = sides(bench)
        for measure in measures.values():
            measure()  # what is imported, and the loop that all fixtures share, are there before the first test
        found = alternate(
            [Side(name, measure) for name, measure in measures.items()],
            5 if bench.quick else 50,
            lambda text: bench.tell(text) if SOCKET in text else None,
        )
    finally:
        os.sched_setaffinity(0, allowed)
    rows = []
    for name, samples in found.items():
        other = found[PAIRS.get(name, name)]
        times = sorted(sample.wall * 1000 for sample in samples)
        less = spread(ratios(other, samples, lambda s: s.wall)) if other is not samples else ""
        rows.append((name, less, spread(Spread.of(times)), figure(statistics.quantiles(times, n=10)[-1])))
    return Section(
        name="fixtures",
        title="a server for a test, from nothing to its first answer, and to nothing again",
        what="One server after the other, as tests have them: begun, asked once, ended. Processes are begun on a port "
        f"that was free, and looked for every {LOOK * 1000:.0f} ms until they listen, as a fixture has to; they have "
        "ended when their process has.",
        grids=[Grid(("server", "the process takes so many times as long", "ms", "90 % within, ms"), rows)],
        aims=[
            *(
                Aim(f"{theirs} over {ours}", 10, ratios(found[theirs], found[ours], lambda s: s.wall))
                for ours, theirs in PAIRS.items()
            ),
            Aim(f"{SMTP}, ms", 10, Spread.of(s.wall * 1000 for s in found[SMTP]), at_most=True),
        ],
        checked="each time the first answer: SMTP's 220, HTTP's status line, MQTT's CONNACK.",
        commands=[f"taskset -c {CLIENT} {name}" for name in (AIOSMTPD, PYTHON, MOSQUITTO)],
        limits="for a fixture two hops to the servers' thread and back, each way; for a process the interpreter's "
        "start and its imports, or the broker's poll.",
        versions=[f"Python {sys.version.split()[0]}", version([need("mosquitto", "mosquitto"), "-h"]), _aiosmtpd()],
    )


# Sides


def sides(bench: Bench) -> dict[str, Callable[[], Sample]]:
    from netloom.testing import Trust

    trust = Trust(bench.folder)
    broker = need("mosquitto", "mosquitto")
    user = "user root\n" if os.geteuid() == 0 else ""
    config = bench.write("mosquitto.conf", f"allow_anonymous true\npersistence false\nlog_type none\n{user}")
    python = sys.executable
    root = str(bench.folder)
    return {
        SMTP: partial(fixture, "smtp", smtp, trust),
        AIOSMTPD: partial(process, lambda port: [python, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}"], smtp),
        HTTP: partial(fixture, "http", http, trust),
        PYTHON: partial(
            process, lambda port: [python, "-m", "http.server", "-b", "127.0.0.1", "-d", root, str(port)], http
        ),
        MQTT: partial(fixture, "mqtt", mqtt, trust),
        MOSQUITTO: partial(process, lambda port: [broker, "-c", listening(bench, str(config), port)], mqtt),
        SOCKET: floor,
    }


def listening(bench: Bench, config: str, port: int) -> str:
    """A broker's configuration for one port."""
    with open(config, encoding="ascii") as file:  # noqa: PTH123  # as short as what it measures
        return str(bench.write(f"mosquitto-{port}.conf", f"listener {port} 127.0.0.1\n{file.read()}"))


def smtp(sock: socket.socket) -> None:
    assert sock.recv(4096).startswith(b"220")


def http(sock: socket.socket) -> None:
    sock.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
    assert sock.recv(4096).startswith(b"HTTP/1.")


def mqtt(sock: socket.socket) -> None:
    sock.sendall(CONNECT)
    assert sock.recv(4) == b"\x20\x02\x00\x00"


# Measure


def fixture(protocol: str, ask: Callable[[socket.socket], None], trust: Trust) -> Sample:
    """As the fixture of the plug-in does."""
    from netloom.testing import Server

    began, cpu = time.perf_counter(), time.process_time()
    with Server(protocol, trust=trust) as server, socket.create_connection(server.address, READY) as sock:
        ask(sock)
    return Sample(1, time.perf_counter() - began, time.process_time() - cpu)


def process(command: Callable[[int], list[str]], ask: Callable[[socket.socket], None]) -> Sample:
    """A process that is waited for."""
    port = free_port()
    words = command(port)
    began, cpu = time.perf_counter(), time.process_time()
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            with reached(port) as sock:
                ask(sock)
        finally:
            server.terminate()
    return Sample(1, time.perf_counter() - began, time.process_time() - cpu)


def reached(port: int) -> socket.socket:
    """The first connection that is taken. Raises RuntimeError."""
    end = time.monotonic() + READY
    while time.monotonic() < end:
        with contextlib.suppress(ConnectionRefusedError):
            return socket.create_connection(("127.0.0.1", port), READY)
        time.sleep(LOOK)
    raise RuntimeError(f"nothing listens on {port}")


def floor() -> Sample:
    """The least that there is."""
    began, cpu = time.perf_counter(), time.process_time()
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        server.accept()[0].close()
    return Sample(1, time.perf_counter() - began, time.process_time() - cpu)


def _aiosmtpd() -> str:
    from importlib.metadata import version as installed

    return f"aiosmtpd {installed('aiosmtpd')}"
