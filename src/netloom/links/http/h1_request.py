"""A request's head as bytes to a request, with everything that the parser leaves to us (RFC 9112, RFC 9110 §7.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httptools
import msgspec

from netloom.errors import RemoteProtocolError
from netloom.links.http.fields import is_host, is_token
from netloom.links.http.messages import Request, headers_all, tokens

if TYPE_CHECKING:
    from netloom.links.http.limits import Limits

BARE_LF = re.compile(rb"(?<!\r)\n")
_METHOD = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?= )")
_ABSOLUTE = re.compile(r"(https?)://([^/?#]*)(.*)", re.IGNORECASE)
_FRAMING = frozenset(("host", "content-length", "transfer-encoding", "connection", "upgrade", "expect"))
_NAMES: dict[bytes, str] = {}
_METHODS: dict[bytes, str] = {}
_KNOWN = 1024

Fields = list[tuple[str, str]]


class Refusal(RemoteProtocolError):
    """A request that is answered with `answer`, an error's status code, and the end of the connection."""

    def __init__(self, answer: int, message: str, rule: str) -> None:
        super().__init__(message, rule=rule)
        self.answer = answer


class Head(msgspec.Struct, frozen=True):
    """A request, and what its head says about the connection. `length` of the body is -1 where it comes in chunks."""

    request: Request
    version: str
    length: int
    keep: bool
    continues: bool
    switches: bool


class HeadParser:
    """Collects what httptools calls back with; `parse` takes one whole head, its empty line included."""

    __slots__ = ("_fields", "_framing", "_hosts", "_parser", "_url")

    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._clear()

    def _clear(self) -> None:
        self._url = b""
        self._fields: Fields = []
        self._hosts: list[str] = []
        self._framing: Fields = []  # those of the fields that say something about the connection

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, raw: bytes, value: bytes) -> None:
        name = _NAMES.get(raw) or _remember(_NAMES, raw, raw.decode("ascii").lower())
        text = value.rstrip(b" \t").decode("latin-1")
        field = name, text
        self._fields.append(field)
        if name in _FRAMING:
            if name == "host":
                self._hosts.append(text)
            else:
                self._framing.append(field)

    def parse(self, head: bytes, scheme: str, limits: Limits) -> Head:
        """Raises Refusal."""
        switches = False
        try:
            self._parser.feed_data(head)
        except httptools.HttpParserUpgrade:
            switches = True
        except httptools.HttpParserError as exc:
            raise _refused(head, exc) from None
        if len(self._url) > limits.max_target:
            raise Refusal(414, f"a target of more than {limits.max_target} bytes", "RFC 9110 §15.5.15")
        if len(self._fields) > limits.max_headers:
            raise Refusal(431, f"more than {limits.max_headers} fields", "RFC 6585 §5")
        raw = self._parser.get_method()
        version = "1.1" if head.startswith(b"%b %b HTTP/1.1\r\n" % (raw, self._url)) else _version(head)
        method = _METHODS.get(raw) or _remember(_METHODS, raw, raw.decode("ascii"))
        authority, target = _place(method, self._url.decode("ascii"), self._hosts, version)
        request = Request(method=method, target=target, headers=tuple(self._fields), scheme=scheme, authority=authority)
        framing = self._framing
        self._clear()
        if not framing:
            return Head(request, version, 0, version == "1.1", False, switches)
        return _framed(request, framing, version, switches, limits)


def _remember(known: dict[bytes, str], raw: bytes, text: str) -> str:
    if len(known) < _KNOWN and len(raw) <= 64:
        known[raw] = text
    return text


def _version(head: bytes) -> str:
    end = head.index(b"\r\n")
    if head.count(b" ", 0, end) != 2:
        raise Refusal(400, "a request line is a method, a target and a version", "RFC 9112 §3")
    said = head[end - 9 : end]
    if said == b" HTTP/1.1":
        return "1.1"
    if said == b" HTTP/1.0":
        return "1.0"
    if said[:6] == b" HTTP/":
        raise Refusal(505, "versions 1.0 and 1.1 are spoken here", "RFC 9110 §15.6.6")
    raise Refusal(400, "a request line ends with its version", "RFC 9112 §3")


def _framed(request: Request, headers: Fields, version: str, switches: bool, limits: Limits) -> Head:
    """What the fields say about the connection and the body."""
    options = tokens(headers, "connection")
    keep = "close" not in options and (version == "1.1" or "keep-alive" in options)
    length = _length(headers, version, limits)
    continues = _expectation(headers) and version == "1.1" and length != 0
    if "upgrade" in options and version == "1.1" and length == 0:
        wanted = next(iter(tokens(headers, "upgrade")), "")
        request = msgspec.structs.replace(request, protocol=wanted)
    return Head(request, version, length, keep, continues, switches)


def _place(method: str, target: str, hosts: list[str], version: str) -> tuple[str, str]:
    """The authority and the target in origin form (RFC 9112 §3.2, §3.3)."""
    if len(hosts) != 1 and (version == "1.1" or hosts):
        raise Refusal(400, f"{len(hosts)} Host fields: one it must be", "RFC 9112 §3.2")
    authority = hosts[0] if hosts else ""
    if not is_host(authority):
        raise Refusal(400, "a Host field that names no host", "RFC 9112 §3.2")
    if method == "CONNECT":
        if not is_host(target) or ":" not in target:
            raise Refusal(400, "CONNECT asks for host:port", "RFC 9112 §3.2.3")
        return target, target
    if target[0] == "/":
        if "#" in target:
            raise Refusal(400, "a fragment in a request's target", "RFC 9112 §3.2.1")
        return authority, target
    if target == "*" and method == "OPTIONS":
        return authority, target
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is None or not absolute[2] or not is_host(absolute[2]) or "#" in target:
        raise Refusal(400, "a target of no form that a request may have", "RFC 9112 §3.2")
    path = absolute[3]
    return absolute[2], path if path.startswith("/") else "/" + path


def _length(headers: Fields, version: str, limits: Limits) -> int:
    """How long the body is (RFC 9112 §6). The parser has refused two lengths, and a length beside a coding."""
    codings = tokens(headers, "transfer-encoding")
    if codings:
        if version != "1.1":
            raise Refusal(400, "HTTP/1.0 has no transfer codings", "RFC 9112 §6.1")
        if codings != ["chunked"]:
            raise Refusal(501, "chunked is the only transfer coding that is understood here", "RFC 9112 §6.1")
        return -1
    said = headers_all(headers, "content-length")
    length = int(said[0]) if said else 0
    if length > limits.max_body:
        raise Refusal(413, f"a body of more than {limits.max_body} bytes", "RFC 9110 §15.5.14")
    return length


def _expectation(headers: Fields) -> bool:
    expected = tokens(headers, "expect")
    if any(member != "100-continue" for member in expected):
        raise Refusal(417, "100-continue is all that can be expected here", "RFC 9110 §10.1.1")
    return bool(expected)


def _refused(head: bytes, exc: httptools.HttpParserError) -> Refusal:
    if isinstance(exc, httptools.HttpParserInvalidMethodError):
        method = _METHOD.match(head)
        if method and is_token(method.group().decode("ascii")):
            return Refusal(501, "a method that isn't known here", "RFC 9110 §9.1")
    return Refusal(400, f"no HTTP request: {str(exc).lower() or 'malformed'}", "RFC 9112 §2.2")
