"""Syslog messages as they were before any standard, read as real senders write them (RFC 3164, Cisco's, Meraki's)."""

from __future__ import annotations

import re
from typing import TypedDict

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.syslog import structured
from netloom.wire.syslog.message import HIGHEST, MONTHS, Element, Message, emit_priority

DEFAULT = 13
"""What a message without a priority has: user.notice (§4.3.3)."""

_MONTH = "|".join(MONTHS)
_CLOCK = r"[0-2]?\d:[0-5]\d:[0-6]\d(?:[.,]\d{1,9})?"
_TIME = rf"""
    (?:{_MONTH})\s{{1,2}}\d{{1,2}}(?:\s\d{{4}})?\s{_CLOCK}(?:\s(?:19|20)\d\d(?=[\s:]))?(?:\s[A-Z]{{2,5}}(?=:))?
  | \d{{4}}\s(?:{_MONTH})\s{{1,2}}\d{{1,2}}\s{_CLOCK}(?:\s[A-Z]{{2,5}}(?=:))?
  | \d{{4}}-\d\d-\d\d[T\s]{_CLOCK}(?:Z|[+-]\d\d:?\d\d)?
  | (?:\d\d:\d\d:\d\d|\d{{1,3}}[ywd]\d{{1,2}}[wdh])(?=:\s%)
"""
"""The last are how long a device of Cisco's has been up."""
_EPOCH = r"\d{9,10}\.\d{1,9}"
_PRIORITY = re.compile(rb"<(\d{1,3})>")
_BEFORE = re.compile(
    # A count of Cisco's (`46: `), who it is (`router: `), a count again, or a node (`router RP/0/RSP0/CPU0:`), a mark
    # of a clock that isn't right (`*`, `.`)
    rf"""(?:(?P<count>\d{{1,12}}):\s?)?(?:(?!\d+:)(?P<origin>[A-Za-z0-9][\w.-]{{0,254}}):\s)?(?:(?P<again>\d{{1,12}}):\s?)?
    (?:(?P<router>[\w.-]{{1,255}})\s[\w/]{{1,60}}:)?:?\s?[*.]?(?P<time>{_TIME})(?P<end>:?)(?=\s|$)\s?""".encode(),
    re.VERBOSE,
)
_COUNTED = re.compile(rb"(\d{1,12}): (?:(\d{1,12}): )?(?=%)")
_VERSION = re.compile(rf"1\s(?P<time>-|{_EPOCH}|{_TIME})(?=\s|$)\s?".encode(), re.VERBOSE)
_HOST = re.compile(rb"([^\s:\[\]%<>\"'(){},;=]{1,255}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*[0-9A-Fa-f])(?: :)? (?=.)", re.DOTALL)
_TAG = re.compile(rb"([^\s:\[\]]{1,128})(?:\[([^\s\]]{1,128})\])?:(?:[ \t]|$)")
_TAG_WITHOUT_COLON = re.compile(rb"([^\s:\[\]]{1,128})\[([^\s\]]{1,128})\](?:[ \t]|$)")
_MNEMONIC = re.compile(rb":?\s?%([A-Z][A-Z0-9_]{0,40}-(?:[A-Za-z0-9_]{1,40}-){0,3})([0-7])-([A-Z0-9_]{1,60})\s?:\s?")
_STAMP = re.compile(rf"(?:{_MONTH}) [ 1-3]\d (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d")
_EMITTED_HOST = re.compile(r"[A-Za-z0-9._:-]{1,255}")
_EMITTED_TAG = re.compile(r"[!-9;-Z\\^-~]{1,32}")  # printable, without `:`, `[` and `]`


class _Fields(TypedDict, total=False):
    """What a header says."""

    timestamp: str
    hostname: str
    app: str
    procid: str
    msgid: str
    sequence: str
    data: tuple[Element, ...]


def parse(data: bytes) -> Message:
    """One message, as far as it says what it is; all the rest is its text. Raises RemoteProtocolError for none at all.

    What claims to be RFC 5424 (`<34>1 …`) and isn't has its words where that has them.
    """
    if not data.strip():
        raise RemoteProtocolError("an empty message", rule="RFC 3164 §4.1", offset=0)
    found = _PRIORITY.match(data)
    known = found is not None and int(found[1]) <= HIGHEST
    facility, severity = divmod(int(found[1]) if found is not None and known else DEFAULT, 8)
    rest = data[found.end() :] if found is not None and known else data
    versioned = _VERSION.match(rest)
    fields, text = _disguised(versioned, rest) if versioned is not None else _plain(rest)
    return Message(format="3164", facility=facility, severity=severity, text=text, **fields)


def _disguised(versioned: re.Match[bytes], rest: bytes) -> tuple[_Fields, bytes]:
    """`1 TIMESTAMP HOST APP PROCID MSGID [DATA] TEXT`, of which some is missing."""
    time = versioned["time"]
    fields: _Fields = {"timestamp": "" if time == b"-" else _words(time)}
    rest = rest[versioned.end() :]
    parts = rest.split(b" ", 4)
    if len(parts) < 5 or not all(parts[:4]):
        host, space, text = rest.partition(b" ")
        if not space:
            return fields, rest
        fields["hostname"] = _or_nil(host)
        return fields, text
    host, app, procid, msgid, text = parts
    fields |= {"hostname": _or_nil(host), "app": _or_nil(app), "procid": _or_nil(procid), "msgid": _or_nil(msgid)}
    try:
        elements, end = structured.parse(text)
    except RemoteProtocolError:
        return fields, text
    if text[end : end + 1] not in (b"", b" "):
        return fields, text
    fields["data"] = elements
    return fields, text[end + 1 :]


def _or_nil(word: bytes) -> str:
    return "" if word == b"-" else _words(word[:255])


def _plain(rest: bytes) -> tuple[_Fields, bytes]:
    """What stands before the text: counts, time, host and tag, none of which has to."""
    fields: _Fields = {}
    before = _BEFORE.match(rest)
    if before is not None:
        fields["timestamp"] = _words(before["time"])
        host = before["origin"] or before["router"]
        count = before["again"] or before["count"]
        rest = rest[before.end() :]
        if host is None and not before["end"] and (found := _HOST.match(rest)) is not None:
            host, rest = found[1], rest[found.end() :]
        if host is not None:
            fields["hostname"] = _words(host)
        if count is not None:
            fields["sequence"] = _words(count)
    elif (counted := _COUNTED.match(rest)) is not None:
        fields["sequence"] = _words(counted[2] or counted[1])
        rest = rest[counted.end() :]
    tag = _TAG.match(rest) or _TAG_WITHOUT_COLON.match(rest)
    if tag is not None and not tag[1].startswith(b"%"):
        fields["app"] = _words(tag[1])
        fields["procid"] = _words(tag[2] or b"")
        rest = rest[tag.end() :]
    mnemonic = _MNEMONIC.match(rest)
    if mnemonic is not None:
        fields.setdefault("app", _words(mnemonic[1][:-1]))
        fields["msgid"] = _words(b"%b%b-%b" % mnemonic.groups())
        rest = rest[mnemonic.end() :]
    return fields, rest


def _words(said: bytes) -> str:
    return said.decode("utf-8", "replace")


def emit(message: Message) -> bytes:
    """`<PRI>TIMESTAMP HOST TAG[PID]: TEXT`; what is empty is left out. Raises LocalProtocolError for what this format
    has no place for, and for words that would be read as something else."""
    if message.msgid or message.data or message.utf8 or message.sequence:
        raise LocalProtocolError(
            "RFC 3164 has no message id, structured data or byte order mark", rule="RFC 3164 §4.1", hint="format=5424"
        )
    head = ""
    if message.timestamp:
        if not _STAMP.fullmatch(message.timestamp):
            raise LocalProtocolError(f"{message.timestamp[:60]!r} isn't like `Oct 11 22:14:15`", rule="RFC 3164 §4.1.2")
        head = f"{message.timestamp} "
    if message.hostname:
        if not message.timestamp or not _EMITTED_HOST.fullmatch(message.hostname):
            raise LocalProtocolError(
                f"{message.hostname[:60]!r} is no host's name, or stands without a time", rule="RFC 3164 §4.1.2"
            )
        head += f"{message.hostname} "
    if message.app:
        if not _EMITTED_TAG.fullmatch(message.app):
            raise LocalProtocolError(
                f"the app {message.app[:60]!r} isn't 1 to 32 printable ASCII characters without : [ ]",
                rule="RFC 3164 §4.1.3",
            )
        head += message.app
    if message.procid:
        if not message.app or not _EMITTED_TAG.fullmatch(message.procid):
            raise LocalProtocolError("a process id is a word after an app", rule="RFC 3164 §5.3")
        head += f"[{message.procid}]"
    if message.app:
        head += ": "
    return emit_priority(message) + head.encode() + message.text
