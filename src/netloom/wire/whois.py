"""WHOIS: a line and a text, what texts say by custom, and where they send us (RFC 3912, RFC 2167, RIPE-358)."""

from __future__ import annotations

import re
from ipaddress import ip_network
from urllib.parse import urlsplit

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError

PORT = 43
QUERY_LIMIT = 1024
"""Octets of a query. The protocol has no limit; nobody's names or addresses are longer."""

_FORBIDDEN = re.compile(r"[\r\n\0]")
_FIELD = re.compile(r"^\s{0,8}([A-Za-z][\w ./&()'-]{0,60}?)\s*(?:\.{2,}\s*)?:[ \t]+(\S.*)$")
_BRACKETED = re.compile(r"^(?:[a-z]\. )?\[([^\]]{1,60})\]\s+(\S.*)$")
_HOST = re.compile(r"(?:(?!-)[A-Za-z0-9-]{1,63}\.)*(?!-)[A-Za-z0-9-]{1,63}\.?")
_NUMBER = re.compile(r"(?i)(?:AS)?(\d{1,10})")
_ERROR = re.compile(r"^%+\s?ERROR:\s?(\d{1,4}):?\s*(.*)$", re.MULTILINE)
_NOTHING = re.compile(
    r"(?im)^(?:%+ ?|# ?|>>> ?)?(?:no match\b|no matches\b|not found\b|no entries found|no data found|nothing found"
    r"|no object found|no such domain|(?:domain|object) not found|no information available"
    r"|no records? (?:found|matching)"
    r"|the queried object does not exist|object does not exist|no found$|invalid query$"
    r"|(?:domain )?status:\s*(?:free|available|no object found)\b|domain .{0,255} not (?:found|registered)"
    r"|.{0,255} (?:is available for registration|was not found|no match)\W*$)"
)
_RWHOIS_PORT = 4321
_NO_ENTRIES = 101

_REFERRALS = (
    "referralserver", "refer", "whois", "whois server", "registrar whois server", "registrar whois", "%referral",
)  # fmt: skip
_CHARSETS = ("utf-8", "latin-1")


class Referral(Struct, frozen=True):
    """Another server to ask the same."""

    host: str
    port: int = PORT

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORT else f"{host}:{self.port}"


class Refusal(Struct, frozen=True):
    """An error in the form that the regional registries use: `%ERROR:201: access denied`."""

    code: int
    text: str


# Asking


def emit_query(text: str) -> bytes:
    """A query's octets. Raises LocalProtocolError for what can't be said on one line."""
    if _FORBIDDEN.search(text):
        raise LocalProtocolError("a query is one line, without CR, LF and NUL", rule="RFC 3912 §2")
    if not text.strip():
        raise LocalProtocolError("there is nothing to ask for", rule="RFC 3912 §2", hint="whois://HOST/NAME")
    data = text.encode() + b"\r\n"
    if len(data) > QUERY_LIMIT:
        raise LocalProtocolError(f"a query has {QUERY_LIMIT} bytes at most", rule="RFC 3912 §2")
    return data


def parse_query(line: bytes) -> str:
    """A query without its line end. Raises RemoteProtocolError for an empty one, for NUL and for what is no text."""
    text = line.rstrip(b"\r\n")
    if b"\0" in text or b"\r" in text or b"\n" in text:
        raise RemoteProtocolError("a query is one line of text", rule="RFC 3912 §2", offset=_first(text))
    if len(text) > QUERY_LIMIT:
        raise RemoteProtocolError(f"a query has {QUERY_LIMIT} bytes at most", rule="RFC 3912 §2", offset=QUERY_LIMIT)
    said, _ = decode(text)
    if not said.strip():
        raise RemoteProtocolError("the query is empty", rule="RFC 3912 §2", offset=0)
    return said.strip()


def _first(text: bytes) -> int:
    return min(at for at in (text.find(octet) for octet in (b"\0", b"\r", b"\n")) if at >= 0)


def kind_of(query: str) -> str:
    """What a query is about: "address", "number", "name" or anything else, "words"."""
    try:
        ip_network(query, strict=False)
    except ValueError:
        pass
    else:
        return "address"
    found = _NUMBER.fullmatch(query)
    if found is not None and int(found[1]) < 1 << 32:
        return "number"
    return "name" if "." in query and " " not in query and "@" not in query else "words"


_WAYS = {
    ("whois.arin.net", "address"): "n + {}",
    ("whois.arin.net", "number"): "a + {number}",
    ("whois.verisign-grs.com", "name"): "domain {}",
    ("whois.crsnic.net", "name"): "domain {}",
    ("whois.denic.de", "name"): "-T dn,ace {}",
    ("whois.jprs.jp", "name"): "{}/e",
    ("whois.nic.ad.jp", "address"): "{}/e",
    ("whois.nic.ad.jp", "number"): "AS {number}/e",
    ("whois.punktum.dk", "name"): "--show-handles {}",
}


def query_for(host: str, text: str) -> str:
    """A query as one of the servers wants it that have ways of their own; the same text for all others.

    A text with blanks is the caller's own way of asking, and stays.
    """
    way = _WAYS.get((host.lower().rstrip("."), kind_of(text)))
    if way is None or " " in text:
        return text
    found = _NUMBER.fullmatch(text)
    return way.format(text, number=found[1] if found else text)


# Answers


def decode(data: bytes) -> tuple[str, str]:
    """A text and its character set, which nobody tells: UTF-8 where it is that, otherwise Latin-1."""
    try:
        return data.decode(), _CHARSETS[0]
    except UnicodeDecodeError:
        return data.decode("latin-1"), _CHARSETS[1]


def fields(text: str) -> list[tuple[str, str]]:
    """`name: value` and `[name] value` lines, names in lower case; comments and prose are left out."""
    found = []
    for line in text.splitlines():
        match = None if line.startswith(("%", "#", ">>>")) else _FIELD.match(line[:2048]) or _BRACKETED.match(line)
        if match is not None:
            found.append((match[1].strip().lower(), match[2].strip()))
    return found


def referrals(text: str) -> list[Referral]:
    """The servers that an answer sends us to, those first that know more."""
    found: dict[Referral, int] = {}
    for name, value in [*fields(text), *_marked(text)]:
        referral = _referral(value) if name in _REFERRALS else None
        if referral is not None:
            found.setdefault(referral, _REFERRALS.index(name))
    return sorted(found, key=lambda referral: found[referral])


def _marked(text: str) -> list[tuple[str, str]]:
    """`%referral rwhois://host:port/auth-area=…` (RFC 2167 §3.3.1), which looks like a comment."""
    return [
        ("%referral", line.partition(" ")[2].strip()) for line in text.splitlines() if line.startswith("%referral ")
    ]


def _referral(value: str) -> Referral | None:
    """`host`, `host:port`, or a URL of whois or rwhois; None for anything else, such as a page."""
    text = next(iter(value.split(maxsplit=1)), "")
    scheme, mark, rest = text.partition("://")
    if not mark:
        scheme, rest = "whois", text
    if scheme.lower() not in ("whois", "rwhois"):
        return None
    try:
        parts = urlsplit(f"//{rest}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if "@" in rest or not (_HOST.fullmatch(host) or _is_address(host)) or len(host) > 253 or port == 0:
        return None
    return Referral(host.rstrip("."), port or (_RWHOIS_PORT if scheme.lower() == "rwhois" else PORT))


def _is_address(host: str) -> bool:
    try:
        ip_network(host)
    except ValueError:
        return False
    return "/" not in host


def refusal(text: str) -> Refusal | None:
    """An error, where an answer is one. That there is nothing is no error."""
    for match in _ERROR.finditer(text):
        if int(match[1]) != _NO_ENTRIES:
            return Refusal(int(match[1]), match[2].strip())
    return None


def is_nothing(text: str) -> bool:
    """Whether an answer says, in one of the many ways there are, that nothing was found."""
    return not text.strip() or _NOTHING.search(text[:4096]) is not None or "%ERROR:101:" in text.replace(" ", "")


def emit_answer(lines: list[str]) -> bytes:
    """Lines as an answer. What would end a line within one is taken for a blank."""
    return b"".join(_FORBIDDEN.sub(" ", line).encode() + b"\r\n" for line in lines)
