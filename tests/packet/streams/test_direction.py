"""One direction of TCP: order, repetition, gaps, wrap-around."""

from __future__ import annotations

from netloom.packet.streams.direction import COMPARED, Direction
from netloom.packet.streams.events import Counts, Data, Event, Finished, Gap, Place, Stream


def direction(held: int = 1000, seq: int = 100) -> Direction:
    stream = Stream(
        number=0,
        transport="tcp",
        client=Place("192.0.2.1", 1),
        server=Place("192.0.2.2", 2),
        started=0,
        counts={"client": Counts(), "server": Counts()},
    )
    made = Direction(stream, "client", held)
    made.begin(seq)
    return made


def add(side: Direction, seq: int, data: bytes, *, fin: bool = False) -> list[Event]:
    return side.add(seq & 0xFFFFFFFF, data, len(data), 1, fin=fin)


def told(events: list[Event]) -> list[object]:
    return [e.data if isinstance(e, Data) else (e.size, e.reason) if isinstance(e, Gap) else "end" for e in events]


def test_out_of_order() -> None:
    side = direction()
    assert add(side, 103, b"def") == []
    assert told(add(side, 100, b"abc")) == [b"abc", b"def"]
    assert side.held.cost == 0


def test_what_came_first_counts_and_differences_are_counted() -> None:
    side = direction()
    assert told(add(side, 100, b"abc")) == [b"abc"]
    assert told(add(side, 101, b"XcdE")) == [b"dE"]
    assert add(side, 107, b"hi") == []
    assert add(side, 107, b"hX") == []
    assert told(add(side, 105, b"fgH")) == [b"fghi"]
    assert (side.counts.retransmitted, side.counts.differing, side.counts.octets) == (5, 3, 9)


def test_differences_are_seen_in_what_is_kept_only() -> None:
    side = direction()
    add(side, 100, bytes(3 * COMPARED))
    add(side, 101, b"x" * 10)
    assert (side.counts.retransmitted, side.counts.differing) == (10, 0)
    add(side, 100 + 3 * COMPARED - 20, b"x" * 10)
    assert side.counts.differing == 10


def test_the_numbers_wrap_around() -> None:
    side = direction(seq=0xFFFFFFFE)
    assert add(side, 1, b"d") == []
    assert told(add(side, 0xFFFFFFFE, b"abc")) == [b"abc", b"d"]
    assert side.expects(2)
    assert side.began_at(0xFFFFFFFE)
    assert told(add(side, 0xFFFFFFFF, b"bcde")) == [b"e"]


def test_a_keep_alive_is_nothing() -> None:
    side = direction()
    add(side, 100, b"abc")
    assert add(side, 102, b"\0") == []
    assert add(side, 102, b"") == []
    assert side.counts.retransmitted == side.counts.differing == 0
    assert told(add(side, 103, b"d")) == [b"d"]


def test_a_gap_is_declared_when_the_other_side_has_it() -> None:
    side = direction()
    assert add(side, 105, b"fg") == []
    side.acknowledge(104)
    assert side.settle(1) == []
    side.acknowledge(105)
    events = side.settle(7)
    assert told(events) == [(5, "acknowledged"), b"fg"]
    assert [event.time for event in events] == [7, 7]
    # What comes after that is late, and no retransmission
    assert add(side, 103, b"defg") == []
    assert (side.counts.late, side.counts.retransmitted, side.counts.missing) == (2, 2, 5)


def test_a_gap_is_declared_when_nothing_more_can_be_held() -> None:
    side = direction(held=650)
    for seq in (105, 120, 140):
        assert add(side, seq, b"xx") == []
    add(side, 160, b"x" * 50)
    assert side.held.cost == 4 * 128 + 56
    assert told(add(side, 220, b"x" * 50)) == [(5, "full"), b"xx"]
    assert told(side.close(1)) == [
        (13, "end"),
        b"xx",
        (18, "end"),
        b"xx",
        (18, "end"),
        b"x" * 50,
        (10, "end"),
        b"x" * 50,
    ]


def test_the_end() -> None:
    side = direction()
    assert told(add(side, 100, b"ab", fin=True)) == [b"ab", "end"]
    assert add(side, 100, b"ab", fin=True) == []
    assert add(side, 102, b"more") == []
    assert side.finished
    assert side.counts.late == 4
    assert side.close(1) == []


def test_an_end_behind_a_gap() -> None:
    side = direction()
    assert add(side, 105, b"", fin=True) == []
    side.acknowledge(106)
    events = side.settle(1)
    assert told(events) == [(5, "acknowledged"), "end"]
    assert isinstance(events[-1], Finished)


def test_what_was_acknowledged_and_never_seen_is_missing_at_the_end() -> None:
    side = direction()
    add(side, 100, b"ab")
    side.acknowledge(110)
    assert told(side.close(1)) == [(8, "end")]
    side = direction()
    side.acknowledge(101)  # it may have been FIN
    assert side.close(1) == []


def test_captured_in_part() -> None:
    side = direction()
    assert told(side.add(100, b"ab", 10, 1, fin=False)) == [b"ab"]
    assert told(side.add(110, b"cd", 2, 1, fin=False)) == []
    side.acknowledge(112)
    assert told(side.settle(1)) == [(8, "acknowledged"), b"cd"]


def test_who_began_in_the_middle_begins_with_its_first_number() -> None:
    side = direction()
    fresh = Direction(side.stream, "server")
    assert not fresh.begun
    fresh.acknowledge(77)  # nothing is known that this could be about
    assert told(add(fresh, 9000, b"x")) == [b"x"]


def test_what_stands_behind_a_gap_is_compared_with_itself() -> None:
    side = direction()
    add(side, 100, b"abc")
    add(side, 110, b"xyz")
    side.acknowledge(110)
    side.settle(1)
    assert add(side, 100, b"abc" + b"?" * 7 + b"xyz") == []
    assert (side.counts.differing, side.counts.late, side.counts.retransmitted) == (0, 7, 6)


def test_an_end_in_the_past_is_none() -> None:
    side = direction()
    add(side, 100, b"abcdef")
    assert add(side, 100, b"", fin=True) == []
    assert told(add(side, 106, b"gh")) == [b"gh"]
