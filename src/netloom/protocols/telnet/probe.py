"""Telnet, the probe: what does it say, what options does it want, and does it ask who is there (RFC 854, RFC 855)?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from netloom import shapes
from netloom.wire.telnet.codes import option_name
from netloom.wire.telnet.screen import shown

if TYPE_CHECKING:
    from netloom.protocols.telnet.client import Client

GREETING_LIMIT = 16 * 1024
_TAIL = 512


class Facts(shapes.Facts, kw_only=True):
    """What a Telnet probe learns. `offers` are options that the server wants to do itself, `asks` those that it wants
    of us; `login_prompt` is its question for the user or the password, `prompt` what it says to whoever is in.
    """

    banner: str = ""
    offers: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    in_force: tuple[str, ...] = ()
    login_prompt: str = ""
    prompt: str = ""
    logged_in: bool | None = None
    user: str = ""


async def probe(client: Client, facts: Facts) -> None:
    """Listen until it asks for something, or falls silent. With a user and a password, log in."""
    if client.endpoint.user and client.endpoint.password:
        facts.logged_in = False
        facts.user = client.endpoint.user
        try:
            conversation = await client.conversation()
        finally:
            _options(client, facts)
        facts.logged_in, facts.prompt = True, conversation.prompt
    else:
        await _look(client, facts)
    facts.summary = _summary(facts)


async def _look(client: Client, facts: Facts) -> None:
    stream = await client.connect()
    said = bytearray()
    expected = client.expected
    try:
        while len(said) < GREETING_LIMIT:
            async with asyncio.timeout(client.options.quiet):
                chunk = await stream.read()
            said += chunk
            tail = bytes(said[-_TAIL:])
            if not chunk or any(p.search(tail) for p in (expected.login, expected.password, expected.prompt)):
                break
    except TimeoutError:
        pass  # it has said what it had to say
    finally:
        _options(client, facts)
    lines = shown(said.decode("utf-8", "replace")).strip("\n").splitlines()
    tail = bytes(said[-_TAIL:])
    if expected.login.search(tail) or expected.password.search(tail):
        facts.login_prompt = lines.pop().strip()
    elif expected.prompt.search(tail):
        facts.prompt = lines.pop().strip()
    facts.banner = "\n".join(lines).strip("\n")


def _options(client: Client, facts: Facts) -> None:
    layer = client.layer
    if layer is not None:
        facts.offers = tuple(map(option_name, layer.asked["will"]))
        facts.asks = tuple(map(option_name, layer.asked["do"]))
        ours = [option_name(option) for option in layer.options.all_on(ours=True)]
        facts.in_force = (*ours, *(f"{option_name(option)} (server)" for option in layer.options.all_on(ours=False)))


def _summary(facts: Facts) -> str:
    """What a specialist looks at first: what it asks, and which options it wants."""
    if facts.logged_in:
        asked = f"logged in as {facts.user}, prompt {facts.prompt!r}"
    elif facts.login_prompt:
        asked = f"asks {facts.login_prompt!r}"
    elif facts.prompt:
        asked = f"lets anybody in: {facts.prompt!r}"
    else:
        asked = "asks for nothing"
    offers = f" · WILL {', '.join(facts.offers)}" if facts.offers else ""
    asks = f" · DO {', '.join(facts.asks)}" if facts.asks else ""
    return f"{asked}{offers}{asks}" if offers or asks else f"{asked} · no options"
