"""Pictures of summaries: one packet, long addresses, and what isn't told apart any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from netloom.output.text.pictures.summary import lines
from netloom.output.text.style import Style
from netloom.packet.summing.record import Rates
from tests.packet.summing.summed import plainly
from tests.packet.summing.traffic import CLIENT, SERVER, Traffic

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet.summing.record import Summary

PLAIN = Style(colour=False, unicode=True)


def drawn(summary: Summary, columns: int = 80) -> list[str]:
    return list(lines(summary, PLAIN, columns))


def one_packet(path: Path, source: str = CLIENT, destination: str = SERVER) -> Summary:
    made = Traffic()
    made.udp((source, 1, destination, 2), b"x")
    return plainly(made.write(path / "a.pcapng"))


def test_one_packet_is_one(tmp_path: Path) -> None:
    said = "\n".join(drawn(one_packet(tmp_path)))
    assert "1 packets" not in said
    assert "  1 packet · 43 B · ethernet" in said
    assert "\n  2026-11-18 11:06\n" in said
    assert "1 packet   1 peer" in said


def test_amounts_of_long_addresses_have_a_line_of_their_own(tmp_path: Path) -> None:
    ends = "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1000", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1001"
    said = drawn(one_packet(tmp_path, *ends), 90)
    at = said.index(f"    {ends[0]} → {ends[1]}")
    assert said[at + 1].split() == ["63", "B", "+", "0", "B", "1", "packet", "1", "flow"]
    assert all(len(line) <= 90 for line in said)


def test_what_isnt_told_apart_any_more(tmp_path: Path) -> None:
    summary = one_packet(tmp_path)
    hosts = tuple(replace(host, peers=peers) for host, peers in zip(summary.hosts, (1000, 999), strict=True))
    services = tuple(replace(service, servers=1000) for service in summary.services)
    said = "\n".join(drawn(replace(summary, hosts=hosts, services=services)))
    assert "1,000+ peers" in said
    assert "999 peers" in said
    assert "1,000+ servers" in said


def test_a_bin_is_told_in_whole_units(tmp_path: Path) -> None:
    rates = Rates(start=0.0, step=1800.0, packets=(1, 2), octets=(3, 4))
    assert "    30 min a bin, 2 bins" in drawn(replace(one_packet(tmp_path), rates=rates))
