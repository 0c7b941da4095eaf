"""What it costs a server to record: small answers over HTTP, and one large file, with `--record` and without."""

from __future__ import annotations

import subprocess
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.app import BODY
from benchmarks.measure import Sample, Side, Spread, alternate, ratios
from benchmarks.programs import CLIENT, SERVER, Program, need, version
from benchmarks.report import Grid, Section, spread
from benchmarks.tables import http
from netloom.packet.captures import open_capture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from benchmarks.bench import Bench

# What

MEBI = 1 << 20
PLAIN, RECORDS = "**netloom**", "**netloom**, recording"


class Case(NamedTuple):
    """One kind of work: what is asked for, its unit, how it is measured, and the unit of CPU time."""

    caption: str
    unit: str
    path: str
    measure: Callable[[Program, str], Sample]
    cpu: tuple[str, float]


def run(bench: Bench) -> Section:
    """Measure both cases, with and without a recording in turns."""
    wrk, curl = need("wrk", "wrk"), need("curl", "curl")
    seconds, size = int(bench.scale(3, 1)), bench.count(128) * MEBI
    folder = bench.folder / "files"
    folder.mkdir()
    (folder / "small").write_bytes(BODY)
    (folder / "large").write_bytes(bytes(size))
    cases = [
        Case("small answers", "requests", "small", partial(load, wrk, seconds), ("request, µs", 1e6)),
        Case("one large answer", "MB", "large", partial(fetch, curl, size), ("GB, s", 1e3)),
    ]
    shown: list[str] = []
    grids = [compare(bench, case, folder, shown) for case in cases]
    return Section(
        name="recording",
        title="what it costs to record",
        what=f"A file of {len(BODY)} bytes for every GET on {http.CONNECTIONS} connections that are kept, and one of "
        f"{size // MEBI} MiB; the server on one core, wrk or curl on the other. A recording has every octet as packets "
        "with right checksums, written at once.",
        grids=grids,
        aims=[],
        checked="the same body with and without; the recording is whole, and has as many octets of it as were sent.",
        commands=[f"taskset -c {CLIENT} wrk -t1 -c{http.CONNECTIONS} -d{seconds}s URL", *shown],
        limits="small ones: a packet composed, and a system call that writes it, for each question and answer. A large "
        "one: half is the kernel's copying into pages of the file, for which a virtual machine's host has to find "
        "memory, and a sixth the checksum over all octets.",
        versions=[version([wrk, "-v"]), version([curl, "-V"])],
    )


# Sides


def compare(bench: Bench, case: Case, folder: Path, shown: list[str]) -> Grid:
    """Two servers, one of which records."""
    sides: dict[str, tuple[Program, str]] = {}
    for name in (PLAIN, RECORDS):
        told = [f"record:{bench.folder / case.path}.pcapng"] if name == RECORDS else []
        server = bench.worker("server", SERVER, "http://127.0.0.1:0", f"files:{folder}", *told)
        sides[name] = server, f"http://127.0.0.1:{server.hear()['port']}/{case.path}"
        shown.append(server.shown)
    bench.tell(f"are {case.caption} in the recording?")
    check([url for _, url in sides.values()], folder / case.path, bench.folder / f"{case.path}.pcapng")
    found = alternate(
        [Side(name, partial(case.measure, *side)) for name, side in sides.items()], bench.rounds, bench.tell
    )
    per, factor = case.cpu
    rows = []
    for name, samples in found.items():
        over = ratios(samples, found[PLAIN], lambda s: s.cpu / s.work)
        more = spread(Spread(100 * over.median, 100 * over.low, 100 * over.high)) if name != PLAIN else "100"
        rates = spread(Spread.of(s.rate for s in samples))
        rows.append((name, more, rates, spread(Spread.of(s.cpu / s.work * factor for s in samples))))
    head = ("side", "CPU, % of not recording", f"{case.unit}/s", f"server's CPU a {per}")
    return Grid(head, rows, case.caption)


# Check


def check(urls: Sequence[str], file: Path, recording: Path) -> None:
    """The same from both; and a whole recording, with all of it."""
    wanted = file.read_bytes()
    for url in urls:
        got = subprocess.run(["curl", "-sS", url], capture_output=True, check=True, timeout=60).stdout
        if got != wanted:
            raise AssertionError(f"{url}: {len(got)} octets")
    capture = open_capture(recording)
    octets = sum(len(frame.data) for frame in capture.frames())
    if octets < len(wanted) or capture.notes:
        raise AssertionError(f"{recording.name} has {octets} octets, {capture.notes}")


# Measure


def load(wrk: str, seconds: int, server: Program, url: str) -> Sample:
    """As the table of HTTP does it."""
    return http.measure(wrk, server, url, seconds)


def fetch(curl: str, size: int, server: Program, url: str) -> Sample:
    """One file, by curl's own clock; the work is in MB."""
    before = server.cpu()
    done = subprocess.run(
        ["taskset", "-c", str(CLIENT), curl, "-sS", "-o", "/dev/null", "-w", "%{size_download} %{time_total}", url],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    got, wall = done.stdout.split()
    if int(got) != size:
        raise AssertionError(f"{url}: {got} octets")
    return Sample(size / 1e6, float(wall), server.cpu() - before)
