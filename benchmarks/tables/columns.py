"""Captures to per-packet columns: whole processes beside tshark's fields, dpkt and scapy."""

from __future__ import annotations

import hashlib
import sys
from importlib.metadata import version as package
from importlib.util import find_spec
from typing import TYPE_CHECKING

from benchmarks.capture import Captures
from benchmarks.dissectors import line
from benchmarks.memory import AT_HAND_SHOWN
from benchmarks.processes import ALL, ONE, Contender, Race
from benchmarks.programs import CLIENT, Missing, need, version
from benchmarks.report import Aim, Section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.bench import Bench

# What

OURS, TSHARK, FRUGAL, DPKT, SCAPY = "**netloom**", "tshark", "tshark without upper protocols", "dpkt", "scapy"
PACKETS = {OURS: 5_000_000, TSHARK: 200_000, FRUGAL: 200_000, DPKT: 200_000, SCAPY: 20_000}
"""What each gets: captures of one kind, of as many packets as it reads in seconds."""
EACH = 25
"""Packets of a flow, on average."""
AIMS = {TSHARK: 100.0, DPKT: 100.0, SCAPY: 1000.0}
FIELDS = (
    "frame.time_epoch", "frame.len", "vlan.id", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "ip.proto", "ipv6.nxt",
    "ip.ttl", "ipv6.hlim", "tcp.srcport", "udp.srcport", "tcp.dstport", "udp.dstport", "tcp.flags",
    "tcp.window_size_value",
)  # fmt: skip
UPPER = ("tls", "http", "dns", "wg", "rtp")
NAMED = {"frame.time_epoch", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst"}
"""What isn't a number."""
WHERE = {"both cores": ALL, "one core": ONE}


def run(bench: Bench) -> Section:
    """The same values first, then in turns."""
    race, captures = Race(bench), Captures(bench)
    names, missing = present()
    size = PACKETS[SCAPY] // 2
    check(race, [name for name in names if name != FRUGAL], captures.get(size, size // EACH).path, bench.folder)
    contenders = []
    for name in names:
        packets = bench.count(PACKETS[name])
        read = captures.get(packets, packets // EACH)
        contenders.append(Contender(name, command(name, read.path), packets, reads=read.path))
    held = {where: race.held(contenders, cores, bench.rounds) for where, cores in WHERE.items()}
    first = held["both cores"]
    amounts = ", ".join(f"{one.packets:,} for {one.name.strip('*')}" for one in contenders)
    return Section(
        name="columns",
        title="captures to columns, a row a packet",
        what="Time, length, VLAN, addresses, protocol, hops left, ports, TCP's flags and window of each packet, of the "
        "mixed captures that the table of flows describes. Whole processes from exec to exit. Ours has NumPy arrays in "
        "the end, dpkt and scapy arrays of the standard library (scapy with no more layers than it takes), and tshark "
        f"writes text to /dev/null, as it can do nothing else. Packets: {amounts}; rates are compared. "
        f"{AT_HAND_SHOWN}{missing}",
        grids=[one.grid(OURS, where) for where, one in held.items()],
        aims=[
            Aim(f"packets/s, both cores, over {name}'s", wanted, first.over(OURS, name))
            for name, wanted in AIMS.items()
            if name in first.found
        ],
        checked=f"every value of {size:,} packets is the same on all sides (SHA-256 of all rows as text).",
        commands=[f"taskset -c {CLIENT} {one.shown}" for one in contenders],
        limits="ours: reading two gigabytes, and memory that the columns take for the first time; then, for a packet, "
        "finding where the next one begins. The others build objects, or trees of fields, for every packet.",
        versions=[f"NumPy {package('numpy')}", *(told for name in names if (told := VERSIONS[name]()))],
    )


# Sides


def present() -> tuple[list[str], str]:
    """Those that are here, and which of them are missing."""
    names, missing = [OURS], ""
    try:
        need("tshark", "tshark")
        names += [TSHARK, FRUGAL]
    except Missing as exc:
        missing += f" Left out: {exc}."
    for name in (DPKT, SCAPY):
        if find_spec(name) is None:
            missing += f" Left out: {name} isn't installed."
        else:
            names.append(name)
    return names, missing


def command(name: str, read: Path) -> list[str]:
    """What reads the columns out of a capture. Those in Python take a place for the rows after it."""
    if name in (TSHARK, FRUGAL):
        less = [word for one in UPPER for word in ("--disable-protocol", one)] if name == FRUGAL else []
        fields = [word for field in FIELDS for word in ("-e", field)]
        return [need("tshark", "tshark"), "-n", *less, "-r", str(read), "-T", "fields", *fields]
    return [sys.executable, "-m", f"benchmarks.dissectors.by_{name.strip('*')}", str(read)]


VERSIONS: dict[str, Callable[[], str]] = {
    OURS: lambda: "",
    TSHARK: lambda: version(["tshark", "--version"]).rstrip("."),
    FRUGAL: lambda: "",
    DPKT: lambda: f"dpkt {package('dpkt')}",
    SCAPY: lambda: f"scapy {package('scapy')}",
}


# Check


def check(race: Race, names: list[str], read: Path, folder: Path) -> None:
    """AssertionError unless all have the same rows."""
    digests = {}
    for name in names:
        out = folder / f"rows of {name.strip('*')}"
        if name == TSHARK:
            race.run(Contender(name, command(name, read), 1, str(out)), ALL)
            text = "".join(map(line, rows(out.read_text())))
        else:
            race.run(Contender(name, [*command(name, read), str(out)], 1), ALL)
            text = out.read_text()
        digests[name] = hashlib.sha256(text.encode()).hexdigest()
        out.unlink()
    if len(set(digests.values())) != 1:
        raise AssertionError(f"they differ: {digests}")


def rows(text: str) -> Iterator[tuple[object, ...]]:
    """tshark's fields as the others' values."""
    for said in text.splitlines():
        told = dict(zip(FIELDS, said.split("\t"), strict=True))
        seconds, _, fraction = told["frame.time_epoch"].partition(".")
        number = {name: int(value, 0) for name, value in told.items() if value and name not in NAMED}
        over = "tcp" if told["tcp.srcport"] else "udp"
        yield (
            int(seconds) * 1_000_000 + int(fraction[:6]),
            number["frame.len"],
            number.get("vlan.id", 0),
            told["ip.src"] or told["ipv6.src"],
            told["ip.dst"] or told["ipv6.dst"],
            number.get("ip.proto", 0) or number.get("ipv6.nxt", 0),
            number.get("ip.ttl", 0) or number.get("ipv6.hlim", 0),
            number.get(f"{over}.srcport", 0),
            number.get(f"{over}.dstport", 0),
            number.get("tcp.flags", 0),
            number.get("tcp.window_size_value", 0),
        )
