"""TCP's probe: does it accept, and what does it say first?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.serving import Serving
from tests.worlds import record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.links.stream import Stream

WHERES = ["tcp://127.0.0.1:4242", "unix:///run/test.sock"]


async def probed(
    where: str, options: str, handle: Callable[[Any], Awaitable[None]] | None = None, **fields: Any
) -> Any:
    network = MemoryNetwork()
    contents = [Handler(handle)] if handle is not None else []
    async with Serving([Endpoint.parse(where)], contents, network=network):
        return await record(network, "probe", f"{where}#{options}" if options else where, **fields)


@pytest.mark.parametrize("where", WHERES)
def test_it_accepts(where: str) -> None:
    found = run(probed(where, ""))
    assert found.status is Status.SUCCESS
    assert found.summary == "accepts connections"
    assert found.facts == {}
    assert set(found.phases) <= {"resolve", "connect"}


@pytest.mark.parametrize("where", WHERES)
@pytest.mark.parametrize(
    ("said", "banner", "summary"),
    [
        (b"220 hello\r\n", "220 hello", "says '220 hello'"),
        (b"\xff\0", "\\xff\0", "says"),
        (b"x" * 1000, "x" * 256, f"says '{'x' * 60}'"),
    ],
)
def test_a_banner(where: str, said: bytes, banner: str, summary: str) -> None:
    async def greet(link: Stream) -> None:
        await link.write(said)
        await link.read()

    found = run(probed(where, "banner", greet))
    assert found.status is Status.SUCCESS
    assert found.facts == {"banner": banner}
    assert found.summary.startswith(summary)
    assert "greeting" in found.phases


@pytest.mark.parametrize("where", WHERES)
def test_one_that_closes_without_a_word(where: str) -> None:
    async def gone(link: Stream) -> None:
        """Goes at once."""

    found = run(probed(where, "banner", gone))
    assert found.status is Status.SUCCESS
    assert found.summary == "accepts, and closes without a word"


@pytest.mark.parametrize("where", WHERES)
def test_an_expectation(where: str) -> None:
    async def greet(link: Stream) -> None:
        await link.write(b"ready\n")
        await link.read()

    assert run(probed(where, "banner", greet, expect=["facts.banner ~ ready"])).status is Status.SUCCESS
    failed = run(probed(where, "banner", greet, expect=["facts.banner ~ steady"]))
    assert failed.status is Status.EXPECTATION_FAILED
    assert "found 'ready'" in failed.message


def test_who_is_not_there() -> None:
    async def main() -> None:
        for where in WHERES:
            found = await record(MemoryNetwork(), "probe", where)
            assert found.status is Status.REFUSED

    run(main())
