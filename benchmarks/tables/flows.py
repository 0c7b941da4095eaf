"""Captures to flows: whole processes beside nfpcapd, argus and nfstream, and the packet engine's inner work."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import partial
from importlib.metadata import version as package
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.capture import Captures
from benchmarks.foreign import environment, installed
from benchmarks.measure import Sample, Side, Spread, alternate
from benchmarks.memory import AT_HAND_SHOWN
from benchmarks.processes import ALL, ONE, Contender, Race, netloom
from benchmarks.programs import CLIENT, ROOT, Missing, need, version
from benchmarks.report import Aim, Grid, Section, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from benchmarks.bench import Bench
    from benchmarks.capture import Capture
    from benchmarks.measure import Samples
    from benchmarks.programs import Worker

# What

OURS, TABLE = "**netloom**", "**netloom**, into Parquet"
NFPCAPD, ARGUS, NFSTREAM = "nfpcapd", "argus", "nfstream"
PACKETS, FLOWS = 5_000_000, 200_000
PART = 5
"""nfstream gets a capture with so many times fewer packets and flows: rates are compared."""
AIMS = {NFPCAPD: 5.0, ARGUS: 5.0, NFSTREAM: 50.0}
IDLE, ACTIVE = 120, 1800
"""Seconds, of all who can be told: nothing in the captures reaches them."""
STEPS = {
    "walk": "packets found",
    "dissect": "and their headers read",
    "track": "and put into flows",
    "name": "and protocols recognised, names read",
}
COUNTED = ("packets", "bytes")
AIM = 10.0
"""Millions of packets a second on one core, in process, to flows."""


class Found(NamedTuple):
    """What a side made of a capture. The octets are whole frames', or those of IP's packets."""

    flows: int
    packets: int
    octets: int
    of_ip: bool = False


def run(bench: Bench) -> Section:
    """Whole processes first, then what happens within ours."""
    packets, flows = bench.count(PACKETS), bench.count(FLOWS)
    made = Captures(bench)
    captures = {"mixed": made.get(packets, flows), "64-octet frames": made.get(packets, flows, small=True)}
    part = made.get(packets // PART, flows // PART)
    race = Race(bench)
    grids, held, rows = [], {}, []
    missing: list[str] = []
    commands: list[str] = []
    for kind, whole in captures.items():
        contenders, more = sides(whole, part if kind == "mixed" else None, bench.folder)
        missing += [words for words in more if words not in missing]
        for one in contenders:
            bench.tell(f"{kind}: the right flows? {one.name}")
            race.run(one, ALL)
            found = check(one, part if one.name == NFSTREAM else whole, bench.folder)
            rows.append((f"{one.name}, {kind}", f"{found.flows:,}", f"{found.packets:,}", f"{found.octets:,}"))
        for cores, where in ((ALL, "both cores"), (ONE, "one core")):
            held[kind, where] = race.held(contenders, cores, bench.rounds)
            grids.append(held[kind, where].grid(OURS, f"{kind}: {whole.shown}; {where}"))
        commands = commands or [one.shown for one in contenders]
    inner, quickest = within(bench, captures)
    first = held["mixed", "both cores"]
    return Section(
        name="flows",
        title="captures to flows",
        what="Files from a seeded generator, the same for all: TLS, HTTP, DNS, WireGuard, RTP, pings, refused "
        "connections and ARP, 30 % of the flows over IPv6, 12 % in a VLAN, a few that are very long; and the same "
        "with frames of 64 octets, without words in them. Whole processes from exec to exit. Ours recognises protocols "
        "by content and reads server names, ALPN, JA4 and DNS names; it writes NumPy's arrays, with Community IDs, "
        "and once more Parquet, with the names as well. nfpcapd and argus write their own formats, and look into no "
        "payload. nfstream recognises as well, hands flows to Python, and gets a capture with "
        f"a {PART}th of the packets and flows. {AT_HAND_SHOWN}{''.join(missing)}",
        grids=[*grids, inner, Grid(("side", "flows", "packets", "octets"), rows, "what each makes of them")],
        aims=[
            *(
                Aim(f"packets/s, mixed, both cores, over {name}'s", wanted, first.over(OURS, name))
                for name, wanted in AIMS.items()
                if name in first.found
            ),
            Aim("packets/s to flows in process, mixed, one core, millions", AIM, quickest),
        ],
        checked="all flows together have the packets and octets that the generator counted: frames' octets here, in "
        "argus and in nfstream, and IP's in nfpcapd; argus' ARP is left out. The numbers of flows differ, as what a "
        "flow is differs: nfpcapd's go one way, and each ICMP message is one; argus' pings are flows together with "
        "their answers, and it reports every minute on what goes on.",
        commands=[f"taskset -c {CLIENT} {one}" for one in (*commands, "python -m benchmarks.workers.engine")],
        limits="in process, memory: a packet's flow is seldom in a cache. For whole processes also the start (most of "
        "it is importing NumPy), memory that is taken for the first time, and for Parquet making columns of the flows "
        "with their names. argus ends on a whole second.",
        versions=versions(first.found),
    )  # fmt: skip


# Sides


def sides(read: Capture, part: Capture | None, out: Path) -> tuple[list[Contender], list[str]]:
    """Those that are here, and which of them are missing; nfstream reads `part`, if there is one."""
    made = [
        Contender(name, by_netloom(read.path, out / file), read.facts.packets, reads=read.path)
        for name, file in ((OURS, "flows.npz"), (TABLE, "flows.parquet"))
    ]
    missing = []
    others = {NFPCAPD: by_nfpcapd, ARGUS: by_argus}
    for name, command in (others | {NFSTREAM: by_nfstream} if part is not None else others).items():
        its = part if name == NFSTREAM and part is not None else read
        try:
            made.append(Contender(name, command(its.path, out), its.facts.packets, reads=its.path))
        except Missing as exc:
            missing.append(f" Left out: {exc}.")
    return made, missing


def by_netloom(read: Path, out: Path) -> list[str]:
    return [*netloom(), "flows", str(read), "--overwrite", "--to", str(out)]


def by_nfpcapd(read: Path, out: Path) -> list[str]:
    program = need("nfpcapd", "nfdump")
    return [program, "-r", str(read), "-w", str(emptied(out / NFPCAPD)), "-e", f"{ACTIVE},{IDLE}"]


def by_argus(read: Path, out: Path) -> list[str]:
    program = need("argus", "argus-server")
    return [program, "-X", "-S", "60", "-r", str(read), "-w", str(emptied(out / ARGUS) / "flows")]


def by_nfstream(read: Path, out: Path) -> list[str]:
    script = ROOT / "benchmarks" / "workers" / "by_nfstream.py"
    return [str(its_environment() / "python"), str(script), str(read), str(out / "nfstream.json")]


def its_environment() -> Path:
    """nfstream's programs; it brings pandas."""
    return environment("nfstream", "nfstream==6.6.0")


def emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def versions(found: Samples) -> list[str]:
    asked: dict[str, Callable[[], str]] = {
        NFPCAPD: lambda: version(["nfpcapd", "-V"]),
        ARGUS: lambda: version(["argus", "-h"]),
        NFSTREAM: lambda: installed(its_environment(), "nfstream"),
    }
    return [f"numba {package('numba')}", *(ask() for name, ask in asked.items() if name in found)]


# Check


def check(one: Contender, read: Capture, out: Path) -> Found:
    """What its flows add up to. AssertionError unless that is what the generator counted."""
    found = ADDED[one.name](out)
    wanted = (read.facts.ip_packets, read.facts.ip_octets if found.of_ip else read.facts.ip_frames)
    if (found.packets, found.octets) != wanted:
        raise AssertionError(f"{one.shown}: {found}, and the generator counted {wanted}")
    return found


def arrays(out: Path) -> Found:
    import numpy as np

    with np.load(out / "flows.npz") as found:
        packets, octets = (int(found[f"{name}_forward"].sum() + found[f"{name}_backward"].sum()) for name in COUNTED)
        return Found(len(found["start"]), packets, octets)


def table(out: Path) -> Found:
    import duckdb

    asked = "SELECT count(*)::BIGINT, sum(packets)::BIGINT, sum(bytes)::BIGINT FROM read_parquet($1)"
    with duckdb.connect() as connection:
        told = connection.execute(asked, [str(out / "flows.parquet")]).fetchone()
    assert told is not None
    return Found(told[0], told[1], told[2])


def nfpcapd(out: Path) -> Found:
    said = _said(need("nfdump", "nfdump"), "-R", str(out / NFPCAPD), "-I")
    told = dict(line.split(": ") for line in said.splitlines() if ": " in line)
    return Found(int(told["Flows"]), int(told["Packets"]), int(told["Bytes"]), of_ip=True)


def argus(out: Path) -> Found:
    said = _said(need("racount", "argus-client"), "-r", str(out / ARGUS / "flows"), "-", "ip or ipv6").split()
    flows, packets, _, _, octets = map(int, said[said.index("sum") + 1 :][:5])
    return Found(flows, packets, octets)


def nfstream(out: Path) -> Found:
    return Found(**json.loads((out / "nfstream.json").read_text()))


ADDED = {OURS: arrays, TABLE: table, NFPCAPD: nfpcapd, ARGUS: argus, NFSTREAM: nfstream}


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


# Measure


def within(bench: Bench, captures: Mapping[str, Capture]) -> tuple[Grid, Spread]:
    """One process on one core, from the file's octets: how far it goes, each step with those before it."""
    engine = bench.worker("engine", CLIENT)
    rows, found = [], {}
    for kind, whole in captures.items():
        turns = [Side(what, partial(step, engine, name, whole)) for name, what in STEPS.items()]
        found[kind] = alternate(turns, bench.rounds, bench.tell)
        rows += [
            (
                f"{kind}: {what}",
                spread(Spread.of(map(_rate, samples))),
                spread(Spread.of(1e9 / s.rate for s in samples)),
            )
            for what, samples in found[kind].items()
        ]
    head = ("step", "packets/s", "ns a packet")
    return Grid(head, rows, "in process, one core"), Spread.of(s.rate / 1e6 for s in found["mixed"][STEPS["track"]])


def step(engine: Worker, name: str, whole: Capture) -> Sample:
    """AssertionError if packets are lost."""
    told = engine.ask(step=name, path=str(whole.path))
    if told["work"] != whole.facts.packets or told.get("packets", whole.facts.ip_packets) != whole.facts.ip_packets:
        raise AssertionError(f"{name}: {told}")
    return Sample(told["work"], told["wall"], told["cpu"])


def _rate(sample: Sample) -> float:
    return sample.rate
