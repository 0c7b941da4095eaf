"""Start-up: whole processes, from exec to exit, beside an empty Python, curl and HTTPie."""

from __future__ import annotations

import compileall
import os
import resource
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Sample, Side, Spread, alternate, ratios
from benchmarks.programs import CLIENT, ROOT, SERVER, need, version
from benchmarks.report import Aim, Grid, Section, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.bench import Bench

# What

HELP, PROBE, EMPTY = "netloom --help", "netloom probe tcp://127.0.0.1:PORT", "python -c pass"


def run(bench: Bench) -> Section:
    """Measure all, in turns."""
    compileall.compile_dir(ROOT / "src", quiet=2)
    http = web_server(bench)
    port = int(bench.worker("acceptor", SERVER).hear()["port"])
    commands = sides(port, http)
    check(commands)
    found = alternate(
        [Side(name, partial(measure, command)) for name, command in commands.items()],
        4 if bench.quick else 25,
        lambda text: bench.tell(text) if PROBE in text else None,
    )
    rows = []
    for name, samples in found.items():
        over = spread(ratios(samples, found[EMPTY], lambda s: s.wall)) if name != EMPTY else "1"
        wall, cpu = Spread.of(s.wall * 1000 for s in samples), Spread.of(s.cpu * 1000 for s in samples)
        rows.append((f"`{name}`", over, spread(wall), spread(cpu)))
    over_empty = {name: ratios(found[name], found[EMPTY], lambda s: s.wall) for name in (HELP, PROBE)}
    httpie = ratios(found["http GET (HTTPie)"], found[PROBE], lambda s: s.wall)
    return Section(
        name="startup",
        title="whole processes, from exec to exit",
        what="What somebody waits for who types the command. Byte-compiled; output to a pipe.",
        grids=[Grid(("command", f"over `{EMPTY}`", "wall, ms", "CPU, ms"), rows)],
        aims=[
            Aim(f"{HELP}, over {EMPTY}", 2, over_empty[HELP], at_most=True),
            Aim(f"{PROBE}, over {EMPTY}", 10, over_empty[PROBE], at_most=True),
            Aim("HTTPie's GET over netloom's probe", 1, httpie),
        ],
        checked="help names the operations, the probe says success, curl and HTTPie get 200.",
        commands=[f"taskset -c {CLIENT} {name}" for name in commands],
        limits="the interpreter's own start, then imports: help is a stored text and imports nothing; a probe "
        "imports msgspec, asyncio and uvloop.",
        versions=[
            f"Python {sys.version.split()[0]}",
            version(["curl", "--version"]),
            f"HTTPie {version([need('http', 'httpie'), '--version'])}",
        ],
    )


# Sides


def web_server(bench: Bench) -> str:
    """nginx with a small answer, for curl and HTTPie."""
    from benchmarks.counterparts import nginx

    return nginx(bench, SERVER).http


def sides(port: int, http: str) -> dict[str, list[str]]:
    python = sys.executable
    netloom = [python, "-c", "from netloom.__main__ import main; main()"]
    script = Path(python).with_name("netloom")
    if script.exists():
        netloom = [str(script)]
    return {
        EMPTY: [python, "-c", "pass"],
        HELP: [*netloom, "--help"],
        PROBE: [*netloom, "probe", f"tcp://127.0.0.1:{port}"],
        "curl": [need("curl", "curl"), "-s", "-o", "-", "-w", "%{http_code}", http],
        "http GET (HTTPie)": [need("http", "httpie"), "--ignore-stdin", "--headers", "GET", http],
    }


# Check


def check(commands: dict[str, list[str]]) -> None:
    """Each says what it should."""
    expected = {EMPTY: "", HELP: "probe", PROBE: '"success"', "curl": "200", "http GET (HTTPie)": "200"}
    for name, command in commands.items():
        made = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=20, check=False)
        if made.returncode or expected[name] not in made.stdout:
            raise AssertionError(f"{name}: {made.returncode} {made.stdout[:200]} {made.stderr[:200]}")


# Measure


def measure(command: Sequence[str]) -> Sample:
    """One process."""
    cpu, wall = children(), time.perf_counter()
    subprocess.run(
        ["taskset", "-c", str(CLIENT), *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=environment(),
        check=True,
    )
    return Sample(1, time.perf_counter() - wall, children() - cpu)


def children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "src")}
