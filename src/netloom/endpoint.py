"""Where something is: URLs to endpoints and back (RFC 3986), and the type that keeps secrets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from netloom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Patterns are compiled when they are first used: most commands need few of them.
_SCHEME = r"[A-Za-z][A-Za-z0-9+.\-]*"
_HOST = r"[^\s/?#@:\[\]]*"
_FORBIDDEN = r"[\x00-\x20\x7f\ud800-\udfff]"  # surrogates stand for arguments' bytes that aren't UTF-8
_NO_HOST = r"[\x00-\x20\x7f/?#@:\[\]\\%]"
_HIDING_NAME = r"(?i)password|passphrase|secret|token|apikey|bearer|^cookie$|^community$"
_HIDING_VALUE = r"(?i)\s*[\w-]*(?:authorization|cookie|token|secret|passw|api-?key|session)[\w-]*\s*[:;]"
"""A header's name, in an option that has one as its value, after which a secret stands."""
_HIDDEN = "•"
_LISTEN = "listen"
_BARE = r"[\w.:/@•?&=%#,\[\]~+-]+"
_PORT = r"^[^/?#]*:\d+(?:[/?#]|$)"


class Secret:
    """A value that never shows itself: not in a repr, a record, a log or a format string."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value, for the one place that has to say it to a peer."""
        return self._value

    def __repr__(self) -> str:
        return "•••"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        from hmac import compare_digest

        return isinstance(other, Secret) and compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> Any:
        raise TypeError("a Secret isn't pickled; reveal() it where it is needed")


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """`scheme://user:password@host:port/path?query#option=value,…`

    `host` is without brackets, in lower case, as it was written (IDNA is applied when it is resolved); `zone` is an
    IPv6 zone. `port` is None where none was written. `path` and `query` keep their percent-encoding. `socket` is the
    path of a Unix socket. `options` are netloom's own, from the fragment, in order: they are never sent. `beside` are
    options that were given in another way, by flags or arguments: they count the same, and aren't part of the URL.
    """

    scheme: str
    user: str = ""
    password: Secret | None = None
    host: str = ""
    zone: str = ""
    port: int | None = None
    path: str = ""
    query: str = ""
    socket: str = ""
    options: tuple[tuple[str, str], ...] = ()
    beside: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Endpoint:
        """Read an endpoint. Raises UsageError with the column of the first mistake and what would be right."""
        return _Parser(text).endpoint()

    def replace(self, **changes: Any) -> Endpoint:
        """The same endpoint with some fields changed."""
        return msgspec.structs.replace(self, **changes)

    def with_options(self, options: Iterable[tuple[str, str]]) -> Endpoint:
        """The same endpoint with further options beside it; those that are there already win."""
        known = {name for name, _ in self.all_options}
        return self.replace(beside=self.beside + tuple(o for o in options if o[0] not in known))

    @property
    def all_options(self) -> tuple[tuple[str, str], ...]:
        """The options of the URL, then those that were given beside it."""
        return self.options + self.beside if self.beside else self.options

    @property
    def listens(self) -> bool:
        """True where `#listen` asks for a listener instead of a connection."""
        return any(name == _LISTEN for name, _ in self.all_options)

    @property
    def authority(self) -> str:
        """`host:port` as a URL writes it, without user and password."""
        if self.socket:
            return self.socket
        zone = "%25" + _quote(self.zone, safe="") if self.zone else ""
        host = f"[{self.host}{zone}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    def __str__(self) -> str:
        """The URL, without its password and without the value of any option that is a secret."""
        user = _quote(self.user, safe="") + "@" if self.user else ""
        if self.scheme == "unix":
            place = _quote(self.socket, safe="/@:!$&'()*+,;=~")
        elif self.socket:
            place = user + _quote(self.socket, safe="") + self.path
        else:
            place = user + self.authority + self.path
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{place}{query}{_fragment(self.options)}"

    __repr__ = __str__


def _fragment(options: tuple[tuple[str, str], ...]) -> str:
    if not options:
        return ""
    parts = []
    for name, value in options:
        shown = _HIDDEN * 3 if _hides(name, value) else _quoted(_redacted(value))
        parts.append(f"{_quote(name, safe='')}={shown}" if value else _quote(name, safe=""))
    return "#" + ",".join(parts)


def _quoted(value: str) -> str:
    """Percent-encoded for a fragment, but for what was hidden before, whose length isn't told either."""
    return (_HIDDEN * 3).join(_quote(part, safe="/:@!$'()*;~") for part in re.split(f"{_HIDDEN}+", value))


def _quote(text: str, safe: str) -> str:
    from urllib.parse import quote  # not every command has a URL

    return quote(text, safe=safe)


def _unquote(text: str, errors: str = "replace") -> str:
    from urllib.parse import unquote

    return unquote(text, errors=errors)


def as_options(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Python's values as options have them: a list is one option given several times."""
    several = {name: value if isinstance(value, list | tuple) else (value,) for name, value in values.items()}
    return [
        (name, str(value).lower() if isinstance(value, bool) else str(value))
        for name, each in several.items()
        for value in each
    ]


def suggest(word: str, known: Iterable[str]) -> str:
    """` Did you mean x?` for the nearest known word, or nothing."""
    from difflib import get_close_matches

    near = get_close_matches(word, list(known), 1, 0.6)
    return f"did you mean {near[0]}?" if near else ""


class _Parser:
    """One pass from left to right that always knows its column."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.shown = _redacted(text)
        self.at = 0

    def fail(self, message: str, column: int | None = None, hint: str = "") -> UsageError:
        column = self.at if column is None else column
        return UsageError(
            f"{self.shown or 'an empty text'} is no endpoint: {message}, at column {column + 1}",
            hint=hint,
            text=self.shown,
            column=column,
        )

    def decoded(self, part: str, column: int | None = None) -> str:
        """A part without its percent-encoding. What isn't UTF-8 is a mistake: it couldn't be written back."""
        try:
            return _unquote(part, errors="strict")
        except UnicodeDecodeError:
            raise self.fail("percent-encoded bytes must be UTF-8", column, "é is %C3%A9") from None

    def endpoint(self) -> Endpoint:
        bad = re.search(_FORBIDDEN, self.text)
        if bad:
            raise self.fail("spaces, control characters and what isn't UTF-8 must be percent-encoded", bad.start())
        scheme = self.scheme()
        body, _, fragment = self.text.partition("#")
        options = self.options(fragment, len(body) + 1)
        rest, _, query = body[self.at :].partition("?")
        if scheme == "unix":
            path = self.decoded(rest)
            if not path.startswith(("/", "@")):
                raise self.fail("the path of a Unix socket is expected", hint="unix:///run/name.sock")
            return Endpoint(scheme=scheme, socket=self.without_nul(path), query=query, options=options)
        place, slash, path = rest.partition("/")
        user, password = self.userinfo(place)
        if scheme.endswith("+unix"):
            socket = self.without_nul(self.decoded(place[place.rfind("@") + 1 :]))
            if not socket.startswith(("/", "@")):
                raise self.fail(
                    "the percent-encoded path of a Unix socket is expected", hint=f"{scheme}://%2Frun%2Fname.sock/"
                )
            return Endpoint(
                scheme=scheme,
                user=user,
                password=password,
                socket=socket,
                path=slash + path,
                query=query,
                options=options,
            )
        host, zone, port = self.place(place)
        return Endpoint(
            scheme=scheme, user=user, password=password, host=host, zone=zone, port=port, path=slash + path,
            query=query, options=options,
        )  # fmt: skip

    def scheme(self) -> str:
        found = re.match(_SCHEME, self.text)
        if not found:
            raise self._no_scheme("")
        scheme = found.group()
        self.at = found.end()
        if not self.text.startswith("://", self.at):
            raise self._no_scheme(scheme)
        self.at += 3
        return scheme.lower()

    def _no_scheme(self, word: str) -> UsageError:
        rest = self.shown[self.at :]
        if rest.startswith("//"):
            return self.fail("':' expected after the scheme", hint=f"did you mean {word}:{rest} ?")
        opaque = rest.startswith(":") and not rest[1:2].isdigit() and "." not in word and "@" not in rest
        if rest.startswith(":/") or opaque:
            return self.fail(
                "'//' expected after the colon", self.at + 1, f"did you mean {word}://{rest.lstrip(':/')} ?"
            )
        if "://" in rest and word:
            return self.fail("letters, digits, '+', '-', '.' and then '://' are expected")
        if not self.text or not re.fullmatch(_BARE, self.shown):
            return self.fail("a scheme such as http:// is expected", 0, "netloom help lists the schemes")
        guess = "unix" if self.text.startswith("/") else "tcp" if re.search(_PORT, self.text) else "https"
        return self.fail(
            "a scheme such as http:// is expected",
            0,
            f"did you mean {guess}://{self.shown} ? netloom help lists them all",
        )

    def userinfo(self, place: str) -> tuple[str, Secret | None]:
        at = place.rfind("@")
        if at < 0:
            return "", None
        user, colon, password = place[:at].partition(":")
        decoded = self.decoded(user), Secret(self.decoded(password)) if colon else None
        self.at += at + 1
        return decoded

    def place(self, place: str) -> tuple[str, str, int | None]:
        text = place[place.rfind("@") + 1 :]
        zone = ""
        if text.startswith("["):
            end = text.find("]")
            if end < 0:
                raise self.fail("']' expected after the IPv6 address", self.at + len(text))
            host, _, zone = text[1:end].partition("%")
            zone = self.decoded(zone.removeprefix("25"))
            self.ipv6(host)
            tail, after = text[end + 1 :], self.at + end + 1
        else:
            host = re.match(_HOST, text).group()  # type: ignore[union-attr]  # the pattern matches the empty text
            tail, after = text[len(host) :], self.at + len(host)
            if tail.count(":") > 1:
                raise self.fail(
                    "an IPv6 address stands in brackets", hint=f"[{self.shown[self.at : self.at + len(text)]}]"
                )
            host = self.decoded(host)
            if re.search(_NO_HOST, host):
                raise self.fail("that can't be a host's name")
        if tail and not tail.startswith(":"):
            raise self.fail(f"':' and a port, or '/', expected instead of {self.shown[after]!r}", after)
        return host.lower(), zone, self.port(tail[1:], after + 1) if len(tail) > 1 else None

    def ipv6(self, host: str) -> None:
        import ipaddress

        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            shown = self.shown[self.at + 1 : self.at + 1 + len(host)]
            raise self.fail(f"{shown!r} is no IPv6 address", self.at + 1) from None

    def port(self, digits: str, column: int) -> int:
        number = digits.lstrip("0") or "0"
        if not digits.isascii() or not digits.isdigit() or len(number) > 5 or int(number) > 65535:
            shown = self.shown[column : column + len(digits)]
            raise self.fail(f"a port is a number from 0 to 65535, not {shown!r}", column)
        return int(number)

    def without_nul(self, path: str) -> str:
        if "\0" in path:
            raise self.fail("the path of a Unix socket has no NUL", hint="unix://@name is in the abstract namespace")
        return path

    def options(self, fragment: str, column: int) -> tuple[tuple[str, str], ...]:
        options = []
        for part in fragment.split(",") if fragment else ():
            name, _, value = part.partition("=")
            if not name:
                raise self.fail("the name of an option is expected", column)
            options.append((self.decoded(name, column).replace("-", "_"), self.decoded(value, column)))
            column += len(part) + 1
        return tuple(options)


_AUTHORITY = r"[A-Za-z][A-Za-z0-9+.\-]*:?//"


def _redacted(text: str) -> str:
    """The text as it was given, with as many characters in the place of a password so that columns hold.

    In an odd URL the password may stand anywhere between the first colon of its authority and the last @.
    """
    shown = text
    if "@" in text:
        begins = re.match(_AUTHORITY, text)
        colon, end = text.find(":", begins.end() if begins else 0), text.rfind("@")
        if 0 <= colon < end:
            shown = text[: colon + 1] + _HIDDEN * (end - colon - 1) + text[end:]
    body, mark, fragment = shown.partition("#")
    return body + mark + ",".join(_redacted_option(part) for part in fragment.split(","))


def _redacted_option(part: str) -> str:
    """An option as it stands in a fragment; a proxy's URL may hold a password, percent-encoded."""
    name, equals, value = part.partition("=")
    hides = _hides(_unquote(name), _unquote(value)) or ("@" in _unquote(value) and "@" not in value)
    return name + equals + (_HIDDEN * len(value) if hides else value)


def _hides(name: str, value: str) -> bool:
    """Whether an option's value is a secret, or a header that has one."""
    return bool(re.search(_HIDING_NAME, name) or re.match(_HIDING_VALUE, value))
