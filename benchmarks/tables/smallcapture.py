"""A hundred packets, from the shell to the answer: ours beside tcpdump and tshark."""

from __future__ import annotations

import compileall
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.capture import Captures
from benchmarks.measure import Spread, ratios
from benchmarks.processes import ONE, Contender, Race, netloom
from benchmarks.programs import CLIENT, ROOT, need, version
from benchmarks.report import Aim, Grid, Section, spread

if TYPE_CHECKING:
    from benchmarks.bench import Bench

# What

PACKETS, FLOWS = 100, 8
EVERY, SHARES = "**netloom** packets", "**netloom** flows"
TCPDUMP, TSHARK = "tcpdump -r -n", "tshark -r -n"
ROUNDS = 25


def run(bench: Bench) -> Section:
    """In turns, on one core."""
    compileall.compile_dir(ROOT / "src", quiet=2)
    read = Captures(bench).get(PACKETS, FLOWS)
    race = Race(bench)
    contenders = sides(bench, str(read.path))
    check(race, contenders)
    held = race.held(contenders, ONE, 4 if bench.quick else ROUNDS)
    found = held.found
    rows = [
        (
            name,
            "1" if name == TCPDUMP else spread(ratios(samples, found[TCPDUMP], lambda s: s.wall)),
            spread(Spread.of(s.wall * 1000 for s in samples)),
            spread(Spread.of(s.cpu * 1000 for s in samples)),
            f"{held.memory[name] / 1e6:,.0f}",
        )
        for name, samples in found.items()
    ]
    over = {name: ratios(found[name], found[TCPDUMP], lambda s: s.wall) for name in (EVERY, SHARES)}
    under = {name: ratios(found[TSHARK], found[name], lambda s: s.wall) for name in (EVERY, SHARES)}
    head = ("command", "wall, over tcpdump's", "wall, ms", "CPU, ms", "resident at most, MB")
    return Section(
        name="smallcapture",
        title="a hundred packets, from the shell to the answer",
        what=f"{read.shown}, read as a whole by a process on one core, output to a file. Byte-compiled.",
        grids=[Grid(head, rows)],
        aims=[
            *(Aim(f"{name.replace('**', '')}, over tcpdump", 10, over[name], at_most=True) for name in over),
            *(Aim(f"tshark, over {name.replace('**', '')}", 1, under[name]) for name in under),
        ],
        checked=f"{PACKETS} lines from all that tell packets, and at least {FLOWS} flows.",
        commands=[f"taskset -c {CLIENT} {one.shown}" for one in contenders],
        limits="the interpreter's start and imports; packets are read in plain Python, for which nothing is loaded.",
        versions=[version(["tcpdump", "--version"]), version(["tshark", "--version"]).rstrip(".")],
    )


# Sides


def sides(bench: Bench, read: str) -> list[Contender]:
    def out(name: str) -> str:
        return str(bench.folder / name)

    return [
        Contender(EVERY, [*netloom(), "packets", read], PACKETS, out("packets")),
        Contender(SHARES, [*netloom(), "flows", read], PACKETS, out("flows")),
        Contender(TCPDUMP, [need("tcpdump", "tcpdump"), "-r", read, "-n"], PACKETS, out("tcpdump")),
        Contender(TSHARK, [need("tshark", "tshark"), "-r", read, "-n"], PACKETS, out("tshark")),
    ]


# Check


def check(race: Race, contenders: list[Contender]) -> None:
    """AssertionError unless each tells all of it."""
    for one in contenders:
        race.run(one, ONE)
        lines = Path(one.output).read_text().count("\n")
        if lines < FLOWS or (lines != PACKETS and one.name != SHARES):
            raise AssertionError(f"{one.shown} says {lines} lines")
