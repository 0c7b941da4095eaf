"""UDP's probe: refused, silent or answering."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import Phase, Status
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.protocols.udp.probe import REFUSAL
from netloom.serving import Serving
from tests.worlds import elapsed, record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.links.datagrams import Datagrams

WHERE = "udp://127.0.0.1:4242"


async def probed(options: str = "", handle: Callable[[Any], Awaitable[None]] | None = None, **fields: Any) -> Any:
    network = MemoryNetwork()
    contents = [Handler(handle)] if handle is not None else []
    async with Serving([Endpoint.parse(WHERE)], contents, network=network):
        return await record(network, "probe", f"{WHERE}#{options}" if options else WHERE, **fields)


async def silent(link: Datagrams) -> None:
    while True:
        await link.receive()


def test_one_that_answers() -> None:
    found = run(probed("payload=hello"))
    assert found.status is Status.SUCCESS
    assert found.facts == {"state": "open", "answer": "hello", "size": 5}
    assert found.summary == "answers 5 bytes"


def test_one_that_is_silent_may_be_open() -> None:
    async def main() -> None:
        found = await probed("", silent)
        assert found.status is Status.SUCCESS
        assert found.facts == {"state": "open|filtered"}
        assert elapsed() == pytest.approx(REFUSAL)

    run(main())


def test_an_answer_that_is_asked_for_and_does_not_come() -> None:
    async def main() -> None:
        found = await probed("payload=hello", silent, deadline=3)
        assert (found.status, found.phase) == (Status.TIMEOUT, Phase.FIRST_BYTE)
        assert found.facts["state"] == "open|filtered", "what was seen before is kept"
        assert elapsed() == pytest.approx(3)

    run(main())


def test_a_refusal() -> None:
    async def main() -> None:
        for options in ("", "#payload=x"):
            found = await record(MemoryNetwork(), "probe", WHERE + options)
            assert found.status is Status.REFUSED

    run(main())


async def test_a_refusal_by_the_kernel() -> None:
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    found = await record(None, "probe", f"udp://127.0.0.1:{port}")
    assert found.status is Status.REFUSED
