"""What a name server says about a zone: answers, transfers and updates, and to whom (RFC 1034 §4.3, 5936, 2136)."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import dns.exception
import dns.message
import dns.name
import dns.rdatatype
import dns.rrset
import dns.update
from msgspec import Struct
from msgspec.structs import replace

from netloom.accounts import Right
from netloom.wire.dns import codes
from netloom.wire.dns.message import HEADER_SIZE, Question, Record, emit
from netloom.wire.dns.transfer import serial_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from netloom.accounts import Accounts
    from netloom.contents.zone import Answer, Zone
    from netloom.contents.zone.tree import Owned
    from netloom.protocols.dns.options import Options, Who
    from netloom.protocols.dns.request import Request

CACHED = 4096
"""Encoded answers that are kept of a zone, for datagrams and for streams."""
CACHED_SIZE = 4096
"""Octets of the longest one that is kept."""
BATCH = 16_000
"""Octets of records in one message of a transfer: what comes later can still point at names in it (RFC 1035 §4.1.4)."""
Questions = tuple[Question, ...]
_HINFO = Record(b"\0", codes.HINFO, codes.IN, 3600, b"\x07RFC8482\x00")


class Elsewhere(Struct, frozen=True):
    """A question that the zone doesn't answer, or not to its end: `answers` is how far it got."""

    question: Question
    answers: tuple[Record, ...] = ()


class Kept:
    """Encoded answers by the octets of their requests, as long as the zone's serial stays."""

    def __init__(self) -> None:
        self.serial = -1
        self.datagrams: dict[bytes, tuple[bytes, Questions]] = {}
        self.streams: dict[bytes, tuple[bytes, Questions]] = {}

    def renew(self, serial: int) -> None:
        """Forget everything where the zone has changed."""
        if serial != self.serial:
            self.serial = serial
            self.datagrams.clear()
            self.streams.clear()


_KEPT: weakref.WeakKeyDictionary[Zone, Kept] = weakref.WeakKeyDictionary()


class Responder:
    """Answers for one zone."""

    def __init__(self, zone: Zone, options: Options, accounts: Accounts) -> None:
        self.zone = zone
        self.forwards = bool(zone.forward)
        self._options = options
        self._accounts = accounts
        self._origin = (zone.origin.to_wire() or b"").lower()
        self._kept = _KEPT.setdefault(zone, Kept())

    def kept(self, data: bytes, *, datagram: bool) -> tuple[bytes, Questions] | None:
        """The response to a request that was answered before, and what was asked.

        It is the same octets but for its id and its name's case.
        """
        kept = self._kept
        if kept.serial != self.zone.serial:
            return None
        end = data.find(b"\0", HEADER_SIZE)
        if end < 0:
            return None
        key = data[2:HEADER_SIZE] + data[HEADER_SIZE:end].lower() + data[end:]
        found = (kept.datagrams if datagram else kept.streams).get(key)
        if found is None:
            return None
        answer, questions = found
        return data[:2] + answer[2:HEADER_SIZE] + data[HEADER_SIZE:end] + answer[end:], questions

    def answer(self, request: Request) -> bytes | Elsewhere:
        """The response to a question or an update. Transfers over streams are `transfer`'s."""
        message = request.message
        if message.opcode == codes.UPDATE:
            return self._update(request)
        if message.opcode != codes.QUERY:
            return request.respond(codes.NOTIMP)
        if len(message.questions) != 1 or message.answers:
            return request.respond(codes.FORMERR)
        question = message.questions[0]
        if question.rdtype == codes.AXFR:
            return request.respond(codes.FORMERR)  # RFC 5936 §4.2: not in a datagram
        if question.rdtype == codes.IXFR:
            return self._only_soa(request)
        if question.rdclass not in (codes.IN, codes.CLASS_ANY):
            return request.respond(codes.REFUSED)
        return self._lookup(request, question)

    def wants_transfer(self, request: Request) -> bool:
        """Whether a request is for the zone as a whole, on a way on which it can be had."""
        message = request.message
        asked = message.opcode == codes.QUERY and len(message.questions) == 1
        return asked and not request.source.datagram and message.questions[0].rdtype in (codes.AXFR, codes.IXFR)

    def transfer(self, request: Request) -> Iterator[bytes]:
        """The messages of a transfer (RFC 5936 §2.2). Who asks for what has changed gets all of it (RFC 1995 §4)."""
        question = request.message.questions[0]
        if not self._may(request, self._options.transfer, Right.READ):
            yield request.respond(codes.REFUSED)
            return
        if question.name.lower() != self._origin or question.rdclass != codes.IN:
            yield request.respond(codes.NOTAUTH)
            return
        if question.rdtype == codes.IXFR and self._is_current(request):
            yield request.respond(codes.NOERROR, self._soa(), flags=codes.AA)
            return
        batch: list[Record] = []
        size = 0
        for found in self.zone.transfer():
            for record in records_of((found,)):
                batch.append(record)
                size += len(record.name) + 10 + len(record.rdata)
                if size > BATCH:
                    yield request.respond(codes.NOERROR, tuple(batch), flags=codes.AA)
                    batch, size = [], 0
        if batch:
            yield request.respond(codes.NOERROR, tuple(batch), flags=codes.AA)

    # Inside

    def _lookup(self, request: Request, question: Question) -> bytes | Elsewhere:
        found = self.zone.find(question.name, question.rdtype)
        recursive = self.forwards and request.message.has(codes.RD)
        if found.rcode == codes.REFUSED and recursive:
            return Elsewhere(question)
        answers = records_of(found.answer)
        if found.outside is not None and recursive:
            return Elsewhere(Question(found.outside.to_wire() or b"", question.rdtype, question.rdclass), answers)
        authority = records_of(found.authority)
        if request.do:
            answers, authority = self._signed(found)
        if question.rdtype == codes.ANY and request.source.datagram and found.answer:
            answers = (replace(_HINFO, name=question.name),)  # RFC 8482 §4.2
        flags = (codes.AA if found.aa else 0) | (codes.RA if self.forwards else 0)
        data = request.respond(int(found.rcode), answers, authority, records_of(found.additional), flags=flags)
        self._keep(request, question, data)
        return data

    def _keep(self, request: Request, question: Question, data: bytes) -> None:
        asked = request.data
        end = HEADER_SIZE + len(question.name) - 1
        # What is kept is found again by the first zero octet, which has to be the end of the name.
        if not request.plain or len(data) > CACHED_SIZE or asked.find(b"\0", HEADER_SIZE) != end:
            return
        self._kept.renew(self.zone.serial)
        into = self._kept.datagrams if request.source.datagram else self._kept.streams
        if len(into) >= CACHED:
            into.clear()
        into[asked[2:HEADER_SIZE] + asked[HEADER_SIZE:end].lower() + asked[end:]] = data, request.message.questions

    def _signed(self, found: Answer) -> tuple[tuple[Record, ...], tuple[Record, ...]]:
        """Answers and authority with their signatures, where the zone has some (RFC 4035 §3.1)."""
        sections = []
        for section in (found.answer, found.authority):
            records: list[Record] = []
            for each in section:
                records += records_of((each,))
                signatures = self.zone.find(each.owner, codes.RRSIG).answer
                records += records_of([signature for signature in signatures if signature.covers == each.rdtype])
            sections.append(tuple(records))
        return sections[0], sections[1]

    def _soa(self) -> tuple[Record, ...]:
        return records_of(self.zone.find(self._origin, codes.SOA).answer)

    def _only_soa(self, request: Request) -> bytes:
        """An incremental transfer in a datagram: the SOA says whether it is worth a connection (RFC 1995 §2)."""
        if not self._may(request, self._options.transfer, Right.READ):
            return request.respond(codes.REFUSED)
        return request.respond(codes.NOERROR, self._soa(), flags=codes.AA)

    def _is_current(self, request: Request) -> bool:
        authority = request.message.authority
        known = [record for record in authority if record.rdtype == codes.SOA and len(record.rdata) >= 22]
        return bool(known) and serial_of(known[0]) == self.zone.serial

    def _update(self, request: Request) -> bytes:
        if not self._may(request, self._options.update, Right.WRITE):
            return request.respond(codes.REFUSED)
        try:
            bare = emit(request.message.replace(additional=(), edns=None))
            update = dns.message.from_wire(bare)
        except (dns.exception.DNSException, ValueError):
            return request.respond(codes.FORMERR)
        if not isinstance(update, dns.update.UpdateMessage):
            return request.respond(codes.FORMERR)
        return request.respond(int(self.zone.apply_update(update)))

    def _may(self, request: Request, who: Who, right: Right) -> bool:
        if request.account is not None:
            return who != "nobody" and self._accounts.may(request.account, right)
        return who == "anyone" or (who == "loopback" and request.source.is_loopback)


def records_of(found: Iterable[Owned]) -> tuple[Record, ...]:
    """A section's sets of records as records of the wire."""
    return tuple([record for each in found for record in each.wire])
