"""Rewritten captures, judged by tshark, and against tcprewrite where that does the same."""

from __future__ import annotations

import json
import subprocess
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from netloom.packet import (
    ARP,
    GRE,
    ICMP,
    SCTP,
    TCP,
    UDP,
    VLAN,
    VXLAN,
    Ethernet,
    ICMPv6,
    IPv4,
    IPv6,
    Packet,
)
from netloom.packet.captures import create, open_capture
from netloom.packet.formats import sctp, tcp
from netloom.packet.frame import Frame
from netloom.packet.layer import Layer, Raw, replaced
from netloom.packet.rewriting.anonymity import Anonymity
from netloom.packet.rewriting.changes import hardware, ports, prefixes, tags
from netloom.packet.rewriting.rewriter import Changes
from netloom.packet.rewriting.work import Rewriting
from tests.interop.peers import need

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("leaves_nothing")]

INNER = IPv4(src="10.7.0.1", dst="10.7.0.2") / TCP(sport=80, dport=40000) / b"inner"
INNER6 = IPv6(src="2001:db8::7", dst="2001:db8::8") / UDP(sport=9, dport=80) / b"inner"
STACKS: list[Packet] = [
    Ethernet() / INNER,
    Ethernet() / INNER6,
    Ethernet() / VLAN(vid=5) / IPv4(src="10.0.0.1", dst="192.0.2.1") / UDP(sport=80, dport=9) / b"odd",
    Ethernet() / IPv4(src="10.0.0.1") / SCTP(sport=80, dport=9) / sctp.init(7),
    Ethernet() / IPv4(src="10.0.0.1", options=b"\x07\x07\x04\x0a\0\0\5\0") / TCP(options=tcp.mss(1460)) / b"",
    Ethernet() / IPv4(src="10.0.0.1") / ICMP() / b"abcde",
    Ethernet() / IPv6(src="2001:db8::1") / ICMPv6() / b"abc",
    Ethernet() / IPv6(src="fe80::1", dst="ff02::1:ff00:7") / ICMPv6(type=135) / (IPv6(dst="2001:db8::7").dst.packed),  # type: ignore[union-attr]
    Ethernet() / IPv4(src="10.0.0.1") / ICMP(type=3, code=1) / bytes(INNER),
    Ethernet() / IPv4(src="10.0.0.1") / ICMP(type=11) / bytes(INNER)[:28],
    Ethernet() / IPv6(src="2001:db8::1") / ICMPv6(type=1) / bytes(INNER6),
    Ethernet() / IPv4(src="10.0.0.1") / GRE(checksummed=True) / INNER,
    Ethernet() / IPv4(src="10.0.0.1") / UDP(sport=5) / VXLAN() / Ethernet() / INNER,
    Ethernet() / IPv6(src="2001:db8::1") / UDP(sport=5) / VXLAN() / Ethernet() / INNER6,
    Ethernet() / IPv4(src="10.0.0.1") / INNER6,
    Ethernet() / IPv6(src="2001:db8::1") / INNER,
    Ethernet() / ARP(sha="02:00:00:00:00:01", spa="10.0.0.1", tpa="10.0.0.2"),
]
CHANGES = {
    "prefixes": Changes(
        addresses=prefixes(["10.0.0.0/8=198.0.0.0/8", "2001:db8::/32=3fff:1::/32", "ff02::/16=ff05::/16"]),
        ports=ports(["80=8080"]),
        hardware=hardware(["02:00:00:00:00:01=02:00:00:00:00:09"]),
        ttl=3,
    ),
    "anonymous": Changes(anonymity=Anonymity(bytes(range(32)))),
    "tagged": Changes(tags=tags(["5=6", "none=9"]), ports=ports(["80=8080", "9=10"])),
}
CHECKS = ("ip", "tcp", "udp", "icmp", "icmpv6", "sctp", "gre")
STATUS = [f"{name}.checksum.status" for name in CHECKS]
ASKED = ["ip.check_checksum:TRUE", "tcp.check_checksum:TRUE", "udp.check_checksum:TRUE", "sctp.checksum:CRC 32c"]


def spoilt(packet: Packet) -> Iterable[Packet]:
    """The same, with each of its checksums wrong in turn."""
    for at, layer in enumerate(packet):
        if hasattr(layer, "checksum") and not (isinstance(layer, GRE) and not layer.checksummed):
            wrong: Layer = replaced(layer, checksum=0x1234)
            yield Packet((*packet.layers[:at], wrong, *packet.layers[at + 1 :]))


def written(path: Path, packets: Sequence[bytes]) -> Path:
    with create(path) as writer:
        for number, data in enumerate(packets):
            writer.write(Frame(data, number * 1000, 1, len(data)))
    return path


def rewrite(source: Path, target: Path, changes: Changes) -> Path:
    work = Rewriting([source], target, changes)
    try:
        while work.step():
            pass
        work.finish()
    finally:
        work.close()
    return target


def judged(path: Path, *fields: str) -> list[dict[str, Any]]:
    """What tshark says of each packet's fields."""
    command = [need("tshark", "tshark"), "-r", str(path), "-T", "json", "-Y", "frame"]
    command += [word for choice in ASKED for word in ("-o", choice)]
    command += [word for field in ("frame.protocols", "_ws.malformed", *fields) for word in ("-e", field)]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    return [packet["_source"]["layers"] for packet in json.loads(done.stdout)]


@pytest.mark.parametrize("name", CHANGES)
def test_tshark_finds_checksums_right_that_were_right_and_wrong_that_were_wrong(name: str, tmp_path: Path) -> None:
    packets = [bytes(packet) for stack in STACKS for packet in (stack, *spoilt(stack))]
    source = written(tmp_path / "in.pcap", packets)
    target = rewrite(source, tmp_path / "out.pcap", CHANGES[name])
    before, after = judged(source, *STATUS), judged(target, *STATUS)
    assert len(before) == len(after) == len(packets)
    seen = set()
    for number, (old, new) in enumerate(zip(before, after, strict=True)):
        told = [{field: each.get(field) for field in STATUS} for each in (old, new)]
        assert told[0] == told[1], (number, old["frame.protocols"])
        assert "_ws.malformed" not in new
        seen |= {(field, status) for field in STATUS for status in new.get(field, ())}
    # Bad (0) and good (1) of each were there
    assert {(field, status) for field in STATUS for status in "01"} <= seen


def test_tshark_sees_the_addresses_that_were_asked_for(tmp_path: Path) -> None:
    source = written(tmp_path / "in.pcap", [bytes(stack) for stack in STACKS])
    target = rewrite(source, tmp_path / "out.pcap", CHANGES["prefixes"])
    fields = ["ip.addr", "ipv6.addr", "arp.src.proto_ipv4", "arp.src.hw_mac", "icmpv6.nd.ns.target_address", "tcp.port"]
    old, new = (json.dumps(judged(path, *fields)) for path in (source, target))
    for text, changed in (("10.", "198."), ("2001:db8:", "3fff:1:"), ("02:00:00:00:00:01", "02:00:00:00:00:09")):
        assert f'"{text}' in old
        assert f'"{text}' not in new
        assert old.count(f'"{text}') == new.count(f'"{changed}')


def some(count: int) -> list[bytes]:
    """Packets that tcprewrite knows all of."""
    random = Random(7)
    made = []
    for number in range(count):
        ip = IPv4(src=f"10.0.{number % 7}.{number % 250}", dst=f"192.0.2.{number % 200}", identification=number, ttl=9)
        port = random.choice([80, 443, 9])
        above = random.choice(
            [TCP(sport=port, dport=40000 + number, seq=number), UDP(sport=40000 + number, dport=port)]
        )
        data = random.randbytes(random.randrange(40, 90))
        made.append(bytes(Ethernet(src="02:00:00:00:00:01") / ip / above / Raw(data=data)))
    return made


SAME = {
    "addresses": (
        Changes(addresses=prefixes(["10.0.0.0/8=198.0.0.0/8", "192.0.2.0/24=203.0.113.0/24"])),
        ["--pnat=10.0.0.0/8:198.0.0.0/8,192.0.2.0/24:203.0.113.0/24"],
    ),
    "ports": (Changes(ports=ports(["80=8080", "443=8443"])), ["--portmap=80:8080,443:8443"]),
    "hops": (Changes(ttl=33), ["--ttl=33"]),
    "a tag": (
        Changes(tags=tags(["none=7"])),
        ["--enet-vlan=add", "--enet-vlan-tag=7", "--enet-vlan-cfi=0", "--enet-vlan-pri=0"],
    ),
    "hardware": (
        Changes(hardware=hardware(["02:00:00:00:00:01=02:00:00:00:00:05", "ff:ff:ff:ff:ff:ff=02:00:00:00:00:06"])),
        ["--enet-smac=02:00:00:00:00:05", "--enet-dmac=02:00:00:00:00:06"],
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_tcprewrite_makes_the_same(name: str, tmp_path: Path) -> None:
    changes, words = SAME[name]
    program = need("tcprewrite", "tcpreplay")
    source = written(tmp_path / "in.pcap", some(200))
    theirs = tmp_path / "theirs.pcap"
    subprocess.run(
        [program, f"--infile={source}", f"--outfile={theirs}", *words], capture_output=True, check=True, timeout=60
    )
    ours = rewrite(source, tmp_path / "ours.pcap", changes)
    assert [frame.data for frame in open_capture(ours).frames()] == [
        frame.data for frame in open_capture(theirs).frames()
    ]


def test_tcprewrite_takes_tags_off_too(tmp_path: Path) -> None:
    program = need("tcprewrite", "tcpreplay")
    tagged = rewrite(written(tmp_path / "in.pcap", some(50)), tmp_path / "tagged.pcap", Changes(tags=tags(["none=7"])))
    theirs = tmp_path / "theirs.pcap"
    subprocess.run(
        [program, f"--infile={tagged}", f"--outfile={theirs}", "--enet-vlan=del"],
        capture_output=True,
        check=True,
        timeout=60,
    )
    ours = rewrite(tagged, tmp_path / "ours.pcap", Changes(tags=tags(["any=none"])))
    assert [frame.data for frame in open_capture(ours).frames()] == [
        frame.data for frame in open_capture(theirs).frames()
    ]
    assert [frame.data for frame in open_capture(ours).frames()] == some(50)
