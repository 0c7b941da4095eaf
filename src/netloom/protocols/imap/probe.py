"""IMAP, the probe: what it offers, whether it is private, who it is, and with a user what is in INBOX (RFC 9051)."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec

from netloom import shapes
from netloom.errors import Phase
from netloom.protocols.imap import queries

if TYPE_CHECKING:
    from netloom.protocols.imap.client import Client
    from netloom.protocols.imap.dialogue import Dialogue


class Facts(shapes.Facts, kw_only=True):
    """What an IMAP probe learns.

    `starttls` is whether it was offered, `tls` whether the session has TLS, `authenticated` by which mechanism;
    `server` what it tells of itself (RFC 2971). `messages`, `unseen` and `uid_validity` are INBOX's.
    """

    greeting: str = ""
    banner: str = ""
    version: str = ""
    capabilities: list[str] = msgspec.field(default_factory=list)
    starttls: bool = False
    tls: bool = False
    auth: list[str] = msgspec.field(default_factory=list)
    authenticated: str = ""
    server: dict[str, str] = msgspec.field(default_factory=dict)
    messages: int | None = None
    unseen: int | None = None
    uid_validity: int | None = None


async def probe(client: Client, facts: Facts) -> None:
    """Greeting, capabilities and identity; TLS and authentication where the endpoint asks for them."""
    dialogue = await client.begin(functools.partial(_learn, facts))
    await dialogue.identify()
    facts.server = {name[:60]: value[:200] for name, value in dialogue.identity.items()}
    facts.summary = _summary(facts)
    if dialogue.is_known:
        dialogue.enter(Phase.REQUEST)
        counts = await queries.counts(dialogue, "INBOX")
        facts.messages, facts.unseen = counts.get("MESSAGES"), counts.get("UNSEEN")
        facts.uid_validity = counts.get("UIDVALIDITY")
        facts.summary = _summary(facts)


def _learn(facts: Facts, dialogue: Dialogue) -> None:
    if dialogue.greeting is None:
        return
    facts.greeting = dialogue.greeting.kind
    facts.banner = dialogue.greeting.text[:1000]
    facts.capabilities = sorted(dialogue.capabilities)[:500]
    facts.version = next((_VERSIONS[name] for name in _VERSIONS if name in dialogue.capabilities), "")
    facts.starttls = dialogue.offers_starttls
    facts.tls = dialogue.private
    facts.auth = dialogue.mechanisms
    facts.authenticated = dialogue.mechanism
    facts.summary = _summary(facts)


_VERSIONS = {"IMAP4REV2": "IMAP4rev2", "IMAP4REV1": "IMAP4rev1"}


def _summary(facts: Facts) -> str:
    if facts.greeting == "BYE":
        return f"BYE {facts.banner[:80]}"
    words = [f"{facts.greeting} {facts.version}".strip()]
    if facts.tls:
        words.append("TLS")
    elif facts.starttls:
        words.append("STARTTLS")
    if facts.server.get("name"):
        words.append(facts.server["name"][:60])
    if facts.authenticated:
        words.append(f"authenticated by {facts.authenticated}")
    if facts.messages is not None:
        unseen = f", {facts.unseen} unseen" if facts.unseen else ""
        words.append(f"INBOX {facts.messages} message{'' if facts.messages == 1 else 's'}{unseen}")
    elif facts.capabilities:
        words.append(f"{len(facts.capabilities)} capabilities")
    return " · ".join(words)
