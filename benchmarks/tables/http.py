"""HTTP requests a second that a server answers, beside uvicorn, granian and nginx: one small answer for all."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.request
from functools import partial
from importlib.metadata import version as package_version
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.app import BODY
from benchmarks.counterparts import nginx
from benchmarks.measure import Sample, Side, Spread, alternate, ratios
from benchmarks.programs import CLIENT, SERVER, Program, free_port, need, version
from benchmarks.report import Aim, Grid, Section, spread

if TYPE_CHECKING:
    from benchmarks.bench import Bench

# What

CONNECTIONS = 64
APP = "benchmarks.app:hello"
OURS, FILES, COMMAND = "**netloom**, ASGI application", "**netloom**, files", "**netloom** serve, with access records"
UVICORN, GRANIAN, NGINX, LOGGED = "uvicorn", "granian", "nginx", "uvicorn, with its access log"
FLOOR = "bare uvloop protocol, which reads nothing"


def run(bench: Bench) -> Section:
    """Measure all in turns."""
    wrk = need("wrk", "wrk")
    servers = sides(bench)
    for name, (_, url) in servers.items():
        bench.tell(f"does {name} give the answer?")
        check(name, url)
    seconds = int(bench.scale(3, 1))
    found = alternate(
        [Side(name, partial(measure, wrk, server, url, seconds)) for name, (server, url) in servers.items()],
        bench.rounds,
        bench.tell,
    )
    rows = []
    for name in sorted(found, key=lambda n: -Spread.of(s.rate for s in found[n]).median):
        rate, cpu = Spread.of(s.rate for s in found[name]), Spread.of(s.cpu / s.work * 1e6 for s in found[name])
        over = spread(ratios(found[name], found[UVICORN], lambda s: s.rate)) if name != UVICORN else "1"
        rows.append((name, over, spread(rate), spread(cpu)))

    def of(one: str, other: str) -> Spread:
        return ratios(found[one], found[other], lambda s: s.rate)

    return Section(
        name="http",
        title="requests a second, served",
        what=f"{len(BODY)} bytes for every GET, {CONNECTIONS} connections that are kept, the server on one core "
        "with one worker, wrk on the other.",
        grids=[Grid(("server", "of uvicorn", "requests/s", "server's CPU, µs a request"), rows)],
        aims=[
            Aim("the same ASGI application, of uvicorn", 3.5, of(OURS, UVICORN)),
            Aim("the same ASGI application, of granian", 1.0, of(OURS, GRANIAN)),
            Aim("the same file, of nginx", 0.6, of(FILES, NGINX)),
            Aim("with a record of each request, of uvicorn with its access log", 1.0, of(COMMAND, LOGGED)),
        ],
        checked="each server gives status 200 and the same body; in every slice wrk sees no error and no other status.",
        commands=[
            f"taskset -c {CLIENT} wrk -t1 -c{CONNECTIONS} -d{seconds}s URL",
            *(server.shown for server, _ in servers.values()),
        ],
        limits="for ours and the Python servers first what the bare protocol takes, nearly all of it system calls and "
        "the kernel, which is all that a server in Python could ever save; then Python itself: the parser's "
        "callbacks, the application's coroutine and its messages; for nginx system calls and the kernel.",
        versions=[
            *(f"{name} {package_version(name)}" for name in ("uvicorn", "granian", "httptools", "uvloop")),
            version(["nginx", "-v"]),
            version([wrk, "-v"]),
        ],
    )


# Sides


def sides(bench: Bench) -> dict[str, tuple[Program, str]]:
    """All servers run all the time; those that aren't asked sleep."""
    folder = bench.folder / "files"
    folder.mkdir()
    (folder / "index.html").write_bytes(BODY)
    ours, files = (
        bench.worker("server", SERVER, "http://127.0.0.1:0", content) for content in (f"app:{APP}", f"files:{folder}")
    )
    floor = bench.worker("http_floor", SERVER)
    command, quiet, logged, granian = free_port(), free_port(), free_port(), free_port()
    web = nginx(bench, SERVER)

    def start(port: int, *words: str) -> tuple[Program, str]:
        return bench.start(Program([sys.executable, "-m", *words], SERVER)).wait_for(port), f"http://127.0.0.1:{port}/"

    uvicorn = ("uvicorn", APP, "--host", "127.0.0.1", "--loop", "uvloop", "--http", "httptools", "--lifespan", "off")
    return {
        OURS: (ours, f"http://127.0.0.1:{ours.hear()['port']}/"),
        FILES: (files, f"http://127.0.0.1:{files.hear()['port']}/index.html"),
        UVICORN: start(quiet, *uvicorn, "--port", str(quiet), "--no-access-log", "--log-level", "critical"),
        GRANIAN: start(
            granian, "granian", APP, "--interface", "asginl", "--host", "127.0.0.1", "--port", str(granian),
            "--workers", "1", "--loop", "uvloop", "--no-log", "--no-access-log",
        ),
        NGINX: (web.program, f"{web.http}index.html"),
        FLOOR: (floor, f"http://127.0.0.1:{floor.hear()['port']}/"),
        COMMAND: start(
            command, "netloom", "serve", f"http://127.0.0.1:{command}", "--content", f"app:{APP}", "-o", "ndjson",
        ),
        LOGGED: start(logged, *uvicorn, "--port", str(logged), "--access-log"),
    }  # fmt: skip


# Check


def check(name: str, url: str) -> None:
    """The same answer from each."""
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  # a URL of ours
        if answer.status != 200 or answer.read() != BODY:
            raise AssertionError(f"{name}: {answer.status}")


# Measure


def measure(wrk: str, server: Program, url: str, seconds: int) -> Sample:
    """A slice, by wrk's own count."""
    before = server.cpu()
    made = subprocess.run(
        ["taskset", "-c", str(CLIENT), wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", url],
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 30,
    )
    cpu = server.cpu() - before
    found = re.search(r"(\d+) requests in ([\d.]+)s", made.stdout)
    if found is None or "Socket errors" in made.stdout or "Non-2xx" in made.stdout:
        raise AssertionError(f"{Path(url)}: {made.stdout}")
    return Sample(int(found[1]), float(found[2]), cpu)
