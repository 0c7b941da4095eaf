"""FTP commands: lines of a Telnet connection (RFC 959 §4.1, §5.3; RFC 2640 for names beyond ASCII)."""

from __future__ import annotations

import re

from msgspec import Struct

from netloom.errors import LocalProtocolError
from netloom.wire import crlf

LINE_LIMIT = 8192
"""Octets in a command's line with its CRLF: twice what the longest path of a usual system takes."""

_RULE = "RFC 959 §5.3"
_LINES = crlf.Rules(_RULE, _RULE, _RULE)
_VERB = re.compile(r"[A-Z]{3,8}")
# Before ABOR and STAT clients send Telnet's IP and Synch (RFC 959 §4.1.3), of which the kernel takes the urgent octet
# out: so an IAC may stand alone. Whoever offers Telnet options is passed over.
_TELNET = re.compile(rb"(?:\xff(?:[\xfb-\xfe][^\r\n]|[\xf0-\xfa])?)+", re.DOTALL)


class Command(Struct, frozen=True):
    """A command's line: its verb in upper case, and what follows the first space, exactly.

    Octets of the argument that are no UTF-8 are lone surrogates (PEP 383), so that they come back as they were.
    """

    verb: str
    argument: str = ""


def parse(buffer: bytes) -> tuple[Command, int] | None:
    """The first whole command and the octets it took; None if more is needed.

    Any first word passes as a verb: a server answers an unknown one with 500 and goes on. Only what breaks the framing
    (CR, LF or NUL out of place, beyond the limit) raises RemoteProtocolError.
    """
    found = crlf.parse(buffer, LINE_LIMIT, _LINES)
    if found is None:
        return None
    line, size = found
    signs = _TELNET.match(line)
    if signs is not None:
        line = line[signs.end() :]
    verb, _, argument = line.replace(b"\xff\xff", b"\xff").decode("utf-8", "surrogateescape").partition(" ")
    # Only ASCII letters: Unicode's upper case would make a RETR of other letters
    return Command(verb.upper() if verb.isascii() else verb, argument), size


def emit(command: Command, charset: str = "utf-8") -> bytes:
    """A command's line; CR, LF and NUL are refused, and so is one beyond the limit."""
    if not _VERB.fullmatch(command.verb):
        raise LocalProtocolError(f"{command.verb!r} is no FTP verb", rule="RFC 959 §5.3.1")
    if any(character in command.argument for character in "\r\n\0"):
        raise LocalProtocolError(f"CR, LF or NUL in the argument of {command.verb}", rule=_RULE)
    text = f"{command.verb} {command.argument}" if command.argument else command.verb
    try:
        line = text.encode(charset, "surrogateescape").replace(b"\xff", b"\xff\xff") + b"\r\n"
    except UnicodeEncodeError:
        raise LocalProtocolError(f"{command.argument!r} can't be said in {charset}", rule="RFC 2640 §2.2") from None
    if len(line) > LINE_LIMIT:
        raise LocalProtocolError(f"{command.verb} has {len(line)} octets: {LINE_LIMIT} at most", rule=_RULE)
    return line
