"""What a syslog message says: priority, header, structured data and text (RFC 5424 §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError

if TYPE_CHECKING:
    from datetime import datetime

Facility = Literal[
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp",
    "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
]  # fmt: skip
Severity = Literal["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"]
FACILITIES: tuple[Facility, ...] = get_args(Facility)
"""By number (RFC 5424 table 1), with the names that syslog.conf has for them."""
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""By number (RFC 5424 table 2)."""
HIGHEST = 8 * len(FACILITIES) - 1
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Element(Struct, frozen=True):
    """Structured data of one kind: an id and its parameters, whose names may come more than once (RFC 5424 §6.3)."""

    id: str
    params: tuple[tuple[str, str], ...] = ()


class Message(Struct, frozen=True, kw_only=True):
    """A message. What is empty wasn't said: nil (`-`) in RFC 5424, left out in RFC 3164.

    `timestamp` is as it was said. `utf8` is set where the text begins with a byte order mark, which isn't part of it.
    `sequence` is the number that Cisco's devices count their messages with.
    """

    format: Literal["5424", "3164"] = "5424"
    facility: int = 1
    severity: int = 5
    timestamp: str = ""
    hostname: str = ""
    app: str = ""
    procid: str = ""
    msgid: str = ""
    data: tuple[Element, ...] = ()
    text: bytes = b""
    utf8: bool = False
    sequence: str = ""

    @property
    def facility_name(self) -> str:
        return FACILITIES[self.facility]

    @property
    def severity_name(self) -> str:
        return SEVERITIES[self.severity]


def emit_priority(message: Message) -> bytes:
    """`<PRI>`."""
    if not (0 <= message.facility < len(FACILITIES) and 0 <= message.severity < len(SEVERITIES)):
        raise LocalProtocolError("a facility is 0 to 23, a severity 0 to 7", rule="RFC 5424 §6.2.1")
    return b"<%d>" % (8 * message.facility + message.severity)


def text_of(data: bytes, what: str, rule: str) -> str:
    """Bytes that have to be UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise RemoteProtocolError(f"{what} isn't UTF-8", rule=rule, offset=error.start) from None


def stamp_5424(when: datetime) -> str:
    """A time with its zone as RFC 5424 §6.2.3 has it."""
    said = when.isoformat(timespec="microseconds")
    return f"{said[:-6]}Z" if said.endswith("+00:00") else said


def stamp_3164(when: datetime) -> str:
    """A local time as RFC 3164 §4.1.2 has it: without year and zone."""
    return f"{MONTHS[when.month - 1]} {when.day:2} {when:%H:%M:%S}"
