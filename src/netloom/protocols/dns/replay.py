"""DNS, replayed: a question may have any id, case and cookie, and its answer takes them over (RFC 1035 §4.1)."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from netloom.errors import RemoteProtocolError
from netloom.packet.tape.buffered import Buffered, Whole
from netloom.packet.tape.part import Part, Unit, Units
from netloom.wire.dns import codes
from netloom.wire.dns.message import HEADER_SIZE, Message, Record, parse

_COOKIE = 10  # RFC 7873 §4
_CLIENT_COOKIE = 8


class _About(Struct, frozen=True):
    """What differs from one asker to the next, and where the message begins."""

    at: int
    id: bytes
    name: bytes
    cookie: bytes


class Replay(Part):
    """One conversation."""

    adapts: ClassVar[frozenset[str]] = frozenset({"server"})

    def __init__(self) -> None:
        self._asked: dict[bytes, tuple[_About, _About]] = {}

    def units(self, transport: str) -> Units:
        """Messages, which have their length before them on a stream."""
        return _Datagrams() if transport == "udp" else _Messages()

    def met(self, recorded: Unit, heard: Unit) -> None:
        """Remember by the recorded id what was asked in fact."""
        if recorded.about is not None and heard.about is not None:
            self._asked[recorded.about.id] = recorded.about, heard.about

    def adapt(self, unit: Unit) -> bytes:
        """An answer with the id, the name's case and the cookie of the question that was heard."""
        about: _About | None = unit.about
        known = self._asked.get(about.id) if about is not None else None
        if about is None or known is None:
            return unit.data
        recorded, heard = known
        data = unit.data
        name_at = about.at + HEADER_SIZE
        if about.name.lower() == heard.name.lower():
            data = data[:name_at] + heard.name + data[name_at + len(heard.name) :]
        if len(heard.cookie) == len(recorded.cookie) > 0:
            data = data.replace(recorded.cookie, heard.cookie, 1)
        return data[: about.at] + heard.id + data[about.at + 2 :]

    def answers(self, asked: Unit, answer: Unit) -> bool:
        """Questions and answers have the same id."""
        return asked.about is not None and answer.about is not None and bool(asked.about.id == answer.about.id)


class _Datagrams(Whole):
    def unit(self, sender: str, data: bytes) -> Unit:
        return _unit(sender, data, 0)


class _Messages(Buffered):
    def take(self, sender: str, buffer: bytearray) -> Unit | int:
        end = 2 + int.from_bytes(buffer[:2]) if len(buffer) >= 2 else 2
        return _unit(sender, bytes(buffer[:end]), 2) if 2 < end <= len(buffer) else end


def _unit(sender: str, data: bytes, at: int) -> Unit:
    """A message; what isn't one has to be the same to the letter."""
    try:
        message = parse(data[at:])
    except RemoteProtocolError:
        return Unit(sender, data, data.hex())
    name = message.questions[0].name if message.questions else b""
    cookie = (message.edns.option(_COOKIE) or b"")[:_CLIENT_COOKIE] if message.edns is not None else b""
    raw = data[at + HEADER_SIZE : at + HEADER_SIZE + len(name)]
    return Unit(sender, data, _gist(message), _About(at, data[at : at + 2], raw, cookie))


def _gist(message: Message) -> str:
    """What is asked, or what the answer is but for its TTLs and the order of its records."""
    asked = " ".join(str(question).lower() for question in message.questions)
    if not message.has(codes.QR):
        changes = "".join(_record(record) for record in message.authority) if message.opcode == codes.UPDATE else ""
        return f"{message.opcode} {asked} {changes}"
    sections = [sorted(map(_record, section)) for section in (message.answers, message.authority)]
    return f"{message.rcode} {asked} {sections}"


def _record(record: Record) -> str:
    return f"{record.name.lower().hex()} {record.rdclass} {record.rdtype} {record.rdata.hex()}"
