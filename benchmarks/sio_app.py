"""python-socketio with the two verbs that our server has: subscribe to a topic, publish to it."""

from __future__ import annotations

from typing import Any

import socketio  # type: ignore[import-untyped]


def server(mode: str) -> Any:
    """An AsyncServer; what is published goes to whoever has subscribed, under the topic's name."""
    made = socketio.AsyncServer(async_mode=mode, cors_allowed_origins="*")

    async def subscribe(sid: str, topic: str) -> dict[str, Any]:
        await made.enter_room(sid, topic)
        return {"status": "ok"}

    async def publish(_: str, topic: str, payload: Any) -> dict[str, Any]:
        await made.emit(topic, payload, room=topic)
        return {"status": "ok"}

    made.on("subscribe", subscribe)
    made.on("publish", publish)
    return made


def asgi() -> Any:
    """As an ASGI application, for uvicorn's --factory."""
    return socketio.ASGIApp(server("asgi"))
