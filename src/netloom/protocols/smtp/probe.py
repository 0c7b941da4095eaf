"""SMTP, the probe: does it take mail, what does it offer, and is it private (RFC 5321 §4.1.1.1)?"""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

import msgspec

from netloom import shapes
from netloom.errors import RemoteProtocolError
from netloom.wire.smtp import replies

if TYPE_CHECKING:
    from netloom.protocols.smtp.client import Client
    from netloom.protocols.smtp.dialogue import Dialogue


class Facts(shapes.Facts, kw_only=True):
    """What an SMTP probe learns. `extensions` are EHLO's keywords with their parameters; `size_limit` in bytes.

    `starttls` is whether it was offered, `tls` whether the session has TLS, `authenticated` by which mechanism.
    """

    code: int | None = None
    banner: str = ""
    hostname: str = ""
    extended: bool = False
    extensions: dict[str, str] = msgspec.field(default_factory=dict)
    size_limit: int | None = None
    starttls: bool = False
    tls: bool = False
    auth: list[str] = msgspec.field(default_factory=list)
    authenticated: str = ""


async def probe(client: Client, facts: Facts) -> None:
    """Greeting and EHLO; TLS and authentication where the endpoint asks for them."""
    await client.begin(functools.partial(_learn, facts))


def _learn(facts: Facts, dialogue: Dialogue) -> None:
    if dialogue.greeting is None:
        return
    facts.code = dialogue.greeting.code
    facts.banner = dialogue.greeting.text[:1000]
    facts.hostname = dialogue.hostname[:255]
    facts.extended = dialogue.extended
    facts.extensions = dialogue.extensions
    with contextlib.suppress(RemoteProtocolError):  # a SIZE that is no number says nothing
        facts.size_limit = replies.size_limit(dialogue.extensions)
    facts.starttls = dialogue.offers_starttls
    facts.tls = dialogue.private
    facts.auth = list(replies.auth_mechanisms(dialogue.extensions))
    facts.authenticated = dialogue.mechanism
    facts.summary = _summary(facts)


def _summary(facts: Facts) -> str:
    if facts.code != 220:
        return f"{facts.code} {facts.banner[:80]}"
    words = ["220 ready"]
    if facts.tls:
        words.append("TLS")
    elif facts.starttls:
        words.append("STARTTLS")
    if facts.size_limit:
        words.append(f"SIZE {_size(facts.size_limit)}")
    if facts.authenticated:
        words.append(f"authenticated by {facts.authenticated}")
    if facts.extensions:
        words.append(f"{len(facts.extensions)} extension{'s' if len(facts.extensions) > 1 else ''}")
    return " · ".join(words)


def _size(octets: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if octets >= size:
            return f"{octets / size:.3g} {unit}"
    return f"{octets} B"
