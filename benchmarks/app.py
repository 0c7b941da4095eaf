"""The ASGI application that every HTTP server serves."""

from __future__ import annotations

from typing import Any

BODY = b"netloom: a small answer, the same for all\n"
_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"text/html"), (b"content-length", str(len(BODY)).encode())],
}
_BODY = {"type": "http.response.body", "body": BODY}


async def hello(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer every request with the same few bytes; nothing to do at start-up and shutdown."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send(_START)
    await send(_BODY)
