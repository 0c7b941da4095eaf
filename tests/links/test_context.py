from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.links.context import Context
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.serving import Serving
from tests.worlds import record

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.links.stream import Stream
    from netloom.records import AccessRecord


async def _nothing(link: Stream) -> None:
    """Nobody comes."""


def test_what_lasts_hears_of_the_end() -> None:
    async def main() -> None:
        network = MemoryNetwork()
        serving = Serving([Endpoint.parse("tcp://127.0.0.1:0")], [Handler(_nothing)], network=network)
        await serving.start()
        (listener,) = serving._listeners
        nobody: Any = object()
        context, ended = Context(listener, listener.routes[0], "peer", nobody), ""

        def end(name: str) -> Callable[[], None]:
            def note() -> None:
                nonlocal ended
                ended += name

            return note

        with context.until_closing(end("a")), context.until_closing(end("b")):
            with contextlib.suppress(ZeroDivisionError), context.until_closing(end("left")):
                raise ZeroDivisionError
            await serving.stop()
            assert ended == "ab", "each once, and nobody who has left"
        with context.until_closing(end("c")):
            assert ended == "abc", "who comes when it stops hears of it at once"

    run(main())


def test_access_records() -> None:
    seen: list[AccessRecord] = []

    async def main() -> None:
        network = MemoryNetwork()
        where = Endpoint.parse("tcp://ann:secret@127.0.0.1:0#idle=3")
        async with Serving([where], network=network, report=seen.append) as serving:
            for _ in range(2):
                await record(network, "send", f"{serving.endpoint}#reply=some", "hi")
            await asyncio.sleep(1)
            assert [one.endpoint for one in seen] == [str(serving.endpoint)] * 2, "the real port, no user"

    run(main())
    first = seen[0]
    assert (first.protocol, first.verb, first.user) == ("tcp", "CONNECT", "")
    assert first.peer.startswith("127.0.0.1:")
    assert first.at > 1.7e9
    assert first.duration >= 0
