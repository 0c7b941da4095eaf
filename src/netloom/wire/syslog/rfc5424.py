"""Syslog messages to the letter of RFC 5424."""

from __future__ import annotations

import re
from datetime import date

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.syslog import structured
from netloom.wire.syslog.message import HIGHEST, Message, emit_priority, text_of

BOM = b"\xef\xbb\xbf"
LIMITS = {"hostname": 255, "app": 48, "procid": 128, "msgid": 32}
"""Characters of the header's words (§6)."""

_PRIORITY = re.compile(rb"<(0|[1-9][0-9]{0,2})>([1-9][0-9]{0,2})")
_TIMESTAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
_WORD = re.compile(rb"[!-~]+")


def parse(data: bytes) -> Message:
    """One message. Raises RemoteProtocolError for whatever the RFC doesn't allow."""
    parts = data.split(b" ", 6)
    found = _PRIORITY.fullmatch(parts[0])
    if found is None or int(found[1]) > HIGHEST:
        raise RemoteProtocolError(f"<0> to <{HIGHEST}> and a version are expected", rule="RFC 5424 §6.2.1", offset=0)
    if found[2] != b"1":
        raise RemoteProtocolError("the version isn't 1", rule="RFC 5424 §6.2.2", offset=found.start(2))
    if len(parts) < 7:
        raise RemoteProtocolError(f"a header of 7 parts has {len(parts)}", rule="RFC 5424 §6", offset=len(data))
    words = {}
    at = len(parts[0]) + 1 + len(parts[1]) + 1
    for (name, limit), word in zip(LIMITS.items(), parts[2:6], strict=True):
        if not _WORD.fullmatch(word) or len(word) > limit:
            message = f"the {name} isn't 1 to {limit} printable characters"
            raise RemoteProtocolError(message, rule="RFC 5424 §6", offset=at)
        words[name] = "" if word == b"-" else word.decode("ascii")
        at += len(word) + 1
    elements, end = structured.parse(data, at)
    text, utf8 = _text(data, end)
    facility, severity = divmod(int(found[1]), 8)
    return Message(
        facility=facility,
        severity=severity,
        timestamp=_timestamp(parts[1], len(parts[0]) + 1),
        data=elements,
        text=text,
        utf8=utf8,
        hostname=words["hostname"],
        app=words["app"],
        procid=words["procid"],
        msgid=words["msgid"],
    )


def _timestamp(word: bytes, at: int) -> str:
    said = word.decode("latin-1")
    if said == "-":
        return ""
    if not is_timestamp(said):
        raise RemoteProtocolError(
            "a time such as 2003-10-11T22:14:15.003Z is expected", rule="RFC 5424 §6.2.3", offset=at
        )
    return said


def is_timestamp(said: str) -> bool:
    """Whether a text is a time as §6.2.3 has it, on a day that there is."""
    found = _TIMESTAMP.fullmatch(said)
    if found is None:
        return False
    try:
        date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return False
    return True


def _text(data: bytes, at: int) -> tuple[bytes, bool]:
    if at == len(data):
        return b"", False
    if data[at : at + 1] != b" ":
        raise RemoteProtocolError("a space is expected after structured data", rule="RFC 5424 §6", offset=at)
    text = data[at + 1 :]
    if not text.startswith(BOM):
        return text, False
    text_of(text, "a text that begins with a byte order mark", "RFC 5424 §6.4")
    return text[len(BOM) :], True


def emit(message: Message) -> bytes:
    """One message. Raises LocalProtocolError for what the RFC doesn't allow."""
    words = [message.timestamp or "-"]
    if message.timestamp and not is_timestamp(message.timestamp):
        raise LocalProtocolError(f"{message.timestamp[:60]!r} is no time with its zone", rule="RFC 5424 §6.2.3")
    for name, limit in LIMITS.items():
        word = getattr(message, name)
        if word and (len(word) > limit or not word.isascii() or not _WORD.fullmatch(word.encode())):
            why = f"the {name} {word[:60]!r} isn't 1 to {limit} printable ASCII characters"
            raise LocalProtocolError(why, rule="RFC 5424 §6")
        words.append(word or "-")
    words.append(structured.emit(message.data))
    head = " ".join(words)
    try:
        said = emit_priority(message) + b"1 " + head.encode()
    except UnicodeEncodeError:
        raise LocalProtocolError("structured data isn't text", rule="RFC 5424 §6.3.3") from None
    if message.utf8:
        try:
            message.text.decode()
        except UnicodeDecodeError:
            raise LocalProtocolError("a text after a byte order mark is UTF-8", rule="RFC 5424 §6.4") from None
        return said + b" " + BOM + message.text
    if message.text.startswith(BOM):
        raise LocalProtocolError("a text that begins with a byte order mark has `utf8`", rule="RFC 5424 §6.4")
    return said + b" " + message.text if message.text else said
