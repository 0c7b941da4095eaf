"""CoAP, the probe: is it there, what has it got, and what does the endpoint's resource say (RFC 7252, RFC 6690)?"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec import field

from netloom import shapes
from netloom.errors import PeerRefused
from netloom.protocols.coap import formats
from netloom.protocols.coap.client import raise_for
from netloom.wire.coap import codes, uri
from netloom.wire.coap.block import parse_block

if TYPE_CHECKING:
    from netloom.protocols.coap.client import Client

_SHOWN = 60
_LISTED = 100


class Facts(shapes.Facts, kw_only=True):
    """What a CoAP probe learns. `ping` in seconds, null where the server doesn't refuse what is empty as it ought to.

    `discovery` is the code that /.well-known/core brought; `resources` are the first hundred paths, `observable` how
    many say that they can be observed, `types` what kinds there are. `code`, `content_format`, `etag`, `max_age` and
    `value` are the endpoint's own resource's. `block` is the size of the blocks that the server chose, `challenged`
    whether it wanted an Echo first, `repeated` what had to be sent again.
    """

    ping: float | None = None
    discovery: str = ""
    count: int | None = None
    resources: list[str] = field(default_factory=list)
    observable: int | None = None
    types: list[str] = field(default_factory=list)
    code: str = ""
    content_format: str = ""
    etag: str = ""
    max_age: int | None = None
    size: int | None = None
    value: str = ""
    block: int | None = None
    challenged: bool = False
    repeated: int = 0


async def probe(client: Client, facts: Facts) -> None:
    """Ask what there is, and for what the endpoint names; then ping. Any answer counts to discovery.

    Raises PeerRefused where the endpoint's own resource isn't there.
    """
    try:
        await _discover(client, facts)
        if client.endpoint.path.strip("/"):
            await _read(client, facts)
        started = time.perf_counter()
        if await client.session.ping():
            facts.ping = time.perf_counter() - started
    finally:
        facts.repeated = client.session.repeated
        facts.challenged = client.transfer.challenged
        facts.summary = _summary(facts) if facts.discovery else ""


async def _discover(client: Client, facts: Facts) -> None:
    try:
        links = await client.discover(filtered=False)
    except PeerRefused as exc:
        if exc.code == "RST":
            raise
        facts.discovery = str(exc.code)
        return
    facts.discovery = codes.dotted(codes.CONTENT)
    facts.count = len(links)
    facts.resources = [link.target for link in links[:_LISTED]]
    facts.observable = sum(link.get("obs") is not None for link in links)
    named = [word for link in links for word in (link.get("rt") or "").split()]
    facts.types = list(dict.fromkeys(named))[:_LISTED]


async def _read(client: Client, facts: Facts) -> None:
    options = [*uri.path_options(client.endpoint.path), *uri.query_options(client.endpoint.query)]
    found = await client.transfer.request(codes.GET, options)
    facts.code = codes.dotted(found.code)
    raise_for(found)
    facts.content_format = formats.name_of(found)
    facts.size = len(found.payload)
    facts.max_age = found.uint(codes.MAX_AGE)
    etag, block = found.value(codes.ETAG), found.value(codes.BLOCK2)
    facts.etag = etag.hex() if etag is not None else ""
    facts.block = parse_block(block).size if block is not None else None
    if formats.is_text(found):
        text = found.payload[:_SHOWN].decode("utf-8", "backslashreplace")
        facts.value = "".join(char if char.isprintable() else " " for char in text)


def _summary(facts: Facts) -> str:
    """`22 resources, 12 observable · 2.05 text/plain: 21.5 · ping 0.3 ms`"""
    parts = []
    if facts.count is not None:
        observable = f", {facts.observable} observable" if facts.observable else ""
        parts.append(f"{facts.count} resource{'s' * (facts.count != 1)}{observable}")
    else:
        parts.append(f"no discovery ({facts.discovery})")
    if facts.code:
        said = f"{facts.code} {facts.content_format}".strip()
        parts.append(f"{said}: {facts.value}" if facts.value else said)
    if facts.ping is not None:
        parts.append(f"ping {facts.ping * 1000:.1f} ms")
    return " · ".join(parts)
