"""Cancelled at any moment, nothing is left: no observer, no task, no socket."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from netloom.contents.registers import Registers
from netloom.endpoint import Endpoint
from netloom.links.memory import MemoryNetwork
from netloom.serving import Serving
from tests.protocols.coap.lab import attempt, large, place
from tests.worlds import cancel_everywhere


@pytest.mark.parametrize("what", ["get", "put", "listen", "probe"])
def test_cancelled_anywhere(what: str) -> None:
    async def world() -> tuple[Any, Any]:
        network, registers = MemoryNetwork(), large(60 if what == "listen" else 3000)
        serving = Serving([Endpoint.parse(place())], [registers], network=network)
        await _started(serving)
        before = asyncio.all_tasks()

        async def body() -> Any:
            yield b"x" * 3000

        async def work() -> None:
            async with attempt(network, place("/text/of/many/pages" if what == "get" else "/text")) as trying:
                if what == "get":
                    await trying.client.get("")
                elif what == "put":
                    await trying.client.put("", body())
                elif what == "probe":
                    from netloom.protocols.coap.probe import Facts, probe

                    await probe(trying.client, Facts())
                else:
                    async with contextlib.aclosing(trying.client.listen("")) as messages:
                        await anext(messages)
                        registers.store({"text": "y"})
                        await anext(messages)

        async def check() -> None:
            assert asyncio.all_tasks() - before <= {asyncio.current_task()}
            registers.store({"text": "z"})
            await asyncio.sleep(200)  # whoever observed and has gone doesn't confirm
            await serving.stop(0.0)

        return work(), check

    assert cancel_everywhere(world) > 5


async def _started(serving: Serving) -> None:
    await serving.start()
    await asyncio.sleep(0.1)


def test_a_server_that_stops_meanwhile() -> None:
    """Whoever observes hears nothing more; what was watched is watched no longer."""

    async def world() -> tuple[Any, Any]:
        network, registers = MemoryNetwork(), Registers()
        serving = Serving([Endpoint.parse(place())], [registers], network=network)
        await _started(serving)

        async def work() -> None:
            trying = attempt(network, place("/fan"))
            async with trying, contextlib.aclosing(trying.client.listen("/fan")) as messages:
                await anext(messages)
                registers.store({"fan": True})
                await anext(messages)

        async def check() -> None:
            await serving.stop(0.0)
            assert not registers._watching

        return work(), check

    assert cancel_everywhere(world) > 5
