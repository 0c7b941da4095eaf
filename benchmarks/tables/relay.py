"""A relay beside socat and HAProxy: one connection as fast as it goes, many connections, and small requests."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Sample, Side, Spread, alternate, ratios
from benchmarks.programs import CLIENT, SERVER, Program, Worker, free_port, need, version
from benchmarks.report import Aim, Grid, Section, figure, spread

if TYPE_CHECKING:
    from benchmarks.bench import Bench

# What

MEBI = 1 << 20
OURS, CHANGEABLE, RECORDING = "**netloom**", "netloom with --control", "netloom with --record"
SPLICING, USUAL, SOCAT, DIRECT = "HAProxy, forced to splice", "HAProxy, as it comes", "socat", "no relay"
LOOKED_AT = {CHANGEABLE: 4, RECORDING: 16}
"""What looks at each byte is given that much less, so that it takes as long."""
AT_ONCE = 32


def run(bench: Bench) -> Section:
    """Measure all in turns."""
    ends = bench.worker("ends", SERVER)
    calls, answers = bench.worker("calls", SERVER), bench.worker("answers", SERVER)
    sink, server = ends.hear()["port"], answers.hear()["port"]
    for core in {CLIENT, SERVER}:
        bench.worker("awake", core)
    shown: dict[str, str] = {}
    bulk, bulk_aims = _bulk(bench, sides(bench, sink, once=True), ends, shown)
    small = sides(bench, server)
    many, many_aims = _many(bench, small, calls)
    late, late_aims = _late(bench, small, calls, server)
    return Section(
        name="relay",
        title="a relay that looks at nothing, and one that looks",
        what=f"One connection, {bench.count(2048)} MiB one way and a word back (with --control a quarter, with "
        f"--record a sixteenth of that); connections of one request each, {AT_ONCE} at once; requests of 64 bytes over "
        "one connection. The relay is on one core, both its ends on the other; a process of the lowest priority keeps "
        "each core awake. With --control every connection is ready for faults, and none is placed. toxiproxy, which "
        "isn't measured here, says of itself that it adds less than 100 µs without toxics, and carries about "
        "1,000 MB/s on a laptop with four threads.",
        grids=[bulk, many, late],
        aims=[*bulk_aims, *many_aims, *late_aims],
        checked="SHA-256 of 64 MiB of random bytes on both ends, the end of the stream passed on, the answer on "
        "the way back; each small answer is what was asked.",
        commands=[*shown.values(), ends.shown],
        limits="the kernel: a relay that splices moves pages from one socket to another, and a third of its time is "
        "what it takes to wake the other core. socat copies each byte twice, which costs less than that here. The "
        "source copies as sources do, the sink drops what came. Many connections: about half is system calls, the "
        "rest Python's, a little everywhere.",
        versions=[version(["haproxy", "-v"]), version(["socat", "-V"])],
    )


def _bulk(bench: Bench, relays: Mapping[str, Start], ends: Worker, shown: dict[str, str]) -> tuple[Grid, list[Aim]]:
    for name, start in relays.items():
        bench.tell(f"does {name} carry every byte, and both ends?")
        check(start, ends)
    size = bench.count(2048) * MEBI
    turns = [
        Side(name, partial(pour, name, start, ends, size // LOOKED_AT.get(name, 1), shown))
        for name, start in relays.items()
    ]
    found = alternate(turns, bench.rounds, bench.tell)
    rows = []
    for name in sorted(found, key=lambda n: -Spread.of(s.rate for s in found[n]).median):
        rate = Spread.of(s.rate / 1e6 for s in found[name])
        cpu = Spread.of(s.cpu / s.work * 1e12 for s in found[name])
        over = spread(ratios(found[name], found[SPLICING], lambda s: s.rate)) if name != SPLICING else "1"
        rows.append((name, over, spread(rate), spread(cpu)))
    cost = Spread.of(
        100 * (ours.cpu / ours.work - bare.cpu / bare.work) / (bare.cpu / bare.work)
        for ours, bare in zip(found[RECORDING], found[CHANGEABLE], strict=True)
    )
    caption = f"one connection; recording takes {spread(cost)} % more CPU than looking at each piece without it"
    aims = [
        Aim("rate, of HAProxy forced to splice", 0.95, ratios(found[OURS], found[SPLICING], lambda s: s.rate)),
        Aim("rate, of socat", 2.0, ratios(found[OURS], found[SOCAT], lambda s: s.rate)),
        Aim("octets a CPU second, of socat", 2.0, ratios(found[OURS], found[SOCAT], lambda s: s.thrift)),
    ]
    return Grid(("side", "rate, of HAProxy forced to splice", "MB/s", "relay's CPU, ms a GB"), rows, caption), aims


def _many(bench: Bench, relays: Mapping[str, Start], calls: Worker) -> tuple[Grid, list[Aim]]:
    count = bench.count(6400)
    turns = [Side(name, partial(call, name, start, calls, count)) for name, start in relays.items() if name != SPLICING]
    found = alternate(turns, bench.rounds, bench.tell)
    rows = []
    for name in sorted(found, key=lambda n: -Spread.of(s.rate for s in found[n]).median):
        cpu = Spread.of(s.cpu / s.work * 1e6 for s in found[name])
        rows.append((name, spread(Spread.of(s.rate for s in found[name])), spread(cpu) if name != SOCAT else "—"))
    aims = [Aim("connections/s, of socat", 2.0, ratios(found[OURS], found[SOCAT], lambda s: s.rate))]
    caption = f"{count} connections, {AT_ONCE} at once; socat has a process for each, whose CPU isn't seen"
    return Grid(("side", "connections/s", "relay's CPU, µs each"), rows, caption), aims


def _late(bench: Bench, relays: Mapping[str, Start], calls: Worker, server: int) -> tuple[Grid, list[Aim]]:
    count = bench.count(8000)
    waits: dict[str, list[tuple[float, float]]] = defaultdict(list)
    ways: dict[str, Start | int] = {DIRECT: server, **{name: relays[name] for name in relays if name != SPLICING}}
    turns = [Side(name, partial(wait, waits[name], start, calls, count)) for name, start in ways.items()]
    alternate(turns, bench.rounds, bench.tell)
    rows, aims = [], []
    for name, ours in sorted(waits.items(), key=lambda item: sorted(item[1])[len(item[1]) // 2]):
        added = [
            Spread.of((mine[at] - direct[at]) * 1e6 for mine, direct in zip(ours, waits[DIRECT], strict=True))
            for at in (0, 1)
        ]
        middle = Spread.of(p50 * 1e6 for p50, _ in ours)
        rows.append((name, figure(middle.median), *(spread(each) if name != DIRECT else "0" for each in added)))
        if name in (OURS, CHANGEABLE, RECORDING):
            plain = name.strip("*")
            aims.append(Aim(f"µs added to a round trip (median), {plain}", 100, added[0], at_most=True))
    return Grid(("side", "round trip, µs", "added (median), µs", "added (99 %), µs"), rows, "one connection"), aims


# Sides

Start = Callable[[], tuple[Program, int]]


def sides(bench: Bench, sink: int, *, once: bool = False) -> dict[str, Start]:
    """How each relay to a port is started: each slice has its own process. `once`: for one connection, which socat then
    carries itself."""
    fork = "" if once else ",fork,backlog=1024"
    socat, haproxy = need("socat", "socat"), need("haproxy", "haproxy")

    def listening(command: Callable[[int], list[str]]) -> Start:
        def start() -> tuple[Program, int]:
            port = free_port()
            program = Program(command(port), CLIENT)
            listens(port)
            return program, port

        return start

    def ours(*more: str) -> Start:
        aim = f"tcp://127.0.0.1:{sink}"
        return listening(lambda port: [sys.executable, "-m", "netloom", "relay", f"tcp://127.0.0.1:{port}", aim, *more])

    def recording() -> tuple[Program, int]:
        file = bench.folder / "talk.pcapng"
        file.unlink(missing_ok=True)
        return ours("--record", str(file))()

    def with_haproxy(*, forced: bool) -> Start:
        def command(port: int) -> list[str]:
            config = bench.write(f"haproxy-{port}.cfg", haproxy_config(port, sink, forced=forced))
            return [haproxy, "-f", str(config), "-db", "-q"]

        return listening(command)

    return {
        OURS: ours(),
        CHANGEABLE: ours("--control", "http://127.0.0.1:0"),
        RECORDING: recording,
        SPLICING: with_haproxy(forced=True),
        USUAL: with_haproxy(forced=False),
        SOCAT: listening(
            lambda port: [
                socat, "-b", "262144", f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,nodelay{fork}",
                f"TCP:127.0.0.1:{sink},nodelay",
            ]
        ),
    }  # fmt: skip


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
    """Wait until a port is listened on, by looking: connecting would be one connection more."""
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


# Measure: each slice goes through a fresh relay, whose start isn't timed


def pour(name: str, start: Start, ends: Worker, size: int, shown: dict[str, str]) -> Sample:
    """One connection."""
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


def call(name: str, start: Start, calls: Worker, count: int) -> Sample:
    """Many connections; some before, that aren't timed."""
    program, port = start()
    try:
        calls.ask(port=port, count=AT_ONCE * 4, at_once=AT_ONCE)
        before = program.cpu()
        answer = calls.ask(port=port, count=count, at_once=AT_ONCE)
        if not answer["right"]:
            raise AssertionError(f"{name}: {answer}")
        return Sample(answer["work"], answer["wall"], program.cpu() - before)
    finally:
        program.close()


def wait(waits: list[tuple[float, float]], start: Start | int, calls: Worker, count: int) -> Sample:
    """Round trips over one connection, through a relay or at a port."""
    program, port = (None, start) if isinstance(start, int) else start()
    try:
        answer = calls.ask(port=port, count=count)
        waits.append((answer["p50"], answer["p99"]))
        return Sample(count, answer["wall"], program.cpu() if program is not None else 0.0)
    finally:
        if program is not None:
            program.close()
