"""Syslog messages: RFC 5424 to the letter, RFC 3164 as it is really said, and their frames (RFC 6587)."""

from __future__ import annotations

import re

from netloom.errors import RemoteProtocolError
from netloom.wire.syslog import rfc3164, rfc5424
from netloom.wire.syslog.message import FACILITIES, SEVERITIES, Element, Message

__all__ = ["FACILITIES", "SEVERITIES", "Element", "Message", "emit", "parse"]

_TAIL = b"\0\r\n"
_VERSIONED = re.compile(rb"<[0-9]{1,3}>[1-9][0-9]{0,2} ")


def parse(data: bytes) -> Message:
    """One message, whichever of the two it is: what claims to be RFC 5424 and isn't is read as far as it goes.

    Line ends and NULs after it don't count. Raises RemoteProtocolError where nothing is said at all.
    """
    data = data.rstrip(_TAIL)
    if not data.strip():
        raise RemoteProtocolError("an empty message", rule="RFC 5424 §6", offset=0)
    if _VERSIONED.match(data):
        try:
            return rfc5424.parse(data)
        except RemoteProtocolError:
            pass  # many say `1` and go on as they like
    return rfc3164.parse(data)


def emit(message: Message) -> bytes:
    """The message in its own format. Raises LocalProtocolError for what can't be said in it."""
    return rfc3164.emit(message) if message.format == "3164" else rfc5424.emit(message)
