"""Messages as the house knows them, and as syslog does: topics, properties, and what a client composes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError, UsageError
from netloom.records import Message
from netloom.wire.syslog import structured
from netloom.wire.syslog.message import FACILITIES, SEVERITIES, stamp_3164, stamp_5424
from netloom.wire.syslog.message import Message as Event
from netloom.wire.syslog.rfc5424 import BOM, is_timestamp

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from netloom.protocols.syslog.options import Options
    from netloom.wire.syslog.message import Element

ROOT = "syslog"

_NOT_IN_A_LEVEL = re.compile(r"[/+#%\x00-\x20\x7f\ud800-\udfff]")
_WORDS = ("timestamp", "hostname", "app", "procid", "msgid", "sequence")


def heard(event: Event, sender: str) -> Message:
    """`syslog/HOST/APP/SEVERITY`. A host that isn't named is where it came from; what can't stand in a level is
    percent-encoded."""
    host = event.hostname or sender.rpartition(":")[0].strip("[]") or "-"
    levels = (host, event.app or "-", event.severity_name)
    properties: dict[str, str] = {"facility": event.facility_name, "severity": event.severity_name}
    properties |= {name: word for name in _WORDS if (word := getattr(event, name))}
    if event.data:
        properties["data"] = structured.emit(event.data)
    return Message(
        topic="/".join([ROOT, *(_NOT_IN_A_LEVEL.sub(_encoded, level) for level in levels)]),
        payload=event.text,
        sender=sender,
        properties=properties | {"format": event.format},
    )


def _encoded(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))


def compose(message: Message, options: Options, hostname: str, now: datetime) -> Event:
    """What a client says. A message's `properties` with the names of the options win over them, and so does its
    `timestamp`, where the format can say it. A line end after the text isn't part of it. Raises UsageError."""
    if message.topic:
        raise UsageError("syslog has no topics", hint="-O app=NAME says who speaks")
    given = message.properties
    text = message.payload.removesuffix(b"\n").removesuffix(b"\r")
    fields = {name: given.get(name, getattr(options, name)) for name in ("app", "procid", "msgid")}
    modern = options.format == "5424"
    said = given.get("timestamp", "")
    event = Event(
        format=options.format,
        facility=_number(given.get("facility", options.facility), FACILITIES, "facility"),
        severity=_number(given.get("severity", options.severity), SEVERITIES, "severity"),
        timestamp=said if modern and is_timestamp(said) else stamp_5424(now) if modern else stamp_3164(now),
        hostname=given.get("hostname") or options.hostname or hostname,
        data=elements([given["data"]] if "data" in given else options.data),
        text=text.removeprefix(BOM) if modern else text,
        utf8=modern and not text.isascii() and _is_utf8(text),  # then the mark says so (§6.4)
        **fields,
    )
    if event.text.startswith(BOM):
        raise UsageError("the text begins with two byte order marks")
    return event


def elements(texts: Sequence[str]) -> tuple[Element, ...]:
    """Structured data as people write it. Raises UsageError with the column of what is wrong."""
    found: list[Element] = []
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        try:
            some, end = structured.parse(data)
        except RemoteProtocolError as error:
            raise _unfit(text, error.message, error.offset or 0) from None
        if end != len(data):
            raise _unfit(text, "something follows the last `]`", end)
        found += some
    return tuple(found)


def _unfit(text: str, why: str, column: int) -> UsageError:
    return UsageError(
        f"option data: {why}, at column {column + 1}", hint='[id@32473 name="value"]', text=text, column=column
    )


def _number(name: str, names: Sequence[str], what: str) -> int:
    if name not in names:
        raise UsageError(f"{name[:40]!r} is no {what}", hint=f"one of {', '.join(names)}")
    return names.index(name)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
