"""WHOIS, the probe: does it answer, and what does it know (RFC 3912)?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from netloom import shapes
from netloom.protocols.whois.client import best
from netloom.wire import whois

if TYPE_CHECKING:
    from netloom.protocols.whois.client import Answer, Client

_MANY = 32
_LONG = 200


class Facts(shapes.Facts, kw_only=True):
    """What a probe of WHOIS learns. Without anything to ask for it asks for help, as most servers give some.

    `servers` were asked, one after the other; `server` is the last that knew something: what follows is what it said,
    in its own words. `charset` is a guess. `stopped` says why a referral led nowhere.
    """

    query: str = ""
    server: str = ""
    servers: list[str] = msgspec.field(default_factory=list)
    stopped: str = ""
    found: bool | None = None
    size: int | None = None
    lines: int | None = None
    charset: str = ""
    name: str = ""
    holder: str = ""
    registrar: str = ""
    country: str = ""
    status: list[str] = msgspec.field(default_factory=list)
    nameservers: list[str] = msgspec.field(default_factory=list)
    created: str = ""
    changed: str = ""
    expires: str = ""


_ONE = {
    "name": ("domain name", "domain", "netname", "as-name", "asname", "netrange", "inetnum", "inet6num", "aut-num"),
    "holder": (
        "registrant organization", "registrant name", "registrant", "org-name", "orgname", "organization", "owner",
        "org", "descr", "holder", "person",
    ),
    "registrar": ("registrar", "registrar name", "sponsoring registrar"),
    "country": ("country", "registrant country"),
    "created": (
        "creation date", "created", "created on", "registered", "registered on", "regdate", "registration time",
    ),
    "changed": ("updated date", "last-modified", "changed", "updated", "last modified", "last updated", "last-update"),
    "expires": (
        "registry expiry date", "registrar registration expiration date", "expiration date", "expires", "expiry date",
        "expire date", "paid-till", "expires on", "expiration time",
    ),
}  # fmt: skip
_MORE = {
    "status": ("domain status", "status", "nettype", "state"),
    "nameservers": ("name server", "nserver", "nameserver", "name servers", "name server hostname"),
}


async def probe(client: Client, facts: Facts) -> None:
    """Ask, and follow."""
    facts.query = client.wanted().strip()
    answers = await client.ask(facts.query or "help")
    facts.servers = [answer.server for answer in answers]
    facts.stopped = client.stopped
    known = best(answers)
    facts.server, facts.size, facts.charset = known.server, len(known.data), known.charset
    facts.lines = len(known.text.splitlines())
    if not facts.query:
        facts.summary = f"answers · {facts.lines} lines"
        return
    facts.found = not whois.is_nothing(known.text)
    _learn(known, facts)
    said = [facts.name or facts.query, facts.holder or facts.registrar, _until(facts)] if facts.found else []
    facts.summary = " · ".join(filter(None, said)) or f"{facts.query} isn't there"
    if len(answers) > 1:
        facts.summary += f" · by {known.server}"


def _learn(answer: Answer, facts: Facts) -> None:
    said: dict[str, list[str]] = {}
    for name, value in whois.fields(answer.text):
        said.setdefault(name, []).append(value[:_LONG])
    for fact, names in _ONE.items():
        setattr(facts, fact, next((said[name][0] for name in names if name in said), ""))
    for fact, names in _MORE.items():
        found = [value.split()[0] for name in names for value in said.get(name, [])]
        setattr(facts, fact, list(dict.fromkeys(found))[:_MANY])


def _until(facts: Facts) -> str:
    return f"expires {facts.expires[:10]}" if facts.expires else ""
