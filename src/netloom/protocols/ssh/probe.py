"""SSH, the probe: what does the server speak, which key is its own, and how may one log in (RFC 4253, RFC 4252)?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from netloom import shapes
from netloom.links.ssh.look import host_key, look
from netloom.wire import ssh

if TYPE_CHECKING:
    from netloom.links.ssh.client import Connection
    from netloom.links.ssh.greeting import Greeting
    from netloom.protocols.ssh.client import Client


class Facts(shapes.Facts, kw_only=True):
    """What an SSH probe learns. The lists are the server's offers, by its preference; where both directions differ,
    they are those towards us. `host_keys` maps types to fingerprints, `auth_methods` are for the probe's user.
    """

    banner: str = ""
    lines_before: tuple[str, ...] = ()
    version: str = ""
    software: str = ""
    comments: str = ""
    host_key_type: str = ""
    host_key: str = ""
    host_keys: dict[str, str] = msgspec.field(default_factory=dict)
    kex: tuple[str, ...] = ()
    kex_agreed: str = ""
    host_key_algorithms: tuple[str, ...] = ()
    ciphers: tuple[str, ...] = ()
    macs: tuple[str, ...] = ()
    compression: tuple[str, ...] = ()
    strict_kex: bool | None = None
    auth_methods: tuple[str, ...] = ()
    user: str = ""
    logged_in: bool | None = None
    login_banner: str = ""


async def probe(client: Client, facts: Facts) -> None:
    """Look without logging in, unless there is a password or a key to do it with."""
    options = client.options
    if client.endpoint.password or options.identity:
        await _log_in(client, facts)
    else:
        await _look(client, facts)
    if options.all_host_keys:
        for kind in facts.host_key_algorithms:
            key = await host_key(client.dial, client.endpoint, options, kind)
            if key:
                facts.host_keys[ssh.key_type(key)] = ssh.fingerprint(key)


async def _look(client: Client, facts: Facts) -> None:
    seen = look(client.dial, client.endpoint, client.options)
    try:
        facts.auth_methods = tuple(await seen.auth_methods())
        facts.user = seen.user
        facts.logged_in = facts.auth_methods == ("none",)
    finally:
        if seen.greeting is not None:
            _greeted(seen.greeting, facts)
    facts.summary = _summary(facts)


async def _log_in(client: Client, facts: Facts) -> None:
    facts.logged_in = False
    connection: Connection = await client.connection()
    _greeted(connection.greeting, facts)
    facts.logged_in = True
    facts.user = connection.user
    facts.auth_methods = (connection.method,) if connection.method else ()
    facts.login_banner = connection.banner
    facts.summary = _summary(facts)


def _greeted(greeting: Greeting, facts: Facts) -> None:
    facts.lines_before = greeting.lines
    if greeting.version is not None:
        facts.banner = str(greeting.version)
        facts.version, facts.software = greeting.version.protocol, greeting.version.software
        facts.comments = greeting.version.comments
    if greeting.proposal is not None:
        offer = greeting.proposal
        facts.kex, facts.kex_agreed = offer.algorithms, greeting.method
        facts.host_key_algorithms = offer.host_key
        facts.ciphers, facts.macs = offer.ciphers_s2c, offer.macs_s2c
        facts.compression = offer.compression_s2c
        facts.strict_kex = offer.strict
    if greeting.host_key:
        facts.host_key_type = ssh.key_type(greeting.host_key)
        facts.host_key = ssh.fingerprint(greeting.host_key)
        facts.host_keys = {facts.host_key_type: facts.host_key}


def _summary(facts: Facts) -> str:
    """What a specialist looks at first: software, key, exchange, and how one gets in."""
    weak = "" if facts.strict_kex else " · no strict key exchange"
    login = (
        f"logged in as {facts.user} by {', '.join(facts.auth_methods)}"
        if facts.logged_in
        else (f"login by {', '.join(facts.auth_methods) or 'nothing'}")
    )
    kind = facts.host_key_type.removeprefix("ssh-")
    return f"{facts.software} · {kind} {facts.host_key[:17]}… · {facts.kex_agreed}{weak} · {login}"
