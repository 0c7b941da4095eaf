"""Dynamic updates in words, as nsupdate has them, to a message (RFC 2136)."""

from __future__ import annotations

from netloom.errors import LocalProtocolError
from netloom.wire.dns import codes, rdata
from netloom.wire.dns.message import Message, Question, Record
from netloom.wire.dns.names import from_text

_RULE = "RFC 2136 §2"
_GRAMMAR = (
    "add NAME TTL TYPE DATA, delete NAME [TYPE [DATA]], or prereq yxdomain|nxdomain|yxrrset|nxrrset NAME [TYPE [DATA]]"
)
_TTL_LIMIT = 0x7FFFFFFF


def update(zone: bytes, lines: str) -> Message:
    """The update that the lines ask for; names in them are absolute, `@` is the zone. Raises LocalProtocolError."""
    wanted: list[Record] = []
    changes: list[Record] = []
    for number, line in enumerate(lines.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith((";", "#")) or words == ["send"]:
            continue
        if words[0].lower() == "update":
            words = words[1:]
        try:
            _read(words, zone, wanted, changes)
        except LocalProtocolError as exc:
            raise LocalProtocolError(f"line {number}: {exc.message}", rule=exc.rule, hint=exc.hint) from None
    if not changes:
        raise LocalProtocolError("an update that changes nothing", rule=_RULE, hint=_GRAMMAR)
    question = Question(zone, codes.SOA, codes.IN)
    return Message(0, codes.UPDATE << 11, (question,), tuple(wanted), tuple(changes))


def _read(words: list[str], zone: bytes, wanted: list[Record], changes: list[Record]) -> None:
    verb = words[0].lower() if words else ""
    if verb == "add" and len(words) >= 5:
        changes.append(_added(words[1:], zone))
    elif verb in ("delete", "del") and len(words) >= 2:
        changes.append(_deleted(words[1:], zone))
    elif verb == "prereq" and len(words) >= 3 and words[1].lower() in _CONDITIONS:
        wanted.append(_condition(words[1].lower(), words[2:], zone))
    else:
        raise LocalProtocolError(f"{' '.join(words)[:60]!r} is no update", rule=_RULE, hint=_GRAMMAR)


def _name(text: str, zone: bytes) -> bytes:
    return zone if text == "@" else from_text(text)


def _typed(words: list[str]) -> tuple[int, str]:
    """`[IN] TYPE [DATA]`"""
    if words and words[0].upper() == "IN":
        words = words[1:]
    return (codes.type_number(words[0]), " ".join(words[1:])) if words else (codes.ANY, "")


def _added(words: list[str], zone: bytes) -> Record:
    ttl = words[1]
    if not ttl.isascii() or not ttl.isdigit() or int(ttl) > _TTL_LIMIT:
        raise LocalProtocolError(f"a TTL in seconds, not {ttl!r}", rule="RFC 2181 §8", hint=_GRAMMAR)
    rdtype, data = _typed(words[2:])
    return Record(_name(words[0], zone), rdtype, codes.IN, int(ttl), rdata.from_text(rdtype, data))


def _deleted(words: list[str], zone: bytes) -> Record:
    """RFC 2136 §2.5.2 to §2.5.4."""
    rest = words[1:]
    if rest and rest[0].isdigit():
        rest = rest[1:]  # a TTL, which nsupdate allows and ignores
    rdtype, data = _typed(rest)
    group = codes.CLASS_NONE if data else codes.CLASS_ANY
    return Record(_name(words[0], zone), rdtype, group, 0, rdata.from_text(rdtype, data) if data else b"")


_CONDITIONS = {
    "yxdomain": codes.CLASS_ANY, "nxdomain": codes.CLASS_NONE, "yxrrset": codes.CLASS_ANY, "nxrrset": codes.CLASS_NONE,
}  # fmt: skip


def _condition(kind: str, words: list[str], zone: bytes) -> Record:
    """RFC 2136 §2.4."""
    rdtype, data = _typed(words[1:])
    if (rdtype == codes.ANY) != kind.endswith("domain") or (data and kind != "yxrrset"):
        raise LocalProtocolError(f"prereq {kind} {' '.join(words)[:60]!r}", rule="RFC 2136 §2.4", hint=_GRAMMAR)
    if data:
        return Record(_name(words[0], zone), rdtype, codes.IN, 0, rdata.from_text(rdtype, data))
    return Record(_name(words[0], zone), rdtype, _CONDITIONS[kind], 0, b"")
