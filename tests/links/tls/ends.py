"""Both ends of a connection in memory, and their handshakes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from netloom.errors import TLSError, UsageError
from netloom.links.memory import pair
from netloom.links.stream import Stream
from netloom.links.tls import ClientTLS, ServerTLS, accept, secure
from netloom.links.trace import Trace

if TYPE_CHECKING:
    from tests.worlds import Certificates


def streams() -> tuple[Stream, Stream]:
    """Client's and server's end of a connection in memory."""
    loop = asyncio.get_running_loop()
    client, server = Stream(loop, Trace(loop.time)), Stream(loop, Trace(loop.time))
    pair(client, server)
    return client, server


async def shaken(
    client: Stream, server: Stream, ours: ClientTLS, theirs: ServerTLS, name: str = "localhost"
) -> tuple[Any, Any]:
    """Both sides' layers, or their errors."""
    found = await asyncio.gather(secure(client, name, ours), accept(server, theirs), return_exceptions=True)
    for one in found:
        if isinstance(one, BaseException) and not isinstance(one, TLSError | UsageError):
            raise one
    return found[0], found[1]


def serving(certificates: Certificates, **fields: Any) -> ServerTLS:
    return ServerTLS.from_files(certificates.good, certificates.good, **fields)
