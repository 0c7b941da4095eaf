"""Field sections of requests, answers and trailers: what they must have and may not (RFC 9114 §4.2, §4.3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from netloom.wire.http3.codes import Code, Http3Error

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netloom.wire.http3.qpack import Field

Text = tuple[str, str]

_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]+")
_VALUE = re.compile(rb"(?:[^\x00-\x20\x7f](?:[^\x00-\x08\x0a-\x1f\x7f]*[^\x00-\x20\x7f])?)?")
_CONNECTION = frozenset((b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"))
_REQUEST = frozenset((b":method", b":scheme", b":authority", b":path"))
_STATUS = re.compile(r"[1-9][0-9][0-9]")


def _malformed(message: str, rule: str = "RFC 9114 §4.1.2") -> Http3Error:
    return Http3Error(Code.MESSAGE_ERROR, message, rule)


def request(fields: Iterable[Field]) -> tuple[dict[str, str], list[Text]]:
    """A request's pseudo-header fields by name, and the others. Raises Http3Error (MESSAGE_ERROR)."""
    pseudo, others = _parted(fields, _REQUEST)
    method = pseudo.get(":method")
    if not method:
        raise _malformed("a request without :method", "RFC 9114 §4.3.1")
    if method == "CONNECT":
        if set(pseudo) != {":method", ":authority"}:
            raise _malformed("CONNECT has :method and :authority alone", "RFC 9114 §4.4")
    elif not pseudo.get(":scheme") or not pseudo.get(":path"):
        raise _malformed("a request without :scheme or :path", "RFC 9114 §4.3.1")
    return pseudo, others


def response(fields: Iterable[Field]) -> tuple[int, list[Text]]:
    """A response's status, and its fields. Raises Http3Error (MESSAGE_ERROR)."""
    pseudo, others = _parted(fields, frozenset((b":status",)))
    status = pseudo.get(":status", "")
    if not _STATUS.fullmatch(status) or status == "101":
        raise _malformed("an answer without its status", "RFC 9114 §4.3.2")
    return int(status), others


def trailers(fields: Iterable[Field]) -> list[Text]:
    """The fields after a body. Raises Http3Error (MESSAGE_ERROR)."""
    return _parted(fields, frozenset())[1]


def length(fields: Iterable[Text]) -> int | None:
    """What Content-Length says (RFC 9110 §8.6); None where it isn't there. Raises Http3Error (MESSAGE_ERROR)."""
    said = {value for name, value in fields if name == "content-length"}
    if not said:
        return None
    value = said.pop()
    if said or not (value.isascii() and value.isdigit()) or len(value) > 19:
        raise _malformed(f"{value[:40]!r} is no length", "RFC 9110 §8.6")
    return int(value)


def _parted(fields: Iterable[Field], allowed: frozenset[bytes]) -> tuple[dict[str, str], list[Text]]:
    pseudo: dict[str, str] = {}
    others: list[Text] = []
    for name, value in fields:
        if not _VALUE.fullmatch(value):
            raise _malformed(f"the value of {_shown(name)} has a control character or a space around it")
        if name[:1] == b":":
            text = name.decode("latin-1")
            if name not in allowed or text in pseudo or others:
                raise _malformed(f"{_shown(name)} has no place there", "RFC 9114 §4.3")
            pseudo[text] = value.decode("latin-1")
            continue
        if not _NAME.fullmatch(name):
            raise _malformed(f"{_shown(name)} is no name of a field", "RFC 9114 §4.2")
        if name in _CONNECTION or (name == b"te" and value.lower() != b"trailers"):
            raise _malformed(f"{_shown(name)} is about a connection of HTTP/1", "RFC 9114 §4.2")
        others.append((name.decode("ascii"), value.decode("latin-1")))
    return pseudo, others


def _shown(name: bytes) -> str:
    return name[:80].decode("ascii", "backslashreplace")
