"""Socket.IO: events, their acknowledgements and namespaces, with binary attachments (its protocol's revision 5)."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Any

import msgspec

from netloom.errors import LocalProtocolError, RemoteProtocolError

ROOT = "/"
RESERVED = frozenset({"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"})
"""Names that no event has: both sides tell themselves of these."""

_RULE = "Socket.IO 5"
_DEPTH = 200
_NAMESPACE = re.compile(r"/[^,\x00-\x1f\x7f\ud800-\udfff]{0,4095}")
_HEAD = re.compile(r"([0-6])(?:([0-9]{1,9})-)?(?:(/[^,]*)(?:,|$))?([0-9]{0,16})")
_BINARY = frozenset("56")


class Kind(IntEnum):
    """What a packet is for. Whether it has attachments is seen from its data."""

    CONNECT = 0
    DISCONNECT = 1
    EVENT = 2
    ACK = 3
    CONNECT_ERROR = 4


class Packet(msgspec.Struct, frozen=True, kw_only=True):
    """A packet: `data` of an EVENT is its name and its arguments, of an ACK the arguments; they may hold bytes.

    `id` is what an event wants to be acknowledged by, or an acknowledgement is for.
    """

    kind: Kind
    namespace: str = ROOT
    id: int | None = None
    data: Any = None


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much a packet may hold: attachments, and bytes of them together."""

    attachments: int = 100
    size: int = 16 << 20


_LIMITS = Limits()


class Reader:
    """Messages to packets: one with attachments is whole once they have come."""

    def __init__(self, limits: Limits = _LIMITS) -> None:
        self._limits = limits
        self._begun: Packet | None = None
        self._wanted = 0
        self._attachments: list[bytes] = []
        self._size = 0

    def feed(self, message: str | bytes) -> Packet | None:
        """A packet; None while attachments are due. Raises RemoteProtocolError."""
        if isinstance(message, bytes):
            return self._attach(message)
        if self._begun is not None:
            raise RemoteProtocolError(f"text where {self._wanted} attachments are due", rule=_RULE)
        packet, count = _parse(message, self._limits.attachments)
        if not count:
            return packet
        self._begun, self._wanted = packet, count
        return None

    def _attach(self, attachment: bytes) -> Packet | None:
        begun = self._begun
        if begun is None:
            raise RemoteProtocolError("an attachment to nothing", rule=_RULE)
        self._size += len(attachment)
        if self._size > self._limits.size:
            raise RemoteProtocolError(f"attachments of more than {self._limits.size} bytes", rule=_RULE)
        self._attachments.append(attachment)
        if len(self._attachments) < self._wanted:
            return None
        data = _with_attachments(begun.data, self._attachments)
        self._begun, self._attachments, self._size = None, [], 0
        packet = msgspec.structs.replace(begun, data=data)
        _check(packet)
        return packet


def emit(packet: Packet) -> tuple[str | bytes, ...]:
    """A packet as messages: a text, and its attachments.

    Raises LocalProtocolError for what has no place in it: a reserved name, a comma in a namespace, what isn't JSON.
    """
    if not _NAMESPACE.fullmatch(packet.namespace):
        raise LocalProtocolError(
            f"{packet.namespace[:80]!r} is no namespace: /NAME, short and without a comma", rule=_RULE
        )
    attachments: list[bytes] = []
    try:
        data = _without_attachments(packet.data, attachments, 0)
        _check(packet)
        text = msgspec.json.encode(data).decode() if data is not None else ""
    except RemoteProtocolError as exc:
        raise LocalProtocolError(exc.message, rule=exc.rule) from None
    except (TypeError, ValueError) as exc:
        raise LocalProtocolError(f"what can't be said in JSON: {exc}", rule=_RULE) from None
    kind: int = packet.kind
    if attachments:
        if packet.kind not in (Kind.EVENT, Kind.ACK):
            raise LocalProtocolError("only events and acknowledgements have attachments", rule=_RULE)
        kind += 3
    count = f"{len(attachments)}-" if attachments else ""
    namespace = f"{packet.namespace}," if packet.namespace != ROOT else ""
    number = packet.id if packet.id is not None else ""
    return (f"{kind}{count}{namespace}{number}{text}", *attachments)


def _parse(text: str, most: int) -> tuple[Packet, int]:
    """A packet without its attachments, and how many there are."""
    found = _HEAD.match(text)
    if found is None:
        raise RemoteProtocolError(f"a packet's kind is a digit from 0 to 6, not {text[:1]!r}", rule=_RULE, offset=0)
    digit, count, namespace, number = found.groups()
    if (count is not None) != (digit in _BINARY) or int(count or 0) > most:
        raise RemoteProtocolError(
            f"attachments are counted, to {most} at most, and only where there are any", rule=_RULE, offset=1
        )
    if namespace is not None and not _NAMESPACE.fullmatch(namespace):
        raise RemoteProtocolError(
            "a namespace with control characters, or of more than 4096", rule=_RULE, offset=found.start(3)
        )
    kind = Kind(int(digit) - 3 if digit in _BINARY else int(digit))
    data = _decoded(text[found.end() :], found.end())
    packet = Packet(kind=kind, namespace=namespace or ROOT, id=int(number) if number else None, data=data)
    if not count or not int(count):
        _check(packet)
    return packet, int(count or 0)


def _decoded(text: str, at: int) -> Any:
    if not text:
        return None
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError) as exc:
        raise RemoteProtocolError(f"no JSON: {exc}", rule=_RULE, offset=at) from None


def _check(packet: Packet) -> None:
    """Raises RemoteProtocolError for data, or an id, that a packet of this kind doesn't have."""
    kind, data = packet.kind, packet.data
    if kind is Kind.EVENT:
        right = isinstance(data, list) and bool(data) and _is_name(data[0])
    elif kind is Kind.ACK:
        right = isinstance(data, list) and packet.id is not None
    elif kind is Kind.CONNECT_ERROR:
        right = isinstance(data, str | dict) and packet.id is None
    else:
        right = (data is None or (kind is Kind.CONNECT and isinstance(data, dict))) and packet.id is None
    if not right:
        raise RemoteProtocolError(f"that is no {kind.name}", rule=_RULE)


def _is_name(name: Any) -> bool:
    return name not in RESERVED if isinstance(name, str) else type(name) is int


def _with_attachments(data: Any, attachments: list[bytes]) -> Any:
    """The data with its attachments where they belong, each once."""
    left = dict(enumerate(attachments))

    def put(part: Any, depth: int) -> Any:
        if depth > _DEPTH:
            raise RemoteProtocolError(f"data of more than {_DEPTH} levels", rule=_RULE)
        if isinstance(part, list):
            return [put(each, depth + 1) for each in part]
        if not isinstance(part, dict):
            return part
        if part.get("_placeholder") is not True:
            return {name: put(each, depth + 1) for name, each in part.items()}
        number = part.get("num")
        if type(number) is not int or number not in left:
            raise RemoteProtocolError("an attachment that isn't there, or is there already", rule=_RULE)
        return left.pop(number)

    whole = put(data, 0)
    if left:
        raise RemoteProtocolError("an attachment that belongs nowhere", rule=_RULE)
    return whole


def _without_attachments(part: Any, attachments: list[bytes], depth: int) -> Any:
    """The data with placeholders for its bytes, which are added to `attachments`."""
    if depth > _DEPTH:
        raise LocalProtocolError(f"data of more than {_DEPTH} levels", rule=_RULE)
    if isinstance(part, bytes | bytearray):
        attachments.append(bytes(part))
        return {"_placeholder": True, "num": len(attachments) - 1}
    if isinstance(part, list | tuple):
        return [_without_attachments(each, attachments, depth + 1) for each in part]
    if isinstance(part, dict):
        if part.get("_placeholder") is True:
            raise LocalProtocolError("_placeholder is the format's own word", rule=_RULE)
        return {name: _without_attachments(each, attachments, depth + 1) for name, each in part.items()}
    return part
