"""Summing's parts on their own: what is taken note of, and what isn't."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.packet.dissect import dissect
from netloom.packet.frame import Frame
from netloom.packet.row import UNTOLD, Row
from netloom.packet.summing.arp import Neighbours
from netloom.packet.summing.closer import Closer, interesting
from netloom.packet.summing.dns import ROOM, WAITING, Resolving
from netloom.packet.summing.duplicates import APART, SOON, Duplicates
from netloom.packet.summing.evidence import Evidence
from netloom.packet.summing.secrets import kind_of
from netloom.packet.summing.span import Span
from netloom.packet.summing.words import many, percent, port, seconds
from tests.packet.summing.traffic import Traffic

MS = 1_000_000
SECOND = 1000 * MS


class TestSpan:
    def test_from_the_first_to_the_last(self) -> None:
        span = Span()
        span.add(5)
        span.add(3, 2)
        span.add(UNTOLD)
        assert (span.count, span.first, span.last) == (4, 3, 5)
        other = Span()
        other.joined(span)
        other.joined(Span())
        assert (other.count, other.first, other.last) == (4, 3, 5)


class TestDuplicates:
    def row(self, time: int, **fields: int) -> Row:
        return Row(time=time, version=4, payload_at=8, **fields)

    @pytest.mark.parametrize(("apart", "count"), [(0, 1), (SOON, 1), (SOON + 1, 0), (-1, 0)])
    def test_only_soon(self, apart: int, count: int) -> None:
        twice = Duplicates()
        twice.add(self.row(MS), b"x" * 20)
        twice.add(self.row(MS + apart), b"x" * 20)
        assert twice.span.count == count

    @pytest.mark.parametrize("between", [APART - 1, APART])
    def test_only_near(self, between: int) -> None:
        twice = Duplicates()
        twice.add(self.row(0), b"x" * 20)
        for number in range(between):
            twice.add(self.row(0, seq=number + 1), b"x" * 20)
        twice.add(self.row(0), b"x" * 20)
        assert twice.span.count == (between < APART)

    @pytest.mark.parametrize("place", [0, 7, 8, 15, 19])
    def test_octets_around_the_payload_and_at_the_end_count(self, place: int) -> None:
        twice = Duplicates()
        other = bytearray(b"x" * 20)
        other[place] = 0
        twice.add(self.row(0), b"x" * 20)
        twice.add(self.row(0), bytes(other))
        assert twice.span.count == 0


class TestResolving:
    def test_waiting_is_bounded(self) -> None:
        resolving = Resolving()
        for number in range(WAITING + 5):
            row = Row(time=1, src_low=number, dst_low=1, src_port=9, dst_port=53, version=4)
            resolving.hear(row, bytes(12))
        assert resolving.lost == 5

    def test_a_server_that_was_left_out_stays_out(self) -> None:
        resolving = Resolving()
        for number in (*range(ROOM), *range(ROOM), ROOM):
            row = Row(time=1, src_low=number, dst_low=number, src_port=9, dst_port=53, version=4)
            resolving.hear(row, number.to_bytes(2, "big") + bytes(10))
        assert resolving.servers.lost == ROOM // 2
        resolving.finish(10 * SECOND)
        assert len(resolving.servers) == ROOM // 2 + 1
        assert resolving.all.unanswered == ROOM + 1
        assert all(server.asked >= server.unanswered > 0 for _, server in resolving.servers.items())

    def test_an_answer_that_cant_be_read_counts(self) -> None:
        resolving = Resolving()
        row = Row(time=1, src_low=1, dst_low=2, src_port=53, dst_port=9, version=4)
        resolving.hear(row, b"\0\0\x80\x02" + b"\xff" * 8)
        (_, server), *_ = resolving.servers.items()
        assert (server.answers, server.failures(2)) == (1, 1)


def test_an_arp_probe_claims_nothing() -> None:
    made = Traffic()
    made.arp("02:00:00:00:00:01", "0.0.0.0", "192.0.2.1")
    neighbours = Neighbours()
    frame = made.frames[0]
    neighbours.hear(dissect(frame).row, frame.data)
    assert not len(neighbours.owners)


@pytest.mark.parametrize(
    ("text", "number", "kind"),
    [
        (b"PASS x\r\n", 21, "FTP PASS"),
        (b"PASS x\r\n", 9999, "a PASS"),
        (b"PASS \r\n", 21, ""),
        (b"AUTH PLAIN\r\n", 587, "SMTP AUTH"),
        (b"AUTH CRAM-MD5\r\n", 587, ""),
        (b"a LOGIN b c\r\n", 143, "IMAP login"),
        (b"a LOGIN b\r\n", 143, ""),
        (b"GET / HTTP/1.1\r\nauthorization: basic YQ==\r\n\r\n", 80, "HTTP Basic"),
        (b"CONNECT a:1 HTTP/1.1\r\nProxy-Authorization: Basic YQ==\r\n\r\n", 80, "HTTP Basic"),
        (b"POST / HTTP/1.1\r\n\r\n\r\nAuthorization: Basic YQ==\r\n", 80, ""),
        (b"GET / HTTP/1.1\r\nAuthorization: Bearer YQ==\r\n\r\n", 80, ""),
    ],
)
def test_what_shows_a_password(text: bytes, number: int, kind: str) -> None:
    assert kind_of(text, number) == kind


@given(st.binary(max_size=200), st.sampled_from([0, 1, 101, 113, 276]))
def test_whatever_a_frame_holds_it_is_counted(data: bytes, link: int) -> None:
    evidence = Evidence()
    frame = Frame(data, 5, link, len(data))
    evidence.packet(dissect(frame).row, frame)
    evidence.finish()
    assert evidence.passed.packets == 1


@given(st.binary(max_size=80), st.sampled_from([1, 6, 17, 58]), st.booleans())
def test_whatever_is_looked_at_closer(payload: bytes, protocol: int, v6: bool) -> None:
    row = Row(
        time=1, version=6 if v6 else 4, protocol=protocol, src_port=53, dst_port=53, icmp_type=3, payload=len(payload)
    )
    if interesting(row, payload):
        Closer().look(row, payload)


def test_words() -> None:
    assert (percent(0.5), percent(0.012), percent(1e-9)) == ("50 %", "1.2 %", "below 0.1 %")
    assert (many(1, "packet"), many(2000, "packet"), many(2, "address", "addresses")) == (
        "1 packet",
        "2,000 packets",
        "2 addresses",
    )
    assert (seconds(1_500_000_000), seconds(20 * MS)) == ("1.5 s", "20 ms")
    assert port((0x20010DB8 << 96 >> 64, 1), 80) == "[2001:db8::1]:80"
