"""Datagrams that are repeated, streams, and answers to something else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import DeadlineExceeded, Phase, RemoteProtocolError
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.protocols.snmp import way
from netloom.wire.snmp.values import OCTETS, Varbind
from tests.protocols.snmp.lab import NAME, answered, liar, manager

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Varbind(NAME, OCTETS, b"here")


async def got(say: Callable[[bytes, int], list[bytes]], **options: Any) -> tuple[str, list[float], int]:
    """What is got from an agent, when it was asked, and how often again."""
    network = MemoryNetwork()
    agent = await liar(network, say)
    began = asyncio.get_running_loop().time()
    async with manager(network, "/sysName.0", **options) as client:
        found = (await client.get("")).value
        return found, [round(at - began, 1) for at, _ in agent.heard], client.session.way.repeated


def test_an_answer() -> None:
    assert run(got(lambda data, number: [answered(data, HERE)])) == ("here", [0.0], 0)


def test_it_is_asked_again() -> None:
    def late(data: bytes, number: int) -> list[bytes]:
        return [answered(data, HERE)] if number == 3 else []

    assert run(got(late, patience=2.0)) == ("here", [0.0, 2.0, 4.0], 2)


def test_the_same_octets_again() -> None:
    asked: list[bytes] = []

    def late(data: bytes, number: int) -> list[bytes]:
        asked.append(data)
        return [answered(data, HERE)] if number == 2 else []

    run(got(late))
    assert asked[0] == asked[1]


def test_nobody_answers() -> None:
    with pytest.raises(DeadlineExceeded, match="3 times") as caught:
        run(got(lambda data, number: [], retries=2))
    assert caught.value.phase is Phase.FIRST_BYTE
    assert "community" in caught.value.hint


@pytest.mark.parametrize(
    "changes",
    [{"request_id": 1}, {"community": b"other"}, {"version": 0}, {"kind": 0xA0}, {"kind": 0xA8}],
    ids=lambda changes: next(iter(changes)),
)
def test_what_answers_something_else_is_passed_over(changes: dict[str, Any]) -> None:
    def first_another(data: bytes, number: int) -> list[bytes]:
        forged = Varbind(NAME, OCTETS, b"forged")
        return [answered(data, forged, **changes), answered(data, HERE)]

    assert run(got(first_another))[0] == "here"


def test_a_flood_of_them_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(way, "MISMATCHES", 20)
    with pytest.raises(RemoteProtocolError, match="forges"):
        run(got(lambda data, number: [answered(data, request_id=n) for n in range(30)]))


def test_what_is_no_snmp() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        run(got(lambda data, number: [b"HTTP/1.1 400"]))
    assert caught.value.seen == b"HTTP/1.1 400"


def test_one_at_a_time() -> None:
    async def main() -> list[object]:
        network = MemoryNetwork()
        await liar(network, lambda data, number: [answered(data, HERE)])
        async with manager(network, "/sysName.0") as client:
            return [reply.value for reply in await asyncio.gather(*(client.get("") for _ in range(20)))]

    assert run(main()) == ["here"] * 20
