"""DNS, the probe: what does a server say to a question, and how (RFC 1035 §4.1)?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from netloom import shapes
from netloom.protocols.dns.answers import flags_of, raise_for
from netloom.wire.dns import codes, edns

if TYPE_CHECKING:
    from netloom.protocols.dns.client import Client
    from netloom.protocols.dns.ways import Heard
    from netloom.wire.dns.message import Edns


class Facts(shapes.Facts, kw_only=True):
    """What a DNS probe learns. `answers` are {name, type, ttl, data}; `ttl`s in seconds, `size` in octets.

    `server` is its identifier (NSID), `edns` the datagram's size that it takes (0: it doesn't speak EDNS), `errors` are
    extended errors (RFC 8914). `mismatched` counts answers to something else, `repeated` how often it was asked again.
    """

    rcode: str = ""
    flags: list[str] = msgspec.field(default_factory=list)
    answers: list[dict[str, Any]] = msgspec.field(default_factory=list)
    authority: int = 0
    min_ttl: int | None = None
    size: int | None = None
    transport: str = ""
    truncated: bool = False
    edns: int | None = None
    server: str = ""
    subnet: str = ""
    cookie: bool = False
    kept_case: bool = True
    errors: list[str] = msgspec.field(default_factory=list)
    mismatched: int = 0
    repeated: int = 0


async def probe(client: Client, facts: Facts) -> None:
    """Ask what the endpoint asks. Raises PeerRefused for any rcode but NOERROR.

    Where it names nothing, a server that doesn't answer about the root is a good one: most are for their zones only.
    """
    for question in client.target.questions:
        try:
            heard = await client.ask(question)
        finally:
            facts.mismatched = client.tally.mismatched
            facts.repeated = client.tally.repeated
        _learn(facts, heard)
        if client.target.open and heard.message.rcode == codes.REFUSED:
            facts.summary += " · a name server, but not for the root: ask about a name"
            return
        raise_for(heard.message, question)


def _learn(facts: Facts, heard: Heard) -> None:
    message = heard.message
    facts.rcode = codes.rcode_name(message.rcode)
    facts.flags = flags_of(message)
    facts.size = len(heard.data)
    facts.transport = heard.transport
    facts.truncated = heard.truncated
    facts.kept_case = heard.kept_case
    facts.authority = len(message.authority)
    if message.edns is None:
        facts.edns = 0
    else:
        facts.edns = message.edns.size
        if message.edns.options:
            _learn_options(facts, message.edns)
    new = [record.plain() for record in message.answers]
    facts.answers = facts.answers + new if facts.answers else new
    if facts.answers:
        facts.min_ttl = min([record["ttl"] for record in facts.answers])
    facts.summary = summary(facts)


def _learn_options(facts: Facts, said: Edns) -> None:
    facts.errors = edns.errors(said)
    for code, data in said.options:
        if code == codes.OPTION_NSID:
            facts.server = edns.nsid_text(data)
        elif code == codes.OPTION_SUBNET:
            facts.subnet = edns.subnet_text(data)
        elif code == codes.OPTION_COOKIE:
            facts.cookie = len(data) > edns.CLIENT_COOKIE


def summary(facts: Facts) -> str:
    """`NOERROR · 2 answers · 203.0.113.7 · ttl 300`"""
    parts = [facts.rcode]
    answers = facts.answers
    if facts.rcode == "NOERROR":
        parts.append(f"{len(answers)} answer{'s' if len(answers) > 1 else ''}" if answers else "no answers")
    if answers:
        shown = next((a["data"] for a in answers if a["type"] not in ("CNAME", "DNAME", "RRSIG")), answers[0]["data"])
        parts += [shown if len(shown) <= 60 else shown[:59] + "…", f"ttl {facts.min_ttl}"]
    if facts.transport != "udp":
        parts.append(facts.transport)
    return " · ".join(parts + facts.errors)
