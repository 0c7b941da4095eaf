"""Flows whose first payloads name them alike share a name, and each has the names that the plain twin gives it."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from netloom.packet.captures import open_capture
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.tcp import TCP
from netloom.packet.formats.udp import UDP
from netloom.packet.frame import Frame
from netloom.packet.kernels import table as T
from netloom.packet.kernels.batches import Dissector, batches
from netloom.packet.kernels.flows import FlowTable
from netloom.packet.kernels.gone import made
from netloom.wire import tls_hello
from netloom.wire.dns import message as dns
from tests.packet.kernels.test_flows import RECOGNISER, by_twin, ordered, written

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet.flows.tracked import Ended
    from netloom.packet.layer import Packet

GREASE = [0x0A0A, 0x1A1A, 0x7A7A, 0xFAFA]


def listed(numbers: list[int], size: int) -> bytes:
    octets = b"".join(number.to_bytes(2, "big") for number in numbers)
    return len(octets).to_bytes(size, "big") + octets


def server_name(name: bytes) -> bytes:
    entry = b"\0" + len(name).to_bytes(2, "big") + name
    return len(entry).to_bytes(2, "big") + entry


def hello(random: Random) -> bytes:
    """A ClientHello as browsers send them: what means nothing, keys and the order of extensions are random."""
    extensions = [
        (51, random.randbytes(40)),
        (10, listed([random.choice(GREASE), 29, 23], 2)),
        (13, listed(random.choice([[0x0403, 0x0804], [random.choice(GREASE), 0x0403]]), 2)),
        (43, listed([random.choice(GREASE), 0x0304, 0x0303], 1)),
        (random.choice(GREASE), b""),
    ]
    if random.random() < 0.9:
        extensions.append((0, server_name(random.choice([b"a.example", b"b.example", b"x\xff\x00"]))))
    if random.random() < 0.8:
        extensions.append((16, b"\0\x0c\x02h2\x08http/1.1" if random.random() < 0.8 else b"\0\x03\x02h2"))
    if random.random() < 0.05:
        extensions.append(random.choice(extensions))
    if random.random() < 0.05:
        extensions.append((random.choice([0, 13, 16, 43]), random.randbytes(random.randrange(5))))
    random.shuffle(extensions)
    message = tls_hello.emit(
        tls_hello.ClientHello(
            random=random.randbytes(32),
            session=random.randbytes(random.choice([0, 32])),
            ciphers=(random.choice(GREASE), 0x1301, 0x1302, *([0xC02F] if random.random() < 0.5 else [])),
            extensions=tuple(extensions) if random.random() < 0.97 else (),
        )
    )
    return b"\x16\x03\x01" + len(message).to_bytes(2, "big") + message


def spoilt(random: Random, octets: bytes) -> bytes:
    """Now and then not what it should be: cut, longer, or with another octet somewhere."""
    luck = random.random()
    if luck < 0.1:
        return octets[: random.randrange(len(octets))]
    if luck < 0.2:
        return octets + random.randbytes(random.randrange(1, 9))
    if luck < 0.4:
        at = random.randrange(len(octets))
        return octets[:at] + random.randbytes(1) + octets[at + 1 :]
    return octets


def question(random: Random, *, answer: bool = False) -> bytes:
    names = [b"\1a\0"] * 12 + [b"\1b\0", b"\0", b"\x07example\3org\0"]
    asked = tuple(dns.Question(random.choice(names), 1, 1) for _ in range(random.choice([1] * 12 + [0, 2])))
    octets = dns.emit(dns.Message(random.randrange(65536), 0x8180 if answer else 0x0100, asked))
    if random.random() < 0.3:  # EDNS (RFC 6891 §6.1.2)
        option = random.choice([b"", b"\0\x0a\0\x08" + random.randbytes(8), b"\0\x0a\0\x09x"])
        octets = (
            octets[:11] + b"\1" + octets[12:] + b"\0\0\x29\x04\xd0" + bytes(4) + len(option).to_bytes(2, "big") + option
        )
    return octets


def hellos(random: Random, count: int) -> list[Packet]:
    """A connection each: SYN, hello, something of the server; sometimes the hello in two parts."""
    made: list[Packet] = []
    for number in range(count):
        there = IPv4(src=f"10.0.{number >> 8}.{number & 255}", dst="10.9.9.9")
        back = IPv4(src="10.9.9.9", dst=f"10.0.{number >> 8}.{number & 255}")
        octets = spoilt(random, hello(random))
        cut = random.randrange(len(octets) + 1) if random.random() < 0.1 else len(octets)
        made += [
            there / TCP(sport=5000, dport=443, flags="S", seq=99, checksum=0),
            there / TCP(sport=5000, dport=443, flags="PA", seq=100, checksum=0) / octets[:cut],
            there / TCP(sport=5000, dport=443, flags="PA", seq=100 + cut, checksum=0) / octets[cut:],
            back / TCP(sport=443, dport=5000, flags="PA", checksum=0) / b"\x16\x03\x03\0\x02\2\0",
        ]
    return made


def questions(random: Random, count: int) -> list[Packet]:
    """Datagrams between few ports, so that many are of one flow, in both directions; some are large."""
    made: list[Packet] = []
    for _ in range(count):
        port = random.randrange(count // 12)
        answer = random.random() < 0.3
        octets = question(random, answer=answer)
        if random.random() < 0.2:
            octets = spoilt(random, octets)
        if random.random() < 0.3:
            octets += bytes(random.choice([1500, 1500, 2100, 5000]))
        if answer:
            made.append(IPv4(src="10.9.9.9", dst="10.0.0.1") / UDP(sport=53, dport=5000 + port, checksum=0) / octets)
        else:
            made.append(IPv4(src="10.0.0.1", dst="10.9.9.9") / UDP(sport=5000 + port, dport=53, checksum=0) / octets)
    return made


def frames(random: Random, packets: list[Packet]) -> list[Frame]:
    """One after the other; now and then not all of one was kept."""
    found = []
    for number, packet in enumerate(packets):
        octets = bytes(packet)
        kept = octets[: -random.randrange(1, 30)] if random.random() < 0.05 else octets
        found.append(Frame(kept, number * 1000, 101, len(octets)))
    return found


def by_kernel(path: Path) -> tuple[list[Ended], FlowTable]:
    table, dissector = FlowTable(recognise=RECOGNISER), Dissector()
    with open_capture(path) as capture:
        ended = [one for batch in batches(capture) for block in table.add(dissector(batch)) for one in made(block)]
    return ended + [one for block in table.finish() for one in made(block)], table


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", [hellos, questions])
def test_names_are_the_twins(seed: int, kind: type, tmp_path: Path) -> None:
    random = Random(seed)
    given = frames(random, kind(random, 600))
    found, table = by_kernel(written(tmp_path / "x.pcapng", given))
    wanted = by_twin(given)
    assert ordered(found) == ordered(wanted)
    assert len({one.flow.names for one in wanted}) > 5
    assert 0 < table.names < 200, "flows share names"


def test_who_asks_alike_is_read_once(tmp_path: Path) -> None:
    random = Random(1)
    octets = [hello(random) for _ in range(300)]
    packets = [
        IPv4(src=f"10.0.{number >> 8}.{number & 255}") / TCP(dport=443, flags="PA", checksum=0) / one
        for number, one in enumerate(octets)
    ]
    plain = [frame for frame in frames(Random(2), packets) if frame.length == len(frame.data)]
    found, table = by_kernel(written(tmp_path / "x.pcapng", plain))
    assert len({one.flow.names for one in found}) > 5
    assert table.names < 60


@pytest.mark.parametrize("room", [0, 900])
@pytest.mark.parametrize("kind", [hellos, questions])
def test_without_room_they_are_read_closely(
    room: int, kind: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(T, "ARENA", room)
    random = Random(9)
    given = frames(random, kind(random, 300))
    found, table = by_kernel(written(tmp_path / "x.pcapng", given))
    assert ordered(found) == ordered(by_twin(given))
    assert table.names < 15


def test_every_cut_of_a_hello(tmp_path: Path) -> None:
    octets = hello(Random(4))
    packets = [
        IPv4(src=f"10.0.{size >> 8}.{size & 255}") / TCP(dport=443, flags="PA", checksum=0) / octets[:size]
        for size in range(1, len(octets) + 1)
    ]
    given = [Frame(bytes(packet), number, 101, len(bytes(packet))) for number, packet in enumerate(packets)]
    found, table = by_kernel(written(tmp_path / "x.pcapng", given))
    assert ordered(found) == ordered(by_twin(given))
    assert table.names == 2, "the client's kind, and the host"
