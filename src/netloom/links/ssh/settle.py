"""What OpenSSH's configuration makes of an endpoint: aliases, users, ports, keys and jump hosts (ssh_config(5))."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import asyncssh
from msgspec import Struct

from netloom.endpoint import Endpoint, Secret
from netloom.errors import UsageError
from netloom.links.ssh.options import SSHOptions
from netloom.links.ssh.translate import unprepared
from netloom.links.ssh.trust import Trust

PORT = 22
USER_CONFIG = "~/.ssh/config"


class Settled(Struct, frozen=True):
    """Where to go, as whom, through which jump hosts, and whose key is trusted there.

    `alias` is what was asked for: OpenSSH's configuration knows the place by that name.
    """

    alias: str
    host: str
    port: int
    user: str
    jumps: tuple[Endpoint, ...]
    config: tuple[str, ...]
    trust: Trust
    password: Secret | None
    options: SSHOptions
    chosen_algorithms: bool
    chosen_ciphers: bool


async def settle(endpoint: Endpoint, options: SSHOptions) -> Settled:
    """Read the configuration and known_hosts. Raises UsageError for what can't be read or isn't possible here."""
    return await asyncio.to_thread(_settle, endpoint, options)


def _settle(endpoint: Endpoint, options: SSHOptions) -> Settled:
    alias = endpoint.host or endpoint.socket or "localhost"
    config = _config(options)
    # Port 22 may be what nobody wrote: the configuration decides then.
    port: Any = endpoint.port if endpoint.port not in (None, PORT) else ()
    try:
        found = asyncssh.SSHClientConnectionOptions(
            config=list(config),
            host=alias,
            port=port,
            username=endpoint.user or (),
            client_keys=None,
            gss_host=None,
            x509_trusted_certs=None,
        )
        if found.proxy_command and not found.tunnel:
            raise UsageError(
                f"the configuration of {alias} asks for a ProxyCommand, which isn't run here",
                hint="use ProxyJump there, -O proxy=…, or -O config=none",
            )
        name = found.host_key_alias or found.host
        listed = cast("list[str] | None", found.known_hosts)
        files = options.known_hosts or tuple(listed or ())
        if listed is None and not options.known_hosts:
            files = ("/dev/null",)  # UserKnownHostsFile none: nothing is known
        trust_port = None if found.host_key_alias or found.port == PORT else found.port
        return Settled(
            alias=alias,
            host=found.host,
            port=found.port,
            user=found.username,
            jumps=tuple(_jumps(found.tunnel)),
            config=config,
            trust=Trust.read(name, trust_port, options.hostkey, files),
            password=endpoint.password,
            options=options,
            chosen_algorithms=found.config.get("HostKeyAlgorithms") is not None,
            chosen_ciphers=found.config.get("Ciphers") is not None,
        )
    except (OSError, ValueError, asyncssh.Error) as error:
        raise unprepared(error) from error


def _config(options: SSHOptions) -> tuple[str, ...]:
    if options.config == "none":
        return ()
    path = Path(options.config or USER_CONFIG).expanduser()
    if not options.config and not path.is_file():
        return ()
    return (str(path),)


def _jumps(text: object) -> list[Endpoint]:
    """ProxyJump: `[user@]host[:port]` or ssh:// URLs, separated by commas, the nearest first."""
    if not text:
        return []
    hops = [hop.strip() for hop in str(text).split(",")]
    return [Endpoint.parse(hop if "://" in hop else f"ssh://{hop}") for hop in hops]
