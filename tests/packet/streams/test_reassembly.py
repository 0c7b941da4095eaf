"""Streams from packets: any cutting, order, repetition and overlap of a dialogue gives the dialogue back."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.packet.row import UNTOLD, Row
from netloom.packet.streams.events import Closed, Data, Event, Gap, Opened
from netloom.packet.streams.reassembly import Bounds, Reassembler
from tests.packet.streams.packets import CLIENT, SERVER, Talk, all_of, datagram, names, said

TURNS = st.lists(st.tuples(st.sampled_from(["client", "server"]), st.binary(min_size=1, max_size=200)), max_size=12)


@given(turns=TURNS, seed=st.integers(0, 1 << 32), start=st.sampled_from([0, 1000, 0xFFFFFFF0, 0x7FFFFFFF]))
def test_any_cutting_order_repetition_and_overlap(turns: list[tuple[str, bytes]], seed: int, start: int) -> None:
    rng = random.Random(seed)
    talk = Talk(seq=(start, start ^ 0x55555555))
    texts = {side: b"".join(data for who, data in turns if who == side) for side in ("client", "server")}
    segments = []
    for side, text in texts.items():
        at = 0
        while at < len(text):
            end = min(len(text), at + rng.randint(1, 60))
            segments.append((side, at, end))
            at = end
        for _ in range(rng.randint(0, 5)):  # repetition and overlap
            low = rng.randint(0, len(text))
            segments.append((side, low, min(len(text), low + rng.randint(0, 80))))
    rng.shuffle(segments)
    packets = talk.handshake()
    packets += [talk.packet(side, "A", 1 + low, texts[side][low:high], ack=1) for side, low, high in segments]
    packets += [talk.packet(side, "FA", 1 + len(text), ack=1) for side, text in texts.items()]
    events = all_of(Reassembler(), packets)
    for side, text in texts.items():
        assert said(events, side) == text
        assert events[0].stream.counts[side].differing == 0
    assert not any(isinstance(event, Gap) for event in events)
    assert names(events).count("Finished") == 2
    assert [type(events[0]), type(events[-1])] == [Opened, Closed]
    assert events[0].stream.whole
    assert events[0].stream.client == ("192.0.2.1", 40_000)


@given(st.data())
def test_arbitrary_packets_bring_nothing_to_fall(data: st.DataObject) -> None:
    """Offsets always go on from each other, and no more is held than is said."""
    reassembler = Reassembler(Bounds(streams=3, held=300, total=500))
    u32 = st.integers(0, 0xFFFFFFFF)
    events: list[Event] = []
    for _ in range(data.draw(st.integers(1, 40))):
        payload = data.draw(st.binary(max_size=20))
        row = Row(
            time=data.draw(st.sampled_from([UNTOLD, 5, 1])),
            version=4,
            protocol=data.draw(st.sampled_from([6, 6, 6, 17])),
            src_low=data.draw(st.integers(0, 1)),
            dst_low=data.draw(st.integers(0, 1)),
            src_port=data.draw(st.integers(0, 2)),
            dst_port=data.draw(st.integers(0, 2)),
            flags=data.draw(st.integers(0, 31)),
            seq=data.draw(u32 | st.integers(0, 50)),
            ack=data.draw(u32 | st.integers(0, 50)),
            payload_length=len(payload) + data.draw(st.integers(0, 3)),
        )
        events += reassembler.add(row, payload)
        waiting = [side.held.cost for talk in reassembler._streams.values() for side in talk.sides.values()]
        assert len(waiting) <= 2 * 3
        assert sum(waiting) == reassembler._held <= 500
        assert not waiting or max(waiting) <= 300
    events += reassembler.finish()
    assert reassembler._held == 0
    for number in range(reassembler.count):
        own = [event for event in events if event.stream.number == number]
        assert [type(own[0]), type(own[-1])] == [Opened, Closed]
        assert names(own).count("Opened") == names(own).count("Closed") == 1
        for side in ("client", "server"):
            at = 0
            for event in own:
                if isinstance(event, Data | Gap) and event.sender == side:
                    assert event.offset == at
                    at += len(event.data) if isinstance(event, Data) else event.size


def test_who_is_the_client() -> None:
    talk = Talk()
    assert all_of(Reassembler(), [talk.packet("client", "S")])[0].stream.client.port == 40_000
    assert all_of(Reassembler(), [talk.packet("server", "SA", ack=1)])[0].stream.client.port == 40_000
    middle = all_of(Reassembler(), [talk.packet("server", "A", 1, b"x", ack=1)])[0].stream
    assert (middle.client.port, middle.whole) == (40_000, False)  # the other has a port below 1024
    high = Talk(server=(SERVER[0], 8080))
    assert all_of(Reassembler(), [high.packet("server", "A", 1, b"x", ack=1)])[0].stream.client.port == 8080


def test_a_start_in_the_middle() -> None:
    talk = Talk()
    events = all_of(
        Reassembler(),
        [talk.packet("server", "A", 777, b"one", ack=50), talk.packet("client", "A", 50, b"two", ack=780)],
    )
    assert (said(events, "server"), said(events, "client")) == (b"one", b"two")


def test_a_lost_syn_is_known_from_its_answer() -> None:
    talk = Talk()
    packets = [talk.packet("server", "SA", ack=1), talk.packet("client", "A", 4, b"late", ack=1)]
    assert said(all_of(Reassembler(), packets), "client") == b"...late"


def test_data_in_a_syn() -> None:
    talk = Talk()
    packets = [talk.packet("client", "S", 0, b"fast"), talk.packet("client", "A", 5, b"er", ack=1)]
    assert said(all_of(Reassembler(), packets), "client") == b"faster"


def test_a_gap_where_the_acknowledgement_tells() -> None:
    talk = Talk()
    packets = [
        *talk.handshake(),
        talk.packet("client", "A", 1, b"one", ack=1),
        talk.packet("client", "A", 7, b"three", ack=1),
        talk.packet("server", "A", 1, ack=12),
    ]
    reassembler = Reassembler()
    events = all_of(reassembler, packets, finish=False)
    assert said(events, "client") == b"one...three"
    assert [event.reason for event in events if isinstance(event, Gap)] == ["acknowledged"]
    assert events[-1].time == 6


def test_a_reset_and_what_comes_after_it() -> None:
    talk = Talk()
    packets = [
        *talk.handshake(),
        talk.packet("server", "RA", 900_000, b"injected"),
        talk.packet("server", "R", 1),
        talk.packet("client", "A", 1, b"still here", ack=1),
    ]
    events = all_of(Reassembler(), packets)
    assert names(events) == ["Opened", "Reset", "Data", "Closed"]
    assert said(events, "client") == b"still here"


def test_the_same_ports_again() -> None:
    first, second = Talk(), Talk(seq=(77_000, 88_000))
    packets = [
        *first.handshake(),
        first.packet("client", "S"),  # again
        first.packet("client", "A", 1, b"one", ack=1),
        *second.handshake(),
        second.packet("client", "A", 1, b"two", ack=1),
    ]
    reassembler = Reassembler()
    events = all_of(reassembler, packets)
    assert reassembler.count == 2
    assert (said(events, "client", 0), said(events, "client", 1)) == (b"one", b"two")
    assert [event.reason for event in events if isinstance(event, Closed)] == ["replaced", "capture"]


def test_both_open_at_once() -> None:
    talk = Talk()
    packets = [talk.packet("client", "S"), talk.packet("server", "S"), talk.packet("server", "A", 1, b"x", ack=1)]
    reassembler = Reassembler()
    assert said(all_of(reassembler, packets), "server") == b"x"
    assert reassembler.count == 1


def test_too_many_streams() -> None:
    reassembler = Reassembler(Bounds(streams=2))
    talks = [Talk(client=(CLIENT[0], 40_000 + number)) for number in range(3)]
    events = all_of(reassembler, [talk.packet("client", "S") for talk in talks[:2]], finish=False)
    events += all_of(reassembler, [talks[0].packet("client", "A", 1, b"x")], finish=False)
    events += all_of(reassembler, [talks[2].packet("client", "S")])
    closed = [(event.stream.number, event.reason) for event in events if isinstance(event, Closed)]
    assert closed == [(1, "limit"), (0, "capture"), (2, "capture")]
    # One that is over goes first
    reassembler = Reassembler(Bounds(streams=2))
    packets = [talks[0].packet("client", "S"), talks[1].packet("client", "S"), talks[1].packet("client", "R", 1)]
    events = all_of(reassembler, [*packets, talks[2].packet("client", "S")])
    assert [event.stream.number for event in events if isinstance(event, Closed)] == [1, 0, 2]


def test_who_waited_longest_goes_on_without() -> None:
    reassembler = Reassembler(Bounds(total=700))
    talks = [Talk(client=(CLIENT[0], 40_000 + number)) for number in range(3)]
    packets = [packet for talk in talks for packet in talk.handshake()]
    packets += [talk.packet("client", "A", 11, b"x" * 100, ack=1) for talk in talks]
    packets.append(talks[2].packet("client", "A", 311, b"x" * 100, ack=1))
    events = all_of(reassembler, packets, finish=False)
    assert [(event.stream.number, event.reason) for event in events if isinstance(event, Gap)] == [(0, "full")]


@pytest.mark.parametrize(
    "change", [{"fragment": 0}, {"fragment": 8}, {"version": 0}, {"protocol": 1}, {"src_port": 0, "dst_port": 0}]
)
def test_what_is_no_stream(change: dict[str, int]) -> None:
    row, data = Talk().packet("client", "A", 1, b"x")
    for name, value in change.items():
        setattr(row, name, value)
    assert Reassembler().add(row, data) == []


def test_datagrams() -> None:
    packets = [
        datagram(CLIENT, (SERVER[0], 53), b"one"),
        datagram((SERVER[0], 53), CLIENT, b"two", passed=10),
        datagram(CLIENT, (SERVER[0], 53), b""),
        datagram((SERVER[0], 53), CLIENT, b"three"),
    ]
    events = all_of(Reassembler(), packets)
    assert names(events) == ["Opened", "Data", "Data", "Gap", "Data", "Data", "Closed"]
    assert said(events, "server") == b"two.......three"
    assert str(events[0].stream.server) == "192.0.2.2:53"


def test_datagrams_from_another_port_that_answer_a_request() -> None:
    ask, answer = (SERVER[0], 6969), (SERVER[0], 50_001)
    packets = [
        datagram(CLIENT, ask, b"\0\1name\0octet\0"),
        datagram(answer, CLIENT, b"\0\3\0\1data"),
        datagram(CLIENT, answer, b"\0\4\0\1"),
        datagram((SERVER[0], 50_002), CLIENT, b"\0\3\0\1data"),
    ]
    reassembler = Reassembler()
    events = all_of(reassembler, packets)
    assert [(event.stream.number, event.sender) for event in events if isinstance(event, Data)] == [
        (0, "client"), (0, "server"), (0, "client"), (1, "client"),
    ]  # fmt: skip
    assert not reassembler._aliases
