"""Names that aren't in the zone: other resolvers are asked, one after the other (RFC 5625)."""

from __future__ import annotations

import asyncio
import functools
import logging
from typing import TYPE_CHECKING

import msgspec

from netloom.endpoint import Endpoint
from netloom.errors import NetloomError, UsageError
from netloom.links.dial import Dialler
from netloom.links.options import LinkOptions
from netloom.links.trace import Trace
from netloom.protocols.dns.client import Client
from netloom.protocols.dns.options import Options
from netloom.registry import settle
from netloom.wire.dns import codes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.links.network import Network
    from netloom.protocols.dns.request import Request
    from netloom.protocols.dns.responder import Elsewhere
    from netloom.wire.dns.message import Message

log = logging.getLogger("netloom.serve")

PATIENCE = 5.0
"""Seconds that each resolver has."""


async def forward(request: Request, wanted: Elsewhere, resolvers: Sequence[str], network: Network) -> bytes:
    """The response with what the first resolver says that says anything; SERVFAIL where none does."""
    for text in resolvers:
        try:
            async with asyncio.timeout(PATIENCE):
                message = await _ask(text, request, wanted, network)
        except (NetloomError, TimeoutError) as exc:
            log.warning("%s didn't answer about %s: %s", text, wanted.question, str(exc) or "too late")
            continue
        sections = ((*wanted.answers, *message.answers), message.authority, message.additional)
        rcode = message.rcode if message.rcode < 16 else codes.SERVFAIL
        return request.respond(rcode, *sections, flags=codes.RA)
    return request.respond(codes.SERVFAIL, wanted.answers, flags=codes.RA)


async def _ask(text: str, request: Request, wanted: Elsewhere, network: Network) -> Message:
    """What one resolver says, asked from a new port, with the wishes of who asks us."""
    endpoint, link, options = _resolver(text)
    options = msgspec.structs.replace(options, dnssec=request.do, cd=request.message.has(codes.CD))
    dial = Dialler(network, endpoint, link, Trace(network.clock))
    try:
        return (await Client(dial, endpoint, options).ask(wanted.question)).message
    finally:
        await dial.close()


@functools.lru_cache(maxsize=256)
def _resolver(text: str) -> tuple[Endpoint, LinkOptions, Options]:
    """A resolver's endpoint and its options, split into the link's and our own. Raises UsageError."""
    declared, _, endpoint = settle(Endpoint.parse(text))
    if declared.name != "dns":
        raise UsageError(f"{endpoint} is no resolver", hint="dns://9.9.9.9, dot://9.9.9.9 or doh://9.9.9.9")
    own = {name: value for name, value in endpoint.options if name in Options.__struct_fields__}
    other = {name: value for name, value in endpoint.options if name not in own}
    try:
        link = msgspec.convert(other, type=_Strict, strict=False)
        return endpoint, link, msgspec.convert(own, type=Options, strict=False)
    except msgspec.ValidationError as exc:
        raise UsageError(f"{endpoint}: {exc}", hint="switches are true or false") from None


class _Strict(LinkOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A link's options, no others."""
