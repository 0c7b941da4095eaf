"""A look at a server without logging in: its greeting, its keys, and how one may log in (RFC 4252 §5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import asyncssh

from netloom.errors import NetloomError, Phase
from netloom.links.ssh.client import Way, arguments, reach
from netloom.links.ssh.greeting import Greeting
from netloom.links.ssh.settle import Settled, settle
from netloom.links.ssh.translate import translated, unprepared

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.links.ssh.options import SSHOptions

T = TypeVar("T")
_DIRECT = ("server_host_key_algs", "config", "client_version")
"""What asyncssh's questions take by name, and would overwrite otherwise."""


class Look:
    """One look. `greeting` has what was seen so far, also after a failure."""

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: SSHOptions) -> None:
        self.greeting: Greeting | None = None
        self.user = ""
        self._dial = dial
        self._endpoint = endpoint
        self._options = options

    async def auth_methods(self) -> list[str]:
        """How the user may log in, as the server tells; `none` alone where it asks for no proof.

        Raises NetworkError with status `tls_error` for a host key that isn't trusted, before the user is named.
        """
        settled = await settle(self._endpoint, self._options)
        self.user = settled.user

        async def ask(told: dict[str, Any]) -> list[str]:
            told["username"] = settled.user
            return [
                str(method) for method in await asyncssh.get_server_auth_methods(settled.alias, settled.port, **told)
            ]

        return await self._ask(settled, ask, settled.trust.check)

    async def key(self, algorithm: str) -> bytes:
        """The server's key for one algorithm, trusted or not; empty where it has none after all."""
        settled = await settle(self._endpoint, self._options)

        async def ask(told: dict[str, Any]) -> bytes:
            told["server_host_key_algs"] = [algorithm]
            found = await asyncssh.get_server_host_key(settled.alias, settled.port, **told)
            return found.public_data if found is not None else b""

        return await self._ask(settled, ask, None)

    async def _ask(
        self,
        settled: Settled,
        ask: Callable[[dict[str, Any]], Awaitable[T]],
        check: Callable[[bytes], None] | None,
    ) -> T:
        stream = await reach(self._dial, self._endpoint, settled)
        self._dial.trace.enter(Phase.GREETING)
        self.greeting = Greeting.of(stream, self._dial.trace.enter, check)
        way = Way(stream)
        common = arguments(settled) | {"client_keys": None, "agent_path": None, "passphrase": None}
        told: dict[str, Any] = {name: common.pop(name) for name in _DIRECT} | {"tunnel": way}
        try:
            told["options"] = asyncssh.SSHClientConnectionOptions(config=None, **common)
            return await ask(told)
        except (asyncssh.Error, OSError, ValueError) as error:
            raise (translated(error, self.greeting) if way.used else unprepared(error)) from error
        finally:
            await stream.close()


def look(dial: Dialler, endpoint: Endpoint, options: SSHOptions) -> Look:
    """A look at an endpoint, which begins when something is asked."""
    return Look(dial, endpoint, options)


async def host_key(dial: Dialler, endpoint: Endpoint, options: SSHOptions, algorithm: str) -> bytes:
    """The server's key for one host key algorithm, over a connection of its own; empty where that fails."""
    try:
        return await Look(dial, endpoint, options).key(algorithm)
    except NetloomError:
        return b""
