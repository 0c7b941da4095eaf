"""Composed packets: checksums, sequence numbers, segments, families."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.packet import conversation
from netloom.packet.conversation import ACK, FIN, PSH, RST, SYN, TCP, UDP, Composed, Conversation, Place

from netloom.packet.conversation import MSS, ip_packet  # isort: skip
from netloom.wire import icmp
from netloom.wire.checksum import checksum, pseudo_header

A: Place = ("192.0.2.1", 40_000)
B: Place = ("192.0.2.2", 80)
A6: Place = ("2001:db8::1", 40_000)
B6: Place = ("2001:db8::2", 80)


def slow_checksum(data: bytes) -> int:
    """RFC 1071 §4.1, word by word."""
    total = 0
    for (word,) in struct.iter_unpack(">H", data + b"\0" * (len(data) % 2)):
        total += word
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Seen:
    """A composed packet, taken apart; its checksums must be right."""

    def __init__(self, frame: Composed) -> None:
        data = frame.data
        if data[0] >> 4 == 4:
            assert slow_checksum(data[:20]) == 0
            assert struct.unpack_from(">H", data, 2)[0] == len(data)
            self.source, self.destination = ip_address(data[12:16]), ip_address(data[16:20])
            self.protocol, segment = data[9], data[20:]
        else:
            assert struct.unpack_from(">H", data, 4)[0] == len(data) - 40
            self.source, self.destination = ip_address(data[8:24]), ip_address(data[24:40])
            self.protocol, segment = data[6], data[40:]
        pseudo = self.source.packed + self.destination.packed + struct.pack(">II", len(segment), self.protocol)
        assert slow_checksum(pseudo + segment) == 0
        self.ports = struct.unpack_from(">HH", segment)
        if self.protocol == TCP:
            self.seq, self.ack, offset, self.flags = struct.unpack_from(">IIBB", segment, 4)
            self.data = segment[(offset >> 4) * 4 :]
        else:
            assert struct.unpack_from(">H", segment, 4)[0] == len(segment)
            self.data = segment[8:]


def seen(found: list[Composed]) -> list[Seen]:
    return [Seen(frame) for frame in found]


@given(st.binary(max_size=200), st.integers(0, 1 << 40))
def test_the_checksum_is_that_of_the_rfc(data: bytes, start: int) -> None:
    extra = start.to_bytes(6, "big")
    assert checksum(data, int.from_bytes(extra, "big")) == slow_checksum(data + b"\0" * (len(data) % 2) + extra)


def test_the_checksum_of_zeros_and_of_ones() -> None:
    assert checksum(bytes(8)) == 0xFFFF
    assert checksum(b"\xff\xff") == 0


def test_the_example_of_rfc_1071() -> None:
    assert checksum(bytes.fromhex("0001f203f4f5f6f7")) == ~0xDDF2 & 0xFFFF


@pytest.mark.parametrize(("local", "peer"), [(A, B), (A6, B6)])
def test_a_conversation(local: Place, peer: Place) -> None:
    talk = Conversation("tcp", local, peer, number=3)
    opened = talk.open()
    assert [frame.outbound for frame in opened] == [True, False, True]
    syn, syn_ack, ack = seen(opened)
    assert [packet.flags for packet in (syn, syn_ack, ack)] == [SYN, SYN | ACK, ACK]
    assert (str(syn.source), syn.ports) == (local[0], (local[1], peer[1]))
    assert (str(syn_ack.source), syn_ack.ports) == (peer[0], (peer[1], local[1]))
    assert syn_ack.ack == ack.seq == syn.seq + 1
    assert ack.ack == syn_ack.seq + 1

    (question,) = seen(talk.sent(b"question"))
    assert (question.data, question.flags, question.seq) == (b"question", PSH | ACK, ack.seq)
    (answer,) = seen(talk.received(b"answer"))
    assert (answer.data, answer.flags) == (b"answer", PSH | ACK)
    assert (answer.seq, answer.ack) == (ack.ack, question.seq + 8)

    goodbye = seen(talk.close())
    assert [packet.flags for packet in goodbye] == [FIN | ACK, ACK, FIN | ACK, ACK]
    assert goodbye[0].ack == ack.ack + 6
    assert talk.close() == []
    assert talk.sent(b"late") == talk.received(b"late") == talk.reset(outbound=True) == []


@given(st.binary(min_size=1, max_size=3), st.integers(1, 3 * MSS))
def test_segments_put_together_are_the_data(data: bytes, size: int) -> None:
    data = (data * size)[:size]
    talk = Conversation("tcp", A6, B6)
    talk.open()
    pieces = seen(talk.sent(data))
    assert b"".join(piece.data for piece in pieces) == data
    assert max(len(piece.data) for piece in pieces) <= MSS
    assert [piece.seq for piece in pieces] == [pieces[0].seq + number * MSS for number in range(len(pieces))]
    assert [piece.flags for piece in pieces] == [ACK] * (len(pieces) - 1) + [PSH | ACK]
    assert Seen(talk.received(b"heard")[0]).ack == pieces[0].seq + len(data)


def test_who_only_hears_acknowledges_sometimes() -> None:
    talk = Conversation("tcp", A, B)
    opened = Seen(talk.open()[-1])
    half = bytes(conversation.UNHEARD // 2)
    found = [seen(talk.sent(half)) for _ in range(4)]
    assert [len(pieces[-1].data) == 0 for pieces in found] == [False, False, True, False]
    assert found[2][-1].ack == opened.seq + 3 * len(half)


def test_sequence_numbers_wrap() -> None:
    talk = Conversation("tcp", A, B, number=65_535)  # starts at 2^32 - 1
    syn = Seen(talk.open()[0])
    assert syn.seq == 0xFFFFFFFF
    first = Seen(talk.sent(b"ab")[0])
    assert first.seq == 0
    assert Seen(talk.received(b"c")[0]).ack == 2


def test_the_peer_may_open_it() -> None:
    opened = Conversation("tcp", B, A, accepted=True).open()
    assert [frame.outbound for frame in opened] == [False, True, False]
    assert Seen(opened[0]).ports == (40_000, 80)


def test_one_side_may_finish_before_the_other() -> None:
    talk = Conversation("tcp", A, B)
    talk.open()
    assert [packet.flags for packet in seen(talk.finish(outbound=True))] == [FIN | ACK, ACK]
    assert talk.finish(outbound=True) == []
    (answer,) = seen(talk.received(b"still"))
    assert answer.data == b"still"
    assert [packet.flags for packet in seen(talk.close())] == [FIN | ACK, ACK]


@pytest.mark.parametrize("outbound", [True, False])
def test_a_reset_ends_it(outbound: bool) -> None:
    talk = Conversation("tcp", A, B)
    talk.open()
    (frame,) = talk.reset(outbound=outbound)
    assert frame.outbound is outbound
    assert Seen(frame).flags == RST | ACK
    assert talk.close() == []
    assert talk.sent(b"late") == []


@pytest.mark.parametrize(("local", "peer"), [(A, B), (A6, B6)])
def test_datagrams(local: Place, peer: Place) -> None:
    talk = Conversation("udp", local, peer)
    assert talk.open() == talk.close() == talk.reset(outbound=True) == []
    for data in (b"", b"odd", b"even"):
        (frame,) = talk.received(data)
        packet = Seen(frame)
        assert (packet.protocol, packet.data, packet.ports) == (UDP, data, (peer[1], local[1]))
        assert not frame.outbound


def test_datagrams_that_udp_cannot_carry_are_cut_and_say_so() -> None:
    (frame,) = Conversation("udp", ("", 0), ("", 0)).sent(bytes(conversation.DATAGRAM_LIMIT + 5))
    assert len(Seen(frame).data) == conversation.DATAGRAM_LIMIT
    assert frame.comment.startswith("5 octets")


def test_a_checksum_of_zero_is_sent_as_ones() -> None:
    # The one datagram of two octets whose sum comes out as all ones
    talk = Conversation("udp", A, B)
    for value in range(0x10000):
        packet = talk.sent(value.to_bytes(2, "big"))[0].data
        assert packet[26:28] != b"\0\0"


def test_unix_sockets_get_addresses() -> None:
    talk = Conversation("tcp", ("", 0), ("/run/x.sock", 0), number=5)
    syn = Seen(talk.open()[0])
    assert syn.source.is_loopback
    assert syn.destination.is_loopback
    assert syn.ports == (49_157, 49_151)
    assert talk.names == {str(syn.destination): "/run/x.sock"}
    again = Seen(Conversation("tcp", ("", 0), ("/run/x.sock", 0), number=6).open()[0])
    assert again.destination == syn.destination
    assert again.ports != syn.ports
    served = Seen(Conversation("tcp", ("/run/x.sock", 0), ("", 0), accepted=True, number=5).open()[0])
    assert (served.ports, served.destination) == (syn.ports, syn.destination)


def test_names_zones_and_mixed_families() -> None:
    talk = Conversation("tcp", ("fe80::1%eth0", 1), ("example.com", 443))
    syn = Seen(talk.open()[0])
    assert str(syn.source) == "fe80::1"
    assert syn.destination.version == 6
    assert talk.names == {str(syn.destination): "example.com"}


def test_headers_by_octet() -> None:
    source, destination = ip_address("192.0.2.1"), ip_address("192.0.2.2")
    packet = ip_packet(source, destination, UDP, b"data", 7)
    assert packet.hex() == "45000018000740004011b6ca" + "c0000201" + "c0000202" + b"data".hex()
    assert pseudo_header(source, destination, UDP, 4) == 0xC0000201 + 0xC0000202 + 17 + 4


@pytest.mark.parametrize(("here", "there", "protocol"), [(A, B, 1), (A6, B6, 58)])
def test_icmp_is_carried_as_it_is(here: Place, there: Place, protocol: int) -> None:
    """Without ports; over IPv6 the checksum, which the kernel fills in, is made here."""
    conversation = Conversation("icmp", (here[0], 77), (there[0], 0))
    version = 4 if protocol == 1 else 6
    said = icmp.emit(icmp.Echo(version, False, 77, 1, b"x"))
    assert conversation.open() == conversation.close() == conversation.reset(outbound=True) == []
    ((sent,), (came,)) = conversation.sent(said), conversation.received(said)
    assert (sent.outbound, came.outbound) == (True, False)
    for frame, ends in ((sent, (here, there)), (came, (there, here))):
        packet = icmp.parse_packet(frame.data)
        assert packet.protocol == protocol
        source, destination = (ip_address(end[0]) for end in ends)
        assert (packet.source, packet.destination) == (source, destination)
        assert icmp.parse(packet.payload, version, (source, destination)) == icmp.Echo(version, False, 77, 1, b"x")


def test_icmp_that_is_none_is_carried_too() -> None:
    (frame,) = Conversation("icmp", A6, B6).sent(b"x")
    assert frame.data.endswith(b"x")
