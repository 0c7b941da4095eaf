"""A method that is known, others that aren't, and a WebSocket's handshake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.protocols.steps.script import Script

if TYPE_CHECKING:
    from tests.protocols.refusing import Server

UPGRADE = b"connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAA\r\n"


async def talk(server: Server) -> None:
    for method in (b"GET", b"M-SEARCH", b"get", b"!#$%&'*"):
        await server.say(method + b" / HTTP/1.1\r\nhost: loom\r\n\r\n")
    await server.say(b"GET / HTTP/1.1\r\nhost: loom\r\n" + UPGRADE + b"\r\n")


SCRIPTS = [Script(talk, "http")]
