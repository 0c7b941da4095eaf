"""What the probes of protocols inside SSH begin with: who is there, and may one come in? (RFC 4254 §6.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from netloom import shapes
from netloom.links.ssh.look import look
from netloom.wire import ssh

if TYPE_CHECKING:
    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.links.ssh.client import Connection
    from netloom.links.ssh.greeting import Greeting
    from netloom.links.ssh.options import SSHOptions

D_co = TypeVar("D_co", covariant=True)


class Facts(shapes.Facts, kw_only=True):
    """What SSH tells: the server's software and key, how one may log in, and whether that was done."""

    software: str = ""
    host_key_type: str = ""
    host_key: str = ""
    auth_methods: tuple[str, ...] = ()
    user: str = ""
    logged_in: bool | None = None


class Client(Protocol[D_co]):
    """A client that talks in a channel of SSH's."""

    @property
    def dial(self) -> Dialler: ...
    @property
    def endpoint(self) -> Endpoint: ...
    @property
    def options(self) -> SSHOptions: ...
    @property
    def connection(self) -> Connection | None: ...
    async def dialogue(self) -> D_co: ...


async def enter(client: Client[D_co], facts: Facts) -> D_co | None:
    """The dialogue, if there is something to log in with or nothing is needed; otherwise only a look, and None."""
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
            return None
    facts.logged_in = False
    dialogue = await client.dialogue()
    facts.logged_in = True
    if client.connection is not None:
        _greeted(client.connection.greeting, facts)
        facts.user = client.connection.user
    return dialogue


def _greeted(greeting: Greeting, facts: Facts) -> None:
    if greeting.version is not None:
        facts.software = greeting.version.software
    if greeting.host_key:
        facts.host_key_type = ssh.key_type(greeting.host_key)
        facts.host_key = ssh.fingerprint(greeting.host_key)
