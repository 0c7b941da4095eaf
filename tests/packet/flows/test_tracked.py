"""Keys: who belongs together."""

from __future__ import annotations

import pytest

from netloom.packet.flows.tracked import ICMP, ICMPV6, Key, Side, Tracked, key_of
from netloom.packet.row import MAPPED
from tests.packet.flows.rows import A, B, row

LOW_A, LOW_B = MAPPED | 0xC0000201, MAPPED | 0xC0000202


def test_ports_of_those_that_have_some() -> None:
    for protocol in (6, 17, 132):
        made = key_of(row(protocol=protocol, src_port=1, dst_port=2))
        assert made == Key(4, protocol, 0, LOW_A, 1, 0, LOW_B, 2)
        assert made.turned() == Key(4, protocol, 0, LOW_B, 2, 0, LOW_A, 1)
        assert made.turned().turned() == made
    assert key_of(row(protocol=47, src_port=1, dst_port=2))[4::3] == (0, 0)


@pytest.mark.parametrize(("fragment", "ports"), [(-1, (1, 2)), (0, (1, 2)), (8, (0, 0))])
def test_a_later_fragment_has_none(fragment: int, ports: tuple[int, int]) -> None:
    made = key_of(row(protocol=17, src_port=1, dst_port=2, fragment=fragment))
    assert (made.src_port, made.dst_port) == ports
    assert not made.one_way


@pytest.mark.parametrize(
    ("protocol", "question", "answer"),
    [
        *((ICMP, *pair) for pair in ((8, 0), (13, 14), (15, 16), (17, 18), (10, 9))),
        *((ICMPV6, *pair) for pair in ((128, 129), (133, 134), (135, 136), (130, 131), (139, 140), (144, 145))),
    ],
)
def test_what_answers_each_other(protocol: int, question: int, answer: int) -> None:
    there = key_of(row(protocol=protocol, icmp_type=question, icmp_code=3))
    back = key_of(row(B, A, protocol, icmp_type=answer))
    assert (there.src_port, there.dst_port, there.one_way) == (question, answer, False)
    assert back.turned() == there


def test_what_nobody_answers() -> None:
    made = key_of(row(protocol=ICMP, icmp_type=3, icmp_code=1))
    assert (made.src_port, made.dst_port, made.one_way) == (3, 1, True)
    assert key_of(row(protocol=ICMPV6, icmp_type=8)).one_way
    assert not key_of(row(protocol=ICMP, icmp_type=3, icmp_code=1, fragment=8)).one_way


@pytest.mark.parametrize(
    ("protocol", "forward", "backward", "closed"),
    [(6, 1, 0, False), (6, 1, 1, True), (6, 4, 0, True), (6, 0, 4, True), (6, 2, 18, False), (17, 4, 4, False)],
)
def test_when_a_connection_is_closed(protocol: int, forward: int, backward: int, closed: bool) -> None:
    key = key_of(row(protocol=protocol))
    flow = Tracked(key=key, number=0, first=0, last=0, forward=Side(flags=forward), backward=Side(flags=backward))
    assert flow.closed is closed
