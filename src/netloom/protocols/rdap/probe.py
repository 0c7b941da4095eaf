"""RDAP, the probe: does it answer as it should, and what does it know (RFC 9083)?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from netloom import shapes
from netloom.errors import PeerRefused
from netloom.protocols.rdap.client import kind_of
from netloom.wire import rdap

if TYPE_CHECKING:
    from netloom.protocols.rdap.client import Client
    from netloom.protocols.rdap.source import Told

_MANY = 32


class Facts(shapes.Facts, kw_only=True):
    """What a probe of RDAP learns. Without anything to ask for it asks for help.

    `version` is HTTP's; `conformance` what the server says to follow, `notices` the titles of what it has to say
    besides; `results` is how many a search found. Dates are as the server writes them.
    """

    status: int | None = None
    version: str = ""
    content_type: str = ""
    conformance: list[str] = msgspec.field(default_factory=list)
    notices: list[str] = msgspec.field(default_factory=list)
    redirects: list[str] = msgspec.field(default_factory=list)
    size: int | None = None
    kind: str = ""
    name: str = ""
    handle: str = ""
    holder: str = ""
    registrar: str = ""
    country: str = ""
    states: list[str] = msgspec.field(default_factory=list)
    nameservers: list[str] = msgspec.field(default_factory=list)
    signed: bool | None = None
    registered: str = ""
    changed: str = ""
    expires: str = ""
    whois: str = ""
    results: int | None = None


async def probe(client: Client, facts: Facts) -> None:
    """Ask once."""
    try:
        told = await client.ask()
    except PeerRefused as exc:
        if isinstance(exc.code, int):
            facts.status = exc.code
            facts.summary = exc.message
        raise
    one = told.object
    facts.status, facts.version, facts.content_type = told.status, told.version, told.content_type
    facts.redirects, facts.size = told.redirects, told.size
    facts.conformance = [text for text in rdap.listed(one, "rdapConformance") if isinstance(text, str)][:_MANY]
    facts.notices = [rdap.word(notice, "title") for notice in rdap.objects(one, "notices")][:_MANY]
    facts.kind = kind_of(told)
    if facts.kind == "search":
        facts.results = sum(len(rdap.listed(one, results)) for results in rdap.RESULTS.values())
        facts.summary = f"{facts.results} found"
    elif facts.kind == "help":
        facts.summary = " · ".join(["answers", *facts.conformance[:1], *filter(None, facts.notices[:1])])
    else:
        _learn(told, facts)


def _learn(told: Told, facts: Facts) -> None:
    one, events = told.object, rdap.events_of(told.object)
    facts.name, facts.handle = rdap.name_of(one), rdap.word(one, "handle")
    facts.holder = rdap.full_name(one) or rdap.holder_of(one)
    facts.registrar = rdap.holder_of(one, "registrar")
    facts.country, facts.whois = rdap.word(one, "country"), rdap.word(one, "port43")
    facts.states = [text for text in rdap.listed(one, "status") if isinstance(text, str)][:_MANY]
    facts.nameservers = [rdap.word(other, "ldhName") for other in rdap.objects(one, "nameservers")][:_MANY]
    secure = one.get("secureDNS")
    signed = secure.get("delegationSigned") if isinstance(secure, dict) else None
    facts.signed = signed if isinstance(signed, bool) else None
    facts.registered, facts.changed = events.get("registration", ""), events.get("last changed", "")
    facts.expires = events.get("expiration", "")
    said = [facts.name, ", ".join(facts.states), facts.holder or facts.registrar]
    facts.summary = " · ".join(filter(None, [*said, f"expires {facts.expires[:10]}" if facts.expires else ""]))
