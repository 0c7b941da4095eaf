"""Senders on a veth pair: what is given arrives as it is, and what isn't taken is told."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from netloom.errors import NetworkError, UsageError
from netloom.packet.formats.icmp import ICMP, echo
from netloom.packet.formats.icmpv6 import ICMPv6
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.udp import UDP
from netloom.packet.live.sender import BATCH, FrameSender, PacketSender
from tests.packet.live.lab import HERE, HERE_6, THERE, THERE_6, Lab, lab, unprivileged
from tests.packet.live.test_ring import OURS, made, ring, seen

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("leaves_nothing")


@contextlib.contextmanager
def sender(wire: Lab, **given: bool) -> Iterator[FrameSender]:
    with wire.inside():
        opened = FrameSender("va", **given)
    with opened:
        yield opened


@pytest.mark.parametrize("bypass", [False, True])
def test_frames_arrive_as_they_were_given(wire: Lab, bypass: bool) -> None:
    sent = [made(number, 60 + number) for number in range(3 * BATCH + 5)]
    with ring(wire, "there", "vb", program=OURS) as far, sender(wire, bypass=bypass) as out:
        assert out.send_all(sent) == []
        out.send(made(999))
        assert [frame.data for frame in seen(far, len(sent) + 1)] == [*sent, made(999)]


def test_the_same_batch_again_and_another_one_between(wire: Lab) -> None:
    same = tuple(made(number) for number in range(10))
    with ring(wire, "there", "vb", program=OURS) as far, sender(wire) as out:
        out.send_all(same)
        out.send_all(same)
        out.send_all([made(99)])
        out.send_all(same)
        assert [frame.data for frame in seen(far, 31)] == [*same, *same, made(99), *same]


def test_what_isn_t_taken_is_told_and_the_others_go(wire: Lab) -> None:
    sent = [made(0), made(1, 1600), made(2), b"short", made(4)]
    with ring(wire, "there", "vb", program=OURS) as far, sender(wire) as out:
        refused = out.send_all(sent)
        assert [place for place, _ in refused] == [1, 3]
        assert "1600 octets are too long for va" in refused[0].problem.message
        assert "5 octets" in refused[1].problem.message
        assert [frame.data for frame in seen(far, 3)] == [made(0), made(2), made(4)]
        with pytest.raises(UsageError, match="too long"):
            out.send(made(1, 1600))


def test_an_interface_that_went_down_takes_nothing() -> None:
    with lab() as pair, sender(pair) as out:
        pair.script("here", "ip link set va down")
        with pytest.raises(NetworkError, match="va is down"):
            out.send(made(1))
        with pytest.raises(NetworkError, match="va is down"):
            out.send_all([made(1)])


@pytest.mark.parametrize("name", ["any", "nosuch"])
def test_frames_leave_by_one_that_is_there(wire: Lab, name: str) -> None:
    with wire.inside(), pytest.raises(UsageError):
        FrameSender(name)


@pytest.mark.parametrize("name", ["", "va"])
def test_packets_find_their_way(wire: Lab, name: str) -> None:
    """A ping of either version is answered, so it arrived whole."""
    ping = IPv4(src=HERE, dst=THERE) / ICMP(rest=echo(7, 1)) / b"payload"
    six = IPv6(src=HERE_6, dst=THERE_6) / ICMPv6(rest=echo(7, 1)) / b"payload"
    with ring(wire, "here", "va") as near, wire.inside():
        with PacketSender(name) as out:
            assert out.send_all([bytes(ping), bytes(six)]) == []
        found: set[str] = set()
        while len(found) < 2 and near.wait(5):
            for block, packets in near.blocks():
                for frame in near.frames(block, packets):
                    found |= {"4"} if frame.data[23:24] == b"\1" and frame.data[34:35] == b"\0" else set()
                    found |= {"6"} if frame.data[20:21] == b"\x3a" and frame.data[54:55] == b"\x81" else set()
        assert found == {"4", "6"}


def test_what_is_no_packet(wire: Lab) -> None:
    with wire.inside(), PacketSender() as out:
        for data in (b"", b"\x45", made(1)):
            with pytest.raises(UsageError, match="no IP header"):
                out.send(data)
        large = bytes(IPv4(src=HERE, dst=THERE) / UDP() / bytes(2000))
        assert "too long" in out.send_all([large])[0].problem.message
        with pytest.raises(NetworkError, match=r"192\.0\.2\.9"):
            out.send(bytes(IPv4(src=HERE, dst="192.0.2.9") / UDP()))


_WITHOUT = """
from netloom.errors import CapabilityError
from netloom.packet.live.sender import FrameSender, PacketSender
for make in (lambda: FrameSender("lo"), PacketSender):
    try:
        make()
    except CapabilityError as exc:
        print(exc.message, "|", exc.hint)
"""


def test_without_the_privilege() -> None:
    command = [*unprivileged(), sys.executable, "-c", _WITHOUT]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    frames, packets = done.stdout.splitlines()
    assert frames.startswith("sending frames takes CAP_NET_RAW"), done.stderr
    assert packets.startswith("sending IP packets takes CAP_NET_RAW")
    for line in (frames, packets):
        assert "setcap" in line
        assert "--descriptor" not in line


def test_which_of_many_isn_t_taken(wire: Lab) -> None:
    sent = [made(number, 1600 if number in (3, BATCH, 3 * BATCH + 1) else 60) for number in range(3 * BATCH + 2)]
    with sender(wire) as out:
        assert [place for place, _ in out.send_all(sent)] == [3, BATCH, 3 * BATCH + 1]
