"""SMTP commands: lines, and the arguments of EHLO, MAIL, RCPT and BDAT (RFC 5321 §4.1, RFC 3030, RFC 4954)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct, field

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire import crlf
from netloom.wire.smtp.addresses import Mailbox, emit_path, parse_path

if TYPE_CHECKING:
    from collections.abc import Mapping

LINE_LIMIT = 512
"""Octets in a command's line with its CRLF (RFC 5321 §4.5.3.1.4)."""
LINE_LIMITS = {"MAIL": 1536, "RCPT": 1536, "AUTH": 12_288}
"""More where extensions' parameters may stand: MAIL and RCPT for all that are registered, AUTH by RFC 4954 §4."""
RESPONSE_LIMIT = 12_288
"""Octets in a line of an authentication exchange (RFC 4954 §4)."""
PARAMETERS_LIMIT = 32

_RULE = "RFC 5321 §4.1.1"
_LINES = crlf.Rules(_RULE, "RFC 5321 §2.3.8", length="RFC 5321 §4.5.3.1.4", charset="RFC 6531 §3.3")
_VERB = re.compile(r"[A-Z][A-Z0-9]*")
_PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([!-<>-~\u0080-\U0010ffff]+))?")
_DOMAIN = re.compile(r"[!-~\u0080-\U0010ffff]+")


class Command(Struct, frozen=True):
    """A command's line: its verb in upper case, and the rest without space around it."""

    verb: str
    argument: str = ""


class Mail(Struct, frozen=True):
    """MAIL FROM: `sender` None is the null path of bounces. Parameters' names are in upper case."""

    sender: Mailbox | None
    parameters: dict[str, str | None] = field(default_factory=dict)


class Rcpt(Struct, frozen=True):
    """RCPT TO: a postmaster without a domain has an empty one."""

    recipient: Mailbox
    parameters: dict[str, str | None] = field(default_factory=dict)


class Bdat(Struct, frozen=True):
    """BDAT: so many octets follow the line; `last` ends the message (RFC 3030 §2)."""

    size: int
    last: bool = False


# Lines


def parse_line(buffer: bytes, limit: int) -> tuple[str, int] | None:
    """A line without its CRLF and the octets it took, such as an answer to an AUTH challenge; None: more is needed."""
    return crlf.parse_text(buffer, limit, _LINES)


def parse(buffer: bytes) -> tuple[Command, int] | None:
    """The first whole command and the octets it took; None if more is needed.

    Any first word passes as a verb: a server answers an unknown one with 500 and goes on. Only what breaks the
    framing (CR, LF or NUL out of place, no UTF-8, beyond the limit) raises RemoteProtocolError.
    """
    found = parse_line(buffer, LINE_LIMITS.get(bytes(buffer[:4]).upper().decode("latin-1"), LINE_LIMIT))
    if found is None:
        return None
    verb, _, argument = found[0].partition(" ")
    # Only ASCII letters: Unicode's upper case would make a RSET of "R\u017fET"
    return Command(verb.upper() if verb.isascii() else verb, argument.strip(" ")), found[1]


def emit(command: Command) -> bytes:
    """A command's line; CR, LF and NUL are refused, and so is one beyond the limit."""
    if not _VERB.fullmatch(command.verb):
        raise LocalProtocolError(f"{command.verb!r} is no SMTP verb", rule=_RULE)
    argument = command.argument
    if any(character in argument for character in "\r\n\0"):
        raise LocalProtocolError(f"CR, LF or NUL in the argument of {command.verb}", rule=_RULE)
    try:
        line = (f"{command.verb} {argument}" if argument else command.verb).encode() + b"\r\n"
    except UnicodeEncodeError:
        raise LocalProtocolError(f"the argument of {command.verb} isn't text", rule="RFC 6531 §3.3") from None
    limit = LINE_LIMITS.get(command.verb, LINE_LIMIT)
    if len(line) > limit:
        message = f"{command.verb} has {len(line)} octets: {limit} at most"
        raise LocalProtocolError(message, rule="RFC 5321 §4.5.3.1.4")
    return line


# Arguments


def parse_hello(argument: str) -> str:
    """Who a client says it is in EHLO or HELO. A name that is no domain passes (RFC 5321 §4.1.4: never refuse for
    it), several words or none don't."""
    if not _DOMAIN.fullmatch(argument):
        raise RemoteProtocolError("EHLO and HELO have one word: a domain or an address", rule="RFC 5321 §4.1.1.1")
    return argument


def parse_mail(argument: str) -> Mail:
    """The argument of MAIL."""
    sender, rest = parse_path(_after(argument, "FROM:", "RFC 5321 §4.1.1.2"))
    return Mail(sender, parse_parameters(rest))


def parse_rcpt(argument: str) -> Rcpt:
    """The argument of RCPT."""
    recipient, rest = parse_path(_after(argument, "TO:", "RFC 5321 §4.1.1.3"))
    if recipient is None:
        raise RemoteProtocolError("RCPT names a recipient", rule="RFC 5321 §4.1.1.3")
    return Rcpt(recipient, parse_parameters(rest))


def _after(argument: str, word: str, rule: str) -> str:
    if argument[: len(word)].upper() != word:
        raise RemoteProtocolError(f"{word}<address> expected", rule=rule, offset=0)
    # A space after the colon is wrong, but so common that all servers take it
    return argument[len(word) :].lstrip(" ")


def parse_parameters(text: str) -> dict[str, str | None]:
    """ESMTP parameters after a path: names in upper case, each once; None: a name without a value."""
    words = text.split(" ") if text else []
    words = [word for word in words if word]
    if len(words) > PARAMETERS_LIMIT:
        raise RemoteProtocolError(f"more than {PARAMETERS_LIMIT} parameters", rule="RFC 5321 §4.1.2")
    parameters: dict[str, str | None] = {}
    for word in words:
        found = _PARAMETER.fullmatch(word)
        if found is None:
            raise RemoteProtocolError(f"{word[:40]!r} is no parameter: NAME or NAME=value", rule="RFC 5321 §4.1.2")
        if found[1].upper() in parameters:
            raise RemoteProtocolError(f"{found[1][:40].upper()} is given twice", rule="RFC 5321 §4.1.1.11")
        parameters[found[1].upper()] = found[2]
    return parameters


def emit_mail(mail: Mail) -> bytes:
    """MAIL FROM with its parameters."""
    return emit(Command("MAIL", "FROM:" + emit_path(mail.sender) + _emit_parameters(mail.parameters)))


def emit_rcpt(rcpt: Rcpt) -> bytes:
    """RCPT TO with its parameters."""
    return emit(Command("RCPT", "TO:" + emit_path(rcpt.recipient) + _emit_parameters(rcpt.parameters)))


def _emit_parameters(parameters: Mapping[str, str | None]) -> str:
    words = []
    for name, value in parameters.items():
        word = name if value is None else f"{name}={value}"
        found = _PARAMETER.fullmatch(word)
        if found is None or found[1] != name or found[2] != value or name != name.upper():
            raise LocalProtocolError(f"{name!r} is no parameter, or its value is none", rule="RFC 5321 §4.1.2")
        words.append(" " + word)
    if len(words) > PARAMETERS_LIMIT:
        raise LocalProtocolError(f"more than {PARAMETERS_LIMIT} parameters", rule="RFC 5321 §4.1.2")
    return "".join(words)


def parse_size(mail: Mail) -> int | None:
    """The octets that MAIL announces with SIZE=, None if it doesn't (RFC 1870 §3)."""
    value = mail.parameters.get("SIZE")
    if "SIZE" not in mail.parameters:
        return None
    if value is None or not (value.isascii() and value.isdigit() and len(value) <= 20):
        raise RemoteProtocolError("SIZE= has up to 20 digits", rule="RFC 1870 §3")
    return int(value)


def parse_bdat(argument: str) -> Bdat:
    """The argument of BDAT."""
    size, _, last = argument.partition(" ")
    if not (size.isascii() and size.isdigit() and len(size) <= 20) or last.strip(" ").upper() not in ("", "LAST"):
        raise RemoteProtocolError("BDAT has a size and at most the word LAST", rule="RFC 3030 §2")
    return Bdat(int(size), bool(last.strip(" ")))


def emit_bdat(chunk: bytes, *, last: bool) -> bytes:
    """A whole chunk: its BDAT line, then its octets as they are."""
    return emit(Command("BDAT", f"{len(chunk)} LAST" if last else str(len(chunk)))) + chunk
