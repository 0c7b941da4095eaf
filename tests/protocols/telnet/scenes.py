"""Scenes between Telnet's client and servers, ours and scripted ones, on a virtual clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom.contents.handler import Handler
from netloom.contents.shell import Shell
from netloom.endpoint import Endpoint
from netloom.links import virtual
from tests.protocols.places import Places, places

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from netloom.links.stream import Stream


def at(scene: Callable[[Places], Coroutine[Any, Any, None]], *contents: Any, accounts: list[str] | None = None) -> None:
    """A scene at our own server, by default a shell with an account."""

    async def play() -> None:
        given = ["ann:secret"] if accounts is None else accounts
        async with places("telnet://127.0.0.1:0", contents=contents or [Shell("edge")], accounts=given) as place:
            await scene(place)

    virtual.run(play())


def spoken(
    handler: Callable[[Stream], Awaitable[None]], scene: Callable[[Any], Coroutine[Any, Any, None]], options: str = ""
) -> None:
    """A client at a server that says whatever it likes."""

    async def play() -> None:
        async def handle(link: Stream) -> None:
            await handler(link)

        async with places("tcp://127.0.0.1:0", contents=[Handler(handle)]) as place:
            port = place.serving.endpoint.port
            place.serving.endpoints.append(Endpoint.parse(f"telnet://127.0.0.1:{port}"))
            await scene(place.client("telnet", user="ann:secret", options=options))

    virtual.run(play())
