"""Modbus meets others: our client with pymodbus' and uModbus' servers; our device with mbpoll, pymodbus and uModbus."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import socket
import ssl
from typing import TYPE_CHECKING, Any

import pytest
from pymodbus import FramerType
from pymodbus.client import AsyncModbusTcpClient, AsyncModbusTlsClient

from netloom.contents.registers import Registers
from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.serving import Serving
from tests.interop import modbus_peers as peers
from tests.interop.modbus_peers import mbpoll
from tests.interop.ws_peers import AUTHORITY, write_certificate
from tests.worlds import record, records

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop

umodbus: Any = importlib.import_module("umodbus.client.tcp")  # it has no types

# Our client


@pytest.fixture(scope="module")
def pymodbus() -> Iterator[str]:
    with peers.server(peers.PYMODBUS, "tcp") as port:
        yield f"modbus://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def pymodbus_rtu() -> Iterator[str]:
    with peers.server(peers.PYMODBUS, "rtu") as port:
        yield f"modbus+rtu://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def umodbus_server() -> Iterator[str]:
    with peers.server(peers.UMODBUS) as port:
        yield f"modbus://127.0.0.1:{port}"


@pytest.fixture(
    params=[
        pytest.param("pymodbus", marks=pytest.mark.meets(server="pymodbus")),
        pytest.param("pymodbus_rtu", marks=pytest.mark.meets(server="pymodbus")),
        pytest.param("umodbus_server", marks=pytest.mark.meets(server="uModbus")),
    ]
)
def server(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(request.param)
    return found


async def put(url: str, text: str, folder: Path) -> Any:
    (folder / "body").write_text(text)
    return await record(None, "put", url, source=str(folder / "body"))


class TestServers:
    async def test_reading(self, server: str) -> None:
        found = await record(None, "get", f"{server}/holding/5-8")
        assert (found.status, found.value) == (Status.SUCCESS, [5, 6, 7, 8]), found.message
        found = await record(None, "get", f"{server}/input/0?count=40")
        assert found.value == [1000 + number for number in range(40)]
        found = await record(None, "get", f"{server}/coil/0-30")
        assert found.value == [number % 3 == 0 for number in range(31)]

    async def test_writing(self, server: str, tmp_path: Path) -> None:
        for path, text in (("/holding/200", "7"), ("/holding/201-203", "1 2 65535"), ("/coil/90", "on")):
            assert (await put(server + path, text, tmp_path)).status is Status.SUCCESS
        assert (await put(f"{server}/holding/204?type=float32", "21.5", tmp_path)).status is Status.SUCCESS
        assert (await record(None, "get", f"{server}/holding/200-203")).value == [7, 1, 2, 65535]
        assert (await record(None, "get", f"{server}/holding/204?type=float32")).value == 21.5
        assert (await record(None, "get", f"{server}/coil/90")).value is True

    async def test_what_is_not_there(self, server: str) -> None:
        found = await record(None, "get", f"{server}/holding/60000")
        assert found.status is Status.REFUSED_BY_PEER
        assert "illegal data address" in found.message

    async def test_a_listing(self, server: str) -> None:
        listed: list[Any] = await records(None, "list", f"{server}/holding/290-299")
        assert [each.entry.value for each in listed[:-1]] == list(range(290, 300))
        assert listed[-1].status is Status.SUCCESS

    async def test_a_probe(self, server: str) -> None:
        found = await record(None, "probe", f"{server}/holding/1")
        assert found.status is Status.SUCCESS
        assert found.facts["tables"]["holding"] == found.facts["tables"]["coil"] == "yes"
        assert found.facts["values"] == 1


@pytest.mark.meets(server="pymodbus")
class TestPymodbus:
    @pytest.mark.parametrize("which", ["pymodbus", "pymodbus_rtu"])
    async def test_who_it_is(self, which: str, request: pytest.FixtureRequest) -> None:
        found = await record(None, "get", request.getfixturevalue(which))
        assert found.value == {
            "vendor": "pymodbus", "product code": "PM", "revision": "3", "vendor url": "https://example.test",
            "product name": "a device", "model": "M", "application": "tests",
        }  # fmt: skip

    @pytest.mark.parametrize("which", ["pymodbus", "pymodbus_rtu"])
    @pytest.mark.parametrize(
        ("command", "value"),
        [("mask 250 0 0x17", None), ("read-write 0 3 251 9", [0, 1, 2]), ("diagnose 0 a537", "a537")],
    )
    async def test_commands(self, which: str, command: str, value: Any, request: pytest.FixtureRequest) -> None:
        found = await record(None, "run", request.getfixturevalue(which), command)
        assert (found.status, found.value) == (Status.SUCCESS, value), found.message


# Our device


@contextlib.asynccontextmanager
async def serving(scheme: str = "modbus", **options: str) -> AsyncIterator[tuple[Registers, int]]:
    registers = Registers()
    chosen = ",".join(f"{name}={value}" for name, value in options.items())
    place = Endpoint.parse(f"{scheme}://127.0.0.1:0#{chosen}")
    async with Serving([place], [registers], authority=AUTHORITY) as served:
        yield registers, served.endpoint.port or 0


@pytest.mark.meets(client="mbpoll")
class TestMbpoll:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("-t", "3:float", "-B", "-r", "0", "-c", "1"), "21.5"),
            (("-t", "3", "-r", "2"), "64"),
            (("-t", "4", "-r", "0", "-c", "3"), "80"),
            (("-t", "0", "-r", "1"), "1"),
            (("-t", "1", "-r", "0"), "0"),
        ],
    )
    async def test_reading(self, arguments: tuple[str, ...], said: str) -> None:
        async with serving() as (_, port):
            code, heard = await mbpoll(port, list(arguments))
            assert code == 0, heard
            assert heard.rstrip().splitlines()[-1].split()[-1] == said

    async def test_writing(self) -> None:
        async with serving() as (registers, port):
            code, heard = await mbpoll(port, ["-t", "4", "-r", "2"], "33")
            assert code == 0, heard
            code, heard = await mbpoll(port, ["-t", "0", "-r", "0"], "1", "0")
            assert code == 0, heard
            code, heard = await mbpoll(port, ["-t", "4:float", "-B", "-r", "0"], "17.5")
            assert code == 0, heard
            names = ("limit", "fan", "lamp", "setpoint")
            assert [registers.value(name) for name in names] == [33, True, False, 17.5]

    async def test_refused(self) -> None:
        async with serving() as (registers, port):
            code, heard = await mbpoll(port, ["-t", "4", "-r", "2"], "101")
            assert "Illegal data value" in heard, (code, heard)
            code, heard = await mbpoll(port, ["-t", "4", "-r", "500"])
            assert "Illegal data address" in heard, (code, heard)
            assert registers.value("limit") == 80


@pytest.mark.meets(client="pymodbus")
class TestPymodbusAsAClient:
    @pytest.mark.parametrize("scheme", ["modbus", "modbus+rtu", "mbaps"])
    async def test_every_function(self, scheme: str, tmp_path: Path) -> None:
        async with serving(scheme) as (registers, port):
            client: Any
            if scheme == "mbaps":
                ca, _, _ = write_certificate(tmp_path)
                context = ssl.create_default_context(cafile=str(ca))
                client = AsyncModbusTlsClient("127.0.0.1", port=port, sslctx=context)
            else:
                framer = FramerType.RTU if scheme == "modbus+rtu" else FramerType.SOCKET
                client = AsyncModbusTcpClient("127.0.0.1", port=port, framer=framer)
            assert await client.connect()
            try:
                assert (await client.read_coils(0, count=2)).bits[:2] == [False, True]
                assert (await client.read_discrete_inputs(0, count=1)).bits[:1] == [False]
                assert (await client.read_holding_registers(0, count=3)).registers == [16816, 0, 80]
                assert (await client.read_input_registers(2)).registers == [64]
                assert not (await client.write_coil(0, True)).isError()
                assert not (await client.write_coils(0, [True, False])).isError()
                assert not (await client.write_register(2, 5)).isError()
                assert not (await client.write_registers(0, [16816, 0, 6])).isError()
                assert not (await client.mask_write_register(address=2, and_mask=0, or_mask=7)).isError()
                answer = await client.readwrite_registers(read_address=0, read_count=3, write_address=2, values=[8])
                assert answer.registers == [16816, 0, 8]
                assert (await client.diag_query_data(b"\xa5\x37")).message == b"\xa5\x37"
                who = await client.read_device_information(read_code=2, object_id=0)
                assert who.information[0] == b"netloom"
                assert (await client.read_fifo_queue(address=1)).exception_code == 1
                assert (await client.read_holding_registers(900)).exception_code == 2
                assert (await client.write_register(2, 101)).exception_code == 3
                assert (registers.value("fan"), registers.value("lamp"), registers.value("limit")) == (True, False, 8)
            finally:
                client.close()

    async def test_a_unit_that_is_not_there(self) -> None:
        async with serving(unit="17") as (_, port):
            client = AsyncModbusTcpClient("127.0.0.1", port=port)
            assert await client.connect()
            try:
                assert (await client.read_coils(0, device_id=3)).exception_code == 11
                assert not (await client.read_coils(0, device_id=17)).isError()
            finally:
                client.close()


@pytest.mark.meets(client="uModbus")
async def test_umodbus() -> None:
    def talk(port: int) -> list[Any]:
        with socket.create_connection(("127.0.0.1", port), 30) as link:
            asked = [
                umodbus.read_holding_registers(1, 0, 3), umodbus.write_single_register(1, 2, 9),
                umodbus.write_multiple_coils(1, 0, [1, 0]), umodbus.read_coils(1, 0, 2),
                umodbus.read_input_registers(1, 2, 1),
            ]  # fmt: skip
            return [umodbus.send_message(message, link) for message in asked]

    async with serving() as (registers, port):
        assert await asyncio.to_thread(talk, port) == [[16816, 0, 80], 9, 2, [1, 0], [64]]
        assert registers.value("limit") == 9
