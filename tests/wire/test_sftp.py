"""SFTP's packets: each kind written and read, and nothing but typed errors for anything else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.wire.sftp import attributes, codes, packets
from netloom.wire.sftp.attributes import Attributes
from netloom.wire.sftp.packets import Limits, Name, Packet, Space, Version

number = st.integers(0, 2**32 - 1)
long = st.integers(0, 2**64 - 1)
text = st.binary(max_size=20)
told = st.builds(
    Attributes,
    size=st.none() | long,
    owner=st.none() | st.tuples(number, number),
    permissions=st.none() | number,
    times=st.none() | st.tuples(number, number),
    extended=st.lists(st.tuples(text, text), max_size=3).map(tuple),
)
name = st.builds(Name, text, text, told)
KINDS: dict[int, list[st.SearchStrategy[Any]]] = {
    codes.OPEN: [text, number, told],
    codes.CLOSE: [text],
    codes.READ: [text, long, number],
    codes.WRITE: [text, long, text],
    codes.SETSTAT: [text, told],
    codes.RENAME: [text, text],
    codes.STATUS: [number, text, text],
    codes.HANDLE: [text],
    codes.DATA: [text],
    codes.NAME: [st.lists(name, max_size=4).map(tuple)],
    codes.ATTRS: [told],
    codes.EXTENDED: [text, text],
    codes.EXTENDED_REPLY: [text],
}


class TestPackets:
    @pytest.mark.parametrize("kind", KINDS, ids=lambda kind: codes.PACKETS[kind])
    @given(st.data())
    def test_what_is_emitted_is_read_again(self, kind: int, data: st.DataObject) -> None:
        values = tuple(data.draw(strategy) for strategy in KINDS[kind])
        whole = packets.emit(kind, 77, *values)
        assert packets.parse_size(whole[:4]) == len(whole) - 4
        packet = packets.parse_packet(whole[4:])
        assert (packet.kind, packet.number) == (kind, 77)
        assert packets.fields(packet) == values

    @pytest.mark.parametrize("kind", KINDS, ids=lambda kind: codes.PACKETS[kind])
    @given(st.data())
    def test_one_that_is_cut_is_refused(self, kind: int, data: st.DataObject) -> None:
        values = tuple(data.draw(strategy) for strategy in KINDS[kind])
        body = packets.emit(kind, 1, *values)[9:]
        if not body or kind == codes.EXTENDED_REPLY:
            return
        cut = data.draw(st.integers(0, len(body) - 1))
        packet = Packet(kind, 1, body[:cut])
        try:
            found = packets.fields(packet)
        except RemoteProtocolError:
            return
        assert kind in (codes.STATUS, codes.EXTENDED), found  # whose ends may be missing, or are the rest

    @given(st.binary(max_size=100))
    def test_arbitrary_bytes(self, data: bytes) -> None:
        for read in (packets.parse_packet, packets.parse_limits, packets.parse_space):
            try:
                found = read(data)
                if isinstance(found, Packet):
                    packets.fields(found)
            except RemoteProtocolError:
                continue

    def test_on_literal_bytes(self) -> None:
        assert packets.emit(codes.OPEN, 1, b"/a", codes.FOR_READING, Attributes()) == bytes.fromhex(
            "00000013 03 00000001 00000002 2f61 00000001 00000000".replace(" ", "")
        )
        status = packets.parse_packet(bytes.fromhex("65 00000007 00000002".replace(" ", "")))
        assert packets.fields(status) == (codes.NO_SUCH_FILE, b"", b"")  # as servers of version 2 say it

    def test_what_goes_on_is_refused(self) -> None:
        with pytest.raises(RemoteProtocolError, match="goes on for 1 bytes"):
            packets.fields(Packet(codes.CLOSE, 1, b"\0\0\0\0x"))

    def test_sizes(self) -> None:
        for bad in (0, packets.PACKET_LIMIT + 1, 2**32 - 1):
            with pytest.raises(RemoteProtocolError, match="a packet of"):
                packets.parse_size(bad.to_bytes(4, "big"))

    def test_more_names_than_anybody_sends(self) -> None:
        with pytest.raises(RemoteProtocolError, match="more than"):
            packets.fields(Packet(codes.NAME, 1, b"\xff\xff\xff\xff"))


class TestVersions:
    @given(number, st.lists(st.tuples(text, text), max_size=5))
    def test_what_is_emitted_is_read_again(self, version: int, extensions: list[tuple[bytes, bytes]]) -> None:
        said = Version(version, tuple(extensions))
        whole = packets.emit_version(codes.VERSION, said)
        assert packets.parse_version(whole[4:], codes.VERSION) == said

    def test_something_else(self) -> None:
        with pytest.raises(RemoteProtocolError, match="INIT is expected first"):
            packets.parse_version(packets.emit_version(codes.VERSION, Version(3))[4:], codes.INIT)
        with pytest.raises(RemoteProtocolError, match="more than 64 extensions"):
            packets.parse_version(packets.emit_version(codes.INIT, Version(3, ((b"", b""),) * 65))[4:], codes.INIT)


class TestAttributes:
    @given(told)
    def test_what_is_emitted_is_read_again(self, said: Attributes) -> None:
        whole = attributes.emit(said)
        assert attributes.parse(whole, 0) == (said, len(whole))

    def test_kinds(self) -> None:
        modes = (None, 0o644, 0o100644, 0o40755, 0o120777, 0o20666)
        kinds = [Attributes(permissions=mode).kind for mode in modes]
        assert kinds == ["file", "file", "file", "directory", "link", "other"]

    def test_flags_of_other_versions(self) -> None:
        with pytest.raises(RemoteProtocolError, match="aren't version 3's"):
            attributes.parse(b"\0\0\1\0", 0)

    def test_too_many_extensions(self) -> None:
        with pytest.raises(RemoteProtocolError, match="more than 64"):
            attributes.parse(b"\x80\0\0\0\0\0\0\x41", 0)


def test_extensions_of_openssh() -> None:
    limits, space = Limits(1, 2, 3, 4), Space(*range(11))
    assert packets.parse_limits(packets.emit_limits(limits)) == limits
    assert packets.parse_space(packets.emit_space(space)) == space
