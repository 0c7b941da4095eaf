"""A connection that breaks before anything was heard may be TLS's; one that breaks later isn't."""

from __future__ import annotations

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.serving import Serving
from tests.worlds import record

PLACE = "grpc://127.0.0.1:8080"


@pytest.mark.parametrize(("after", "guesses"), [(0, True), (100, False), (200, False)])
def test_only_silence_may_be_another_protocols(after: int, guesses: bool) -> None:
    async def main() -> None:
        network = MemoryNetwork()
        async with Serving([Endpoint.parse(f"{PLACE}#fault=reset:{after}")], network=network):
            found = await record(network, "run", PLACE, 'netloom.Loom/Echo {"text": "warp"}')
        assert found.status is Status.CLOSED
        assert ("does that port speak TLS?" in found.hint) == guesses

    run(main())
