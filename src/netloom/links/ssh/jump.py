"""Jump hosts: a way to another place through an SSH connection (RFC 4254 §7.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import NetloomError, PeerRefused, Phase
from netloom.links.proxy import told
from netloom.links.ssh.client import log_in
from netloom.links.ssh.options import SSHOptions
from netloom.links.ssh.settle import settle

if TYPE_CHECKING:
    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.links.stream import Stream


async def located(hop: Endpoint) -> Endpoint:
    """Where a jump host really is: OpenSSH's configuration may know it by another name."""
    settled = await settle(hop, told(hop, SSHOptions))
    return hop.replace(host=settled.host, port=settled.port)


async def jump(dial: Dialler, stream: Stream, hop: Endpoint, host: str, port: int) -> Stream:
    """A stream to `host` and `port`, opened by the jump host that `stream` leads to.

    Its options are those of its own fragment: `ssh://ann@bastion#identity=key`. Errors name it.
    """
    dial.trace.enter(Phase.PROXY)
    try:
        settled = await settle(hop, told(hop, SSHOptions))
        connection = await log_in(dial, stream, settled, phase=Phase.PROXY)
        return await connection.direct(host, port)
    except PeerRefused as refused:
        _name(refused, f"{hop} didn't connect to {host}:{port}")
        raise
    except NetloomError as error:
        _name(error, f"jump host {hop}")
        raise


def _name(error: NetloomError, where: str) -> None:
    error.message = f"{where}: {error.message}"
    error.args = (error.message,)
