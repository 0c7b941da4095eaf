"""NETCONF, the probe: which versions, capabilities and modules, and may one edit there?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom import shapes
from netloom.links.ssh.look import look
from netloom.protocols.netconf import requests
from netloom.wire import ssh
from netloom.wire.netconf.messages import BASE_10, BASE_11

if TYPE_CHECKING:
    from netloom.links.ssh.greeting import Greeting
    from netloom.protocols.netconf.client import Client


class Facts(shapes.Facts, kw_only=True):
    """What a NETCONF probe learns. Without a way to log in it is what SSH tells: software, key, and how one may."""

    software: str = ""
    host_key_type: str = ""
    host_key: str = ""
    auth_methods: tuple[str, ...] = ()
    user: str = ""
    logged_in: bool | None = None
    session: int | None = None
    versions: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()


async def probe(client: Client, facts: Facts) -> None:
    """Look without logging in, unless there is something to do it with, or nothing is needed."""
    if not (client.endpoint.password or client.options.identity):
        seen = look(client.dial, client.endpoint, client.options)
        try:
            facts.auth_methods = tuple(await seen.auth_methods())
            facts.user = seen.user
        finally:
            if seen.greeting is not None:
                _greeted(seen.greeting, facts)
        facts.logged_in = facts.auth_methods == ("none",)
        if not facts.logged_in:
            methods = ", ".join(facts.auth_methods) or "nothing"
            facts.summary = f"{facts.software} · SSH answers, login by {methods}"
            return
    facts.logged_in = False
    dialogue = await client.dialogue()
    facts.logged_in = True
    if client.connection is not None:
        _greeted(client.connection.greeting, facts)
        facts.user = client.connection.user
    said = dialogue.hello.capabilities
    facts.session = dialogue.hello.session
    facts.versions = tuple(name for name, uri in (("1.0", BASE_10), ("1.1", BASE_11)) if uri in said)
    told = [requests.described(one) for one in said if one not in (BASE_10, BASE_11)]
    facts.capabilities = tuple(name for name, kind, _ in told if kind == "capability")
    facts.modules = tuple(name for name, kind, _ in told if kind == "module")
    facts.summary = _summary(facts)


def _greeted(greeting: Greeting, facts: Facts) -> None:
    if greeting.version is not None:
        facts.software = greeting.version.software
    if greeting.host_key:
        facts.host_key_type = ssh.key_type(greeting.host_key)
        facts.host_key = ssh.fingerprint(greeting.host_key)


def _summary(facts: Facts) -> str:
    """What a specialist looks at first: versions, how configurations change there, and how much it models."""
    kinds = [name.partition(":")[0] for name in facts.capabilities]
    known = ("candidate", "confirmed-commit", "writable-running", "startup", "validate", "xpath", "notification")
    changes = [name for name in known if name in kinds]
    return f"version {', '.join(facts.versions)} · {', '.join(changes) or 'read-only'} · {len(facts.modules)} modules"
