"""Summaries: what the numbers are, of traffic that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.packet.captures.compose import names_block
from netloom.packet.frame import Frame
from netloom.packet.summing import bounded
from tests.packet.summing.office import SITES, office
from tests.packet.summing.scenes import SCENES, http, loss, mirrored, resolving
from tests.packet.summing.summed import by_kernels, found, plainly
from tests.packet.summing.traffic import CLIENT, MS, SERVER, Traffic

if TYPE_CHECKING:
    from pathlib import Path


def test_one_connection(tmp_path: Path) -> None:
    made = http()
    summary = plainly(made.write(tmp_path / "a.pcapng"))
    octets = sum(frame.length for frame in made.frames)
    capture = summary.capture
    assert (capture.packets, capture.octets, capture.captured) == (9, octets, octets)
    assert capture.first == (made.frames[0].timestamp_ns or 0) / 1e9
    assert capture.duration == ((made.frames[-1].timestamp_ns or 0) - (made.frames[0].timestamp_ns or 0)) / 1e9
    assert capture.bits_per_second == pytest.approx(8 * octets / capture.duration)
    assert capture.links == ("ethernet",)
    assert [one.path for one in summary.protocols] == [
        ("ethernet",), ("ethernet", "ipv4"), ("ethernet", "ipv4", "tcp"), ("ethernet", "ipv4", "tcp", "http"),
    ]  # fmt: skip
    assert all((one.packets, one.octets, one.share) == (9, octets, 1.0) for one in summary.protocols)
    (talk,) = summary.conversations
    assert (talk.src, talk.dst, talk.flows) == (CLIENT, SERVER, 1)
    assert talk.octets_forward + talk.octets_backward == octets
    server, client = summary.hosts
    assert (server.address, server.octets_out, server.octets_in) == (CLIENT, talk.octets_forward, talk.octets_backward)
    assert (client.address, client.octets_out, client.octets_in) == (SERVER, talk.octets_backward, talk.octets_forward)
    assert server.peers == client.peers == 1
    (service,) = summary.services
    assert (service.transport, service.port, service.protocol, service.servers) == ("tcp", 80, "http", 1)
    assert summary.latency.handshake.median == 0.02
    assert sum(summary.rates.packets) == 9
    assert sum(one.count for one in summary.sizes) == 9
    assert (summary.findings, summary.bounds) == ((), ())


def test_forward_is_who_began(tmp_path: Path) -> None:
    for source, target in ((CLIENT, SERVER), (SERVER, CLIENT)):
        made = Traffic()
        made.udp((source, 5000, target, 6000), b"first")
        made.udp((target, 7000, source, 8000), b"then another flow, which is longer")
        path = made.write(tmp_path / "a.pcapng")
        for way in (plainly, by_kernels):
            (talk,) = way(path).conversations
            assert (talk.src, talk.dst, talk.flows) == (source, target, 2)
            assert talk.octets_forward < talk.octets_backward


def test_dns(tmp_path: Path) -> None:
    summary = plainly(resolving(6, 4, 3).write(tmp_path / "a.pcapng"))
    assert (summary.errors.dns_answers, summary.errors.dns_unanswered) == (10, 0)
    assert [(one.name, one.count) for one in summary.errors.dns_failures] == [("NXDOMAIN", 4)]
    assert (summary.latency.dns.count, summary.latency.dns.median) == (10, 0.01)
    assert {one.name for one in summary.names.queries} == {f"good{n}.example" for n in range(6)} | {
        f"bad{n}.example" for n in range(4)
    }


def test_a_question_that_is_repeated_has_waited_since_the_first_time(tmp_path: Path) -> None:
    made = Traffic()
    made.dns("a.example", None, number=7, took=1000 * MS)
    made.dns("a.example", 0, number=7, took=30 * MS)
    summary = plainly(made.write(tmp_path / "a.pcapng"))
    assert summary.latency.dns.count == 1
    assert summary.latency.dns.median == 1.03
    assert summary.errors.dns_unanswered == 0


def test_losses(tmp_path: Path) -> None:
    errors = plainly(loss(25).write(tmp_path / "a.pcapng")).errors
    assert (errors.retransmissions, errors.tcp_packets) == (25, 128)
    assert errors.retransmission_share == 25 / 128
    assert plainly(mirrored(twice=True).write(tmp_path / "b.pcapng")).errors.duplicates == 103


def test_an_office(tmp_path: Path) -> None:
    path = office().write(tmp_path / "a.pcapng")
    summary = plainly(path)
    assert by_kernels(path) == summary
    kinds = {one.kind for one in summary.findings}
    assert kinds == {
        "port-scan", "arp-conflict", "unanswered", "password", "dns-missing", "retransmissions", "zero-windows", "mtu",
    }  # fmt: skip
    assert {one.name for one in summary.names.servers} == set(SITES)
    assert [one.severity for one in summary.findings] == sorted(
        (one.severity for one in summary.findings), key=["bad", "warning", "note"].index
    )


def test_top_bounds_lists_and_not_sums(tmp_path: Path) -> None:
    path = office().write(tmp_path / "a.pcapng")
    few, all_ = plainly(path, top=2), plainly(path)
    assert len(few.hosts) == len(few.conversations) == len(few.services) == 2
    assert few.hosts == all_.hosts[:2]
    assert few.errors == all_.errors


def test_a_filter_chooses(tmp_path: Path) -> None:
    path = office().write(tmp_path / "a.pcapng")
    summary = plainly(path, "udp port 53")
    assert {one.path[-1] for one in summary.protocols} == {"ethernet", "ipv4", "udp", "dns"}


def test_several_links_stand_above_one_tree(tmp_path: Path) -> None:
    from netloom.packet.captures import create

    frames = http().frames
    with create(tmp_path / "a.pcapng") as writer:
        for frame in frames:
            writer.write(frame)
            writer.write(Frame(frame.data[14:], frame.timestamp_ns, 101, frame.length - 14, 1))
    summary = plainly(tmp_path / "a.pcapng")
    assert summary.capture.links == ("ethernet", "raw ip")
    assert summary.protocols[0].path == ("several links",)
    assert summary.protocols[-1].path == ("several links", "ipv4", "tcp", "http")


def test_names_of_hosts_come_from_the_capture(tmp_path: Path) -> None:
    path = http().write(tmp_path / "a.pcapng")
    path.write_bytes(path.read_bytes() + names_block({CLIENT: "client.example"}))
    assert {one.name for one in plainly(path).hosts} == {"client.example", ""}


def test_what_is_left_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded.Held.__init__, "__defaults__", (8, None))
    path = SCENES["half-open"][0]().write(tmp_path / "a.pcapng")
    summary = plainly(path)
    assert any("left out" in words for words in summary.bounds)
    assert found(summary, "half-open") is None or summary.bounds


@pytest.mark.parametrize("much", [1000, 150_000])
def test_a_port_is_named_by_what_is_enough_of_it(much: int, tmp_path: Path) -> None:
    made = http()
    made.udp((CLIENT, 40_001, SERVER, 80), b"another transport")
    for number in range(much // 1000):
        made.tcp((CLIENT, 50_000, SERVER, 80), "A", seq=1 + 1000 * number, ack=1, data=bytes(1000))
    services = plainly(made.write(tmp_path / "a.pcapng")).services
    assert [(one.transport, one.protocol) for one in services] == [("tcp", "http" if much == 1000 else ""), ("udp", "")]


def test_every_host_is_counted(tmp_path: Path) -> None:
    made = Traffic()
    for number in range(300):
        made.udp((f"192.0.{number >> 8}.{number & 255}", 1, SERVER, 2), b"x")
    summary = plainly(made.write(tmp_path / "a.pcapng"), top=5)
    assert (len(summary.hosts), summary.capture.hosts) == (5, 301)


def test_drops_are_told(tmp_path: Path) -> None:
    import struct

    path = http().write(tmp_path / "a.pcapng")
    body = struct.pack("<III", 0, 0, 0) + struct.pack("<HHQ", 5, 8, 17) + bytes(4)
    path.write_bytes(
        path.read_bytes() + struct.pack("<II", 5, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))
    )
    summary = plainly(path)
    assert summary.capture.drops == 17
    drops = found(summary, "drops")
    assert drops is not None
    assert drops.count == 17
