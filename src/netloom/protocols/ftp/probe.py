"""FTP, the probe: who is it, what does it offer, is it private, and does it let anybody in (RFC 959, 2389, 4217)?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from netloom import shapes
from netloom.errors import Unauthenticated

if TYPE_CHECKING:
    from netloom.protocols.ftp.client import Client
    from netloom.protocols.ftp.dialogue import Dialogue


class Facts(shapes.Facts, kw_only=True):
    """What an FTP probe learns. `features` are FEAT's names with their parameters; `starttls` is whether AUTH TLS was
    offered, `tls` whether the dialogue has it, `protected` whether data has.

    `anonymous` is whether anybody is let in, where no user was given; `entered` is whether the login went well.
    """

    code: int | None = None
    banner: str = ""
    system: str = ""
    features: dict[str, str] = msgspec.field(default_factory=dict)
    starttls: bool | None = None
    tls: bool = False
    protected: bool = False
    entered: bool = False
    anonymous: bool | None = None
    directory: str = ""


async def probe(client: Client, facts: Facts) -> None:
    """Greeting, TLS and login; a server that lets nobody in without an account answers rightly, too."""
    found: list[Dialogue] = []

    def learnt(dialogue: Dialogue) -> None:
        found.append(dialogue)
        _learn(facts, dialogue)

    try:
        dialogue = await client.begin(learnt)
    except Unauthenticated:
        if client.endpoint.user or not found:
            raise
        facts.anonymous = False
        dialogue = found[0]
    else:
        facts.entered = True
        facts.anonymous = True if not client.endpoint.user else None
    try:
        facts.features = await dialogue.learn()
        facts.system = await dialogue.identify()
        if facts.entered:
            facts.directory = (await dialogue.directory())[:255]
    finally:
        _learn(facts, dialogue)
    if not facts.entered:
        await dialogue.quit()


def _learn(facts: Facts, dialogue: Dialogue) -> None:
    if dialogue.greeting is None:
        return
    facts.code = dialogue.greeting.code
    facts.banner = dialogue.greeting.text[:1000]
    facts.starttls = dialogue.offers_tls
    facts.tls = dialogue.private
    facts.protected = dialogue.protected
    facts.summary = _summary(facts)


def _summary(facts: Facts) -> str:
    if facts.code != 220:
        return f"{facts.code} {facts.banner[:80]}"
    words = ["220 ready"]
    if facts.tls:
        words.append("TLS, data too" if facts.protected else "TLS")
    elif facts.starttls:
        words.append("AUTH TLS")
    if facts.anonymous is not None:
        words.append("anonymous" if facts.anonymous else "accounts only")
    elif facts.entered:
        words.append("logged in")
    if facts.features:
        words.append(f"{len(facts.features)} feature{'s' if len(facts.features) > 1 else ''}")
    if facts.system:
        words.append(facts.system[:40])
    return " · ".join(words)
