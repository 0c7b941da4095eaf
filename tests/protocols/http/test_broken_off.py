"""A connection that breaks before an answer may be TLS's; one that breaks in it isn't."""

from __future__ import annotations

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.serving import Serving
from tests.worlds import record

PLACE = "http://127.0.0.1:8080"


@pytest.mark.parametrize("version", ["1.1", "2-prior"])
@pytest.mark.parametrize(("after", "guesses"), [(0, True), (60, False)])
def test_only_silence_may_be_another_protocols(after: int, guesses: bool, version: str) -> None:
    async def main() -> None:
        network = MemoryNetwork()
        async with Serving([Endpoint.parse(f"{PLACE}#fault=reset:{after}")], network=network):
            found = await record(network, "get", f"{PLACE}/#version={version}")
        assert found.status is Status.CLOSED
        assert ("does that port speak TLS?" in found.hint) == guesses

    run(main())
