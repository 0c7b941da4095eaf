"""Units one by one: what is taken, what is waited for, what is left."""

from __future__ import annotations

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.packet.tape.buffered import Buffered, Lines, Whole
from netloom.packet.tape.part import Unit


class Counted(Buffered):
    """A length in one octet."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    def take(self, sender: str, buffer: bytearray) -> Unit | int:
        self.looks += 1
        end = 1 + buffer[0]
        return Unit(sender, bytes(buffer[:end]), "") if len(buffer) >= end else end


class Words(Lines):
    def line(self, sender: str, line: bytes) -> Unit:
        return Unit(sender, line, line.decode())


class Datagrams(Whole):
    def unit(self, sender: str, data: bytes) -> Unit:
        return Unit(sender, data, "")


def test_nobody_looks_again_before_there_is_enough() -> None:
    units = Counted()
    assert [unit.data for unit in units.feed(CLIENT, b"\1a\0\3b")] == [b"\1a", b"\0"]
    looks = units.looks
    assert units.feed(CLIENT, b"c") == []
    assert units.looks == looks
    assert [unit.data for unit in units.feed(CLIENT, b"d\2")] == [b"\3bcd"]
    assert units.rest(CLIENT) == b"\2"
    assert units.rest(CLIENT) == b""


def test_sides_are_apart() -> None:
    units = Words()
    assert units.feed(CLIENT, b"wa") == []
    assert [unit.gist for unit in units.feed(SERVER, b"weft\nmore")] == ["weft\n"]
    assert [unit.gist for unit in units.feed(CLIENT, b"rp\r\n\n")] == ["warp\r\n", "\n"]
    assert units.rest(SERVER) == b"more"


def test_datagrams_are_whole() -> None:
    units = Datagrams()
    assert [unit.data for unit in units.feed(CLIENT, b"warp")] == [b"warp"]
    assert units.rest(CLIENT) == b""
