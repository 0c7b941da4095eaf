"""Capture files between us and tcpdump, dumpcap, tshark, editcap, mergecap and capinfos."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

import netloom
from netloom.packet.captures import Interface, PcapngWriter, PcapWriter, create, open_capture, read
from netloom.packet.frame import Frame
from tests.interop.peers import need

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.interop

USER = 147
"""A link type of the user's own: Wireshark shows the whole frame as data."""
SECOND = 1_000_000_000
Told = tuple[int, int, int, str]
"""Nanoseconds, captured, length, octets in hexadecimal."""


def run(program: str, *arguments: Any, package: str = "wireshark-common") -> str:
    done = subprocess.run(
        [need(program, package), *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def tshark(path: Path) -> list[Told]:
    """What tshark says of each packet."""
    fields = ["frame.time_epoch", "frame.cap_len", "frame.len", "data.data"]
    arguments = [word for field in fields for word in ("-e", field)]
    lines = run("tshark", "-n", "-r", path, "-T", "fields", *arguments, package="tshark").splitlines()
    told = [line.split("\t") for line in lines]
    return [(int(Decimal(time) * SECOND), int(captured), int(length), data) for time, captured, length, data in told]


def ours(paths: Path | Sequence[Path]) -> list[Told]:
    """What we say."""
    with open_capture(paths, strict=True) as capture:
        return [
            (frame.timestamp_ns or 0, len(frame.data), frame.length, frame.data.hex()) for frame in capture.frames()
        ]


def made(count: int = 300, unit: int = 1000, seed: int = 1) -> list[Frame]:
    """Frames of many sizes, some of them cut, in order."""
    generator = random.Random(seed)
    time = 1_700_000_000 * SECOND
    frames = []
    for _ in range(count):
        time += generator.randrange(1, 2_000_000) * unit
        data = generator.randbytes(generator.choice((1, 20, 60, 400, 1500, 9000)))
        more = generator.choice((0, 0, 0, 500))
        frames.append(Frame(data, time, USER, len(data) + more))
    return frames


def written(path: Path, frames: Sequence[Frame]) -> Path:
    with create(path) as writer:
        for frame in frames:
            writer.write(frame)
    return path


@pytest.mark.parametrize("kind", ["pcap", "nsecpcap", "modpcap", "nokiapcap", "rh6_1pcap", "suse6_3pcap", "pcapng"])
@pytest.mark.parametrize("packer", ["", "gzip", "zstd", "bzip2", "xz"])
def test_whatever_editcap_writes(tmp_path: Path, kind: str, packer: str) -> None:
    source = written(tmp_path / "source.pcapng", made())
    path = tmp_path / "x"
    run("editcap", "-F", kind, source, path)
    expected = tshark(path)
    assert len(expected) == 300
    if packer:
        with (tmp_path / "packed").open("wb") as out:
            program = need(packer, "xz-utils" if packer == "xz" else packer)
            subprocess.run([program, "-c", path], stdout=out, timeout=60, check=True)
        path = tmp_path / "packed"
    assert ours(path) == expected


@pytest.mark.parametrize("name", ["x.pcap", "x.pcapng", "x.pcap.gz", "x.pcapng.zst"])
def test_they_read_what_we_write(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name, made(unit=7))
    assert tshark(path) == ours(path)
    told = run("capinfos", "-M", "-c", "-i", path)
    assert "Number of packets:   300" in told


@pytest.mark.parametrize("nanoseconds", [False, True])
def test_tcpdump_reads_and_writes_the_same(tmp_path: Path, nanoseconds: bool) -> None:
    path = tmp_path / "x.pcap"
    with PcapWriter(path, nanoseconds=nanoseconds) as writer:
        for frame in made():
            writer.write(frame)
    precision = "--time-stamp-precision=nano" if nanoseconds else "--time-stamp-precision=micro"
    run("tcpdump", "-r", path, "-w", tmp_path / "y.pcap", precision, package="tcpdump")
    assert (tmp_path / "y.pcap").read_bytes() == path.read_bytes()


def test_what_pcapng_has_besides(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    with PcapngWriter(path, comment="of a test") as writer:
        writer.interface(Interface(USER, "first", fcs=4))
        writer.interface(Interface(1, "second", snap=96))
        writer.names({"192.0.2.1": "box.example"})
        writer.write(Frame(b"abc", 5, USER, 3, direction=1, comment="one"), 0)
        writer.write(Frame(bytes(14), 6, 1, 14, direction=2), 1)
    fields = ["frame.interface_name", "frame.packet_flags_direction", "frame.comment"]
    arguments = [word for field in fields for word in ("-e", field)]
    lines = run("tshark", "-r", path, "-T", "fields", *arguments, package="tshark").splitlines()
    # its older releases write the directions in hexadecimal
    assert [line.replace("0x00000001", "1").replace("0x00000002", "2") for line in lines] == [
        "first\t1\tone",
        "second\t2\t",
    ]
    told = run("capinfos", "-M", path)
    for words in ("of a test", "Name = first", "Name = second", "Capture length = 96", "netloom"):
        assert words in told


def test_secrets_that_editcap_injects(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_bytes(b"CLIENT_RANDOM 00 11\n")
    source = written(tmp_path / "a.pcap", made(3))
    run("editcap", "--inject-secrets", f"tls,{keys}", source, tmp_path / "b.pcapng")
    with open_capture(tmp_path / "b.pcapng") as capture:
        assert len(list(capture.frames())) == 3
        assert capture.secrets == b"CLIENT_RANDOM 00 11\n"


def test_merged_as_mergecap_does(tmp_path: Path) -> None:
    paths = [
        written(tmp_path / name, made(100, 1000 + seed, seed))
        for seed, name in enumerate(("a.pcap", "b.pcapng", "c.pcap.gz"))
    ]
    run("mergecap", "-w", tmp_path / "theirs.pcapng", *paths)
    netloom.merge([str(path) for path in paths], to=str(tmp_path / "ours.pcapng")).one()
    assert ours(tmp_path / "ours.pcapng") == tshark(tmp_path / "theirs.pcapng") == tshark(tmp_path / "ours.pcapng")
    assert ours(paths) != ours(tmp_path / "ours.pcapng")


@pytest.mark.parametrize(("flag", "fields"), [("-c", {"packets": 70}), ("-i", {"seconds": 60})])
def test_split_as_editcap_does(tmp_path: Path, flag: str, fields: dict[str, Any]) -> None:
    source = written(tmp_path / "all.pcap", made())
    (tmp_path / "theirs").mkdir()
    run("editcap", flag, *fields.values(), source, tmp_path / "theirs" / "x.pcap")
    expected = [tshark(path) for path in sorted((tmp_path / "theirs").iterdir())]
    records = list(netloom.split([str(source)], to=str(tmp_path / "x.pcap"), **fields))
    assert [tshark(tmp_path / record.file) for record in records] == expected
    assert len(expected) > 3


@pytest.mark.parametrize(("program", "package", "flags"), [
    ("dumpcap", "wireshark-common", ("-q",)),
    ("tcpdump", "tcpdump", ("-U", "--immediate-mode")),
    ("tcpdump", "tcpdump", ("-U", "--immediate-mode", "--time-stamp-precision=nano")),
])  # fmt: skip
def test_what_they_capture(tmp_path: Path, program: str, package: str, flags: tuple[str, ...]) -> None:
    """Datagrams on loopback, while the file grows before our eyes."""
    if os.geteuid() != 0:
        pytest.skip("capturing takes root")
    path = tmp_path / "x"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        port = receiver.getsockname()[1]
        command = [need(program, package), "-i", "lo", "-w", str(path), *flags]
        filtered = ["-f", f"udp port {port}"] if program == "dumpcap" else [f"udp port {port}"]
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen([*command, *filtered], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            seen = _follow(path, receiver, port)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
    assert ours(path)[: len(seen)] == seen
    assert [told[:3] for told in ours(path)] == [told[:3] for told in tshark(path)]
    with open_capture(path) as capture:
        assert len(list(capture.frames())) >= len(seen)
        assert capture.drops == 0
    assert {type(block).__name__ for block in read(path)} >= {"Interface", "Frame"}


def _follow(path: Path, receiver: socket.socket, port: int) -> list[Told]:
    """Send until what was sent is seen in the file, ten packets of it."""
    seen: list[Told] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        while not path.exists() or path.stat().st_size < 24:
            sender.sendto(b"begin", ("127.0.0.1", port))
            receiver.recv(99)
        with open_capture(path, follow=True) as capture:
            sender.sendto(b"first", ("127.0.0.1", port))
            for number in range(2000):
                sender.sendto(b"%d" % number * 20, ("127.0.0.1", port))
            for frame in capture.frames():
                seen.append((frame.timestamp_ns or 0, len(frame.data), frame.length, frame.data.hex()))
                if len(seen) == 10:
                    return seen
    return seen
