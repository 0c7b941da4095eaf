"""The probe: what a specialist reads first, from devices that know much and little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.errors import Status
from netloom.links.virtual import run as virtual
from netloom.wire.modbus.responses import Bits, Refusal, ServerId, Words
from tests.protocols.modbus.lab import SCHEMES, framed, liar, place, served
from tests.worlds import record

if TYPE_CHECKING:
    from netloom.wire.modbus.framing import Frame


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_device_of_ours(scheme: str) -> None:
    async def main() -> None:
        async with served(scheme) as network:
            found = await record(network, "probe", place(scheme, "/input/0?type=float32"))
            assert found.status is Status.SUCCESS
            assert found.summary.startswith("unit 1 · netloom a simulated controller ")
            assert found.summary.endswith("coil, discrete, holding, input · input/0-1 = 21.5")
            facts = found.facts
            assert facts["tables"] == dict.fromkeys(("coil", "discrete", "holding", "input"), "yes")
            assert facts["identity"]["product code"] == "registers"
            assert bytes.fromhex(facts["server_id"]) == b"registers\xff"
            assert facts["values"] == 21.5

    virtual(main())


def test_a_device_that_knows_little() -> None:
    def answer(frame: Frame, _: int) -> bytes:
        function = frame.pdu[0]
        if function == 1:
            return framed(frame, Bits(1, (0,) * 8))
        if function == 4:
            return framed(frame, Words(4, (7,)))
        return framed(frame, ServerId(b"\1\xff") if function == 17 else Refusal(function, 2 if function == 3 else 1))

    async def main() -> None:
        async with liar(answer) as (network, _):
            found = await record(network, "probe", place())
            assert found.status is Status.SUCCESS
            assert found.summary == "unit 1 · coil, input"
            assert found.facts["identification"] == "illegal function"
            assert found.facts["tables"]["holding"] == "illegal data address"
            assert found.facts["server_id"] == "01ff"

    virtual(main())


@pytest.mark.parametrize("code", [10, 11])
@pytest.mark.parametrize("knows", [True, False])
def test_nobody_behind_a_gateway(code: int, knows: bool) -> None:
    def answer(frame: Frame, _: int) -> bytes:
        return framed(frame, Refusal(frame.pdu[0], 1 if knows and frame.pdu[0] == 43 else code))

    async def main() -> None:
        async with liar(answer) as (network, _):
            found = await record(network, "probe", place(path="#unit=9"))
            assert found.status is Status.REFUSED_BY_PEER
            assert "unit" in found.hint
            assert found.facts["unit"] == 9

    virtual(main())


def test_a_value_that_is_not_there() -> None:
    async def main() -> None:
        async with served() as network:
            found = await record(network, "probe", place(path="/holding/999"))
            assert found.status is Status.REFUSED_BY_PEER
            assert found.summary.startswith("unit 1 · netloom")

    virtual(main())
