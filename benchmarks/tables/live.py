"""Live capture into files at rising rates, beside tcpdump -w and dumpcap on the same wire."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.measure import Spread
from benchmarks.memory import take_and_give_back
from benchmarks.programs import CLIENT, READY, SERVER, Program, Worker, need, version
from benchmarks.report import Aim, Grid, Section, spread
from benchmarks.wire import FAR, wire
from netloom.packet.captures import open_capture, pcap
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.udp import UDP
from netloom.packet.frame import Frame
from netloom.packet.live.sender import BATCH

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.bench import Bench
    from benchmarks.wire import Wire

# What

PCAPNG, PCAP, TCPDUMP, DUMPCAP = "**netloom**, pcapng", "**netloom**, pcap", "tcpdump -w", "dumpcap"
SIZES = (64, 1500)
HEADERS = 14 + 20 + 8
RATES = (50_000, 100_000, 200_000, 300_000, 400_000, 600_000, 0)
"""Packets a second; 0: as many as the sender can."""
FASTEST = 800_000
"""Packets a second that the sender doesn't exceed."""
SECONDS, QUICK = 1.5, 0.4
"""For how long it sends; in a quick run."""
BUFFER = 32
"""MiB, where all get the same."""
MORE = 128 << 20
"""Octets of memory that who captures takes beside the file, at most."""


@dataclass(frozen=True)
class Side:
    """A program that captures: its command line, given a file and MiB of buffer (0: its own default).

    `ready` is what it says once it hears, `told` finds packets and drops in what it says at its end. After so many
    seconds of `silence` it has written all that it was given.
    """

    name: str
    suffix: str
    command: Callable[[str, int], list[str]]
    ready: str
    told: str
    silence: float = 0.5


class Load(NamedTuple):
    """What is sent: a capture again and again, so many packets, so many a second (0: as many as can be)."""

    source: Path
    rate: float
    packets: int


class Turn(NamedTuple):
    """One side, once: packets sent and how many a second, in the file, dropped as it says, and its CPU seconds."""

    sent: int
    rate: float
    seen: int
    dropped: int
    cpu: float


class Case(NamedTuple):
    """Packets of one size, and one buffer."""

    size: int
    buffer: int

    @property
    def caption(self) -> str:
        buffers = f"a buffer of {self.buffer} MiB each" if self.buffer else "each with its own buffer"
        return f"{self.size} octets a packet, {buffers}"


def run(bench: Bench) -> Section:
    """Both sizes, with equal buffers and with each one's own."""
    from netloom.packet.kernels import compiled

    place = wire(bench)
    if compiled.available() and not compiled.ready():
        bench.tell("compiling the packet kernels")
        compiled.prepare()
    folder = files(bench)
    sender = bench.worker("live_sender", CLIENT, str(place.near))
    field = Field(bench, place, folder, sender)
    sources = {size: capture(bench, size) for size in SIZES}
    for size, source in sources.items():
        bench.tell(f"{size} octets: does each write the same?")
        check(field, source)
    grids, aims = [], []
    for case in [Case(size, buffer) for buffer in (BUFFER, 0) for size in SIZES]:
        found = climb(field, sources[case.size], case)
        grids.append(grid(found, case))
        if case.buffer:
            aims.extend(aimed(found, case))
    return Section(
        name="live",
        title="capturing into a file, at rising rates",
        what=f"A capture of {BATCH} packets is replayed again and again for {bench.scale(SECONDS, QUICK):g} s by "
        "`FrameSender` onto a veth pair between two network namespaces, in bursts of "
        f"{BATCH}; who captures has one core, the sender (and with it the kernel's copying into the buffer) the "
        "other. Files are in memory, so that no disk is measured, and as much memory as they need is taken and given "
        "back before each turn: the host of a virtual machine may take what has been free for a while. A rate is "
        "loss-free where of the rounds at it, and at all below it, the median lost nothing; the rate is the one "
        "that was reached, and a lower bound where the sender can do no more. Buffers: netloom's own is 32 MiB, "
        "tcpdump's and dumpcap's are 2 MiB. CPU time is that of who captures.",
        grids=grids,
        aims=aims,
        checked="each one's file of a slow replay has the octets, lengths and order that were sent; in every turn "
        "packets in the file and those that the program says it lost make up what was sent, and what was sent is "
        "what the wire's far end counts.",
        commands=[
            sender.shown,
            *(" ".join(["taskset", "-c", str(SERVER), *shown(side, BUFFER)]) for side in sides()),
        ],
        limits="the sender: its system calls, the veth pair and the kernel's copy into the buffer share its core. Who "
        "captures copies each packet twice, into a buffer of its own with its header and from there into the file.",
        versions=[
            version([need("tcpdump", "tcpdump"), "--version"]),
            version([need("dumpcap", "wireshark-common"), "-v"]),
        ],
    )


# Sides


def sides() -> list[Side]:
    """Raises Missing."""
    netloom = [sys.executable, "-m", "netloom", "capture", FAR]
    tcpdump = [need("tcpdump", "tcpdump"), "-i", FAR, "--nano", "-n", "-Z", "root"]
    dumpcap = [need("dumpcap", "wireshark-common"), "-q", "-i", FAR]

    def ours(path: str, buffer: int) -> list[str]:
        return [*netloom, "--to", path, *(["--buffer", str(buffer)] if buffer else [])]

    return [
        Side(PCAPNG, "pcapng", ours, "", r'"packets":(\d+).*"dropped":(\d+)'),
        Side(PCAP, "pcap", ours, "", r'"packets":(\d+).*"dropped":(\d+)'),
        Side(
            TCPDUMP,
            "tcpdump",
            lambda path, buffer: [*tcpdump, "-w", path, *(["-B", str(buffer << 10)] if buffer else [])],
            "listening on",
            r"(\d+) packets? captured.*?(\d+) packets? dropped by kernel",
            silence=1.3,  # it asks the kernel for what is there once a second
        ),
        Side(
            DUMPCAP,
            "dumpcap",
            lambda path, buffer: [*dumpcap, "-w", path, *(["-B", str(buffer)] if buffer else [])],
            "File:",
            r"received/dropped on interface .*?: (\d+)/(\d+)",
        ),
    ]


def shown(side: Side, buffer: int) -> list[str]:
    return [Path(word).name if word.startswith("/") else word for word in side.command(f"FILE.{side.suffix}", buffer)]


def files(bench: Bench) -> Path:
    """A folder in memory with room for the largest file twice; without one, the table's own."""
    memory = Path("/dev/shm")
    largest = int(max(SIZES) * FASTEST * bench.scale(SECONDS, QUICK))
    if not memory.is_dir() or shutil.disk_usage(memory).free < 4 * largest:
        return bench.folder
    return Path(bench.enter_context(tempfile.TemporaryDirectory(prefix="netloom-bench-", dir=memory)))


def capture(bench: Bench, size: int) -> Path:
    """Packets that the far end's own stack throws away at once: they are for somebody else's address."""
    random = Random(size)
    frames = []
    for number in range(BATCH):
        ethernet = Ethernet(src="02:00:00:00:00:01", dst=f"02:00:00:00:00:{number + 16:02x}")
        ip = IPv4(src=f"192.0.2.{number + 1}", dst=f"198.51.100.{random.randrange(1, 255)}")
        data = bytes(ethernet / ip / UDP(sport=4000 + number, dport=9) / random.randbytes(size - HEADERS))
        frames.append(Frame(data, number * 1000, 1, len(data)))
    place = bench.folder / f"{size}.pcap"
    place.write_bytes(pcap.file_header(1) + b"".join(map(pcap.record, frames)))
    return place


# Check


def check(field: Field, source: Path) -> None:
    """The same octets from each."""
    with open_capture(source) as capture:
        sent = [(frame.data, frame.length) for frame in capture.frames()]
    for side in sides():
        path = field.folder / f"checked.{side.suffix}"
        turn = field.turn(side, Load(source, 10_000, 50 * BATCH), BUFFER, path)
        if turn.dropped:
            raise AssertionError(f"{side.name} lost {turn.dropped} of few")
        with open_capture(path, strict=True) as written:
            found = [(frame.data, frame.length) for frame in written.frames()]
        path.unlink()
        if found != sent * 50:
            raise AssertionError(f"{side.name} wrote something else than was sent")


# Measure


class Field:
    """The wire, who sends, and a folder for what is captured."""

    def __init__(self, bench: Bench, place: Wire, folder: Path, sender: Worker) -> None:
        self.bench = bench
        self.folder = folder
        self._place = place
        self._sender = sender

    def turn(self, side: Side, load: Load, buffer: int, kept: Path | None = None) -> Turn:
        """Start it, send, wait until all is written, and end it. Raises AssertionError where packets are missing."""
        path = kept or self.folder / f"captured.{side.suffix}"
        log = self.folder / "log"
        command = self._place.far_command(*side.command(str(path), buffer))
        take_and_give_back(MORE + load.source.stat().st_size // BATCH * load.packets)
        before = self._place.passed()
        with log.open("wb") as said:
            program = Program(["sh", "-c", 'exec "$@" 2>&1', "sh", *command], SERVER, output=said)
        try:
            self._wait(lambda: _begun(side, path, log), program)
            used = spent(program)
            answer = self._sender.ask(path=str(load.source), rate=load.rate, count=load.packets)
            self._silent(path, side.silence)
            used = spent(program) - used
            program.process.send_signal(signal.SIGINT)
            program.process.wait(READY)
        finally:
            program.close()
        told = re.search(side.told, log.read_text(errors="replace"), re.DOTALL)
        if told is None:
            raise AssertionError(f"{side.name} said {log.read_text(errors='replace')[-300:]!r}")
        dropped, seen, sent = int(told[2]), counted(path), int(answer["sent"])
        if kept is None:
            path.unlink()
        left, arrived = (after - earlier for after, earlier in zip(self._place.passed(), before, strict=True))
        if not seen + dropped == sent == left == arrived:
            raise AssertionError(
                f"{side.name} wrote {seen} and lost {dropped}, {sent} were sent, {left} left, {arrived} arrived"
            )
        return Turn(sent, sent / answer["wall"], seen, dropped, used)

    def _wait(self, done: Callable[[], bool], program: Program) -> None:
        until = time.monotonic() + READY
        while not done():
            if program.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{program.shown} doesn't capture")
            time.sleep(0.02)
        time.sleep(0.3)  # what is loaded at the beginning isn't measured

    def _silent(self, path: Path, seconds: float) -> None:
        """Until nothing has been written for so long."""
        size, since = -1, time.monotonic()
        while time.monotonic() - since < seconds:
            now = path.stat().st_size
            if now != size:
                size, since = now, time.monotonic()
            time.sleep(0.05)


def _begun(side: Side, path: Path, log: Path) -> bool:
    if side.ready:
        return side.ready in log.read_text(errors="replace")
    return path.exists() and path.stat().st_size > 0


def spent(program: Program) -> float:
    """CPU seconds of its threads, to the nanosecond (proc(5), schedstat): ticks would miss who works in short turns."""
    tasks = [task for pid in program.pids() for task in Path(f"/proc/{pid}/task").iterdir()]
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def counted(path: Path) -> int:
    """Packets in a file, as Wireshark's own tool counts them."""
    command = [need("capinfos", "wireshark-common"), "-T", "-r", "-M", "-c", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return int(done.stdout.split("\t")[-1])


def climb(field: Field, source: Path, case: Case) -> dict[str, list[list[Turn]]]:
    """All rates, the slowest first: for each side and rate the turns of every round, in which sides take turns."""
    bench = field.bench
    rates = RATES[::3] if bench.quick else RATES
    rounds = 1 if bench.quick else 3
    found: dict[str, list[list[Turn]]] = {side.name: [[] for _ in rates] for side in sides()}
    for at, rate in enumerate(rates):
        count = int((rate or FASTEST) * bench.scale(SECONDS, QUICK)) // BATCH * BATCH
        for number in range(1, rounds + 1):
            for side in sides():
                asked = f"{rate:,} packets/s" if rate else "top speed"
                bench.tell(f"{case.caption}: {asked}, round {number} of {rounds}: {side.name}")
                found[side.name][at].append(field.turn(side, Load(source, rate, count), case.buffer))
    return found


def lossless(turns: Sequence[Sequence[Turn]]) -> Sequence[Turn]:
    """The turns of the highest rate at which, as at all below, most lost nothing; no turns where there is none."""
    best: Sequence[Turn] = ()
    for rounds in turns:
        if Spread.of(turn.dropped for turn in rounds).median:
            break
        best = rounds
    return best


def is_topped(turns: Sequence[Sequence[Turn]]) -> bool:
    """Whether nothing was lost as fast as the sender can: how much more it could be isn't known."""
    return bool(turns) and lossless(turns) is turns[-1]


def grid(found: dict[str, list[list[Turn]]], case: Case) -> Grid:
    rows = []
    for name, turns in found.items():
        best = lossless(turns)
        top = turns[-1]
        rows.append(
            (
                name,
                ("at least " if is_topped(turns) else "") + spread(Spread.of(turn.rate for turn in best))
                if best
                else "none",
                spread(Spread.of(turn.rate for turn in top)),
                spread(Spread.of(100 * turn.dropped / turn.sent for turn in top)),
                spread(Spread.of(turn.cpu / turn.seen * 1e6 for turn in top)),
                spread(Spread.of(turn.cpu / turn.seen * 1e6 for turn in turns[-2])),
            )
        )
    head = (
        "capture", "highest loss-free rate, packets/s", "top rate sent", "lost at it, %", "CPU at it, µs a packet",
        "CPU at the rate below",
    )  # fmt: skip
    return Grid(head, rows, case.caption)


def aimed(found: dict[str, list[list[Turn]]], case: Case) -> list[Aim]:
    """Ours over the better one of theirs. Who loses nothing of all that is sent is as good as any who doesn't."""
    topped = [turn.rate for turns in found.values() if is_topped(turns) for turn in turns[-1]]

    def rate(name: str) -> float:
        best = topped if is_topped(found[name]) else [turn.rate for turn in lossless(found[name])]
        return Spread.of(best).median if best else 0.0

    theirs = max(rate(TCPDUMP), rate(DUMPCAP)) or 1.0
    made = []
    for name in (PCAPNG, PCAP):
        ratio = rate(name) / theirs
        what = f"{case.size} octets: {name.replace('*', '')}'s highest loss-free rate, over the better one of theirs"
        made.append(Aim(what, 1, Spread(ratio, ratio, ratio)))
    return made
