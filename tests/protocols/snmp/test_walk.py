"""Walks: where they end, and agents that would have them go on for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.registers import Register, Registers
from netloom.errors import PeerRefused, RemoteProtocolError
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.protocols.snmp.walk import walk
from netloom.wire.snmp import message
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.pdu import GEN_ERR, TOO_BIG, Pdu
from netloom.wire.snmp.values import END_OF_MIB_VIEW, INTEGER, Varbind
from tests.protocols.snmp.lab import answered, liar, manager, served

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = (1, 3, 6, 1, 4, 1, 9999)
MANY = Registers([(Register(name=f"v{n}", kind="int", oid=(*ROOT, 1, n)), n) for n in range(1, 101)])


async def walked(client: Any, root: tuple[int, ...] = ROOT) -> list[Any]:
    return [bind.value async for bind in walk(client.session, root, client.shown)]


@pytest.mark.parametrize(
    "options",
    [{"version": "1"}, {"max_repetitions": 0}, {"max_repetitions": 7}, {"max_repetitions": 1000}, {"version": "3"}],
)
def test_all_of_it(options: dict[str, Any]) -> None:
    async def main() -> None:
        network = MemoryNetwork()
        user = "ann:wonderland@" if options.get("version") == "3" else ""
        async with served(network, MANY), manager(network, user=user, **options) as client:
            assert await walked(client) == list(range(1, 101))
            assert await walked(client, (*ROOT, 1, 50)) == [50], "an instance is what stands below it"
            assert await walked(client, (*ROOT, 2)) == []
            assert await walked(client, (1, 3, 9)) == []
            assert len(await walked(client, (1, 3))) > 100

    run(main())


def walking(say: Callable[[Pdu, int], list[Varbind] | int], **options: Any) -> list[Any]:
    """What is walked through at an agent that answers so."""

    def answer(data: bytes, number: int) -> list[bytes]:
        asked = message.parse(data).pdu
        assert isinstance(asked, Pdu)
        found = say(asked, number)
        if isinstance(found, int):
            return [answered(data, *asked.varbinds, status=found, index=0)]
        return [answered(data, *found)]

    async def main() -> list[Any]:
        network = MemoryNetwork()
        await liar(network, answer)
        async with manager(network, **options) as client:
            return await walked(client)

    return run(main())


@pytest.mark.parametrize("repetitions", [0, 10])
class TestAgentsThatDontGoOn:
    def test_the_same_again(self, repetitions: int) -> None:
        with pytest.raises(RemoteProtocolError, match="circles"):
            walking(lambda asked, number: [Varbind((*ROOT, 1), INTEGER, 1)], max_repetitions=repetitions)

    def test_back_to_the_beginning(self, repetitions: int) -> None:
        with pytest.raises(RemoteProtocolError, match="circles"):
            walking(
                lambda asked, number: [Varbind((*ROOT, number % 3 + 1), INTEGER, 1)], max_repetitions=repetitions
            )  # fmt: skip

    def test_nothing_at_all(self, repetitions: int) -> None:
        with pytest.raises(RemoteProtocolError, match="without anything"):
            walking(lambda asked, number: [], max_repetitions=repetitions)

    def test_an_error(self, repetitions: int) -> None:
        with pytest.raises(PeerRefused, match="genErr"):
            walking(lambda asked, number: GEN_ERR, max_repetitions=repetitions)


def test_within_one_answer() -> None:
    with pytest.raises(RemoteProtocolError, match="circles"):
        walking(lambda asked, number: [Varbind((*ROOT, n), INTEGER, 1) for n in (1, 3, 2)])


def test_less_is_asked_for_where_it_was_too_much() -> None:
    asked_for: list[int] = []

    def small(asked: Pdu, number: int) -> list[Varbind] | int:
        asked_for.append(asked.index)
        last = asked.varbinds[0].oid[-1] if len(asked.varbinds[0].oid) > len(ROOT) else 0
        if asked.index > 5:
            return TOO_BIG
        if last >= 9:
            return [Varbind(asked.varbinds[0].oid, END_OF_MIB_VIEW)]
        return [Varbind((*ROOT, last + 1 + n), INTEGER, last + 1 + n) for n in range(max(asked.index, 1))]

    assert walking(small, max_repetitions=20) == list(range(1, 11))
    assert asked_for == [20, 10, 5, 5, 5]


def test_one_by_one_where_even_two_are_too_much() -> None:
    def tiny(asked: Pdu, number: int) -> list[Varbind] | int:
        if asked.kind == pdus.GET_BULK:
            return TOO_BIG
        last = asked.varbinds[0].oid[-1] if len(asked.varbinds[0].oid) > len(ROOT) else 0
        return [Varbind((*ROOT, last + 1), INTEGER, last + 1)] if last < 3 else [Varbind((1, 3, 7), INTEGER, 0)]

    assert walking(tiny) == [1, 2, 3]
