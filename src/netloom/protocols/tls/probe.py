"""TLS, the probe: what was agreed on, who vouches for whom, and for how long (RFC 8446, RFC 5280)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from netloom import shapes
from netloom.errors import Phase

if TYPE_CHECKING:
    from netloom.protocols.tls.client import Client

DAY = 86400.0


class Facts(shapes.Facts, kw_only=True):
    """What a TLS probe learns; the whole chain is in the record's `tls`. `expires_in` in seconds."""

    version: str = ""
    cipher: str = ""
    group: str = ""
    alpn: str = ""
    subject: str = ""
    issuer: str = ""
    names: list[str] = msgspec.field(default_factory=list)
    chain_length: int | None = None
    expires_in: float | None = None
    verified: bool | None = None
    problem: str = ""
    banner: str = ""


async def probe(client: Client, facts: Facts) -> None:
    """Shake hands, and tell what came of it."""
    stream = await client.open()
    described = stream.trace.tls if stream.trace is not None else None
    if described is not None:
        facts.version, facts.cipher = described.version, described.cipher
        facts.group, facts.alpn = described.group, described.alpn
        facts.verified, facts.problem = described.verified, described.problem
        facts.chain_length, facts.expires_in = len(described.chain), described.expires_in
        if described.chain:
            leaf = described.chain[0]
            facts.subject, facts.issuer, facts.names = leaf.subject, leaf.issuer, leaf.names
        days = f" · certificate {described.expires_in / DAY:.0f} days" if described.expires_in is not None else ""
        facts.summary = (
            f"{described.version} · {described.cipher}{days}{' · ' + described.problem if described.problem else ''}"
        )
    if client.options.banner:
        stream.enter(Phase.GREETING)
        facts.banner = (await stream.read())[:256].decode("utf-8", "backslashreplace").strip()
