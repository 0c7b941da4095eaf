"""Streams against others: our servers with foreign clients, recorded by tcpdump, put together as tshark does."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import random
import re
import smtplib
import socket
import subprocess
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

import netloom
from netloom.contents.files import Files
from netloom.contents.mail import Mail
from netloom.packet.captures.capture import open_capture
from netloom.packet.captures.writer import PcapngWriter
from netloom.packet.dissect import dissect
from netloom.packet.formats.fragment import Fragment
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.udp import UDP
from netloom.packet.frame import Frame
from netloom.packet.streams.defragment import Defragmenter
from netloom.packet.streams.events import Data, Event, Gap
from netloom.packet.streams.reassembly import Reassembler
from netloom.packet.streams.record import Met, Spoken, Taken
from netloom.runs import Run
from tests.interop.imap_peers import CA, CERTIFICATE, PASSWORD, USER
from tests.interop.peers import READY, need

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from netloom.packet.layer import Packet

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]

BIG = os.urandom(700_000) + b"end"
LETTER = b"From: <bob@example.org>\r\nSubject: =?utf-8?q?Tr=C3=A4ger?=\r\n\r\n.dot\r\n..dots\r\nbye\r\n"


@contextlib.contextmanager
def recorded(path: Path) -> Iterator[list[str]]:
    """What passes on loopback while inside, as tcpdump records it: of that, what the filters keep that it gives.

    Others are at work on loopback, too.
    """
    if os.geteuid():
        told = "capturing takes root"
        pytest.fail(told) if os.environ.get("CI") == "1" else pytest.skip(told)
    command = [need("tcpdump", "tcpdump"), "-i", "lo", "-U", "-B", "65536", "-s", "0", "-Z", "root", "-w", str(path)]
    marks = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    for mark in marks:
        mark.bind(("127.0.0.1", 0))
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        while b"listening on" not in process.stderr.readline():
            assert process.poll() is None
        kept: list[str] = []
        try:
            yield kept
            # Once the last mark is in the file, so is everything before it
            word = os.urandom(16)
            deadline = time.monotonic() + READY
            while word not in path.read_bytes():
                marks[0].sendto(word, marks[1].getsockname())
                assert time.monotonic() < deadline
        finally:
            process.terminate()
            process.communicate()
            for mark in marks:
                mark.close()
    everything = path.with_suffix(".all")
    path.rename(everything)
    run(need("tcpdump", "tcpdump"), "-r", everything, "-w", path, "-Z", "root", " or ".join(kept))


def run(*command: str | Path, **fields: Any) -> bytes:
    done = subprocess.run([str(part) for part in command], capture_output=True, timeout=120, check=False, **fields)
    assert done.returncode == 0, (done.stdout[-500:], done.stderr[-1000:])
    return bytes(done.stdout)


def curl(*arguments: str | Path, **fields: Any) -> bytes:
    return run(need("curl", "curl"), "-sS", *arguments, **fields)


def events_of(path: Path) -> list[Event]:
    """What happens on all streams of a capture."""
    reassembler = Reassembler()
    found: list[Event] = []
    with open_capture(path) as capture:
        for frame in capture.frames():
            row = dissect(frame).row
            found += reassembler.add(row, frame.data[row.payload_at : row.payload_at + row.payload])
    return found + reassembler.finish()


Sides = dict[tuple[str, int], bytes]


def ours(events: Iterable[Event]) -> dict[int, Sides]:
    """The octets of each TCP stream by who sent them; a gap as tshark tells it."""
    found: dict[int, Sides] = {}
    for event in events:
        if event.stream.transport == "tcp" and isinstance(event, Data | Gap):
            place = event.stream.client if event.sender == "client" else event.stream.server
            sides = found.setdefault(event.stream.number, {})
            told = event.data if isinstance(event, Data) else f"[{event.size} bytes missing in capture file]".encode()
            sides[place] = sides.get(place, b"") + told
    return found


def theirs(path: Path, count: int) -> list[Sides]:
    """What tshark's follow has of the first streams."""
    follow = [word for number in reversed(range(count)) for word in ("-z", f"follow,tcp,raw,{number}")]
    out = run(need("tshark", "tshark"), "-n", "-r", path, "-q", *follow).decode()
    found: list[Sides] = []
    for part in out.split("Follow: tcp,raw\n")[1:]:
        lines = part.splitlines()
        nodes = [line.partition(": ")[2].rpartition(":") for line in lines if line.startswith("Node ")]
        sides: Sides = {}
        for line in lines:
            text = line.strip()
            if text and set(text) <= set("0123456789abcdef"):
                host, _, port = nodes[line.startswith("\t")]
                sides[host.strip("[]"), int(port)] = sides.get((host.strip("[]"), int(port)), b"") + bytes.fromhex(text)
        found.append(sides)
    return found


def same_as_tshark(path: Path) -> list[Sides]:
    """Every stream is the same as tshark's; they are given back.

    Of octets that are missing at the very end tshark says nothing, and what it says elsewhere ends in NUL.
    """
    found = ours(events_of(path))
    tcp = [found[number] for number in sorted(found)]
    told = [sides for sides in theirs(path, len(tcp) + 5) if sides]
    assert [_changed(sides, _AT_THE_END, b"") for sides in tcp] == [_changed(sides, _NUL, b"]") for sides in told]
    return tcp


_AT_THE_END = re.compile(rb"\[\d+ bytes missing in capture file\]\Z")
_NUL = re.compile(rb"(?<=bytes missing in capture file)\]\0")


def _changed(sides: Sides, pattern: re.Pattern[bytes], by: bytes) -> Sides:
    return {place: pattern.sub(by, data) for place, data in sides.items()}


def followed(path: Path, **fields: Any) -> list[Any]:
    return list(Run[Any].prepare("follow", (), {"files": [str(path)], **fields}))


def words(records: list[Any]) -> list[str]:
    return [one.words for one in records if isinstance(one, Spoken)]


def protocols(records: list[Any]) -> set[str]:
    return {one.protocol for one in records if isinstance(one, Met)}


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def taken(records: list[Any]) -> list[tuple[str, str, str, str, bool]]:
    found = [one for one in records if isinstance(one, Taken)]
    return [(one.protocol, one.sender, one.name, one.sha256, one.complete) for one in found]


# What is put together


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """curl fetches and puts, some of it compressed, over both versions of IP."""
    folder = tmp_path_factory.mktemp("web")
    (folder / "big.bin").write_bytes(BIG)
    path = folder / "web.pcap"
    content = Files(files={"big.bin": BIG, "page.html": b"<p>warp and weft</p>" * 500})
    with recorded(path) as kept:
        for host in ("127.0.0.1", "[::1]"):
            with netloom.serve(f"http://{host}:0", content, accounts=["ann:secret"]) as server:
                kept.append(f"port {server.endpoint.port}")
                url = f"http://{host}:{server.endpoint.port}"
                curl(f"{url}/big.bin", "-o", folder / "1", f"{url}/page.html", "-o", folder / "2", "--compressed")
                curl("-u", "ann:secret", "-T", folder / "big.bin", f"{url}/up.bin")
    return path


def test_http_as_tshark_has_it(web: Path) -> None:
    streams = same_as_tshark(web)
    assert len(streams) == 4
    assert sum(len(data) for sides in streams for data in sides.values()) > 4 * len(BIG)


def test_what_http_carried(web: Path, tmp_path: Path) -> None:
    records = followed(web, extract=str(tmp_path / "out"))
    found = [one for one in taken(records) if one[2] in ("big.bin", "page.html", "up.bin")]
    assert (
        found
        == [
            ("http", "server", "big.bin", digest(BIG), True),
            ("http", "server", "page.html", digest(b"<p>warp and weft</p>" * 500), True),
            ("http", "client", "up.bin", digest(BIG), True),
        ]
        * 2
    )
    assert (tmp_path / "out" / "0000-big.bin").read_bytes() == BIG
    assert "http" in protocols(records)
    assert "GET /big.bin HTTP/1.1" in words(records)


@pytest.mark.parametrize("seed", range(6))
def test_lost_doubled_and_shuffled_packets_as_tshark_has_them(web: Path, tmp_path: Path, seed: int) -> None:
    """Packets come twice or a little later; some of those with data are lost, which acknowledgements tell."""
    rng = random.Random(seed)
    with open_capture(web) as capture:
        frames = [frame for frame in capture.frames() if dissect(frame).row.protocol == 6]
    full = [number for number, frame in enumerate(frames) if dissect(frame).row.payload > 10_000]
    # How many packets the kernel made of the data differs from run to run: a tenth, but never none.
    lost = rng.sample(full, max(1, len(full) // 10)) if seed % 2 else []
    kept: list[Frame] = []
    for number, frame in enumerate(frames):
        if number in lost:
            continue
        kept.append(frame)
        if rng.random() < 0.05:
            kept.insert(len(kept) - rng.randint(0, _alike(kept)), frame)
    if not seed % 2:
        assert not [event for event in _events(kept) if isinstance(event, Gap)]
    path = tmp_path / "changed.pcapng"
    writer = PcapngWriter(path)
    for frame in kept:
        writer.write(frame)
    writer.close()
    streams = same_as_tshark(path)
    missing = [data for sides in streams for data in sides.values() if b"bytes missing in capture file" in data]
    assert bool(missing) is bool(seed % 2)


def _alike(frames: list[Frame]) -> int:
    """How many of the last frames, five at most, go one way: nobody acknowledges what hasn't come yet."""
    ways = [(row.src_low, row.src_port) for row in (dissect(frame).row for frame in frames[-5:])]
    return next((count for count, way in enumerate(reversed(ways)) if way != ways[-1]), len(ways))


def _events(frames: list[Frame]) -> list[Event]:
    reassembler = Reassembler()
    found: list[Event] = []
    for frame in frames:
        row = dissect(frame).row
        found += reassembler.add(row, frame.data[row.payload_at : row.payload_at + row.payload])
    return found + reassembler.finish()


@pytest.mark.parametrize("version", [4, 6])
def test_fragments_as_tshark_has_them(tmp_path: Path, version: int) -> None:
    """Datagrams in fragments, in any order."""
    rng = random.Random(version)
    frames = []
    for number in range(20):
        data = rng.randbytes(rng.randint(100, 5000))
        addresses: dict[str, Any] = {"src": "192.0.2.1", "dst": "192.0.2.2"}
        ip: Any = IPv4(**addresses) if version == 4 else IPv6(src="2001:db8::1", dst="2001:db8::2")
        whole = bytes(ip / UDP(sport=5000, dport=6000 + number) / data)[20 if version == 4 else 40 :]
        edges = sorted({0, len(whole), *(rng.randrange(len(whole)) // 8 * 8 for _ in range(3))})
        parts: list[Packet] = []
        for low, high in pairwise(edges):
            more, body = high < len(whole), whole[low:high]
            where: dict[str, Any] = {"fragment": low, "more_fragments": more, "identification": number}
            header = IPv4(protocol=17, **addresses, **where) if version == 4 else ip / Fragment(next_header=17, **where)
            parts.append(header / body)
        rng.shuffle(parts)
        frames += [bytes(part) for part in parts]
    path = tmp_path / "fragments.pcapng"
    writer = PcapngWriter(path)
    found = []
    defragmenter = Defragmenter()
    for at, octets in enumerate(frames):
        frame = Frame(octets, at * 1000, 101, len(octets))
        writer.write(frame)
        made = defragmenter.add(frame, dissect(frame))
        if made is not None:
            row = made[1].row
            found.append(made[0].data[row.payload_at :].hex())
    writer.close()
    out = run(need("tshark", "tshark"), "-n", "-r", path, "-Y", "udp", "-T", "fields", "-e", "udp.payload")
    assert found == out.decode().split()
    assert len(found) == 20


# What is said, and carried


def test_smtp(tmp_path: Path) -> None:
    path = tmp_path / "smtp.pcap"
    mail = Mail()
    with (
        recorded(path) as kept,
        netloom.serve("smtp://127.0.0.1:0#name=mx.example.org", mail) as server,
        smtplib.SMTP("127.0.0.1", server.endpoint.port or 0, timeout=30) as client,
    ):
        kept.append(f"port {server.endpoint.port}")
        client.sendmail("bob@example.org", ["ann@example.org"], LETTER)
    records = followed(path, extract=str(tmp_path / "out"))
    assert taken(records) == [("smtp", "client", "Träger", digest(LETTER), True)]
    assert "MAIL FROM:<bob@example.org>" in " ".join(words(records))
    assert (tmp_path / "out" / "0000-mail.eml").read_bytes() == LETTER
    same_as_tshark(path)


def test_ftp_and_tftp(tmp_path: Path) -> None:
    path = tmp_path / "files.pcap"
    (tmp_path / "big.bin").write_bytes(BIG)
    content = Files(files={"dir/down.bin": BIG})
    # Whoever else is at work on loopback isn't at this address
    here = f"127.{os.getpid() % 250 + 2}.{os.getpid() // 250 % 250 + 2}.9"
    with (
        recorded(path) as kept,
        netloom.serve(f"ftp://{here}:0", content, accounts=["ann:secret"]) as server,
    ):
        kept.append(f"host {here}")
        url = f"ftp://ann:secret@{here}:{server.endpoint.port}"
        curl(f"{url}/dir/down.bin", "-o", tmp_path / "1")
        curl("--disable-epsv", f"{url}/dir/", "-o", tmp_path / "2")
        curl("-P", "127.0.0.1", "-T", tmp_path / "big.bin", f"{url}/dir/up.bin")
        with netloom.serve(f"tftp://{here}:0", content, write="yes") as other:
            curl(f"tftp://{here}:{other.endpoint.port}/dir/down.bin", "-o", tmp_path / "3")
            curl("-T", tmp_path / "big.bin", f"tftp://{here}:{other.endpoint.port}/up.bin")
    records = followed(path, extract=str(tmp_path / "out"))
    assert taken(records) == [
        ("ftp", "server", "down.bin", digest(BIG), True),
        ("ftp", "server", "listing", digest((tmp_path / "2").read_bytes().replace(b"\n", b"\r\n")), True),
        ("ftp", "client", "up.bin", digest(BIG), True),
        ("tftp", "server", "dir/down.bin", digest(BIG), True),
        ("tftp", "client", "up.bin", digest(BIG), True),
    ]
    assert {"ftp", "tftp"} <= protocols(records)
    assert "secret" not in " ".join(words(records))
    same_as_tshark(path)


@pytest.mark.parametrize("injected", [True, False])
def test_what_tls_hid(tmp_path: Path, injected: bool) -> None:
    """HTTPS, IMAP after STARTTLS, and POP3 in TLS: with a key log, or with its secrets in the capture."""
    path, keys = tmp_path / "tls.pcap", tmp_path / "keys"
    pem = tmp_path / "server.pem"
    pem.write_bytes(CERTIFICATE.key_pem + CERTIFICATE.cert_pem)
    mail = Mail()
    options: dict[str, Any] = {"cert": str(pem)}
    content = Files(files={"big.bin": BIG, "small.txt": gzip.compress(b"warp")})
    environment = {**os.environ, "SSLKEYLOGFILE": str(keys)}
    trust = ["--cacert", str(CA)]
    with recorded(path) as kept:
        with netloom.serve("https://localhost:0", content, **options) as server:
            kept.append(f"port {server.endpoint.port}")
            url = f"https://localhost:{server.endpoint.port}"
            curl(*trust, "--http1.1", f"{url}/big.bin", "-o", tmp_path / "1", env=environment)
        for scheme, secured in (("imap", ["--ssl-reqd"]), ("pop3s", [])):
            with netloom.serve(f"{scheme}://localhost:0", mail, accounts=[_account()], **options) as server:
                kept.append(f"port {server.endpoint.port}")
                url = f"{scheme}://localhost:{server.endpoint.port}"
                login = [*trust, *secured, "-u", f"{USER}:{PASSWORD}"]
                (tmp_path / "letter").write_bytes(LETTER)
                if scheme == "imap":
                    curl(*login, f"{url}/INBOX", "-T", tmp_path / "letter", env=environment)
                    curl(*login, f"{url}/INBOX;MAILINDEX=1", env=environment)
                else:
                    curl(*login, f"{url}/1", env=environment)
    if injected:
        with_secrets = tmp_path / "with.pcapng"
        run(need("editcap", "wireshark-common"), "--inject-secrets", f"tls,{keys}", path, with_secrets)
        records = followed(with_secrets, extract=str(tmp_path / "out"))
    else:
        records = followed(path, key_log=str(keys), extract=str(tmp_path / "out"))
    assert taken(records) == [
        ("http", "server", "big.bin", digest(BIG), True),
        ("imap", "client", "Träger", digest(LETTER), True),
        ("imap", "server", "Träger", digest(LETTER), True),
        ("pop3", "server", "Träger", digest(LETTER), True),
    ]
    assert {one.protocol for one in records if isinstance(one, Met) and one.inside == "tls"} == {"http", "imap", "pop3"}
    assert PASSWORD not in " ".join(words(records))
    without = followed(path)
    assert not [one for one in without if isinstance(one, Met) and one.inside]
    assert "tls" in protocols(without)


def _account() -> str:
    from urllib.parse import quote

    return f"{USER}:{quote(PASSWORD)}"
