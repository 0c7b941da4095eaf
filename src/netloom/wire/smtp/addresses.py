"""Mailboxes and paths of SMTP's envelope: quoted local parts, address literals, source routes (RFC 5321 §4.1.2)."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError

PATH_LIMIT = 256
"""Octets in a path with its brackets (RFC 5321 §4.5.3.1.3). The 64 of a local part (§4.5.3.1.1) aren't enforced:
mailing lists' return addresses exceed them, and every server lets them."""

_RULE = "RFC 5321 §4.1.2"
_WIDE = "\u0080-\U0010ffff"  # RFC 6531 §3.3 adds all of UTF-8 that isn't ASCII
_ATEXT = rf"[A-Za-z0-9!#$%&'*+\-/=?^_`{{|}}~{_WIDE}]+"
_DOT_STRING = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*")
_QUOTED = re.compile(rf'"((?:[ !#-\[\]-~{_WIDE}]|\\[ -~])*)"')
# The underscore is not in the RFC; it is in the names of many a container and test host
_LABEL = rf"[A-Za-z0-9_{_WIDE}](?:[A-Za-z0-9_\-{_WIDE}]*[A-Za-z0-9_{_WIDE}])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LITERAL = re.compile(r"\[([!-Z^-~]+)\]")
_TAGGED = re.compile(r"[A-Za-z0-9-]*[A-Za-z0-9]:[!-Z^-~]+")
_ROUTE = re.compile(rf"@{_LABEL}(?:\.{_LABEL})*(?:,@{_LABEL}(?:\.{_LABEL})*)*:")
_QUOTED_PAIR = re.compile(r"\\(.)")


class Mailbox(Struct, frozen=True):
    """`local` without quotes and escapes, whatever they were: `"ann"@x` is ann at x. `domain` as it came."""

    local: str
    domain: str = ""

    @property
    def address(self) -> str:
        """The mailbox as it is written, quoted where that is necessary."""
        local = self.local
        if not _DOT_STRING.fullmatch(local):
            local = '"' + re.sub(r'(["\\])', r"\\\1", local) + '"'
        return f"{local}@{self.domain}" if self.domain else local

    @property
    def needs_utf8(self) -> bool:
        """Whether only a server with SMTPUTF8 can take it (RFC 6531)."""
        return not (self.local.isascii() and self.domain.isascii())


def parse_path(text: str) -> tuple[Mailbox | None, str]:
    """The path at the start of a text and what follows it; None is the null path `<>`.

    A source route is checked and ignored, as RFC 5321 §4.1.1.3 and appendix C want it.
    """
    if not text.startswith("<"):
        raise RemoteProtocolError("an address stands in < and >", rule=_RULE, offset=0)
    if text.startswith("<>"):
        return None, _rest(text, 2)
    route = _ROUTE.match(text, 1)
    start = route.end() if route else 1
    local, at = _parse_local(text, start)
    domain = ""
    if text[at : at + 1] == "@":
        end = text.find(">", at)
        domain = text[at + 1 : end if end >= 0 else len(text)]
        if not _is_domain(domain):
            raise RemoteProtocolError(f"{domain[:60]!r} is no domain and no address literal", rule=_RULE, offset=at + 1)
        at += 1 + len(domain)
    elif route or local.lower() != "postmaster":
        raise RemoteProtocolError("only a postmaster has no domain", rule="RFC 5321 §4.1.1.3", offset=at)
    if text[at : at + 1] != ">":
        raise RemoteProtocolError("an address ends with >", rule=_RULE, offset=at)
    if len(text[: at + 1].encode()) > PATH_LIMIT:
        raise RemoteProtocolError(f"a path of more than {PATH_LIMIT} octets", rule="RFC 5321 §4.5.3.1.3", offset=0)
    return Mailbox(local, domain), _rest(text, at + 1)


def _rest(text: str, start: int) -> str:
    if text[start : start + 1] not in ("", " "):
        raise RemoteProtocolError("an address is followed by a space or nothing", rule=_RULE, offset=start)
    return text[start:].strip(" ")


def _parse_local(text: str, start: int) -> tuple[str, int]:
    quoted = _QUOTED.match(text, start)
    if quoted:
        if not quoted[1]:
            raise RemoteProtocolError("an empty local part", rule=_RULE, offset=start)
        return _QUOTED_PAIR.sub(r"\1", quoted[1]), quoted.end()
    plain = _DOT_STRING.match(text, start)
    if not plain:
        raise RemoteProtocolError("no local part in the address", rule=_RULE, offset=start)
    return plain[0], plain.end()


def _is_domain(domain: str) -> bool:
    if len(domain.encode()) > 255:
        return False
    literal = _LITERAL.fullmatch(domain)
    if not literal:
        return bool(_DOMAIN.fullmatch(domain))
    content = literal[1]
    try:
        if content[:5].upper() == "IPV6:":
            IPv6Address(content[5:])
        elif not _TAGGED.fullmatch(content):
            IPv4Address(content)
    except AddressValueError:
        return False
    return "%" not in content


def parse_mailbox(text: str) -> Mailbox:
    """An address that a person gave, such as `ann@example.com`; LocalProtocolError if it is none."""
    try:
        mailbox, rest = parse_path(f"<{text}>")
    except (RemoteProtocolError, UnicodeEncodeError) as error:
        raise LocalProtocolError(f"{text!r} is no address: {error}", rule=_RULE) from None
    if mailbox is None or rest:
        raise LocalProtocolError(f"{text!r} is no address", rule=_RULE)
    return mailbox


def emit_path(mailbox: Mailbox | None) -> str:
    """A path for MAIL or RCPT; LocalProtocolError for a mailbox that can't be written as one."""
    if mailbox is None:
        return "<>"
    path = f"<{mailbox.address}>"
    try:
        again, rest = parse_path(path)
    except (RemoteProtocolError, UnicodeEncodeError) as error:
        raise LocalProtocolError(f"{mailbox.address!r} is no address: {error}", rule=_RULE) from None
    if again != mailbox or rest:
        raise LocalProtocolError(f"{mailbox.address!r} is no address", rule=_RULE)
    return path


def encode_xtext(text: str) -> str:
    """A text as a parameter's value, such as AUTH= has it (RFC 3461 §4)."""
    return "".join(
        chr(octet) if 0x21 <= octet <= 0x7E and octet not in b"+=" else f"+{octet:02X}" for octet in text.encode()
    )


def decode_xtext(value: str) -> str:
    """A parameter's value as text (RFC 3461 §4)."""
    if not re.fullmatch(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*", value):
        raise RemoteProtocolError(f"{value[:40]!r} is no xtext", rule="RFC 3461 §4")
    data = re.sub(rb"\+(..)", lambda found: bytes((int(found[1], 16),)), value.encode("ascii"))
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise RemoteProtocolError("an xtext that isn't UTF-8", rule="RFC 3461 §4") from None
