"""The generator's captures: the same from one seed, what is known of them is so, and nothing in them is wrong."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

from benchmarks.traffic import SEED, Facts, words, write
from benchmarks.traffic.plan import DNS, GROWING, LEAST, PING, REFUSED, WHO_HAS, plan
from netloom.packet.captures.capture import open_capture
from netloom.packet.dissect import dissect
from netloom.wire import tls_hello
from tests.interop.peers import need

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet.dissect import Dissected
    from netloom.packet.frame import Frame

PACKETS, FLOWS = 5000, 280


class Made(NamedTuple):
    path: Path
    facts: Facts
    frames: list[Frame]
    packets: list[Dissected]


def make(place: Path, *, small: bool = False, seed: int = SEED) -> Made:
    facts = write(place, PACKETS, FLOWS, small=small, seed=seed)
    capture = open_capture(place)
    frames = list(capture.frames())
    assert not capture.notes
    capture.close()
    return Made(place, facts, frames, [dissect(frame) for frame in frames])


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("traffic") / "mixed.pcap")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("traffic") / "small.pcap", small=True)


def test_a_seed_gives_the_same_octets_and_another_one_others(mixed: Made, tmp_path: Path) -> None:
    again, other = make(tmp_path / "again.pcap"), make(tmp_path / "other.pcap", seed=1)
    assert again.path.read_bytes() == mixed.path.read_bytes()
    assert other.path.read_bytes() != mixed.path.read_bytes()
    assert again.facts == mixed.facts


def test_progress_is_told_to_the_last_packet(tmp_path: Path) -> None:
    told: list[int] = []
    write(tmp_path / "x.pcap", 200, 10, tell=told.append)
    assert told == [200]


@pytest.mark.parametrize("kind", ["mixed", "small"])
def test_what_is_known_of_it_is_so(kind: str, request: pytest.FixtureRequest) -> None:
    made: Made = request.getfixturevalue(kind)
    assert made.facts.packets == PACKETS == len(made.frames)
    assert made.facts.octets == sum(len(frame.data) for frame in made.frames)
    carried = [(frame, one) for frame, one in zip(made.frames, made.packets, strict=True) if one.row.version]
    assert made.facts.ip_packets == len(carried)
    assert made.facts.ip_frames == sum(len(frame.data) for frame, _ in carried)
    assert made.facts.ip_octets == sum(total(frame, one) for frame, one in carried)


def total(frame: Frame, one: Dissected) -> int:
    """IP's own length."""
    at = 18 if one.row.vlan else 14
    if one.row.version == 4:
        return int.from_bytes(frame.data[at + 2 : at + 4], "big")
    return 40 + int.from_bytes(frame.data[at + 4 : at + 6], "big")


def test_nothing_in_it_is_odd_and_all_of_it_is_there(mixed: Made) -> None:
    rows = [one.row for one in mixed.packets]
    assert {row.anomaly for row in rows} == {0}
    assert {row.protocol for row in rows} == {0, 1, 6, 17, 58}
    assert {row.version for row in rows} == {0, 4, 6}
    assert len({row.vlan for row in rows}) > 2
    assert 1000 < max(len(frame.data) for frame in mixed.frames) <= 1518
    assert min(len(frame.data) for frame in mixed.frames) == 60
    times = [one.row.time for one in mixed.packets]
    assert times == sorted(times)


def test_every_small_frame_has_64_octets(small: Made) -> None:
    assert {len(frame.data) for frame in small.frames} == {64}
    assert {one.row.anomaly for one in small.packets} == {0}
    assert {one.row.protocol for one in small.packets} == {6, 17}


def test_ipv4s_checksums_are_right(mixed: Made) -> None:
    seen = 0
    for frame, one in zip(mixed.frames, mixed.packets, strict=True):
        if one.row.version == 4:
            at = 18 if one.row.vlan else 14
            sums = np.frombuffer(frame.data[at : at + 20], ">u2").sum(dtype=np.int64)
            assert (sums & 0xFFFF) + (sums >> 16) == 0xFFFF
            seen += 1
    assert seen > PACKETS / 2


def test_a_plan_has_as_many_packets_as_asked_and_whole_talks() -> None:
    made = plan(5000, 200, 3)
    assert len(made.talk) == made.talks.packets.sum() == 5000
    assert (np.diff(made.time) >= 0).all()
    for number, kind in enumerate(made.talks.kind):
        mine = made.at[made.talk == number]
        assert mine.tolist() == list(range(len(mine)))
        assert len(mine) >= LEAST[kind]
        assert len(mine) == LEAST[kind] or kind in GROWING
    assert made.talks.packets[made.talks.kind == PING].max() <= 40
    assert {DNS, REFUSED, WHO_HAS} <= set(made.talks.kind.tolist())


def test_flows_that_dont_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="1000 flows"):
        plan(2000, 1000, 3)


@pytest.mark.parametrize("stack", words.STACKS)
def test_every_client_says_what_it_is(stack: words.Stack) -> None:
    hello = words.client_hello(stack)
    assert hello.octets[hello.digits : hello.digits + 6] == b"000000"
    assert int.from_bytes(hello.octets[3:5], "big") == len(hello.octets) - 5
    read = tls_hello.parse(hello.octets[5:])
    assert (read.server_name, read.ciphers) == (words.NAME.encode(), stack.suites)
    assert [kind for kind, _ in read.extensions] == list(stack.order)
    assert hello.octets.find(read.random) == hello.random
    assert hello.octets[hello.share : hello.share + 32] == bytes(range(32))


def test_no_two_hellos_are_the_same(mixed: Made) -> None:
    said = [frame.data[one.row.payload_at :] for frame, one in zip(mixed.frames, mixed.packets, strict=True)]
    hellos = [tls_hello.parse(data[5:]) for data in said if data.startswith(b"\x16\x03\x01")]
    assert len(hellos) > 50
    assert len({hello.ciphers for hello in hellos}) == len(words.STACKS)
    assert len({hello.random for hello in hellos}) == len(hellos)
    assert len({dict(hello.extensions)[51] for hello in hellos}) == len(hellos)
    answered = {data[44:76] for data in said if data.startswith(b"\x16\x03\x03")}
    assert answered == {hello.session for hello in hellos}


def test_first_answers_have_the_size_of_a_segment() -> None:
    assert len(words.server_hello(1200).octets) == len(words.response(1200).octets) == 1200


@pytest.mark.interop
@pytest.mark.parametrize("kind", ["mixed", "small"])
def test_tshark_finds_nothing_wrong(kind: str, request: pytest.FixtureRequest) -> None:
    made: Made = request.getfixturevalue(kind)
    wrong = " || ".join(
        ["_ws.malformed", "tcp.analysis.out_of_order", "tcp.analysis.ack_lost_segment"]
        + [f"{layer}.checksum.status == 0" for layer in ("ip", "tcp", "udp", "icmp", "icmpv6")]
    )
    checked = [word for layer in ("ip", "tcp", "udp") for word in ("-o", f"{layer}.check_checksum:TRUE")]
    command = [need("tshark", "tshark"), "-n", "-r", str(made.path), "-c", "2000", *checked, "-Y"]
    assert run(*command, wrong) == ""
    assert run(*command, "ip.checksum.status == 1 && tcp.checksum.status == 1") != ""


@pytest.mark.interop
@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("tls.handshake.extensions_server_name", "tls.handshake.type == 1"),
        ("http.host", "http.request"),
        ("dns.qry.name", "dns.flags.response == 1"),
    ],
)
def test_tshark_reads_the_names(field: str, wanted: str, mixed: Made) -> None:
    command = [need("tshark", "tshark"), "-n", "-r", str(mixed.path), "-Y", wanted, "-T", "fields", "-e", field]
    names = run(*command).split("\n")[:-1]
    assert len(set(names)) > 5
    assert all(re.fullmatch(r"host-\d{6}\.example\.com", name) for name in names)


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
