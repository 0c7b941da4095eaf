"""Craft: packets from words, into records and files, and octets in words."""

from __future__ import annotations

import random
import subprocess
from typing import TYPE_CHECKING

import msgspec
import pytest

from netloom.errors import UsageError
from netloom.operations.craft import Crafted
from netloom.packet import TCP, UDP, Ethernet, IPv4
from netloom.packet.captures import open_capture
from netloom.packet.craft import crafted
from netloom.runs import Run
from tests.cli.command import COMMAND, environment, netloom
from tests.worlds import record

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet.captures.record import Written
    from netloom.packet.frame import Frame

TEXT = 'Ethernet(src="02:00:00:00:00:01") / IPv4(dst="192.0.2.1") / TCP(dport=443) / "data"'
PACKET = Ethernet(src="02:00:00:00:00:01") / IPv4(dst="192.0.2.1") / TCP(dport=443) / b"data"


def made(*texts: str, **fields: object) -> list[Crafted]:
    run: Run[Crafted] = Run.prepare("craft", (list(texts),) if texts else (), fields)
    return list(run)


def to_file(path: Path, *texts: str, **fields: object) -> Written:
    run: Run[Written] = Run.prepare("craft", (list(texts),), {"to": str(path), **fields})
    [written] = run
    return written


def frames_of(path: Path) -> list[Frame]:
    with open_capture(path) as capture:
        return list(capture.frames())


def test_a_packet() -> None:
    [found] = made(TEXT)
    assert found == Crafted(
        summary="Ethernet 02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff / IPv4 127.0.0.1 > 192.0.2.1 / "
        "TCP 20 > 443 S / 4 octets",
        length=58,
        hex=bytes(PACKET).hex(),
        packet=repr(PACKET),
        link=1,
    )
    assert bytes(crafted(found.packet)) == bytes(PACKET)


def test_what_is_filled_in_is_told() -> None:
    assert made("IPv4() / UDP()")[0].summary == "IPv4 127.0.0.1 > 127.0.0.1 / UDP 53 > 53"
    assert made("IPv4() / UDP() / VXLAN(vni=7) / Ethernet() / ARP()")[0].summary.startswith(
        "IPv4 127.0.0.1 > 127.0.0.1 / UDP 53 > 4789 / VXLAN"
    )
    assert made('IPv4() / UDP() / "x"')[0].summary.endswith(" / 1 octet")
    assert made("IPv4() / ICMP(type=3, code=1)")[0].summary.endswith("ICMP type 3 code 1")


def test_a_wrong_number_is_told_as_it_is_meant() -> None:
    [found] = made("IPv4(protocol=6) / UDP(dport=9)")
    assert found.summary == "IPv4 127.0.0.1 > 127.0.0.1 / UDP 53 > 9"


def test_many() -> None:
    found = made("IPv4() / UDP(dport=[1, 2])", "IPv6() / UDP(dport=range(3, 5))")
    assert [one.summary.rpartition(" ")[2] for one in found] == ["1", "2", "3", "4"]
    assert [one.link for one in found] == [228, 228, 229, 229]
    assert [one.link for one in made("UDP(checksum=0)", "IPv4()", link=101)] == [101, 101]
    assert made("UDP(checksum=0)")[0].link is None


def test_a_mistake_is_told_before_anything_is_made() -> None:
    with pytest.raises(UsageError, match="no field 'tll'"):
        made("IPv4()", "IPv4(tll=1)")
    with pytest.raises(UsageError, match="no IP is below it"):
        made("UDP()")


# Fuzzing


def test_fuzzing() -> None:
    found = made('IPv4(ttl=64) / UDP(sport=[1, 2]) / "x"', fuzz=3, seed=10)
    assert [one.seed for one in found] == [10, 11, 12, 13, 14, 15]
    assert found == made('IPv4(ttl=64) / UDP(sport=[1, 2]) / "x"', fuzz=3, seed=10)
    assert len({one.hex for one in found}) == 6
    packets = [crafted(one.packet) for one in found]
    assert [(packet[IPv4].ttl, packet[UDP].sport) for packet in packets] == [(64, 1)] * 3 + [(64, 2)] * 3
    assert {str(packet[IPv4].dst) for packet in packets} == {"127.0.0.1"}


async def test_without_a_seed_one_is_chosen_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "SystemRandom", lambda: random.Random(1))
    chosen = random.Random(1).getrandbits(32)
    assert (await record(None, "craft", ["IPv4()"], fuzz=1)).seed == chosen


# Into a file


@pytest.mark.parametrize("name", ["x.pcap", "x.pcapng", "x.pcapng.gz"])
def test_a_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    written = to_file(path, TEXT, "Ethernet() / IPv4() / UDP(dport=[1, 2])")
    assert (written.file, written.frames, written.octets) == (str(path), 3, 142)
    assert written.format == ("pcap" if name == "x.pcap" else "pcapng")
    assert written.first is not None
    assert written.last is not None
    assert written.first <= written.last
    frames = frames_of(path)
    assert frames[0].data == bytes(PACKET)
    assert [frame.link_type for frame in frames] == [1, 1, 1]
    times = [frame.timestamp_ns or 0 for frame in frames]
    assert [time - times[0] for time in times] == [0, 1, 2]
    with pytest.raises(UsageError, match="exists already"):
        to_file(path, TEXT)
    to_file(path, TEXT, overwrite=True)
    assert len(frames_of(path)) == 1


def test_link_types_side_by_side(tmp_path: Path) -> None:
    texts = ["Ethernet() / IPv4()", "IPv6()"]
    to_file(tmp_path / "x.pcapng", *texts)
    assert [frame.link_type for frame in frames_of(tmp_path / "x.pcapng")] == [1, 229]
    with pytest.raises(UsageError, match="one link type"):
        to_file(tmp_path / "x.pcap", *texts)


@pytest.mark.parametrize("text", ["UDP(checksum=0)", "IPv4(tll=3)", "UDP()"])
def test_what_can_t_be_written_leaves_no_file(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        to_file(tmp_path / "x.pcap", text)
    assert list(tmp_path.iterdir()) == []


def test_a_fuzzed_file(tmp_path: Path) -> None:
    written = to_file(tmp_path / "x.pcap", TEXT, fuzz=200, seed=1)
    assert written.frames == 200
    assert len({frame.data for frame in frames_of(tmp_path / "x.pcap")}) == 200


# The other way


def test_octets_in_words() -> None:
    [found] = made(dissect=bytes(PACKET).hex(" "))
    assert found.summary.endswith("TCP 20 > 443 S / 4 octets")
    assert (found.hex, found.link, found.problem) == (bytes(PACKET).hex(), 1, "")
    assert bytes(crafted(found.packet)) == bytes(PACKET)
    [raw] = made(dissect=bytes(PACKET)[14:].hex(), link=101)
    assert raw.summary.startswith("IPv4 127.0.0.1 > 192.0.2.1 / TCP")
    assert raw.link == 101


def test_octets_that_end_early() -> None:
    [found] = made(dissect=bytes(PACKET)[:40].hex())
    assert found.problem == "a TCP header of 20 octets, 6 of which are there"
    assert found.hex == bytes(PACKET)[:40].hex()
    assert made(dissect="00", link=9999)[0].summary == "1 octet"


@pytest.mark.parametrize(
    ("texts", "fields", "told"),
    [
        ((), {}, "either packets or --dissect"),
        ((TEXT,), {"dissect": "00"}, "either packets or --dissect"),
        ((), {"dissect": "0g"}, "no hexadecimal"),
        ((), {"dissect": " "}, "no octets"),
        ((), {"dissect": "00", "to": "x.pcap"}, "aren't written or fuzzed"),
        ((), {"dissect": "00", "fuzz": 1}, "aren't written or fuzzed"),
        ((TEXT,), {"seed": 1}, "a seed is for fuzzing"),
        ((TEXT,), {"link": 65536}, "link"),
        ((TEXT,), {"fuzz": -1}, "fuzz"),
    ],
)
def test_what_can_t_be_meant(texts: tuple[str, ...], fields: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        made(*texts, **fields)


# On the command line


def test_the_command() -> None:
    assert msgspec.json.decode(netloom("craft", TEXT).stdout)["hex"] == bytes(PACKET).hex()
    assert netloom("craft", "IPv4()", "-o", "csv").stdout.startswith("summary,length,hex,packet,link,seed,problem")
    assert "UDP 53 > 53" in netloom("craft", "IPv4() / UDP()", "-o", "table").stdout
    wrong = netloom("craft", "IPv4() / IPv4(tll=1)")
    told, text, arrow, *_ = wrong.stderr.splitlines()
    assert (wrong.returncode, told) == (2, "netloom: IPv4 has no field 'tll'")
    assert arrow.index("↑") == text.index("tll")


def test_standard_output_is_the_capture() -> None:
    command = [*COMMAND, "craft", TEXT, "--to", "-"]
    done = subprocess.run(command, capture_output=True, check=True, env=environment(), timeout=60)
    assert done.stdout.startswith(b"\x0a\x0d\x0d\x0a")
    assert bytes(PACKET) in done.stdout
