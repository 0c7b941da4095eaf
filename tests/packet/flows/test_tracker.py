"""Which packets are one flow, when it is over, and what of it isn't changed by when one looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from netloom.packet.flows.tracked import ICMP, Ended, Names
from netloom.packet.flows.tracker import Tracker
from netloom.packet.row import UNTOLD, Row
from netloom.wire.tls_hello import emit
from tests.packet.flows.rows import MS, NOON, A, B, S, row, tcp, udp
from tests.packet.flows.test_heads import RECOGNISER
from tests.packet.flows.test_names import ASKED
from tests.packet.flows.test_segments import handshake
from tests.wire.test_tls_hello import HELLO, records

if TYPE_CHECKING:
    from collections.abc import Iterable


def track(rows: Iterable[Row], tracker: Tracker | None = None) -> list[Ended]:
    """All flows, in the order in which they were given out."""
    tracker = tracker or Tracker()
    ended = [one for made in rows for one in tracker.add(made, b"")]
    return ended + tracker.finish()


def reasons(rows: Iterable[Row], tracker: Tracker | None = None) -> list[str]:
    return [ended.reason for ended in track(rows, tracker)]


def sides(ended: Ended) -> tuple[int, int]:
    return ended.flow.forward.packets, ended.flow.backward.packets


# Who belongs to a flow


def test_both_directions_are_one() -> None:
    (ended,) = track([udp(0, b"ab"), udp(5, b"c", back=True, length=100), udp(3, b"")])
    flow = ended.flow
    assert (flow.key.src_port, flow.key.dst_port) == (1000, 2000)
    assert (flow.first, flow.last) == (NOON, NOON + 5)
    assert (flow.forward.packets, flow.forward.bytes, flow.forward.payload) == (2, 120, 2)
    assert (flow.backward.packets, flow.backward.bytes, flow.backward.payload) == (1, 100, 1)
    assert ended.reason == "capture"


def test_what_has_no_ip_is_in_no_flow() -> None:
    assert track([Row(time=NOON)]) == []


def test_ports_versions_and_protocols_keep_apart() -> None:
    base = udp(0)
    others = [udp(0, src_port=9), udp(0, protocol=132), udp(0, src="192.0.2.9"), row("2001:db8::1", "2001:db8::2")]
    assert len(track([base, *others, *others])) == 5


def test_tags_and_tunnels_do_not() -> None:
    (ended,) = track([udp(0, vlan=5, tunnels=2), udp(1, back=True, vlan=9)])
    assert (ended.flow.vlan, ended.flow.tunnels) == (5, 2)
    assert sides(ended) == (1, 1)


def test_the_answer_to_a_syn_goes_backward() -> None:
    (ended,) = track([tcp(0, "SA", 9, 100, back=True), tcp(1, "A", 100, 10)])
    assert ended.flow.key.src_port == 1000
    assert sides(ended) == (1, 1)
    (other,) = track([tcp(0, "A", 9, 100, back=True), tcp(1, "A", 100, 10)])
    assert other.flow.key.src_port == 2000


def test_fragments_but_the_first_have_a_flow_of_their_own() -> None:
    first, later = udp(0, b"abcd", fragment=0), row(fragment=8, payload=4, payload_length=4)
    made = track([first, later, row(B, A, fragment=8)])
    assert [sides(ended) for ended in made] == [(1, 0), (1, 1)]
    assert made[1].flow.forward.payload == 4
    segment = tcp(0, "SA", 1, 1, fragment=8)
    assert track([segment])[0].flow.forward.flags == 0


def test_messages_of_icmp() -> None:
    ping = [row(protocol=ICMP, icmp_type=8), row(B, A, ICMP, icmp_type=0)]
    (ended,) = track(ping)
    assert sides(ended) == (1, 1)
    trouble = [row(protocol=ICMP, icmp_type=3, icmp_code=3), row(B, A, ICMP, icmp_type=3, icmp_code=3)]
    assert [sides(ended) for ended in track(trouble)] == [(1, 0), (1, 0)]


def test_one_who_talks_to_itself() -> None:
    (ended,) = track([udp(0, dst=A, dst_port=1000), udp(1, dst=A, dst_port=1000)])
    assert sides(ended) == (2, 0)


def test_only_some_protocols_have_payloads() -> None:
    assert track([row(protocol=47, payload_length=9)])[0].flow.forward.payload == 0
    assert track([row(protocol=132, payload_length=9)])[0].flow.forward.payload == 9


# When it is over


def test_silence() -> None:
    tracker = Tracker(idle=10 * S)
    assert [sides(ended) for ended in track([udp(0), udp(10 * S), udp(20 * S + 1)], tracker)] == [(2, 0), (1, 0)]
    assert reasons([udp(0), udp(10 * S), udp(20 * S + 1)], Tracker(idle=10 * S)) == ["idle", "capture"]


def test_age() -> None:
    rows = [udp(at * S) for at in range(0, 40, 2)]
    made = track(rows, Tracker(idle=10 * S, active=20 * S))
    assert [(ended.reason, sides(ended)) for ended in made] == [("active", (11, 0)), ("capture", (9, 0))]


def test_a_new_connection() -> None:
    over = [
        *handshake(),
        tcp(20 * MS, "FA", 100, 500),
        tcp(30 * MS, "FA", 500, 101, back=True),
        tcp(31 * MS, "A", 101, 501),
    ]
    made = track([*over, tcp(40 * MS, "S", 900), tcp(41 * MS, "SA", 7, 901, back=True)])
    assert [(ended.reason, sides(ended)) for ended in made] == [("closed", (4, 2)), ("capture", (1, 1))]
    assert made[1].flow.rtt == 0
    half = [*handshake(), tcp(20 * MS, "FA", 100, 500), tcp(40 * MS, "S", 900)]
    assert reasons(half) == ["capture"]
    assert reasons([*handshake(), tcp(20 * MS, "R", 100), tcp(40 * MS, "S", 900)]) == ["closed", "capture"]
    assert reasons([*handshake(), tcp(20 * MS, "R", 100), tcp(40 * MS, "SA", 900)]) == ["closed"]


def test_what_is_closed_ended_of_that() -> None:
    closed = [tcp(0, "R", 1)]
    assert reasons(closed) == ["closed"]
    assert reasons([*closed, udp(1000 * S)]) == ["closed", "capture"]
    assert reasons([*closed, udp(0), udp(1, src_port=7)], Tracker(limit=2)) == ["closed", "capture", "capture"]


def test_time_is_the_latest_that_was_told() -> None:
    late = udp(100 * S, src_port=7)
    assert reasons([udp(0), late, udp(1)], Tracker(idle=10 * S)) == ["idle", "idle", "capture"]
    untold = udp(0)
    untold.time = UNTOLD
    assert track([untold])[0].flow.first == 0
    assert [ended.flow.first for ended in track([late, untold])] == [NOON + 100 * S] * 2
    without_ip = Row(time=NOON + 100 * S)
    assert reasons([udp(0), without_ip, udp(1)], Tracker(idle=10 * S)) == ["idle", "idle"]


def test_the_time_out_that_came_first_is_told() -> None:
    both = [udp(0), udp(15 * S), udp(100 * S, src_port=7)]
    assert reasons(both, Tracker(idle=10 * S, active=20 * S))[0] == "idle"
    assert reasons([udp(0), udp(5 * S), udp(12 * S), *both[2:]], Tracker(idle=10 * S, active=20 * S))[0] == "active"
    assert reasons([udp(0), udp(10 * S), *both[2:]], Tracker(idle=10 * S, active=20 * S))[0] == "idle"


def test_a_full_table() -> None:
    tracker = Tracker(limit=4)
    rows = [udp(at, src_port=at + 1) for at in range(4)]
    made = track([*rows, udp(9, src_port=1), udp(10, src_port=99)], tracker)
    assert [(ended.flow.key.src_port, ended.reason) for ended in made] == [
        (2, "full"), (3, "full"), (1, "capture"), (4, "capture"), (99, "capture"),
    ]  # fmt: skip
    assert tracker.evicted == 2


def test_what_is_over_goes_first() -> None:
    tracker = Tracker(idle=10 * S, limit=2)
    rows = [udp(0, src_port=1), udp(6 * S, src_port=2), udp(11 * S, src_port=3)]
    made = track(rows, tracker)
    assert [ended.reason for ended in made] == ["idle", "capture", "capture"]
    assert tracker.evicted == 0


def test_a_full_table_looks_again_for_what_is_over() -> None:
    tracker = Tracker(idle=10 * S, limit=2)
    rows = [udp(at * S, src_port=at) for at in (1, 5, 12, 16)]
    assert [(ended.flow.key.src_port, ended.reason) for ended in track(rows, tracker)][:2] == [(1, "idle"), (5, "idle")]
    assert tracker.evicted == 0


def test_a_table_for_one() -> None:
    tracker = Tracker(limit=1)
    assert reasons([udp(at, src_port=at) for at in range(5)], tracker) == ["full"] * 4 + ["capture"]


def test_flows_stream_out() -> None:
    tracker = Tracker(idle=10 * S)
    given_out = 0
    for at in range(1000):
        given_out += len(tracker.add(udp(at * S, src_port=at), b""))
        assert at - given_out < 25
    assert len(tracker._flows) < 25


# What is spoken


def test_names_of_a_flow() -> None:
    stream = records(emit(HELLO))
    tracker = Tracker(recognise=RECOGNISER)
    for made in handshake():
        tracker.add(made, b"")
    first, second = stream[:40], stream[40:]
    tracker.add(tcp(20 * MS, "A", 100, 500, len(first)), first)
    tracker.add(tcp(21 * MS, "A", 100, 500, len(first)), first)  # sent again
    tracker.add(tcp(22 * MS, "A", 140, 500, len(second)), second)
    (ended,) = tracker.finish()
    assert (ended.flow.app, ended.flow.names) == ("tls", ASKED)


def test_only_first_payloads_are_looked_at() -> None:
    tracker = Tracker(recognise=RECOGNISER)
    tracker.add(tcp(0, "A", 1, 1, 5), b"hello")
    tracker.add(tcp(1, "A", 6, 1, 3), b"\x16\x03\x01")
    tracker.add(tcp(2, "A", 1, 9, 4, back=True), b"SSH-")
    (ended,) = tracker.finish()
    assert ended.flow.app == "ssh"
    assert ended.flow.names == Names()


def test_a_payload_that_was_not_captured_is_none() -> None:
    tracker = Tracker(recognise=RECOGNISER)
    tracker.add(tcp(0, "A", 1, 1, 5), b"")
    tracker.add(tcp(1, "A", 6, 1, 4, back=True), b"SSH-")
    assert tracker.finish()[0].flow.app == "ssh"


def test_octets_behind_a_gap_are_not_read() -> None:
    stream = records(emit(HELLO))
    tracker = Tracker(recognise=RECOGNISER)
    tracker.add(tcp(0, "A", 1, 1, 40), stream[:40])
    tracker.add(tcp(1, "A", 100, 1, len(stream) - 40), stream[40:])
    assert tracker.finish()[0].flow.names == Names()


# Looking earlier changes nothing

times = st.integers(0, 30).map(lambda seconds: seconds * S)
segments = st.builds(
    lambda time, flags, seq, ack, size, back, port: (
        tcp(time, flags, seq, ack, size, back=back) if not port else udp(time, bytes(size))
    ),
    times,
    st.sampled_from(["S", "SA", "A", "PA", "FA", "R", "RA", ""]),
    st.integers(90, 120),
    st.integers(490, 500),
    st.sampled_from([0, 0, 1, 10]),
    st.booleans(),
    st.integers(0, 3).map(lambda number: number == 0),
)


class Sweeping(Tracker):
    """One that looks for what is over before every packet."""

    def add(self, row: Row, payload: bytes) -> list[Ended]:
        ended = self._sweep()
        return ended + super().add(row, payload)


@settings(deadline=None)
@given(st.lists(segments, max_size=60), st.integers(1, 10), st.integers(1, 20))
def test_sweeping_changes_only_when(rows: list[Row], idle: int, active: int) -> None:
    made = [
        sorted(track(rows, kind(idle=idle * S, active=active * S)), key=lambda ended: ended.flow.number)
        for kind in (Tracker, Sweeping)
    ]
    assert made[0] == made[1]
    for ended in made[0]:
        assert ended.reason in ("idle", "active", "closed", "capture")
        assert (ended.reason == "closed") == ended.flow.closed
    assert sum(sum(sides(ended)) for ended in made[0]) == len(rows)
    assert sum(ended.flow.forward.bytes + ended.flow.backward.bytes for ended in made[0]) == 60 * len(rows)


@settings(deadline=None)
@given(st.lists(st.tuples(times, st.integers(0, 9)), max_size=60), st.integers(1, 5))
def test_no_packet_is_lost_in_a_small_table(packets: list[tuple[int, int]], limit: int) -> None:
    tracker = Tracker(idle=10 * S, limit=limit)
    seen = 0
    for time, port in packets:
        seen += sum(sum(sides(ended)) for ended in tracker.add(udp(time, src_port=port), b""))
        assert len(tracker._flows) <= limit
    assert seen + sum(sum(sides(ended)) for ended in tracker.finish()) == len(packets)
