"""Modbus, replayed: requests by unit, function and data; responses take over the transaction of TCP's framing."""

from __future__ import annotations

from typing import ClassVar

from netloom.errors import RemoteProtocolError
from netloom.packet.streams.events import CLIENT, SERVER
from netloom.packet.tape.buffered import Buffered
from netloom.packet.tape.part import Part, Unit, Units
from netloom.wire.modbus.framing import unframed_request, unframed_response

_HEADER = 6
"""Octets up to those that the length counts: transaction, protocol, length."""


class Replay(Part):
    """One connection."""

    adapts: ClassVar[frozenset[str]] = frozenset({SERVER})

    def __init__(self) -> None:
        self._transactions: dict[bytes, bytes] = {}

    def units(self, _: str) -> Units:
        """Requests and responses."""
        return _Units()

    def met(self, recorded: Unit, heard: Unit) -> None:
        """Remember by the recorded transaction the one that was heard."""
        if recorded.about and heard.about:
            self._transactions[recorded.about] = heard.about

    def adapt(self, unit: Unit) -> bytes:
        """A response in the transaction that was heard."""
        known = self._transactions.get(unit.about)
        return unit.data if known is None else known + unit.data[2:]


class _Units(Buffered):
    """Which framing it is shows with the first message: by the check of RTU's, where it is right."""

    def __init__(self) -> None:
        super().__init__()
        self._serial: bool | None = None

    def take(self, sender: str, buffer: bytearray) -> Unit | int:
        end = _HEADER + int.from_bytes(buffer[4:6]) if len(buffer) >= _HEADER else _HEADER
        size = _serial(sender, bytes(buffer)) if self._serial is not False else 0
        if self._serial is None and (size or len(buffer) >= end > _HEADER):
            self._serial = bool(size)
        if self._serial:
            return Unit(sender, bytes(buffer[:size]), buffer[:size].hex(), b"") if size else 0
        if not _HEADER < end <= len(buffer):
            return max(end, _HEADER + 1)
        return Unit(sender, bytes(buffer[:end]), buffer[_HEADER:end].hex(), bytes(buffer[:2]))


def _serial(sender: str, buffer: bytes) -> int:
    """How long a whole message in RTU's framing is; 0 where none is there."""
    try:
        found = unframed_request(buffer) if sender == CLIENT else unframed_response(buffer)
    except RemoteProtocolError:
        return 0
    return found[1] if found is not None else 0
