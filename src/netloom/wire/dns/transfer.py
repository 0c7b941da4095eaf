"""Zone transfers: which records belong to one, and where it ends (RFC 5936, RFC 1995)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError
from netloom.wire.dns import codes

if TYPE_CHECKING:
    from netloom.wire.dns.message import Record

_AXFR = "RFC 5936 §2.2"
_IXFR = "RFC 1995 §4"


class Transfer:
    """Follows the records of a transfer.

    `since` is the serial from which on an incremental one was asked for, None for a whole zone.
    `done` is true once the last record has come, `serial` is the zone's.
    """

    def __init__(self, zone: bytes, since: int | None = None) -> None:
        self.done = False
        self.serial = 0
        self.incremental = False
        self._zone = zone.lower()
        self._since = since
        self._count = 0
        self._deleting = False

    def take(self, record: Record) -> str | None:
        """The next record: "add", "delete", or None for one that only separates. Raises RemoteProtocolError."""
        if self.done:
            raise RemoteProtocolError("a record follows the end of the transfer", rule=_AXFR)
        self._count += 1
        is_soa = record.rdtype == codes.SOA and record.name.lower() == self._zone
        if self._count == 1:
            if not is_soa:
                raise RemoteProtocolError("a transfer begins with the zone's SOA", rule=_AXFR)
            self.serial = serial_of(record)
            return "add"
        if self._count == 2 and self._since is not None and is_soa and not self._ends(record):
            self.incremental = self._deleting = True
            return None
        if not is_soa:
            return "delete" if self._deleting else "add"
        return self._next_difference(record)

    def message_ends(self) -> None:
        """A message is over: one with the SOA alone says that the zone hasn't changed (RFC 1995 §4)."""
        if self._count == 1 and self._since is not None and not _is_later(self.serial, self._since):
            self.done = True

    def _ends(self, record: Record) -> bool:
        return serial_of(record) == self.serial

    def _next_difference(self, record: Record) -> str | None:
        if not self.incremental:
            if not self._ends(record):
                raise RemoteProtocolError("the zone's serial changes within the transfer", rule=_AXFR)
            self.done = True
            return None
        if self._deleting:
            self._deleting = False  # what comes from here on is added
        elif self._ends(record):
            self.done = True
        else:
            self._deleting = True
        return None


def serial_of(soa: Record) -> int:
    """The serial of a SOA record. Raises RemoteProtocolError."""
    if len(soa.rdata) < 22:
        raise RemoteProtocolError("SOA data is malformed", rule=_IXFR)
    return int.from_bytes(soa.rdata[-20:-16])


def _is_later(serial: int, than: int) -> bool:
    """Serial number arithmetic (RFC 1982 §3.2)."""
    return serial != than and (serial - than) % (1 << 32) < 1 << 31
