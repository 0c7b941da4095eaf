"""Sending and hearing the answers on a veth pair: who answers, when, and what the network says."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from netloom.packet.formats.arp import ARP
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.icmp import ICMP, echo
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.udp import UDP
from netloom.packet.live.exchange import Exchange
from netloom.packet.live.ring import Ring
from netloom.packet.live.sender import FrameSender, PacketSender
from tests.interop.peers import need
from tests.packet.live.lab import HERE, HERE_MAC, NOBODY, THERE, THERE_MAC, Lab

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.live.exchange import Answer
    from netloom.packet.live.sender import Sends


@contextlib.contextmanager
def exchange(wire: Lab, name: str, *, frames: bool, bypass: bool = False) -> Iterator[Exchange]:
    with wire.inside():
        ring = Ring(name)
        sender: Sends = FrameSender(name, bypass=bypass) if frames else PacketSender()
    with ring, contextlib.closing(sender):
        yield Exchange(sender, ring)


def answers(talk: Exchange, count: int, seconds: float = 10) -> list[Answer]:
    return list(talk.wait(seconds, lambda: len(talk.answered) >= count))


ETHER = Ethernet(dst=THERE_MAC, src=HERE_MAC)
UP = IPv4(src=HERE, dst=THERE)


def test_pings_in_frames(wire: Lab) -> None:
    # what is there knows our hardware address by then: answers that wait for it may be thrown away
    wire.run("there", need("ping", "iputils-ping"), "-c", "1", HERE)
    with exchange(wire, "va", frames=True) as talk:
        numbers = [talk.send(bytes(ETHER / UP / ICMP(rest=echo(7, number)) / bytes(20))) for number in range(20)]
        found = answers(talk, 20)
        assert [answer.match.number for answer in found] == numbers == list(range(20))
        assert talk.answered == set(numbers)
    for answer in found:
        assert not answer.match.is_error
        assert 0 < answer.seconds < 10
        assert answer.frame.data[6:12].hex(":") == THERE_MAC


def test_arp(wire: Lab) -> None:
    with exchange(wire, "va", frames=True) as talk:
        talk.send(bytes(Ethernet(src=HERE_MAC) / ARP(sha=HERE_MAC, spa=HERE, tpa=THERE)))
        talk.send(bytes(Ethernet(src=HERE_MAC) / ARP(sha=HERE_MAC, spa=HERE, tpa=NOBODY)))
        (found,) = answers(talk, 1)
        assert found.match.number == 0
        assert found.frame.data[22:28].hex(":") == THERE_MAC


def test_a_closed_port_is_told_by_the_network(wire: Lab) -> None:
    with exchange(wire, "any", frames=False) as talk:
        talk.send(bytes(UP / UDP(sport=5000, dport=9) / b"?"))
        (found,) = answers(talk, 1)
    assert found.match.is_error
    assert found.match.number == 0
    assert 0 < found.seconds < 10


def test_on_loopback_what_is_sent_is_no_answer(wire: Lab) -> None:
    with exchange(wire, "lo", frames=False) as talk:
        talk.send(bytes(IPv4() / ICMP(rest=echo(9, 1)) / b"?"))
        (found,) = answers(talk, 1)
        assert found.frame.data[34] == 0
        assert found.seconds < 10


def test_past_the_queue_it_counts_from_before_it_was_sent(wire: Lab) -> None:
    with exchange(wire, "va", frames=True, bypass=True) as talk:
        talk.send(bytes(ETHER / UP / ICMP(rest=echo(8, 1)) / bytes(20)))
        (found,) = answers(talk, 1)
        assert 0 < found.seconds < 10


def test_silence_ends(wire: Lab) -> None:
    with exchange(wire, "va", frames=True) as talk:
        talk.send(bytes(ETHER / IPv4(src=HERE, dst=NOBODY) / ICMP(rest=echo(7, 1))))
        assert answers(talk, 1, 0.2) == []
        assert talk.answered == set()


@pytest.mark.parametrize("name", ["va", "any"])
def test_the_time_is_the_kernel_s_on_both_ends(wire: Lab, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netloom.packet.live.exchange.time.time_ns", lambda: 0)
    with exchange(wire, name, frames=False) as talk:
        numbers = [talk.send(bytes(UP / ICMP(rest=echo(11, number)) / bytes(20))) for number in range(5)]
        found = answers(talk, 5)
    assert [answer.match.number for answer in found] == numbers
    assert all(0 < answer.seconds < 10 for answer in found)
