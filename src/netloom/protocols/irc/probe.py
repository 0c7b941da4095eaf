"""IRC, the probe: which network, which server, what it supports, who is there (RFC 2812 §5, IRCv3)."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import msgspec

from netloom import shapes
from netloom.errors import Phase
from netloom.wire.irc import numerics as n
from netloom.wire.irc.message import readable

if TYPE_CHECKING:
    from netloom.protocols.irc.client import Client
    from netloom.protocols.irc.dialogue import Dialogue

_COUNTS = re.compile(r"(\d{1,9})")


class Facts(shapes.Facts, kw_only=True):
    """What an IRC probe learns. `capabilities` and `supported` (005) are values by name; `ping` in seconds."""

    network: str = ""
    server: str = ""
    version: str = ""
    created: str = ""
    nick: str = ""
    account: str = ""
    capabilities: dict[str, str] = msgspec.field(default_factory=dict)
    sasl: list[str] = msgspec.field(default_factory=list)
    mechanism: str = ""
    supported: dict[str, str] = msgspec.field(default_factory=dict)
    user_modes: str = ""
    channel_modes: str = ""
    casemapping: str = ""
    users: int | None = None
    operators: int | None = None
    channels: int | None = None
    motd: str = ""
    ping: float | None = None


async def probe(client: Client, facts: Facts) -> None:
    """Register, read the welcome, and measure a round trip."""
    dialogue = await client.begin(lambda dialogue: _learn(dialogue, facts))
    dialogue.link.enter(Phase.REQUEST)
    began = time.perf_counter()
    await dialogue.barrier()
    facts.ping = time.perf_counter() - began
    facts.summary = f"{facts.summary} · ping {facts.ping * 1000:.1f} ms"


def _learn(dialogue: Dialogue, facts: Facts) -> None:
    welcome = dialogue.welcome
    facts.capabilities = {name: readable(value) for name, value in sorted(dialogue.offered.items())}
    facts.sasl = [name for name in dialogue.offered.get("sasl", "").split(",") if name]
    facts.mechanism, facts.account = dialogue.mechanism, readable(dialogue.account)
    if not dialogue.registered:
        return
    facts.nick, facts.server = readable(dialogue.nick), readable(dialogue.server)
    facts.supported = {readable(name): readable(value) for name, value in dialogue.isupport.items()}
    facts.network = facts.supported.get("NETWORK", "")
    facts.casemapping = facts.supported.get("CASEMAPPING", "")
    _, facts.version, facts.user_modes, facts.channel_modes, *_ = (
        *map(readable, welcome.get(n.RPL_MYINFO, ())),
        *[""] * 4,
    )
    facts.created = readable(" ".join(welcome.get(n.RPL_CREATED, ())))
    facts.motd = readable("\n".join(dialogue.motd))[:4000]
    facts.users = _users(welcome)
    facts.operators = _first(welcome.get(n.RPL_LUSEROP, ())) if n.RPL_LUSEROP in welcome else 0
    facts.channels = _first(welcome.get(n.RPL_LUSERCHANNELS, ())) if n.RPL_LUSERCHANNELS in welcome else None
    said = [facts.network or facts.server, facts.version]
    if facts.users is not None:
        channels = f", {_count(facts.channels, 'channel')}" if facts.channels is not None else ""
        said.append(_count(facts.users, "user") + channels)
    said += [f"SASL {'/'.join(facts.sasl)}"] if facts.sasl else []
    facts.summary = " · ".join(word for word in said if word)


def _users(welcome: dict[str, tuple[str, ...]]) -> int | None:
    """`There are 3 users and 1 invisible on 1 servers`."""
    counts = [int(count) for count in _COUNTS.findall(" ".join(welcome.get(n.RPL_LUSERCLIENT, ())))]
    return sum(counts[:2]) if len(counts) > 1 else None


def _first(params: tuple[str, ...]) -> int | None:
    found = _COUNTS.match(params[0]) if params else None
    return int(found[1]) if found is not None else None


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"
