"""Opens TLS connections and holds them: `holder CA`."""

from __future__ import annotations

import socket
import ssl
import sys
from typing import Any

from benchmarks.workers import attend

HELD: list[ssl.SSLSocket] = []
CONTEXT = ssl.create_default_context(cafile=sys.argv[1])


def work(port: int, count: int) -> dict[str, Any]:
    """Hold so many more, each with its handshake done; with 0, let go of all."""
    while not count and HELD:
        HELD.pop().close()
    for _ in range(count):
        connection = CONTEXT.wrap_socket(socket.create_connection(("127.0.0.1", port), 20), server_hostname="127.0.0.1")
        HELD.append(connection)
    return {"held": len(HELD)}


attend(work)
