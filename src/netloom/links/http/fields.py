"""Heads as bytes: status lines, request lines and fields, checked before they are said (RFC 9110 §5, RFC 9112)."""

from __future__ import annotations

import functools
import http
import re
import time
from email.utils import formatdate
from typing import TYPE_CHECKING

import msgspec

from netloom.errors import LocalProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netloom.links.http.messages import Headers

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_TARGET = re.compile(r"[!-\"$-~]+")
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+(?:%25[\w.~\-]+)?\]|[\w.~%!$&'()*+,;=\-]*)(?::\d{0,5})?", re.ASCII)
_CACHED = 256
_FEW = 8

PLAIN, LENGTH, CODING, CONNECTION, DATE = range(5)
_KINDS = {
    "content-length": LENGTH,
    "transfer-encoding": CODING,
    "connection": CONNECTION,
    "keep-alive": CONNECTION,
    "proxy-connection": CONNECTION,
    "upgrade": CONNECTION,
    "date": DATE,
}

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def _line(name: str, value: str) -> tuple[int, bytes]:
    if not _NAME.fullmatch(name):
        raise LocalProtocolError(f"{name[:80]!r} is no name of a field", rule="RFC 9110 §5.1")
    value = value.strip(" \t")
    if not _VALUE.fullmatch(value):
        raise LocalProtocolError(f"the value of {name} has a control character in it", rule="RFC 9110 §5.5")
    return _KINDS.get(name.lower(), PLAIN), f"{name}: {value}\r\n".encode("latin-1" if value.isascii() else "utf-8")


_cached_line = functools.lru_cache(maxsize=1024)(_line)


def line(name: str, value: str) -> tuple[int, bytes]:
    """A field's line, and which part it plays in framing. Raises LocalProtocolError for CR, LF, NUL and their like."""
    return _cached_line(name, value) if len(value) <= _CACHED else _line(name, value)


def checked(fields: Iterable[tuple[str, str]]) -> Headers:
    """Fields as HTTP/2 has them: names in lower case, nothing about the connection (RFC 9113 §8.2)."""
    kept = []
    for name, value in fields:
        kind, _ = line(name, value)
        if kind not in (CONNECTION, CODING):
            kept.append((name.lower(), value.strip(" \t")))
    return tuple(kept)


def reason(status: int) -> str:
    """A status code's usual phrase."""
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return ""


@functools.lru_cache(maxsize=1024)
def status_line(status: int) -> bytes:
    """`HTTP/1.1 200 OK`. Raises LocalProtocolError for what is no status code."""
    if not 100 <= status <= 599:
        raise LocalProtocolError(f"{status} is no status code", rule="RFC 9110 §15")
    return f"HTTP/1.1 {status} {reason(status)}\r\n".encode("ascii")


class Prepared(msgspec.Struct, frozen=True):
    """A final answer's status line and fields as bytes, and what they say about framing."""

    lines: bytes
    length: int | None
    dated: bool
    closes: bool


def _prepare(status: int, headers: Headers) -> Prepared:
    if status < 200:
        raise LocalProtocolError(f"{status} is no final answer", rule="RFC 9110 §15.2")
    lines = [status_line(status)]
    length: int | None = None
    dated = closes = False
    for name, value in headers:
        kind, said = line(name, value)
        if kind == LENGTH:
            if status == 204:
                continue
            length = _number(value, length)
        elif kind == CONNECTION:
            closes = closes or "close" in value.lower()
            if name.lower() != "upgrade":
                continue
        elif kind == CODING:
            continue
        elif kind == DATE:
            dated = True
        lines.append(said)
    return Prepared(b"".join(lines), length, dated, closes)


_prepared = functools.lru_cache(maxsize=512)(_prepare)


def head(status: int, headers: Headers) -> Prepared:
    """What an answer begins with; the engine itself sees to transfer codings and to the connection.

    Short ones are kept, for the next answer of the same kind. Raises LocalProtocolError.
    """
    if len(headers) > _FEW:
        return _prepare(status, headers)
    return _prepared(status, headers)


def _number(value: str, before: int | None) -> int:
    if not (value.isascii() and value.isdigit()) or (before is not None and before != int(value)):
        raise LocalProtocolError(f"{value[:40]!r} is no length", rule="RFC 9110 §8.6")
    return int(value)


class _Clock:
    """The Date line, made once a second."""

    __slots__ = ("line", "second")

    def __init__(self) -> None:
        self.second = -1
        self.line = b""


_clock = _Clock()


def date_line() -> bytes:
    """`date: …` for now (RFC 9110 §6.6.1)."""
    now = int(time.time())
    if now != _clock.second:
        _clock.second = now
        _clock.line = f"date: {formatdate(now, usegmt=True)}\r\n".encode("ascii")
    return _clock.line


def date_value() -> str:
    """The same for HTTP/2."""
    return date_line()[6:-2].decode("ascii")


def check_method(method: str) -> None:
    """Raises LocalProtocolError for what is no method."""
    if not _NAME.fullmatch(method):
        raise LocalProtocolError(f"{method[:80]!r} is no method", rule="RFC 9110 §9.1")


def check_target(target: str) -> None:
    """Raises LocalProtocolError for a space, a control character, a fragment or anything not ASCII in a target."""
    if not _TARGET.fullmatch(target):
        raise LocalProtocolError(f"{target[:80]!r} can't be asked for: percent-encode it", rule="RFC 9112 §3.2")


def is_host(value: str) -> bool:
    """Whether a Host field or an :authority has a form that one may have (RFC 9110 §7.2)."""
    return _HOST.fullmatch(value) is not None


def is_token(text: str) -> bool:
    """Whether it is a token (RFC 9110 §5.6.2)."""
    return _NAME.fullmatch(text) is not None
