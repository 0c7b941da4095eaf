"""What TCP's segments tell: each case of the rules, written out as a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.flows.segments import REORDERED, Segments, signed
from netloom.packet.flows.tracked import Side, Tracked, key_of
from tests.packet.flows.rows import MS, tcp

if TYPE_CHECKING:
    from netloom.packet.row import Row

FULL = (1 << 32) - 1


class Talk:
    """One connection; what each segment said of its order is kept."""

    def __init__(self, *segments: Row) -> None:
        self.flow = Tracked(key=key_of(tcp(0, "S")), number=0, first=0, last=0, forward=Side(), backward=Side())
        self.segments = Segments()
        self.in_order = [self.take(row) for row in segments]

    def take(self, row: Row) -> bool:
        return self.segments.take(self.flow, int(row.src_port == 2000), row, row.time)

    @property
    def troubles(self) -> tuple[int, int, int]:
        """Retransmissions, out of order, gaps: forward."""
        return self.flow.forward.retransmissions, self.flow.forward.out_of_order, self.flow.forward.gaps


def handshake(rtt: int = 10 * MS) -> list[Row]:
    return [tcp(0, "S", 99), tcp(rtt // 2, "SA", 499, 100, back=True), tcp(rtt, "A", 100, 500)]


def test_a_handshake() -> None:
    assert Talk(*handshake()).flow.rtt == 10 * MS


def test_the_last_syn_counts() -> None:
    again = [
        tcp(0, "S", 99),
        tcp(1000 * MS, "S", 99),
        tcp(1004 * MS, "SA", 499, 100, back=True),
        tcp(1010 * MS, "A", 100, 500),
    ]
    talk = Talk(*again)
    assert talk.flow.rtt == 10 * MS
    assert talk.troubles == (1, 0, 0)
    later = Talk(*handshake(), tcp(20 * MS, "S", 99), tcp(30 * MS, "A", 100, 500))
    assert later.flow.rtt == 10 * MS


def test_a_syn_after_its_answer_does_not_count() -> None:
    start, answer, end = handshake()
    assert Talk(start, answer, tcp(7 * MS, "S", 99), end).flow.rtt == 10 * MS


def test_half_a_handshake() -> None:
    assert Talk(tcp(0, "S", 99), tcp(MS, "A", 100, 500)).flow.rtt == 0
    assert Talk(tcp(0, "SA", 499, 100, back=True), tcp(MS, "A", 100, 500)).flow.rtt == 0
    assert Talk(tcp(0, "S", 99), tcp(MS, "SA", 499, 100, back=True), tcp(2 * MS, "R", 100)).flow.rtt == 0


def test_octets_in_order() -> None:
    talk = Talk(
        *handshake(), tcp(11 * MS, "PA", 100, 500, 10), tcp(12 * MS, "PA", 110, 500, 10), tcp(13 * MS, "FA", 120, 500)
    )
    assert talk.in_order == [True, True, False, True, True, True]
    assert talk.troubles == (0, 0, 0)


def test_over_the_end_of_numbers() -> None:
    talk = Talk(tcp(0, "A", FULL - 4, 1, 10), tcp(1, "A", 5, 1, 10), tcp(2, "A", FULL - 4, 1, 10))
    assert talk.in_order == [True, True, False]
    assert talk.troubles == (0, 1, 0)


def test_a_gap() -> None:
    talk = Talk(tcp(0, "A", 100, 1, 10), tcp(1, "A", 120, 1, 10), tcp(2, "A", 130, 1, 10))
    assert talk.in_order == [True, False, True]
    assert talk.troubles == (0, 0, 1)


def test_what_was_overtaken_comes_soon() -> None:
    start = [tcp(0, "A", 100, 1, 10), tcp(MS, "A", 120, 1, 10)]
    assert Talk(*start, tcp(MS + REORDERED - 1, "A", 110, 1, 10)).troubles == (0, 1, 1)
    assert Talk(*start, tcp(MS + REORDERED, "A", 110, 1, 10)).troubles == (1, 0, 1)


def test_soon_is_a_round_trip_where_one_is_known() -> None:
    start = [*handshake(), tcp(20 * MS, "A", 100, 500, 10), tcp(21 * MS, "A", 120, 500, 10)]
    assert Talk(*start, tcp(30 * MS, "A", 110, 500, 10)).troubles == (0, 1, 1)
    assert Talk(*start, tcp(31 * MS, "A", 110, 500, 10)).troubles == (1, 0, 1)


def test_the_latest_octets_again_were_sent_again() -> None:
    assert Talk(tcp(0, "A", 100, 1, 10), tcp(1, "A", 100, 1, 10)).troubles == (1, 0, 0)
    assert Talk(tcp(0, "A", 100, 1, 20), tcp(1, "A", 110, 1, 10)).troubles == (1, 0, 0)


def test_what_was_asked_for_was_sent_again() -> None:
    start = [tcp(0, "A", 100, 1, 10), tcp(1, "A", 120, 1, 10)]
    one = [tcp(2 + at, "A", 1, 110, back=True) for at in range(2)]
    three = [tcp(2 + at, "A", 1, 110, back=True) for at in range(3)]
    late = tcp(9, "A", 110, 1, 10)
    assert Talk(*start, *one, late).troubles == (0, 1, 1)
    assert Talk(*start, *three, late).troubles == (1, 0, 1)
    assert Talk(*start, *three, tcp(8, "A", 1, 111, back=True), late).troubles == (0, 1, 1)
    assert Talk(*start, *three, tcp(8, "A", 1, 112, back=True), tcp(9, "A", 112, 1, 10)).troubles == (0, 1, 1)


def test_what_breaks_a_row_of_acknowledgments() -> None:
    start = [tcp(0, "A", 100, 1, 10), tcp(1, "A", 120, 1, 10)]
    same = tcp(2, "A", 1, 110, back=True)
    for other in (
        tcp(3, "A", 1, 110, 5, back=True),
        tcp(3, "A", 1, 110, back=True, window=7),
        tcp(3, "FA", 1, 110, back=True),
    ):
        assert Talk(*start, same, other, same, tcp(9, "A", 110, 1, 10)).troubles == (0, 1, 1)


def test_one_that_asks_whether_the_other_lives() -> None:
    for size in (0, 1):
        talk = Talk(tcp(0, "A", 100, 1, 10), tcp(5000 * MS, "A", 109, 1, size))
        assert talk.troubles == (0, 0, 0)
    assert Talk(tcp(0, "A", 100, 1, 10), tcp(5000 * MS, "FA", 109, 1, 0)).troubles == (1, 0, 0)
    assert Talk(tcp(0, "A", 100, 1, 10), tcp(5000 * MS, "A", 108, 1, 1)).troubles == (1, 0, 0)


def test_a_late_one_that_brings_more() -> None:
    talk = Talk(tcp(0, "A", 100, 1, 10), tcp(1, "A", 105, 1, 10), tcp(2, "A", 115, 1, 10))
    assert talk.in_order == [True, False, True]
    assert talk.troubles == (0, 1, 0)


def test_windows_and_resets() -> None:
    talk = Talk(
        tcp(0, "S", window=0), tcp(1, "A", 1, 1, window=0), tcp(2, "FA", 1, 1, window=0), tcp(3, "R", 2, window=0)
    )
    assert (talk.flow.forward.zero_windows, talk.flow.forward.resets) == (1, 1)
    talk.take(tcp(4, "RA", 1, 1, back=True))
    assert (talk.flow.backward.zero_windows, talk.flow.backward.resets) == (0, 1)
    assert talk.flow.forward.flags == 0b10111
    assert talk.flow.backward.flags == 0b10100


def test_signed() -> None:
    assert [signed(value) for value in (0, 1, -1, 1 << 31, (1 << 31) - 1, FULL)] == [
        0,
        1,
        -1,
        -(1 << 31),
        (1 << 31) - 1,
        -1,
    ]
