"""The ring on a veth pair and on loopback: what passes is what is seen, once, whole, and nothing is lost unsaid."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from netloom.errors import NetworkError, UsageError
from netloom.packet.filters.bpf import compiled
from netloom.packet.filters.language import parse
from netloom.packet.frame import INBOUND, OUTBOUND, Frame
from netloom.packet.live.blocks import BLOCK
from netloom.packet.live.interfaces import COOKED, ETHERNET, RAW
from netloom.packet.live.ring import Asked, Ring
from tests.packet.live.lab import HERE_MAC, THERE_MAC, Lab, lab, unprivileged

if TYPE_CHECKING:
    from collections.abc import Iterator

TEST_TYPE = 0x88B5
"""An EtherType for experiments (IEEE 802 §9.2.4): only frames of ours have it."""
_LD_TYPE, _JEQ, _RET = 0x28, 0x15, 0x06
OURS = [(_LD_TYPE, 0, 0, 12), (_JEQ, 0, 1, TEST_TYPE), (_RET, 0, 0, 0xFFFF), (_RET, 0, 0, 0)]
TO_ALL = b"\xff" * 6


def octets(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


def made(number: int, size: int = 60, tags: bytes = b"", dst: bytes = b"") -> bytes:
    """A frame of a size, with a number in it."""
    head = (dst or octets(THERE_MAC)) + octets(HERE_MAC) + tags + TEST_TYPE.to_bytes(2, "big")
    return (head + number.to_bytes(4, "big")).ljust(size, bytes([number % 251]))


@contextlib.contextmanager
def ring(wire: Lab, place: str, name: str, **asked: object) -> Iterator[Ring]:
    with wire.inside(place):
        opened = Ring(name, Asked(**asked))  # type: ignore[arg-type]
    with opened:
        yield opened


def seen(opened: Ring, count: int) -> list[Frame]:
    """So many frames; fewer if no more come for a while."""
    found: list[Frame] = []
    until = time.monotonic() + 20
    while len(found) < count and time.monotonic() < until:
        opened.wait(0.2)
        for block, packets in opened.blocks():
            found += opened.frames(block, packets)
    return found


def test_what_is_sent_is_seen_on_both_sides(wire: Lab) -> None:
    sent = [made(number, size) for number, size in enumerate([60, 61, 64, 1000, 1514])]
    with (
        ring(wire, "here", "va", program=OURS) as near,
        ring(wire, "there", "vb", program=OURS) as far,
        wire.wires() as out,
    ):
        before = time.time_ns()
        for data in sent:
            out.send(data)
        went, came = seen(near, 5), seen(far, 5)
    assert [frame.data for frame in went] == [frame.data for frame in came] == sent
    assert {frame.direction for frame in went} == {OUTBOUND}
    assert {frame.direction for frame in came} == {INBOUND}
    for frame in (*went, *came):
        assert frame.length == len(frame.data)
        assert frame.link_type == ETHERNET
        assert frame.timestamp_ns is not None
        assert before <= frame.timestamp_ns <= time.time_ns()
    assert [frame.timestamp_ns for frame in came] == sorted(frame.timestamp_ns or 0 for frame in came)


@pytest.mark.parametrize(
    "tags",
    ["81000005", "8100e7ff", "88a80005", "8100000581000006", "88a8000181000fff", "81000000"],
)
def test_tags_are_where_they_were(wire: Lab, tags: str) -> None:
    sent = made(1, 80, bytes.fromhex(tags))
    with ring(wire, "there", "vb") as far, wire.wires() as out:
        out.send(sent)
        (came,) = (frame for frame in seen(far, 1) if frame.data[:2] == sent[:2])
    assert came.data == sent
    assert came.length == 80


@pytest.mark.parametrize("tags", ["", "81000005"])
def test_the_snap_length_bounds_what_is_kept(wire: Lab, tags: str) -> None:
    sent = made(1, 900, bytes.fromhex(tags))
    with ring(wire, "there", "vb", snap=100) as far, wire.wires() as out:
        out.send(sent)
        (came,) = seen(far, 1)
    assert came.data == sent[:100]
    assert came.length == 900


def test_loopback_is_seen_once(wire: Lab) -> None:
    with ring(wire, "here", "lo") as near, wire.opened("here", socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.sendto(b"once", ("127.0.0.1", 4000))
        found = [frame for frame in seen(near, 2) if frame.data.endswith(b"once") and frame.length == 14 + 28 + 4]
        assert len(found) == 1
        assert found[0].direction == INBOUND
        assert near.link_type == ETHERNET
        assert near.counts().passed == 2  # and the port that nobody listens at


def test_any_sees_all_interfaces_and_loopback_once(wire: Lab) -> None:
    with (
        ring(wire, "here", "any") as near,
        wire.opened("here", socket.AF_INET, socket.SOCK_DGRAM) as out,
        wire.wires() as raw,
    ):
        out.sendto(b"once", ("127.0.0.1", 4000))
        raw.send(made(7, 64))
        found = seen(near, 3)
    assert {frame.link_type for frame in found} == {COOKED}
    looped = [frame for frame in found if frame.data.endswith(b"once") and frame.length == 20 + 28 + 4]
    assert len(looped) == 1
    (ours,) = (frame for frame in found if frame.data[:2] == TEST_TYPE.to_bytes(2, "big"))
    assert ours.direction == OUTBOUND
    assert ours.data[20:] == made(7, 64)[14:]
    assert ours.data[2:20].hex() == f"0000{wire_index(wire):08x}00010406{octets(HERE_MAC).hex()}0000"
    assert ours.length == 64 - 14 + 20


def wire_index(wire: Lab) -> int:
    with wire.inside("here"):
        return socket.if_nametoindex("va")


def test_any_has_tags_too(wire: Lab) -> None:
    with ring(wire, "there", "any") as far, wire.wires() as out:
        out.send(made(3, 80, bytes.fromhex("88a80abc")))
        (came,) = (frame for frame in seen(far, 1) if frame.data[:2] == b"\x88\xa8")
    assert came.data[20:24].hex() == "0abc" + f"{TEST_TYPE:04x}"
    assert came.data[24:] == made(3, 80, bytes.fromhex("88a80abc"))[18:]
    assert came.length == 80 - 14 + 20


def test_a_filter_keeps_the_rest_away_from_the_first_packet_on(wire: Lab) -> None:
    with wire.wires() as out:
        for number in range(50):  # what was on the wire before isn't seen either
            out.send(made(number, dst=TO_ALL))
        with ring(wire, "there", "vb", program=OURS) as far:
            out.send(b"\xff" * 12 + b"\x88\xb6" + bytes(50))
            out.send(made(99))
            (came,) = seen(far, 1)
            assert came.data == made(99)
            assert far.counts().passed == 1


@pytest.mark.parametrize("name", ["va", "any"])
@pytest.mark.parametrize(("words", "direction"), [("inbound", INBOUND), ("outbound", OUTBOUND)])
def test_one_way_only(wire: Lab, name: str, words: str, direction: int) -> None:
    link_type = COOKED if name == "any" else ETHERNET
    program = list(compiled(parse(words), link_type))
    with ring(wire, "here", name, program=program) as near, wire.wires() as out, wire.wires("there") as back:
        for number in range(5):
            out.send(made(number))
            back.send(made(number + 100))
        found = [frame for frame in seen(near, 5) if TEST_TYPE.to_bytes(2, "big") in frame.data[:14]]
    assert {frame.direction for frame in found} == {direction}


def test_blocks_are_handed_out_in_place_and_handed_back(wire: Lab) -> None:
    """Sixteen times what the ring holds passes through it, every frame once."""
    with ring(wire, "there", "vb", program=OURS, buffer=4 * BLOCK) as far, wire.wires() as out:
        found: list[bytes] = []
        for start in range(0, 4800, 60):
            for number in range(start, start + 60):
                out.send(made(number, 1500))
            until = time.monotonic() + 20
            while len(found) < start + 60 and time.monotonic() < until:
                far.wait(0.1)
                for block, packets in far.blocks():
                    assert len(block) == BLOCK
                    found += [frame.data for frame in far.frames(block, packets)]
        assert found == [made(number, 1500) for number in range(4800)]
        assert far.counts().dropped == 0


def test_what_has_no_room_is_counted(wire: Lab) -> None:
    sent = 3000
    with ring(wire, "there", "vb", program=OURS, buffer=2 * BLOCK) as far, wire.wires() as out:
        for number in range(sent):
            out.send(made(number, 1500))
        counts = far.counts()
        came = seen(far, counts.passed - counts.dropped)
        assert counts.passed == sent
        assert counts.dropped > 0
        assert [frame.data for frame in came] == [made(number, 1500) for number in range(len(came))]
        assert not far.wait(0.1)
        out.send(made(1, 60))
        assert [frame.data for frame in seen(far, 1)] == [made(1, 60)]
        assert far.counts().passed == sent + 1  # counts add up


def test_promiscuous_while_it_is_open(wire: Lab) -> None:
    def promiscuous() -> bool:
        return "promiscuity 1" in wire.run("there", "ip", "-d", "link", "show", "vb").stdout

    with ring(wire, "there", "vb", promiscuous=False):
        assert not promiscuous()
    with ring(wire, "there", "vb"):
        assert promiscuous()
    assert not promiscuous()


def test_a_tunnel_s_packets_begin_with_ip(wire: Lab) -> None:
    wire.script("here", "ip tuntap add name tun7 mode tun; ip addr add 10.78.0.1/24 dev tun7; ip link set tun7 up")
    try:
        with ring(wire, "here", "tun7") as near:
            assert near.link_type == RAW
    finally:
        wire.script("here", "ip link del tun7")


def test_an_interface_that_goes_is_told() -> None:
    with lab() as pair:
        with ring(pair, "here", "va") as near:
            pair.script("here", "ip link set va down")
            with pytest.raises(NetworkError, match="va went down"):
                until_it_fails(near)
            with pair.inside(), pytest.raises(UsageError, match="va is down") as caught:
                Ring("va")
            assert caught.value.hint == "ip link set va up"
        pair.script("here", "ip link set va up")
        with ring(pair, "here", "va") as near:
            pair.script("here", "ip link del va")
            with pair.inside(), pytest.raises(NetworkError, match="va is gone"):
                until_it_fails(near)


def until_it_fails(opened: Ring) -> None:
    for _ in range(100):
        opened.wait(0.1)
        for _ in opened.blocks():
            pass


def test_an_interface_that_isn_t_there(wire: Lab) -> None:
    with wire.inside(), pytest.raises(UsageError, match="there is no interface 'vaa'") as caught:
        Ring("vaa")
    assert "va" in caught.value.hint


def test_a_socket_that_somebody_else_opened(wire: Lab) -> None:
    with wire.inside("there"):
        given = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        with Ring("vb", Asked(descriptor=os.dup(given.fileno()))) as far, wire.wires() as out:
            out.send(made(5))
            assert made(5) in [frame.data for frame in seen(far, 1)]
        given.close()
        with socket.socket() as other, pytest.raises(UsageError, match="isn't a packet socket"):
            Ring("vb", Asked(descriptor=other.fileno()))
        nothing = os.open(os.devnull, os.O_RDONLY)
        try:
            with pytest.raises(UsageError, match="is no socket"):
                Ring("vb", Asked(descriptor=nothing))
        finally:
            os.close(nothing)


_WITHOUT = """
from netloom.errors import CapabilityError
from netloom.packet.live.ring import Ring
try:
    Ring("lo")
except CapabilityError as exc:
    print(exc.message, "|", exc.hint)
"""


def test_without_the_privilege_it_tells_how_to_come_by_it() -> None:
    command = [*unprivileged(), sys.executable, "-c", _WITHOUT]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "capturing takes CAP_NET_RAW" in done.stdout, done.stderr
    for way in ("sudo", "setcap", "--descriptor"):
        assert way in done.stdout


def test_a_ring_that_is_too_large_is_refused(wire: Lab) -> None:
    with wire.inside(), pytest.raises(UsageError, match="at most 1024 MiB"):
        Ring("va", Asked(buffer=1 << 45))


def test_closing_twice(wire: Lab) -> None:
    with ring(wire, "here", "va") as near:
        near.close()


@pytest.mark.usefixtures("leaves_nothing")
def test_nothing_is_left(wire: Lab) -> None:
    with ring(wire, "here", "va") as near:
        near.wait(0)
        list(near.blocks())


def test_what_all_interfaces_said_before_the_filter_was_there_isn_t_counted(wire: Lab) -> None:
    over = threading.Event()

    def flood() -> None:
        with wire.wires() as out:
            while not over.is_set():
                out.send(made(1))

    thread = threading.Thread(target=flood)
    thread.start()
    try:
        for _ in range(10):
            with ring(wire, "there", "any", program=[(_RET, 0, 0, 0)], buffer=2 * BLOCK) as far:
                assert far.counts().passed == 0
                assert list(far.blocks()) == []
    finally:
        over.set()
        thread.join(30)


def test_the_iterator_gives_each_frame_once_however_often_one_leaves(wire: Lab) -> None:
    with ring(wire, "there", "vb", program=OURS) as far, wire.wires() as out:
        for number in range(30):
            out.send(made(number))
        found = [next(iter(far)).data for _ in range(30)]
    assert found == [made(number) for number in range(30)]
