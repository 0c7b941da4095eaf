"""POP3, the probe: what it offers, whether it is private, and with a user how much mail there is (RFC 2449)."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec

from netloom import shapes
from netloom.errors import Phase

if TYPE_CHECKING:
    from netloom.protocols.pop3.client import Client
    from netloom.protocols.pop3.dialogue import Dialogue


class Facts(shapes.Facts, kw_only=True):
    """What a POP3 probe learns.

    `starttls` is whether STLS was offered, `tls` whether the session has TLS, `authenticated` by which mechanism;
    `server` is what it calls itself. `size` are the octets of all `messages`.
    """

    banner: str = ""
    capabilities: dict[str, str] = msgspec.field(default_factory=dict)
    starttls: bool = False
    tls: bool = False
    auth: list[str] = msgspec.field(default_factory=list)
    authenticated: str = ""
    server: str = ""
    messages: int | None = None
    size: int | None = None


async def probe(client: Client, facts: Facts) -> None:
    """Greeting and capabilities; TLS and authentication where the endpoint asks for them."""
    dialogue = await client.begin(functools.partial(_learn, facts))
    if dialogue.mechanism:
        dialogue.enter(Phase.REQUEST)
        facts.messages, facts.size = await client.status(dialogue)
        facts.summary = _summary(facts, "+OK ready")


def _learn(facts: Facts, dialogue: Dialogue) -> None:
    greeting = dialogue.greeting
    if greeting is None:
        return
    facts.banner = greeting.text[:1000]
    facts.capabilities = dict(list(dialogue.capabilities.items())[:200])
    facts.starttls = dialogue.offers_starttls
    facts.tls = dialogue.private
    facts.auth = dialogue.mechanisms
    facts.authenticated = dialogue.mechanism
    facts.server = dialogue.capabilities.get("IMPLEMENTATION", "")[:200]
    facts.summary = _summary(facts, "+OK ready" if greeting.positive else f"-ERR {facts.banner[:80]}")


def _summary(facts: Facts, first: str) -> str:
    words = [first]
    if facts.tls:
        words.append("TLS")
    elif facts.starttls:
        words.append("STLS")
    if facts.server:
        words.append(facts.server[:60])
    if facts.authenticated:
        words.append(f"authenticated by {facts.authenticated}")
    if facts.messages is not None:
        words.append(f"{facts.messages} message{'' if facts.messages == 1 else 's'}")
    elif facts.capabilities:
        words.append(f"{len(facts.capabilities)} capabilities")
    return " · ".join(words)
