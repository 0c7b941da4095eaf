"""Field names, values, parameters, media types and their negotiation (RFC 9110 §5, §8.3, §12.5)."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from netloom.errors import LocalProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_TARGET = re.compile(r"[\x21-\x7e]+")
_PARAMETER = re.compile(
    r"[ \t]*;[ \t;]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*=[ \t]*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;,\"]*))"
)
_ACCEPTED = re.compile(r"[ \t]*([^\s,;]+)[ \t]*((?:;[^,]*)?)(?:,|$)")
_LIMIT = 16 * 1024


def is_token(text: str) -> bool:
    """Whether this is a token: a method, a field's name, a parameter's name."""
    return _TOKEN.fullmatch(text) is not None


def check_method(method: str) -> str:
    """The method itself. Raises LocalProtocolError for what is no token."""
    if not is_token(method):
        raise LocalProtocolError(f"{method!r} is no method", rule="RFC 9110 §9.1")
    return method


def check_target(target: str) -> str:
    """A request's target. Raises LocalProtocolError for spaces, control characters and what isn't ASCII."""
    bad = None if _TARGET.fullmatch(target) else re.search(r"[^\x21-\x7e]", target)
    if bad or not target:
        found = f"it has {bad[0]!r}" if bad else "it is empty"
        raise LocalProtocolError(
            f"a target can't be sent: {found}",
            rule="RFC 9112 §3.2",
            hint="percent-encode it",
            offset=bad and bad.start(),
        )
    return target


def check_field(name: str, value: str) -> tuple[str, str]:
    """A field as it may be sent, its name in lower case. Raises LocalProtocolError, for CR, LF and NUL among others."""
    if not is_token(name):
        raise LocalProtocolError(f"{name!r} is no field name", rule="RFC 9110 §5.1")
    if not _VALUE.fullmatch(value) or value != value.strip(" \t"):
        raise LocalProtocolError(
            f"the field {name} can't be sent: CR, LF, NUL, control characters, outer spaces and what isn't in"
            " ISO 8859-1 are refused",
            rule="RFC 9110 §5.5",
        )
    return name.lower(), value


def parse_line(line: str) -> tuple[str, str | None]:
    """A field as people write it: `Name: value`, `Name;` empty, `Name:` (None) to leave it out.

    These are curl's ways. Raises LocalProtocolError.
    """
    name, colon, value = line.partition(":")
    if not colon and name.endswith(";"):
        return check_field(name[:-1], "")
    if not colon:
        raise LocalProtocolError(f"a field is 'Name: value', not {line[:40]!r}", rule="RFC 9110 §5")
    name, value = check_field(name, value.strip(" \t"))
    return name, value or None


def parse_parameters(text: str) -> dict[str, str]:
    """`; name=value; other="quoted"` with names in lower case; of a name the first counts."""
    made: dict[str, str] = {}
    at = 0
    text = text[:_LIMIT]
    while (found := _PARAMETER.match(text, at)) is not None:
        at = found.end()
        name, quoted, plain = found.groups()
        made.setdefault(name.lower(), re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain)
    return made


def parse_media_type(value: str) -> tuple[str, dict[str, str]]:
    """`text/html; charset=utf-8` as (`text/html`, {"charset": "utf-8"}); an empty type for what is none."""
    kind, _, _ = value[:_LIMIT].partition(";")
    media = kind.strip(" \t").lower()
    main, slash, sub = media.partition("/")
    if not (slash and is_token(main) and is_token(sub)):
        return "", {}
    return media, parse_parameters(value[len(kind) :])


def quote(text: str) -> str:
    """A quoted-string. Raises LocalProtocolError for what can't stand in one."""
    check_field("x", f'"{text}"')
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def accepted(accept: str) -> Mapping[str, float]:
    """What an Accept field asks for, each with its weight; an unreadable weight counts as 1 (RFC 9110 §12.4.2)."""
    made: dict[str, float] = {}
    at = 0
    accept = accept[:_LIMIT]
    while at < len(accept) and (found := _ACCEPTED.match(accept, at)) is not None:
        at = found.end()
        try:
            weight = float(parse_parameters(found[2]).get("q", "1"))
        except ValueError:
            weight = 1.0
        made[found[1].lower()] = 1.0 if math.isnan(weight) else min(max(weight, 0.0), 1.0)  # not a number
    return made


def negotiate(accept: str | None, offered: Sequence[str]) -> str:
    """The one of `offered` that an Accept field likes best; the first where it names none of them or isn't there."""
    if not accept:
        return offered[0]
    wanted = accepted(accept)

    def weight(media: str) -> float:
        for known in (media, f"{media.partition('/')[0]}/*", "*/*"):
            if known in wanted:
                return wanted[known]
        return 0.0

    return max(offered, key=weight)
