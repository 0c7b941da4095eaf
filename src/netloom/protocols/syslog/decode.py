"""Syslog, the passive decoder: datagrams, or frames in a stream (RFC 5424, RFC 3164, RFC 6587)."""

from __future__ import annotations

import re

from netloom.errors import RemoteProtocolError
from netloom.records import Said
from netloom.wire import syslog
from netloom.wire.syslog.framing import LIMIT, Unframer

_SHOWN = 200
_PRIORITY = re.compile(rb"<(\d{1,3})>")
_FRAMED = re.compile(rb"[1-9]\d{0,5} <\d{1,3}>")


def is_message(data: bytes) -> bool:
    """Whether a first payload begins with a priority."""
    found = _PRIORITY.match(data)
    return found is not None and int(found[1]) < 192


def is_framed(data: bytes) -> bool:
    """Whether a first payload begins with a counted message."""
    return _FRAMED.match(data) is not None


class Decoder:
    """Each message in words. What begins with a count, or has line ends, is a stream; anything else a datagram."""

    def __init__(self) -> None:
        self._streams: dict[str, Unframer] = {}
        self._lost: set[str] = set()

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """A datagram, or a piece of a stream."""
        if not data:
            return []
        if sender in self._lost:
            return [Said(sender=sender, words=f"{len(data)} bytes", size=len(data))]
        stream = self._streams.get(sender)
        if stream is None:
            if not (data[:1].isdigit() or b"\n" in data[:-1] or data[-1:] == b"\n"):
                return [_said(sender, data)]
            stream = self._streams[sender] = Unframer(LIMIT)
        said: list[Said] = []
        try:
            said += [_said(sender, message) for message in stream.feed(data)]
        except RemoteProtocolError as error:
            self._lost.add(sender)
            said.append(Said(sender=sender, words=f"no frame: {error.message}", size=len(data)))
        return said


def _said(sender: str, data: bytes) -> Said:
    try:
        event = syslog.parse(data)
    except RemoteProtocolError as error:
        return Said(sender=sender, words=f"no syslog message: {error.message}", size=len(data))
    who = " ".join(
        word for word in (event.hostname, f"{event.app}[{event.procid}]" if event.procid else event.app) if word
    )
    parts = [f"{event.facility_name}.{event.severity_name}", who, event.msgid, *(f"[{one.id}]" for one in event.data)]
    head = " ".join(part for part in parts if part)
    return Said(sender=sender, words=f"{_text(head)}: {_text(event.text.decode(errors='replace'))}", size=len(data))


def _text(text: str) -> str:
    shown = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text[:_SHOWN])
    return f"{shown}…" if len(text) > _SHOWN else shown
