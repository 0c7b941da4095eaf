"""Diff as an operation: what is told of two captures. How packets are matched: tests/packet/comparing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import RemoteProtocolError, UsageError
from netloom.output.text.pictures.comparison import lines as of_comparison
from netloom.output.text.pictures.flow_difference import lines as of_flow
from netloom.output.text.pictures.packet_difference import lines as of_packet
from netloom.output.text.style import Style
from netloom.output.text.words import width
from netloom.packet import TCP, UDP, VLAN, Ethernet, IPv4, Packet
from netloom.packet.captures import create
from netloom.packet.captures.record import DamagedFile
from netloom.packet.comparing.record import Comparison, FieldChange, FlowDifference, PacketDifference
from netloom.packet.frame import Frame
from netloom.runs import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.usefixtures("leaves_nothing")

SECOND = 10**9


def packet(number: int, ttl: int = 64, vlan: int = 0, payload: bytes = b"data") -> Packet:
    tag = (VLAN(vid=vlan),) if vlan else ()
    above = IPv4(src="10.0.0.1", dst="10.0.0.2", ttl=ttl, identification=number) / TCP(seq=number, dport=443)
    return Packet((Ethernet(), *tag, *above)) / payload


def written(path: Path, packets: Sequence[tuple[float, Packet]]) -> str:
    with create(path, overwrite=True) as writer:
        for time, one in packets:
            writer.write(Frame(bytes(one), round((1000 + time) * SECOND), 1, len(bytes(one))))
    return str(path)


async def differences(*files: str, **fields: Any) -> list[Any]:
    return [record async for record in Run[Any].prepare("diff", (list(files),), fields)]


@pytest.fixture(name="both")
def _both(tmp_path: Path) -> list[str]:
    """Ten packets; a router has lost one, tagged one, swapped two, and somebody has added a datagram of his own."""
    before = [(number / 10, packet(number)) for number in range(1, 11)]
    after = [(number / 10 + 0.002, packet(number, ttl=63)) for number in range(1, 11) if number != 4]
    after[6] = (after[6][0], packet(8, ttl=63, vlan=5))
    after[1], after[2] = (after[1][0], after[2][1]), (after[2][0], after[1][1])
    after.append((2.0, Ethernet() / IPv4(src="10.9.9.9", dst="10.0.0.2") / UDP(sport=9, dport=9) / b"new"))
    return [written(tmp_path / "before.pcap", before), written(tmp_path / "after.pcapng", after)]


async def test_lost_changed_and_new(both: list[str]) -> None:
    *packets, flow, whole = await differences(*both, ignore=["ttl,checksum"])
    assert [(each.difference, each.first, each.second) for each in packets] == [
        ("changed", 8, 7),
        ("only first", 4, None),
        ("only second", None, 10),
    ]
    assert packets[0].changes == (FieldChange(layer="VLAN", field="", before="", after="VLAN(vid=5, type=2048)"),)
    assert packets[0].delay == pytest.approx(0.002)
    assert packets[1].packet.src == "10.0.0.1"
    assert isinstance(flow, FlowDifference)
    assert (flow.only, flow.protocol, flow.src, flow.src_port, flow.packets, flow.octets) == (
        "second", "udp", "10.9.9.9", 9, 1, 45,
    )  # fmt: skip
    assert isinstance(whole, Comparison)
    assert (whole.first_packets, whole.second_packets, whole.same, whole.changed) == (10, 10, 8, 1)
    assert (whole.only_first, whole.only_second, whole.reordered, whole.lost) == (1, 1, 1, 0.1)
    assert whole.fields == {"VLAN": 1}
    assert whole.delays is not None
    assert whole.delays.count == 9
    assert whole.delays.median == pytest.approx(0.002)
    assert whole.delays.most == pytest.approx(0.102)
    assert whole.delays.least == pytest.approx(-0.098)


async def test_every_field(both: list[str]) -> None:
    records = await differences(*both)
    assert records[-1].fields == {"IPv4.checksum": 9, "IPv4.ttl": 9, "VLAN": 1}
    assert (records[-1].same, records[-1].changed) == (0, 9)
    assert records[0].changes[0] == FieldChange(layer="IPv4", field="ttl", before="64", after="63")


async def test_only_the_sum(both: list[str]) -> None:
    flow, whole = await differences(*both, summary=True)
    assert (flow.only, whole.only_first) == ("second", 1)


async def test_a_filter_is_for_both(both: list[str]) -> None:
    (whole,) = await differences(*both, filter="tcp[4:4] = 1 or udp port 7", ignore="ttl,checksum")
    assert (whole.first_packets, whole.second_packets, whole.same) == (1, 1, 1)


async def test_a_capture_is_like_itself(both: list[str]) -> None:
    (whole,) = await differences(both[0], both[0])
    assert (whole.same, whole.lost, whole.reordered, whole.delays.most) == (10, 0.0, 0, 0.0)


async def test_one_that_is_another_day_is_like_it_where_time_is_ignored(both: list[str], tmp_path: Path) -> None:
    later = written(tmp_path / "later.pcap", [(90_000 + number / 10, packet(number)) for number in range(1, 11)])
    (whole,) = await differences(both[0], later, ignore="time")
    assert (whole.same, whole.delays) == (10, None)
    *_, whole = await differences(both[0], later)
    assert (whole.same, whole.only_first, whole.only_second) == (0, 10, 10)


async def test_mistakes(both: list[str]) -> None:
    with pytest.raises(UsageError, match="two captures"):
        await differences(both[0])
    with pytest.raises(UsageError, match="two captures"):
        await differences(*both, both[0])
    with pytest.raises(UsageError, match="once only"):
        await differences("-", "-")
    with pytest.raises(UsageError, match="can't be ignored") as raised:
        await differences(*both, ignore="tll")
    assert "ttl" in (raised.value.hint or "")


async def test_damage(both: list[str], tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(Path(both[0]).read_bytes()[:-5])
    *_, whole, damaged = await differences(both[0], str(cut))
    assert (whole.only_first, whole.same) == (1, 9)
    assert isinstance(damaged, DamagedFile)
    with pytest.raises(RemoteProtocolError, match="damaged"):
        await differences(both[0], str(cut), strict=True)


async def test_in_human_words(both: list[str]) -> None:
    records = await differences(*both, ignore=["ttl,checksum"])
    style = Style(colour=False, unicode=True)
    pictures: dict[Any, Any] = {PacketDifference: of_packet, FlowDifference: of_flow, Comparison: of_comparison}
    said = [line for record in records for line in pictures[type(record)](record, style, 140)]
    assert said[0].startswith("~     8     7  10.0.0.1:20")
    assert said[0].endswith("4 octets  2.0 ms later")
    assert said[1] == "               VLAN  new: VLAN(vid=5, type=2048)"
    assert said[2].startswith("-     4        10.0.0.1:20")
    assert said[3].startswith("+          10  10.9.9.9:9")
    assert said[4].startswith("+ flow only in the second:  udp  10.9.9.9:9")
    assert said[4].endswith("10.0.0.2:9  1 packet, 45 B")
    assert said[5] == (
        "  10 packets in the first, 10 in the second, 8 the same, 1 changed, 1 only in the first (10 %), "
        "1 only in the second, 1 out of order"
    )
    assert said[-1].startswith("  later by: least -98 ms, median 2.0 ms")
    for columns in (60, 80, 120):
        for record in records:
            drawn = list(pictures[type(record)](record, style, columns))
            assert drawn
            assert max(map(width, drawn)) <= columns
