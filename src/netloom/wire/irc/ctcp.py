"""Client to client: what stands between two 0x01 in a text (modern.ircdocs.horse, CTCP)."""

from __future__ import annotations

from typing import NamedTuple

from netloom.errors import LocalProtocolError

MARK = "\x01"


class Request(NamedTuple):
    """`ACTION waves`, `VERSION`: a command in upper case, and the rest."""

    command: str
    text: str = ""


def parse(text: str) -> Request | None:
    """What a text asks, or None where it is an ordinary one. The last mark may be missing."""
    if not text.startswith(MARK):
        return None
    command, _, rest = text[1:].partition(MARK)[0].partition(" ")
    return Request(command.upper(), rest) if command else None


def emit(request: Request) -> str:
    """As a text. Raises LocalProtocolError."""
    if MARK in request.command + request.text or " " in request.command or not request.command:
        raise LocalProtocolError("a CTCP request has a word, a text, and no 0x01 in them", rule="CTCP")
    return f"{MARK}{request.command} {request.text}{MARK}" if request.text else f"{MARK}{request.command}{MARK}"
