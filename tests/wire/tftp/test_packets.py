"""TFTP's packets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.tftp import packets
from netloom.wire.tftp.packets import Ack, Data, OptionAck, Packet, Refusal, Request
from tests.fuzzing import hammer

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12).map(str.lower)
options = st.dictionaries(words, words, max_size=5)
numbers = st.integers(0, 65535)
any_packet = st.one_of(
    st.builds(Request, texts.filter(bool), words, options, st.booleans()),
    st.builds(Data, numbers, st.binary(max_size=600)),
    st.builds(Ack, numbers),
    st.builds(Refusal, numbers, texts),
    st.builds(OptionAck, options),
)
SAMPLES = [
    packets.emit(packet)
    for packet in (
        Request("pxelinux.0", "octet", {"blksize": "1428", "tsize": "0"}), Request("a", "netascii", {}, True),
        Data(1, b"x" * 512), Ack(65535), Refusal(1, "no such file"), OptionAck({"windowsize": "16"}),
    )
]  # fmt: skip


@given(any_packet)
def test_what_is_emitted_is_parsed_again(packet: Packet) -> None:
    assert packets.parse(packets.emit(packet)) == packet


@pytest.mark.fuzz
def test_hostile_bytes() -> None:
    hammer(packets.parse, SAMPLES)


@pytest.mark.parametrize(
    ("data", "packet"),
    [
        (b"\0\1a\0OCTET\0BLKSIZE\x008\0", Request("a", "octet", {"blksize": "8"})),
        (b"\0\1\xe9\0octet\0", Request("\udce9")),
        (b"\0\3\0\1", Data(1)),
        (b"\0\4\0\1more", Ack(1)),
        (b"\0\5\0\2", Refusal(2)),
        (b"\0\5\0\2unended", Refusal(2, "unended")),
        (b"\0\5\0\2a\0b\0", Refusal(2, "a")),
        (b"\0\6", OptionAck({})),
    ],
)
def test_packets(data: bytes, packet: Packet) -> None:
    assert packets.parse(data) == packet


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\0", b"\0\0", b"\0\7", b"\1\1a\0octet\0", b"\0\1", b"\0\1a", b"\0\1a\0", b"\0\1a\0octet",
        b"\0\1\0octet\0",
        b"\0\1a\0octet\0blksize\0", b"\0\1a\0octet\0a\x001\0A\x002\0", b"\0\1a\0octet\0\0\0", b"\0\3\0", b"\0\4\0",
        b"\0\5\0", b"\0\3\0\1" + b"x" * 65465, b"\0\6a\0",
        b"\0\1a\0octet\0" + b"".join(b"%d\0x\0" % n for n in range(40)),
    ],
)  # fmt: skip
def test_what_is_none(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        packets.parse(data)
    assert caught.value.rule


@pytest.mark.parametrize(
    "packet",
    [
        Request(""), Request("a", ""), Request("a\0b"), Request("a", "octet", {"": "1"}),
        Request("a", "octet", {"a": "\0"}),
        Request("\ud800"), Data(65536), Data(-1), Data(1, b"x" * 65465), Ack(65536), Refusal(70000), Refusal(1, "\0"),
        OptionAck({str(n): "" for n in range(33)}),
    ],
)  # fmt: skip
def test_illegal_packets_are_never_emitted(packet: Packet) -> None:
    with pytest.raises(LocalProtocolError):
        packets.emit(packet)
