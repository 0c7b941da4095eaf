"""Structured data: `[id name="value" …]`, one after the other (RFC 5424 §6.3)."""

from __future__ import annotations

import re

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.syslog.message import Element, text_of

_RULE = "RFC 5424 §6.3"
_NAME = rb"[!#-<>-\\^-~]{1,32}"  # printable ASCII but for `=`, `]`, `"` and the space
_OPEN = re.compile(rb"\[(" + _NAME + rb")(?=[ \]])")
_PARAM = re.compile(rb" (" + _NAME + rb')="((?:[^"\\\]]|\\.)*+)"', re.DOTALL)
_ESCAPED = re.compile(r'\\(["\\\]])')
_SPECIAL = re.compile(r'["\\\]]')
_SD_NAME = re.compile(_NAME.decode("ascii"))


def parse(data: bytes, at: int = 0) -> tuple[tuple[Element, ...], int]:
    """The elements from `at` on, and where they end; `-` is none. Raises RemoteProtocolError."""
    if data[at : at + 1] == b"-":
        return (), at + 1
    elements: list[Element] = []
    known: set[str] = set()
    while data[at : at + 1] == b"[":
        element, at = _element(data, at)
        if element.id in known:
            raise RemoteProtocolError(f"{element.id} comes twice", rule="RFC 5424 §6.3.2", offset=at)
        known.add(element.id)
        elements.append(element)
    if not elements:
        raise RemoteProtocolError("structured data, or `-`, is expected", rule=_RULE, offset=at)
    return tuple(elements), at


def _element(data: bytes, at: int) -> tuple[Element, int]:
    opened = _OPEN.match(data, at)
    if opened is None:
        raise RemoteProtocolError("`[` and an id of 1 to 32 characters are expected", rule=_RULE, offset=at)
    at = opened.end()
    params: list[tuple[str, str]] = []
    while data[at : at + 1] != b"]":
        found = _PARAM.match(data, at)
        if found is None:
            raise RemoteProtocolError('name="value", or `]`, is expected', rule="RFC 5424 §6.3.3", offset=at)
        value = text_of(found[2], "a parameter's value", "RFC 5424 §6.3.3")
        # A backslash before anything else is one itself
        params.append((found[1].decode("ascii"), _ESCAPED.sub(r"\1", value)))
        at = found.end()
    return Element(opened[1].decode("ascii"), tuple(params)), at + 1


def emit(elements: tuple[Element, ...]) -> str:
    """The elements as they stand in a message, `-` for none. Raises LocalProtocolError for a name that is none."""
    if len({element.id for element in elements}) < len(elements):
        raise LocalProtocolError("an id of structured data comes twice", rule="RFC 5424 §6.3.2")
    said = []
    for element in elements:
        for name in (element.id, *(name for name, _ in element.params)):
            if not _SD_NAME.fullmatch(name):
                raise LocalProtocolError(f"{name[:40]!r} is no name for structured data", rule=_RULE)
        said.append("".join([f"[{element.id}", *(f' {n}="{_escaped(v)}"' for n, v in element.params), "]"]))
    return "".join(said) or "-"


def _escaped(value: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", value)
