"""Echo round trips through a stream, beside other libraries' and beside a protocol of callbacks on uvloop."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from benchmarks.measure import Sample, Spread, ratios
from benchmarks.programs import CLIENT, SERVER, Worker
from benchmarks.report import Aim, Grid, Section, spread

if TYPE_CHECKING:
    from benchmarks.bench import Bench

# What

CASES = ((64, 1, 0.85), (64, 200, 0.65), (65536, 1, 0.95), (65536, 200, 0.7))
"""Bytes a message, connections, and the aim against the raw protocol."""

# Sides

RAW = "raw+uvloop"
OURS = "netloom+uvloop"
OTHERS = {
    "streams": "asyncio streams",
    "streams+uvloop": "asyncio streams on uvloop",
    "twisted": "Twisted",
    "tornado+uvloop": "Tornado on uvloop",
    "trio": "trio",
    "anyio+uvloop": "anyio on uvloop",
}
NAMES = {OURS: "**netloom**", **OTHERS}


def run(bench: Bench) -> Section:
    """Measure every case."""
    server = bench.worker("acceptor", SERVER)
    port = str(server.hear()["port"])
    workers = {name: bench.worker("echo", CLIENT, name, port) for name in (RAW, *NAMES)}
    for core in {CLIENT, SERVER}:
        bench.worker("awake", core)
    grids, aims = [], []
    for size, connections, aim in CASES:
        check(bench, workers, size, connections)
        raw, found = measure(bench, workers, size, connections)
        grid, of_raw = table(size, connections, raw, found)
        grids.append(grid)
        case = case_name(size, connections)
        aims.append(Aim(f"{case}: of a raw uvloop protocol", aim, of_raw[OURS]))
        aims.append(Aim(f"{case}: of the best of the others", 1.0, best_of_others(found)))
    return Section(
        name="echo",
        title="round trips through a stream",
        what="Each connection sends a message and reads it back whole, over and over. The server is the same uvloop "
        "protocol for all, on the other core. `of raw` is the rate beside that of a uvloop `Protocol` of callbacks "
        "without any stream, taken just before and just after. A process of the lowest priority keeps each core awake: "
        "how fast a virtual machine wakes a core would drown what is compared.",
        grids=grids,
        aims=aims,
        checked="every side gets back what it sent, whole, on every connection, and each connection has its share.",
        commands=[server.shown, *(workers[name].shown for name in (RAW, *NAMES))],
        limits="64 B: system calls (send, receive, epoll) and the step from a callback to the coroutine that "
        "waits; 64 KB: the kernel's "
        "copies, and with 200 connections the caches, since all that has come is read before anybody is served.",
        versions=[f"{name} {version(name)}" for name in ("uvloop", "twisted", "tornado", "trio", "anyio")],
    )


# Check


def check(bench: Bench, workers: dict[str, Worker], size: int, connections: int) -> None:
    """All sides do the same: the whole message comes back, on each connection."""
    for name, worker in workers.items():
        bench.tell(f"{case_name(size, connections)}: does {name} get its echo?")
        answer = worker.ask(size=size, connections=connections, seconds=0.1)
        if not answer["right"] or not answer["least"]:
            raise AssertionError(f"{name}: {answer}")


# Measure


def measure(
    bench: Bench, workers: dict[str, Worker], size: int, connections: int
) -> tuple[dict[str, list[float]], dict[str, list[Sample]]]:
    """Raw, a side, raw, the next side, raw …: each stands between two raws."""
    seconds = bench.scale(0.35, 0.15)
    sides = [name for name in workers if name != RAW]
    raw: dict[str, list[float]] = {name: [] for name in sides}
    found: dict[str, list[Sample]] = {name: [] for name in sides}

    def turn(name: str) -> Sample:
        answer = workers[name].ask(size=size, connections=connections, seconds=seconds)
        return Sample(answer["work"], answer["wall"], answer["cpu"])

    for number in range(1, bench.rounds + 1):
        before = turn(RAW).rate
        for name in sides:
            bench.tell(f"{case_name(size, connections)}, round {number} of {bench.rounds}: {name}")
            sample = turn(name)
            after = turn(RAW).rate
            found[name].append(sample)
            raw[name].append((before + after) / 2)
            before = after
    return raw, found


def table(
    size: int, connections: int, raw: dict[str, list[float]], found: dict[str, list[Sample]]
) -> tuple[Grid, dict[str, Spread]]:
    """Rows in the order of their medians."""
    of_raw = {name: Spread.of(s.rate / r for s, r in zip(found[name], raw[name], strict=True)) for name in found}
    rows = []
    for name in sorted(found, key=lambda n: -of_raw[n].median):
        rate = Spread.of(s.rate for s in found[name])
        cpu = Spread.of(s.cpu / s.work * 1e6 for s in found[name])
        rows.append(
            (NAMES[name], spread(of_raw[name]), spread(rate), f"{rate.median * size * 2 / 1e6:,.1f}", spread(cpu))
        )
    head = ("side", "of raw", "round trips/s", "MB/s both ways", "client CPU, µs a trip")
    return Grid(head, rows, case_name(size, connections)), of_raw


def best_of_others(found: dict[str, list[Sample]]) -> Spread:
    """Ours over the one of the others that has the best median, round by round."""
    best = max(OTHERS, key=lambda name: Spread.of(sample.rate for sample in found[name]).median)
    return ratios(found[OURS], found[best], lambda sample: sample.rate)


def case_name(size: int, connections: int) -> str:
    """`64 KB, 200 connections`"""
    shown = f"{size} B" if size < 1024 else f"{size // 1024} KB"
    return f"{shown}, {connections} connection{'s' if connections > 1 else ''}"
