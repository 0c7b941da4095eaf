"""Reading a PDU's fields, and writing them: numbers of one and two octets, bits eight to an octet (§4.2)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.modbus.codes import PDU_LIMIT, RULE

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORD = 0xFFFF


class Fields:
    """A PDU, read from its beginning. What isn't there raises RemoteProtocolError with the offset."""

    __slots__ = ("at", "data", "rule")

    def __init__(self, data: bytes, section: str) -> None:
        self.data = data
        self.at = 1
        self.rule = f"{RULE} {section}"

    def octet(self) -> int:
        return self.octets(1)[0]

    def word(self) -> int:
        return int.from_bytes(self.octets(2))

    def octets(self, count: int) -> bytes:
        found = self.data[self.at : self.at + count]
        if len(found) < count:
            raise self.wrong("it ends too early")
        self.at += count
        return found

    def words(self, count: int) -> tuple[int, ...]:
        return struct.unpack(f">{count}H", self.octets(2 * count))

    def bits(self, count: int) -> tuple[int, ...]:
        return unpacked(self.octets((count + 7) // 8), count)

    def counted(self, expected: int | None = None) -> int:
        """An octet that says how many follow. Raises RemoteProtocolError where it isn't as many as it has to be."""
        count = self.octet()
        if expected is not None and count != expected:
            raise self.wrong(f"{count} octets are announced where {expected} are due", self.at - 1)
        return count

    def rest(self) -> bytes:
        return self.octets(len(self.data) - self.at)

    def end(self) -> None:
        """That nothing follows."""
        if self.at != len(self.data):
            raise self.wrong(f"{len(self.data) - self.at} octets too many")

    def within(self, number: int, low: int, high: int, what: str) -> int:
        """A number that has to be in a range."""
        if not low <= number <= high:
            raise self.wrong(f"{number} {what}, not {low} to {high}")
        return number

    def wrong(self, words: str, at: int | None = None) -> RemoteProtocolError:
        return RemoteProtocolError(words, rule=self.rule, offset=self.at if at is None else at)


def unpacked(data: bytes, count: int) -> tuple[int, ...]:
    """Bits, the lowest of the first octet first."""
    return tuple(data[at >> 3] >> (at & 7) & 1 for at in range(count))


def packed(bits: Sequence[int]) -> bytes:
    """Bits, eight to an octet, the rest 0."""
    made = bytearray((len(bits) + 7) // 8)
    for at, bit in enumerate(bits):
        made[at >> 3] |= bool(bit) << (at & 7)
    return bytes(made)


def words(*numbers: int) -> bytes:
    """Numbers of two octets each. Raises LocalProtocolError."""
    for number in numbers:
        if not 0 <= number <= _WORD:
            raise LocalProtocolError(f"{number} doesn't fit a register", rule=f"{RULE} §4.2", hint="0 to 65535")
    return struct.pack(f">{len(numbers)}H", *numbers)


def limited(pdu: bytes) -> bytes:
    """A PDU that isn't too long. Raises LocalProtocolError."""
    if len(pdu) > PDU_LIMIT:
        raise LocalProtocolError(f"{len(pdu)} octets are more than a PDU holds", rule=f"{RULE} §4.1")
    return pdu


def allowed(number: int, low: int, high: int, what: str) -> int:
    """A number of ours that has to be in a range. Raises LocalProtocolError."""
    if not low <= number <= high:
        raise LocalProtocolError(f"{number} {what} at once: {low} to {high}", rule=f"{RULE} §6")
    return number
