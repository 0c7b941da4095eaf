"""One device that is read and written by SNMP, Modbus and CoAP: what one of them writes, the others see."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from netloom.accounts import Accounts
from netloom.contents.registers import Registers
from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from tests.interop import snmp_peers
from tests.interop.coap_peers import coap_client
from tests.interop.modbus_peers import mbpoll
from tests.worlds import record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SETPOINT, LIMIT, FAN, NAME = (
    "1.3.6.1.4.1.8072.9999.1.3.0", "1.3.6.1.4.1.8072.9999.1.4.0", "1.3.6.1.4.1.8072.9999.1.5.0", "sysName.0",
)  # fmt: skip
HANG = 60.0


class Device:
    """Its three ports, and its values."""

    def __init__(self, registers: Registers, ports: dict[str, int]) -> None:
        self.registers = registers
        self.ports = ports

    def at(self, scheme: str, place: str = "") -> str:
        user = "ann:wonderland@" if scheme == "snmp" else ""
        return f"{scheme}://{user}127.0.0.1:{self.ports[scheme]}{place}"

    async def get(self, scheme: str, place: str) -> Any:
        """What one protocol says that a value is."""
        found = await record(None, "get", self.at(scheme, place), deadline=HANG)
        assert found.status is Status.SUCCESS, found.message
        return found.body.decode() if scheme == "coap" else found.value

    async def put(self, scheme: str, place: str, text: str, folder: Path) -> None:
        """Have one protocol write it."""
        (folder / "body").write_text(text)
        found = await record(None, "put", self.at(scheme, place), source=str(folder / "body"), deadline=HANG)
        assert found.status is Status.SUCCESS, found.message


@pytest.fixture
async def device() -> AsyncIterator[Device]:
    registers = Registers()
    places = [Endpoint.parse(f"{scheme}://127.0.0.1:0") for scheme in ("snmp", "modbus", "coap")]
    async with Serving(places, [registers], Accounts.from_texts(["ann:wonderland"])) as served:
        yield Device(registers, {endpoint.scheme: endpoint.port or 0 for endpoint in served.endpoints})


async def test_a_number(device: Device, tmp_path: Path) -> None:
    """In SNMP it is tenths of a degree, in Modbus a float in two registers, in CoAP a text."""
    await device.put("modbus", "/holding/0?type=float32", "23.5", tmp_path)
    assert await device.get("snmp", f"/{SETPOINT}") == 235
    assert await device.get("coap", "/setpoint") == "23.5"
    await device.put("snmp", f"/{SETPOINT}", "i 180", tmp_path)
    assert await device.get("modbus", "/holding/0?type=float32") == 18.0
    assert await device.get("coap", "/setpoint") == "18.0"
    await device.put("coap", "/setpoint", "30", tmp_path)
    assert await device.get("modbus", "/holding/0?type=float32") == 30.0
    assert await device.get("snmp", f"/{SETPOINT}") == 300


async def test_a_switch(device: Device, tmp_path: Path) -> None:
    await device.put("coap", "/fan", "on", tmp_path)
    assert await device.get("modbus", "/coil/0") is True
    assert await device.get("snmp", f"/{FAN}") == 1
    await device.put("modbus", "/coil/0", "off", tmp_path)
    assert await device.get("coap", "/fan") == "false"
    assert await device.get("snmp", f"/{FAN}") == 2
    await device.put("snmp", f"/{FAN}", "i 1", tmp_path)
    assert await device.get("modbus", "/coil/0") is True


async def test_a_text(device: Device, tmp_path: Path) -> None:
    await device.put("snmp", f"/{NAME}", "s glasshouse", tmp_path)
    assert await device.get("modbus", "/holding/100-115?type=text") == "glasshouse"
    assert await device.get("coap", "/system/name") == "glasshouse"
    await device.put("modbus", "/holding/100-115?type=text", "größer", tmp_path)
    assert await device.get("coap", "/system/name") == "größer"
    assert await device.get("snmp", f"/{NAME}") == "größer"


@pytest.mark.parametrize(
    ("scheme", "place", "text"),
    [
        ("snmp", f"/{LIMIT}", "i 101"),
        ("modbus", "/holding/2", "101"),
        ("coap", "/limit", "101"),
        ("snmp", f"/{NAME}", f"s {'x' * 33}"),
        ("coap", "/system/name", "x" * 33),
    ],
)
async def test_what_one_may_not_write_nobody_sees(
    device: Device, scheme: str, place: str, text: str, tmp_path: Path
) -> None:
    """Also what only another one couldn't say: a name that is longer than its registers."""
    (tmp_path / "body").write_text(text)
    found = await record(None, "put", device.at(scheme, place), source=str(tmp_path / "body"), deadline=HANG)
    assert found.status is Status.REFUSED_BY_PEER
    assert await device.get("modbus", "/holding/2") == 80
    assert await device.get("modbus", "/holding/100-115?type=text") == "greenhouse-1"


async def test_who_observes_hears_what_the_others_write(device: Device, tmp_path: Path) -> None:
    writes = [("modbus", "/holding/2", "41"), ("snmp", f"/{LIMIT}", "i 42"), ("coap", "/limit", "43")]
    heard: list[bytes] = []

    async def drop(_: object) -> None:
        """Nobody reads records here."""

    observing = Toolbox(drop).attempt(Endpoint.parse(device.at("coap", "/limit")), HANG)
    async with observing, contextlib.aclosing(observing.client.listen("/limit")) as messages:
        async for message in messages:
            heard.append(message.payload)
            if not writes:
                break
            await device.put(*writes.pop(0), tmp_path)
    assert observing.error is None
    assert heard == [b"80", b"41", b"42", b"43"]


@pytest.mark.interop
async def test_by_the_tools_of_others(device: Device) -> None:
    """mbpoll writes; net-snmp's snmpget and libcoap's client, which observes, see it. Then the other ways round."""
    snmp, coap = f"127.0.0.1:{device.ports['snmp']}", device.at("coap")
    user = ["-v3", "-l", "authPriv", "-u", "ann", "-a", "SHA-256", "-A", "wonderland", "-x", "AES", "-X", "wonderland"]
    observing = asyncio.ensure_future(coap_client("-s", "4", "-w", f"{coap}/limit"))
    async with asyncio.timeout(HANG):
        while not observing.done():
            number = 1 if device.registers.value("limit") == 2 else 2
            code, said = await mbpoll(device.ports["modbus"], ["-t", "4", "-r", "2"], str(number))
            assert code == 0, said
            assert f"INTEGER: {number}" in await snmp_peers.tool("snmpget", "-v2c", "-c", "public", snmp, LIMIT)
    heard = (await observing).split()
    assert heard[0] in ("80", "1", "2")
    assert {"1", "2"} <= set(heard)
    await snmp_peers.tool("snmpset", *user, snmp, SETPOINT, "i", "155")
    assert (await coap_client(f"{coap}/setpoint")).strip() == "15.5"
    await coap_client("-m", "put", "-e", "on", f"{coap}/fan")
    code, said = await mbpoll(device.ports["modbus"], ["-t", "0", "-r", "0"])
    assert (code, said.split()[-1]) == (0, "1")
