"""A relay that looks at nothing, beside socat and HAProxy: one connection, as fast as it goes."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Sample, Side, Spread, alternate, ratios
from benchmarks.programs import CLIENT, SERVER, Program, Worker, free_port, need, version
from benchmarks.report import Aim, Grid, Section, spread

if TYPE_CHECKING:
    from benchmarks.bench import Bench

# What

MEBI = 1 << 20
OURS, SPLICING, USUAL, SOCAT = "**netloom**", "HAProxy, forced to splice", "HAProxy, as it comes", "socat"


def run(bench: Bench) -> Section:
    """Measure all in turns."""
    ends = bench.worker("ends", SERVER)
    sink = ends.hear()["port"]
    relays = sides(bench, sink)
    for name, start in relays.items():
        bench.tell(f"does {name} carry every byte, and both ends?")
        check(start, ends)
    size = bench.count(2048) * MEBI
    shown: dict[str, str] = {}
    found = alternate(
        [Side(name, partial(measure, name, start, ends, size, shown)) for name, start in relays.items()],
        bench.rounds,
        bench.tell,
    )
    rows = []
    for name in sorted(found, key=lambda n: -Spread.of(s.rate for s in found[n]).median):
        rate = Spread.of(s.rate / 1e6 for s in found[name])
        cpu = Spread.of(s.cpu / s.work * 1e12 for s in found[name])
        over = spread(ratios(found[name], found[SPLICING], lambda s: s.rate)) if name != SPLICING else "1"
        rows.append((name, over, spread(rate), spread(cpu)))
    return Section(
        name="relay",
        title="a relay that looks at nothing",
        what=f"One connection, {size // MEBI} MiB one way and a word back; the relay on one core, the source "
        "and the sink on the other. Many connections "
        "at once are for a relay that accepts more than one, which comes later.",
        grids=[Grid(("side", "rate, of HAProxy forced to splice", "MB/s", "relay's CPU, ms a GB"), rows)],
        aims=[Aim("rate, of HAProxy forced to splice", 0.95, ratios(found[OURS], found[SPLICING], lambda s: s.rate))],
        checked="SHA-256 of 64 MiB of random bytes on both ends, the end of the stream passed on, the answer on "
        "the way back.",
        commands=[*shown.values(), ends.shown],
        limits="the two ends, which copy every byte once each on one core: a relay that splices moves pages and "
        "waits for them. What tells such "
        "relays apart is their CPU time.",
        versions=[version(["haproxy", "-v"]), version(["socat", "-V"])],
    )


# Sides

Start = Callable[[], tuple[Program, int]]


def sides(bench: Bench, sink: int) -> dict[str, Start]:
    """How each relay is started; netloom's and socat's are for one connection, so each slice has its own process."""
    netloom = [
        sys.executable,
        "-m",
        "netloom",
        "connect",
        "tcp://127.0.0.1:0#listen",
        f"tcp://127.0.0.1:{sink}",
        "-o",
        "ndjson",
    ]
    socat, haproxy = need("socat", "socat"), need("haproxy", "haproxy")

    def ours() -> tuple[Program, int]:
        program = Program(netloom, CLIENT, pipes=True)
        assert program.process.stdout is not None
        line = program.process.stdout.readline()
        return program, int(json.loads(line)["endpoint"].rpartition(":")[2])

    def with_socat() -> tuple[Program, int]:
        port = free_port()
        program = Program([socat, "-b", "262144", f"TCP-LISTEN:{port},bind=127.0.0.1", f"TCP:127.0.0.1:{sink}"], CLIENT)
        listens(port)
        return program, port

    def with_haproxy(forced: bool) -> Start:
        port = free_port()
        config = bench.write(f"haproxy-{port}.cfg", haproxy_config(port, sink, forced=forced))

        def start() -> tuple[Program, int]:
            program = Program([haproxy, "-f", str(config), "-db", "-q"], CLIENT)
            listens(port)
            return program, port

        return start

    return {OURS: ours, SPLICING: with_haproxy(True), USUAL: with_haproxy(False), SOCAT: with_socat}


def haproxy_config(port: int, sink: int, *, forced: bool) -> str:
    splice = "option splice-request\n  option splice-response" if forced else ""
    return f"""global
  nbthread 1
  {"tune.pipesize 1048576" if forced else ""}
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  {splice}
listen relay
  bind 127.0.0.1:{port}
  server sink 127.0.0.1:{sink}
"""


def listens(port: int) -> None:
    """Wait until a port is listened on, by looking: connecting would take the only connection that some accept."""
    end = time.monotonic() + 10
    wanted = f":{port:04X} 00000000:0000 0A"
    while wanted not in Path("/proc/net/tcp").read_text():
        if time.monotonic() > end:
            raise RuntimeError(f"nothing listens on {port}")
        time.sleep(0.01)


# Check


def check(start: Start, ends: Worker) -> None:
    """Every byte, the end, and the way back."""
    program, port = start()
    try:
        if not ends.ask(port=port, size=64 * MEBI, digest=True)["right"]:
            raise AssertionError(program.shown)
    finally:
        program.close()


# Measure


def measure(name: str, start: Start, ends: Worker, size: int, shown: dict[str, str]) -> Sample:
    """One connection through a fresh relay; its start isn't timed."""
    program, port = start()
    try:
        shown.setdefault(name, program.shown)
        before = program.cpu()
        answer = ends.ask(port=port, size=size, digest=False)
        if not answer["right"]:
            raise AssertionError(f"{name}: {answer}")
        return Sample(size, answer["wall"], program.cpu() - before)
    finally:
        program.close()
