"""DNS answers a second from an authoritative server, beside Knot: the same zone, asked by dnsperf over UDP."""

from __future__ import annotations

import re
import subprocess
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.counterparts import ZONE, knot
from benchmarks.measure import Sample, Side, Spread, alternate, ratios
from benchmarks.programs import CLIENT, SERVER, Program, need, version
from benchmarks.report import Grid, Section, spread

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.bench import Bench

# What

QUESTIONS = (
    "www.example.com A",
    "www.example.com AAAA",
    "example.com MX",
    "mail.example.com A",
    "nobody.example.com A",
)
OURS, KNOT = "**netloom**", "Knot"
OUTSTANDING = 64


def run(bench: Bench) -> Section:
    """Measure both in turns."""
    dnsperf = need("dnsperf", "dnsperf")
    servers = sides(bench)
    questions = bench.write("questions", "".join(f"{line}\n" for line in QUESTIONS))
    bench.tell("do both give the same answers?")
    check({name: port for name, (_, port) in servers.items()})
    seconds = int(bench.scale(3, 1))
    found = alternate(
        [
            Side(name, partial(measure, dnsperf, questions, server, port, seconds))
            for name, (server, port) in servers.items()
        ],
        bench.rounds,
        bench.tell,
    )
    rows = []
    for name, samples in found.items():
        rate, cpu = Spread.of(s.rate for s in samples), Spread.of(s.cpu / s.work * 1e6 for s in samples)
        rows.append(
            (
                name,
                spread(ratios(samples, found[KNOT], lambda s: s.rate)) if name != KNOT else "1",
                spread(rate),
                spread(cpu),
            )
        )
    return Section(
        name="dns",
        title="answers a second, served",
        what=f"A small zone, {len(QUESTIONS)} questions in turn over UDP, {OUTSTANDING} outstanding; the server "
        "on one core with one worker, dnsperf on the "
        "other. No aim was set: this tells where we stand.",
        grids=[Grid(("server", "of Knot", "answers/s", "server's CPU, µs an answer"), rows)],
        aims=[],
        checked="both give the same rcode, flag AA and answer section to each question; in every slice dnsperf "
        "loses nothing, and both have the "
        "same shares of NOERROR and NXDOMAIN.",
        commands=[command(dnsperf, questions, 0, seconds), *(server.shown for server, _ in servers.values())],
        limits="a datagram in and one out are two system calls through the event loop, and the answer is put "
        "together in Python.",
        versions=[version(["knotd", "--version"]), version([dnsperf, "-h"]).partition(",")[0]],
    )


# Sides


def sides(bench: Bench) -> dict[str, tuple[Program, int]]:
    server, port = knot(bench, SERVER)
    zone = bench.write("served.zone", ZONE)
    ours = bench.worker("server", SERVER, "dns://127.0.0.1:0", f"zone:{zone}")
    return {OURS: (ours, int(ours.hear()["port"])), KNOT: (server, port)}


# Check


def check(ports: dict[str, int]) -> None:
    """The same answer to each question."""
    from dns import flags, message, query

    for line in QUESTIONS:
        name, rdtype = line.split()
        said = {}
        for side, port in ports.items():
            answer = query.udp(message.make_query(name, rdtype), "127.0.0.1", timeout=5, port=port)
            said[side] = (answer.rcode(), bool(answer.flags & flags.AA), sorted(str(rrset) for rrset in answer.answer))
        if said[OURS] != said[KNOT]:
            raise AssertionError(f"{line}: {said}")


# Measure


def measure(dnsperf: str, questions: Path, server: Program, port: int, seconds: int) -> Sample:
    """A slice, by dnsperf's own count."""
    before = server.cpu()
    made = subprocess.run(
        command(dnsperf, questions, port, seconds).split(),
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 30,
    )
    cpu = server.cpu() - before
    done, lost = _number(made.stdout, "Queries completed"), _number(made.stdout, "Queries lost")
    if lost or not 0.78 < _number(made.stdout, "Response codes: .*?NOERROR") / done < 0.82:
        raise AssertionError(f"{server.shown}: {made.stdout}")
    return Sample(done, _number(made.stdout, "Run time \\(s\\)"), cpu)


def command(dnsperf: str, questions: Path, port: int, seconds: int) -> str:
    return (
        f"taskset -c {CLIENT} {dnsperf} -s 127.0.0.1 -p {port} -d {questions} -l {seconds} -c 4 -T 1 -q {OUTSTANDING}"
    )


def _number(text: str, label: str) -> float:
    found = re.search(rf"{label}:?\s+([\d.]+)", text)
    if found is None:
        raise AssertionError(f"dnsperf doesn't say {label}: {text}")
    return float(found[1])
