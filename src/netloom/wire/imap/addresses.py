"""The addresses in a header, as ENVELOPE tells them (RFC 5322 §3.4, RFC 9051 §7.5.2)."""

from __future__ import annotations

import re

from msgspec import Struct

ADDRESSES_LIMIT = 2000

_REST = rb"|([<>@,:;.])|([^\s\"<>@,:;.()\[\]]+)|(.)"
_TOKEN = re.compile(rb'\s+|"((?:[^"\\]|\\.)*)"|(\[[^\[\]]{0,1000}\])' + _REST, re.DOTALL)
_WITHOUT_QUOTES = re.compile(rb"\s+|(?!)()|(\[[^\[\]]{0,1000}\])" + _REST, re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


class Address(Struct, frozen=True):
    """One address. A group begins with one that has no `host` and its name as `mailbox`, and ends with an empty one."""

    name: bytes | None = None
    route: bytes | None = None
    mailbox: bytes | None = None
    host: bytes | None = None


_GROUP_END = Address()


def parse(value: bytes) -> tuple[Address, ...]:
    """The addresses of an unfolded field. What is none is told as well as it can be; nothing is refused."""
    return tuple(_Reader(value).addresses())


class _Reader:
    """One pass over a field."""

    def __init__(self, value: bytes) -> None:
        self._tokens = _tokens(value)
        self._at = 0

    def addresses(self) -> list[Address]:
        found: list[Address] = []
        grouped = False
        while self._at < len(self._tokens) and len(found) < ADDRESSES_LIMIT:
            kind, _ = self._tokens[self._at]
            if kind == "," or (kind == ";" and not grouped):
                self._at += 1
            elif kind == ";":
                self._at += 1
                grouped = False
                found.append(_GROUP_END)
            else:
                made, opens = self._one()
                if opens and grouped:
                    found.append(_GROUP_END)
                grouped = grouped or opens
                found.append(made)
        if grouped:
            found.append(_GROUP_END)
        return found

    def _one(self) -> tuple[Address, bool]:
        """One address, or a group's beginning (True)."""
        words: list[tuple[str, bytes]] = []
        comment = b""
        while self._at < len(self._tokens):
            kind, text = self._tokens[self._at]
            if kind in (",", ";"):
                break
            self._at += 1
            if kind == "<":
                return self._angle(_phrase(words) or comment or None), False
            if kind == ":" and words:
                return Address(mailbox=_phrase(words)), True
            if kind == "comment":
                comment = text
            else:
                words.append((kind, text))
        local, host = _split(words)
        return Address(comment or None, None, local, host), False

    def _angle(self, name: bytes | None) -> Address:
        words: list[tuple[str, bytes]] = []
        route = None
        while self._at < len(self._tokens):
            kind, text = self._tokens[self._at]
            self._at += 1
            if kind == ">":
                break
            if kind == ":" and words and words[0][0] == "@":
                route, words = b"".join(part for _, part in words), []
            elif kind not in ("comment", " "):
                words.append((kind, text))
        local, host = _split(words)
        return Address(name, route, local, host)


def _split(words: list[tuple[str, bytes]]) -> tuple[bytes, bytes]:
    """Local part and domain; a domain that isn't there is empty, as NIL would begin a group."""
    kinds = [kind for kind, _ in words]
    at = len(kinds) - 1 - kinds[::-1].index("@") if "@" in kinds else len(words)
    local, host = words[:at], words[at + 1 :]
    return b"".join(text for kind, text in local if kind != " "), b"".join(text for kind, text in host if kind != " ")


def _phrase(words: list[tuple[str, bytes]]) -> bytes:
    """A display name: words with single spaces between."""
    return b" ".join(b"".join(text if kind != " " else b" " for kind, text in words).split())


def _tokens(value: bytes) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    at = 0
    token = _TOKEN
    while at < len(value):
        if value[at : at + 1] == b"(":
            end = _comment_end(value, at)
            found.append(("comment", _ESCAPED.sub(rb"\1", value[at + 1 : end - 1]).strip()))
            at = end
            continue
        match = token.match(value, at)
        if match is None:
            break
        if match[5] == b'"':
            token = _WITHOUT_QUOTES  # this one has no end: looking for that of each further one would take long
        at = match.end()
        if match[1] is not None:
            found.append(("quoted", _ESCAPED.sub(rb"\1", match[1])))
        elif match[3]:
            found.append((match[3].decode("ascii"), match[3]))
        elif match[2] or match[4] or match[5]:
            found.append(("word", match[0]))
        else:
            found.append((" ", b""))
    return found


def _comment_end(value: bytes, at: int) -> int:
    depth = 0
    while at < len(value):
        octet = value[at]
        if octet == 0x5C:
            at += 1
        elif octet == 0x28:
            depth += 1
        elif octet == 0x29:
            depth -= 1
            if not depth:
                return at + 1
        at += 1
    return len(value) + 1
