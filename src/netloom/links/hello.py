"""The name that a ClientHello asks for, heard without being taken: TLS that passes through (RFC 6066 §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.wire.tls_hello import MOST, ClientHello, Reader

if TYPE_CHECKING:
    from netloom.links.stream import Stream

LIMIT = 2 * MOST
"""Octets in which a ClientHello has to stand, the heads of its records included."""


async def asked_name(stream: Stream) -> str:
    """The server name in lower case; empty where none is asked for. What was heard stays in the stream.

    Raises RemoteProtocolError where something else than TLS begins, ConnectionLost.
    """

    def look(buffer: bytes) -> tuple[ClientHello, int] | None:
        hello = Reader().feed(buffer)
        return None if hello is None else (hello, 0)

    hello = await stream.parse(look, LIMIT)
    return hello.server_name.decode("ascii", "backslashreplace").lower()
