"""NETCONF, the probe: which versions, capabilities and modules, and may one edit there?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.links.ssh import subsystem
from netloom.protocols.netconf import requests
from netloom.wire.netconf.messages import BASE_10, BASE_11

if TYPE_CHECKING:
    from netloom.protocols.netconf.client import Client


class Facts(subsystem.Facts, kw_only=True):
    """What a NETCONF probe learns. Without a way to log in it is what SSH tells: software, key, and how one may."""

    session: int | None = None
    versions: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()


async def probe(client: Client, facts: Facts) -> None:
    """Look without logging in, unless there is something to do it with, or nothing is needed."""
    dialogue = await subsystem.enter(client, facts)
    if dialogue is None:
        return
    said = dialogue.hello.capabilities
    facts.session = dialogue.hello.session
    facts.versions = tuple(name for name, uri in (("1.0", BASE_10), ("1.1", BASE_11)) if uri in said)
    told = [requests.described(one) for one in said if one not in (BASE_10, BASE_11)]
    facts.capabilities = tuple(name for name, kind, _ in told if kind == "capability")
    facts.modules = tuple(name for name, kind, _ in told if kind == "module")
    facts.summary = _summary(facts)


def _summary(facts: Facts) -> str:
    """What a specialist looks at first: versions, how configurations change there, and how much it models."""
    kinds = [name.partition(":")[0] for name in facts.capabilities]
    known = ("candidate", "confirmed-commit", "writable-running", "startup", "validate", "xpath", "notification")
    changes = [name for name in known if name in kinds]
    return f"version {', '.join(facts.versions)} · {', '.join(changes) or 'read-only'} · {len(facts.modules)} modules"
