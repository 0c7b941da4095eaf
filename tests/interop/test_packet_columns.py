"""A hundred thousand mixed packets: our columns, by the kernels, say what tshark's fields say."""

from __future__ import annotations

import subprocess
from collections import Counter
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

import pytest

from netloom.packet.captures import open_capture
from netloom.packet.captures.compose import interface_block, packet_block, section_block
from netloom.packet.dissect import dissect
from netloom.packet.formats.ah import AH
from netloom.packet.formats.icmp import ICMP
from netloom.packet.formats.icmpv6 import ICMPv6
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.ppp import PPP
from netloom.packet.formats.pppoe import PPPoE
from netloom.packet.formats.radiotap import Radiotap
from netloom.packet.formats.routing import Routing
from netloom.packet.formats.sctp import SCTP
from netloom.packet.formats.udp import UDP
from netloom.packet.formats.vlan import VLAN
from netloom.packet.frame import Frame
from netloom.packet.kernels.packettable import Packets
from netloom.packet.protocols import PROTOCOLS
from tests.interop.peers import need
from tests.packet import generated
from tests.packet.kernels.asking import answers

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet.layer import Layer

pytestmark = pytest.mark.interop

COUNT = 100_000
LINKS = [link for link in generated.LINKS if link != 4711]
FIELDS = [
    "frame.number", "frame.time_epoch", "frame.len", "frame.cap_len", "eth.src", "eth.dst", "vlan.id", "ip.src",
    "ip.dst", "ipv6.src", "ipv6.dst", "ip.proto", "ip.ttl", "ip.dsfield", "ip.id", "ip.frag_offset", "ipv6.hlim",
    "ipv6.tclass", "tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport", "tcp.flags", "tcp.seq_raw",
    "tcp.ack_raw", "tcp.window_size_value", "icmp.type", "icmp.code", "icmpv6.type", "icmpv6.code",
]  # fmt: skip
KNOWN = [
    "frame", "eth", "ethertype", "vlan", "ieee8021ad", "arp", "ip", "ipv6", "tcp", "udp", "icmp", "icmpv6", "sctp",
    "gre", "vxlan", "mpls", "pppoe", "pppoed", "pppoes", "ppp", "llc", "wlan", "wlan_radio", "radiotap", "sll",
    "null", "raw", "ipv6.hopopts", "ipv6.routing", "ipv6.fraghdr", "ipv6.dstopts", "ah", "esp", "data", "pcapng",
]  # fmt: skip
"""What tshark may see. What packets carry is random, and it would see all kinds of protocols in that."""
VXLAN_PORT = 4789
SOUND = {options.rstrip(b"\0") for options in generated.IP_OPTIONS}
TRANSPORTS = {6: "tcp", 17: "udp"}


@pytest.fixture(scope="module")
def tshark(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The program, and a folder with its settings."""
    program = need("tshark", "tshark")
    folder = tmp_path_factory.mktemp("wireshark")

    def listed(kind: str, column: int) -> list[str]:
        told = subprocess.run([program, "-G", kind], capture_output=True, text=True, timeout=60, check=True).stdout
        return [line.split("\t")[column] for line in told.splitlines() if line.count("\t") >= column]

    others = [name for name in listed("protocols", 2) if name not in KNOWN]
    (folder / "disabled_protos").write_text("".join(f"{name}\n" for name in others))
    guesses = [f"{name},0\n" for name in listed("heuristic-decodes", 1)]
    (folder / "heuristic_protos").write_text("".join(guesses))
    return program, str(folder)


def sensible(frame: Frame) -> bool:
    """Whether tshark and we can be of one mind about it. Where not, and why, stands in docs/packets.md."""
    read = dissect(frame)
    if read.problem or read.row.anomaly or any(_differs(layer) for layer in read.packet):
        return False
    pairs = {(type(below).__name__, type(above).__name__) for below, above in pairwise(read.packet)}
    return not pairs & {("GRE", "VLAN"), ("IPv4", "Fragment"), ("IPv4", "Destination"), ("IPv4", "HopByHop")}


def _differs(layer: Layer) -> bool:
    match layer:
        case IPv4(length=0) | IPv6(length=0) | UDP(length=0):  # we take what is there: network cards hand such on
            differs = True
        case Routing() | AH():  # tshark checks what they hold, and tells IPv4's protocol, not what is behind it
            differs = True
        case SCTP():  # chunks are random here, and some hold a header of SCTP
            differs = True
        case IPv4(options=options):  # it gives up where options lie
            differs = options.rstrip(b"\0") not in SOUND
        case UDP(sport=sport, dport=dport):  # we take VXLAN's port for what it is on either side
            differs = sport == VXLAN_PORT != dport
        case PPPoE(code=code):
            differs = code != 0
        case Radiotap(fields=fields):  # padded frames end there
            differs = fields[4:5] == b" "
        case PPP(framed=framed):
            differs = framed
        case VLAN(vid=vid):
            differs = vid == 0
        case ICMP(type=kind):  # it looks into what errors quote
            differs = kind not in (0, 8)
        case ICMPv6(type=kind):
            differs = kind not in (128, 129)
        case _:
            differs = False
    return differs


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    random = Random(2024)
    blocks = [section_block(), *(interface_block(str(link), link) for link in LINKS)]
    count = 0
    while count < COUNT:
        number = random.randrange(len(LINKS))
        octets = bytes(generated.stack(random, LINKS[number], 9))
        frame = Frame(octets, 1_700_000_000_000_000_000 + count * 1_000_003, LINKS[number], len(octets), number)
        if sensible(frame):
            blocks.append(packet_block(frame))
            count += 1
    path = tmp_path_factory.mktemp("columns") / "mixed.pcapng"
    path.write_bytes(b"".join(blocks))
    return path


def told_by_tshark(path: Path, tshark: tuple[str, str]) -> list[dict[str, str]]:
    """Of fields that are there twice, in a tunnel, the last one."""
    program, folder = tshark
    settings = {"WIRESHARK_CONFIG_DIR": folder, "PATH": "/usr/bin:/bin"}
    command = [program, "-n", "-r", str(path), "-T", "fields", "-E", "separator=|", "-E", "occurrence=l"]
    for option in ("ip.defragment:FALSE", "ipv6.defragment:FALSE", "tcp.relative_sequence_numbers:FALSE"):
        command += ["-o", option]
    for name in FIELDS:
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=True, env=settings)
    return [dict(zip(FIELDS, line.split("|"), strict=True)) for line in done.stdout.splitlines()]


def told_by_us(path: Path) -> list[dict[str, object]]:
    query = "SELECT *, epoch_ns(time) AS ns FROM packets ORDER BY number"
    return answers(Packets(query), path, query)


def as_fields(row: dict[str, object]) -> dict[str, str]:
    """What a row says, in the words of tshark's fields; the rest is empty there."""
    said = {
        "frame.number": f"{row['number']}",
        "frame.time_epoch": f"{int(str(row['ns'])) // 10**9}.{int(str(row['ns'])) % 10**9:09}",
        "frame.len": f"{row['length']}",
        "frame.cap_len": f"{row['captured']}",
        "vlan.id": f"{row['inner_vlan'] or row['vlan'] or ''}",
    }
    version, protocol, fragment = row["version"], int(str(row["protocol"])), int(str(row["fragment"]))
    if version == 4:
        said |= {"ip.src": f"{row['src']}", "ip.dst": f"{row['dst']}", "ip.ttl": f"{row['ttl']}"}
        said |= {
            "ip.dsfield": f"0x{row['service']:02x}",
            "ip.proto": f"{protocol}",
            "ip.id": f"0x{row['identification']:04x}",
        }
        said |= {"ip.frag_offset": f"{max(0, fragment) // 8}"}
    elif version == 6:
        said |= {"ipv6.src": f"{row['src']}", "ipv6.dst": f"{row['dst']}", "ipv6.hlim": f"{row['ttl']}"}
    if version and fragment <= 0:
        said |= _transport(row, protocol)
    return said


def _transport(row: dict[str, object], protocol: int) -> dict[str, str]:
    said: dict[str, str] = {}
    if protocol in TRANSPORTS:
        name = TRANSPORTS[protocol]
        assert PROTOCOLS[protocol] == name
        said |= {f"{name}.srcport": f"{row['src_port']}", f"{name}.dstport": f"{row['dst_port']}"}
    if protocol == 6:
        said |= {"tcp.flags": f"0x{row['flags']:04x}", "tcp.seq_raw": f"{row['seq']}"}
        said |= {"tcp.ack_raw": f"{row['ack']}", "tcp.window_size_value": f"{row['window']}"}
    if (row["version"], protocol) in ((4, 1), (6, 58)):
        name = "icmp" if protocol == 1 else "icmpv6"
        said |= {f"{name}.type": f"{row['icmp_type']}", f"{name}.code": f"{row['icmp_code']}"}
    return said


def test_columns_say_what_tsharks_fields_say(path: Path, tshark: tuple[str, str]) -> None:
    theirs, ours = told_by_tshark(path, tshark), told_by_us(path)
    assert len(theirs) == len(ours) == COUNT
    compared: Counter[str] = Counter()
    differing: list[tuple[object, list[tuple[str, str, str]]]] = []
    for field, row in zip(theirs, ours, strict=True):
        said = as_fields(row) | _macs(field, row)
        compared.update(name for name, value in said.items() if value)
        wrong = [(name, value, field[name]) for name, value in said.items() if field[name] != value]
        differing += [(row["number"], wrong)] if wrong else []
    if differing:
        with open_capture(path) as capture:
            frames = dict(enumerate(capture.frames(), 1))
        shown = [f"{wrong}: {dissect(frames[int(str(number))]).packet!r}"[:700] for number, wrong in differing[:8]]
        pytest.fail(f"{len(differing)} packets differ (field, ours, tshark's):\n" + "\n".join(shown))
    assert min(compared.values()) > COUNT // 200, compared


def _macs(field: dict[str, str], row: dict[str, object]) -> dict[str, str]:
    """tshark's eth is Ethernet's alone; a row has the addresses of any link."""
    if row["link"] != 1 or not field["eth.src"]:
        return {}
    return {"eth.src": f"{row['src_mac']}", "eth.dst": f"{row['dst_mac']}"}
