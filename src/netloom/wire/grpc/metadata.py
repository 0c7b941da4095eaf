"""Metadata, timeouts and status messages as header fields have them (gRPC over HTTP/2, Requests and Responses)."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.grpc.status import RULE

if TYPE_CHECKING:
    from collections.abc import Iterable

Metadata = tuple[tuple[str, str | bytes], ...]
"""Pairs in their order, names in lower case. A name that ends in -bin has octets, any other a text."""

OVERHEAD = 32
"""What a field counts for beside its name and value (RFC 9113 §6.5.2)."""
BINARY = "-bin"
_NAME = re.compile(r"[0-9a-z_.\-]+")
_VALUE = re.compile(r"[ -~]*")
_TIMEOUT = re.compile(r"([0-9]{1,8})([HMSmun])")
_UNITS = {"H": 3600.0, "M": 60.0, "S": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}
_LONGEST = 99_999_999
_OWN = frozenset({"te", "content-type", "content-length", "user-agent", "host", "date", "connection", "trailer"})
_MESSAGE = "".join(chr(octet) for octet in range(0x20, 0x7F) if octet != 0x25)


def size(fields: Iterable[tuple[str, str]]) -> int:
    """What fields count for against a limit, in octets (RFC 9113 §6.5.2)."""
    return sum(len(name) + len(value) + OVERHEAD for name, value in fields)


def is_reserved(name: str) -> bool:
    """Whether a field is the protocol's own, and no metadata."""
    return name in _OWN or (name.startswith(("grpc-", ":")) and name != "grpc-status-details-bin")


def parse(fields: Iterable[tuple[str, str]]) -> Metadata:
    """The metadata among a message's fields. Raises RemoteProtocolError for -bin that isn't base64.

    Several binary values may stand in one field, joined by commas.
    """
    made: list[tuple[str, str | bytes]] = []
    for name, value in fields:
        if is_reserved(name):
            continue
        if name.endswith(BINARY):
            made += [(name, decode(name, part)) for part in value.split(",")]
        else:
            made.append((name, value))
    return tuple(made)


def emit(metadata: Iterable[tuple[str, str | bytes]]) -> tuple[tuple[str, str], ...]:
    """Metadata as fields. Raises LocalProtocolError for what can't be said: nothing is stripped."""
    return tuple(_field(name, value) for name, value in metadata)


def _field(name: str, value: str | bytes) -> tuple[str, str]:
    if not _NAME.fullmatch(name):
        raise LocalProtocolError(
            f"{name[:40]!r} is no name of metadata: it has a to z in lower case, digits, _, - and .", rule=RULE
        )
    if is_reserved(name):
        raise LocalProtocolError(f"{name} is the protocol's own: it isn't sent as metadata", rule=RULE)
    if name.endswith(BINARY):
        if isinstance(value, str):
            raise LocalProtocolError(f"{name} has octets, not a text", rule=RULE)
        return name, base64.b64encode(value).decode("ascii").rstrip("=")
    if not isinstance(value, str) or not _VALUE.fullmatch(value) or value != value.strip(" "):
        raise LocalProtocolError(
            f"the value of {name} can't be sent: it is printable ASCII without spaces around it", rule=RULE,
            hint="octets go under a name that ends in -bin",
        )  # fmt: skip
    return name, value


def decode(name: str, text: str) -> bytes:
    """A binary value, with its padding or without. Raises RemoteProtocolError."""
    bare = text.strip(" \t").rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise RemoteProtocolError(f"{name[:40]} is to be base64", rule=RULE) from None


def parse_line(line: str) -> tuple[str, str | bytes]:
    """Metadata as people write it: `name: value`; where the name ends in -bin the value is base64.

    Raises LocalProtocolError.
    """
    name, colon, value = line.partition(":")
    name, value = name.strip(" ").lower(), value.strip(" ")
    if not colon:
        raise LocalProtocolError(f"metadata is 'name: value', not {name[:40]!r}", rule=RULE)
    if not name.endswith(BINARY):
        _field(name, value)
        return name, value
    try:
        octets = decode(name, value)
    except RemoteProtocolError as error:
        raise LocalProtocolError(error.message, rule=RULE) from None
    _field(name, octets)
    return name, octets


# Timeouts


def parse_timeout(text: str) -> float:
    """grpc-timeout in seconds. Raises RemoteProtocolError."""
    found = _TIMEOUT.fullmatch(text)
    if found is None:
        raise RemoteProtocolError(f"grpc-timeout is a number and its unit, not {text[:40]!r}", rule=RULE)
    return int(found[1]) * _UNITS[found[2]]


def emit_timeout(seconds: float) -> str:
    """Seconds as grpc-timeout: as finely as eight digits allow, never 0 and never longer than it is."""
    for unit in "num":
        count = int(seconds / _UNITS[unit] + 1e-6)
        if count <= _LONGEST:
            return f"{max(count, 1)}{unit}"
    return next(
        f"{int(seconds / _UNITS[unit])}{unit}" for unit in "SMH" if seconds / _UNITS[unit] <= _LONGEST or unit == "H"
    )


# Messages of a status


def parse_message(text: str) -> str:
    """grpc-message: percent-encoded UTF-8. What isn't well encoded is shown as it came, as the specification asks."""
    return unquote_to_bytes(text.encode("latin-1", "replace")).decode("utf-8", "replace")


def emit_message(text: str) -> str:
    """Any text as grpc-message. Outer spaces would be lost on the way: they are encoded as well."""
    inner = text.strip(" ")
    before = len(text) - len(text.lstrip(" ")) if inner else len(text)
    after = len(text) - len(inner) - before
    return "%20" * before + quote(inner.encode("utf-8", "replace"), safe=_MESSAGE) + "%20" * after
