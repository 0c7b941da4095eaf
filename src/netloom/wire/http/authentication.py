"""Challenges and credentials: the framework, Basic and Bearer (RFC 9110 §11, RFC 7617, RFC 6750)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.credentials import Credentials
from netloom.wire.http.fields import is_token, quote

if TYPE_CHECKING:
    from collections.abc import Iterable

_RULE = "RFC 9110 §11"
_LIMIT = 16 * 1024
_MANY = 64
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_SEPARATOR = re.compile(r"[ \t,]*")
_TOKEN68 = re.compile(r"[ \t]+([A-Za-z0-9\-._~+/]+=*)[ \t]*(?=,|$)")
_VALUE = re.compile(r"[ \t]*=[ \t]*(?:\"((?:[^\"\\]|\\.)*)\"|([!#$%&'*+\-.^_`|~0-9A-Za-z/:=@]+))[ \t]*(?=,|$)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Authentication(Struct, frozen=True):
    """A challenge or credentials: a scheme in lower case, and a `token` or `parameters` (names in lower case)."""

    scheme: str
    token: str = ""
    parameters: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return f"Authentication({self.scheme!r}, •••)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("scheme", self.scheme), ("secret", "•••")]


def parse(value: str) -> list[Authentication]:
    """The challenges of WWW-Authenticate, or the credentials of Authorization. Raises RemoteProtocolError."""
    if len(value) > _LIMIT:
        raise RemoteProtocolError(f"a field of more than {_LIMIT} characters", rule=_RULE, offset=_LIMIT)
    made: list[Authentication] = []
    parameters: dict[str, str] = {}
    separated = True
    at = _end_of_separators(value, 0)
    while at < len(value):
        name = _NAME.match(value, at)
        if name is None:
            raise RemoteProtocolError("a scheme or a parameter is expected", rule=_RULE, offset=at)
        given = _VALUE.match(value, name.end())
        if given is not None and made and not made[-1].token:
            quoted, plain = given.groups()
            parameters.setdefault(name[0].lower(), re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain)
            end = given.end()
        elif separated:
            token = _TOKEN68.match(value, name.end())
            parameters = {}
            made.append(Authentication(name[0].lower(), token[1] if token else "", parameters))
            end = token.end() if token else name.end()
        else:
            raise RemoteProtocolError("a comma is expected before a scheme", rule=_RULE, offset=at)
        if len(made) > _MANY or len(parameters) > _MANY:
            raise RemoteProtocolError(f"more than {_MANY} schemes or parameters", rule=_RULE, offset=at)
        at = _end_of_separators(value, end)
        separated = "," in value[end:at]
    return made


def parse_all(values: Iterable[str]) -> list[Authentication]:
    """The challenges of several fields, in order."""
    return [challenge for value in values for challenge in parse(value)]


def parse_credentials(value: str) -> Authentication:
    """What an Authorization field carries. Raises RemoteProtocolError unless it is exactly one."""
    found = parse(value)
    if len(found) != 1:
        raise RemoteProtocolError(f"one set of credentials is expected, not {len(found)}", rule=_RULE, offset=0)
    return found[0]


def emit(what: Authentication) -> str:
    """The field's value. Parameters are quoted. Raises LocalProtocolError."""
    if not is_token(what.scheme) or not all(is_token(name) for name in what.parameters):
        raise LocalProtocolError("a scheme and its parameters' names are tokens", rule=_RULE)
    scheme = what.scheme.title()
    if what.token:
        if not _TOKEN68.fullmatch(f" {what.token}"):
            raise LocalProtocolError("a token has letters, digits and -._~+/ with = at its end", rule=_RULE)
        return f"{scheme} {what.token}"
    if not what.parameters:
        return scheme
    return f"{scheme} {', '.join(f'{name}={quote(value)}' for name, value in what.parameters.items())}"


def basic(username: str, password: str) -> str:
    """Credentials for Basic, in UTF-8. LocalProtocolError for a ':' in the name or control characters (RFC 7617 §2)."""
    if ":" in username:
        raise LocalProtocolError("a user's name has no ':' in Basic authentication", rule="RFC 7617 §2")
    if _CONTROL.search(username) or _CONTROL.search(password):
        raise LocalProtocolError("a name or password has a control character", rule="RFC 7617 §2")
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def parse_basic(token: str) -> Credentials:
    """Name and password of Basic credentials, UTF-8 or else ISO 8859-1. Raises RemoteProtocolError."""
    try:
        decoded = base64.b64decode(token, validate=True)
    except (binascii.Error, ValueError):
        raise RemoteProtocolError("Basic credentials are in base64", rule="RFC 7617 §2", offset=0) from None
    try:
        text = decoded.decode()
    except UnicodeDecodeError:
        text = decoded.decode("latin-1")
    username, colon, password = text.partition(":")
    if not colon or _CONTROL.search(text):
        raise RemoteProtocolError("Basic credentials are NAME:PASSWORD", rule="RFC 7617 §2", offset=0)
    return Credentials(username, password)


def bearer(token: str) -> str:
    """Credentials for a bearer token. Raises LocalProtocolError for what is none (RFC 6750 §2.1)."""
    return emit(Authentication("bearer", token or "\0"))


def _end_of_separators(value: str, at: int) -> int:
    found = _SEPARATOR.match(value, at)
    return found.end() if found else at
