"""Links to resources, as /.well-known/core lists them (RFC 6690 §2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterable

WELL_KNOWN = ".well-known/core"
LINKS_LIMIT = 100_000
"""Links in one document."""
_SPACE = re.compile(r"[ \t\r\n]*")
_TARGET = re.compile(r"<([^>\x00-\x20]*)>")
_NAME = re.compile(r"[!#$&+\-.^_`|~0-9A-Za-z]+\*?")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_BARE = re.compile(r"[^\s\",;<>]+")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PLAIN = re.compile(r"[0-9]+")


class Link(Struct, frozen=True):
    """A target, and attributes in their order; one without a value has an empty one."""

    target: str
    attributes: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str | None:
        """An attribute's first value."""
        return next((value for found, value in self.attributes if found == name), None)


def parse_links(text: str) -> list[Link]:
    """A document in link format. Raises RemoteProtocolError with the offset."""
    found: list[Link] = []
    at = _skipped(text, 0)
    while at < len(text):
        target = _TARGET.match(text, at)
        if target is None:
            raise _wrong("a link begins with <", at)
        attributes, at = _attributes(text, _skipped(text, target.end()))
        found.append(Link(target[1], tuple(attributes)))
        if len(found) > LINKS_LIMIT:
            raise _wrong(f"more than {LINKS_LIMIT} links", at)
        if at < len(text):
            if text[at] != ",":
                raise _wrong("a comma stands between links", at)
            at = _skipped(text, at + 1)
            if at == len(text):
                raise _wrong("a link follows a comma", at)
    return found


def emit_links(links: Iterable[Link]) -> str:
    """A document in link format. Raises LocalProtocolError for what can't stand in one."""
    return ",".join(map(_emitted, links))


def matching(links: Iterable[Link], query: Iterable[str]) -> list[Link]:
    """Those that a query asks for, `rt=temperature` or `href=/sensors*`: one attribute of it (§4.1)."""
    wanted = [part.partition("=")[::2] for part in query]
    return [link for link in links if all(_matches(link, name, value) for name, value in wanted)]


def _matches(link: Link, name: str, wanted: str) -> bool:
    if name == "href":
        return _fits(link.target, wanted)
    values = [value for found, value in link.attributes if found == name]
    several = name in ("rt", "if", "rel")
    return any(_fits(word, wanted) for value in values for word in ([value, *value.split()] if several else [value]))


def _fits(value: str, wanted: str) -> bool:
    return value.startswith(wanted[:-1]) if wanted.endswith("*") else value == wanted


def _attributes(text: str, at: int) -> tuple[list[tuple[str, str]], int]:
    found: list[tuple[str, str]] = []
    while at < len(text) and text[at] == ";":
        name = _NAME.match(text, _skipped(text, at + 1))
        if name is None:
            raise _wrong("an attribute has a name", at)
        at = _skipped(text, name.end())
        value = ""
        if at < len(text) and text[at] == "=":
            at = _skipped(text, at + 1)
            said = _QUOTED.match(text, at) or _BARE.match(text, at)
            if said is None:
                raise _wrong(f"{name[0]} has no value", at)
            value = _ESCAPED.sub(r"\1", said[1]) if said.re is _QUOTED else said[0]
            at = _skipped(text, said.end())
        found.append((name[0], value))
    return found, at


def _emitted(link: Link) -> str:
    if not _TARGET.fullmatch(f"<{link.target}>"):
        raise LocalProtocolError(f"{link.target[:40]!r} is no target", rule="RFC 6690 §2")
    made = f"<{link.target}>"
    for name, value in link.attributes:
        if not _NAME.fullmatch(name):
            raise LocalProtocolError(f"{name[:40]!r} is no attribute", rule="RFC 6690 §2")
        if not value:
            made += f";{name}"
        elif _PLAIN.fullmatch(value):
            made += f";{name}={value}"
        else:
            quoted = value.replace("\\", "\\\\").replace('"', '\\"')
            made += f';{name}="{quoted}"'
    return made


def _skipped(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _wrong(words: str, at: int) -> RemoteProtocolError:
    return RemoteProtocolError(words, rule="RFC 6690 §2", offset=at)
