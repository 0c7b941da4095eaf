"""Foreign Modbus programs, each on a port of 127.0.0.1: pymodbus, uModbus, and libmodbus in mbpoll."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.interop.peers import free_port, need, running, wait_for_port

if TYPE_CHECKING:
    from collections.abc import Iterator

PYMODBUS = """
import asyncio, sys
from pymodbus import FramerType, ModbusDeviceIdentification
from pymodbus.server import StartAsyncTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

def device():
    return SimDevice(id=0, simdata=(
        [SimData(address=0, values=[n % 3 == 0 for n in range(160)], datatype=DataType.BITS)],
        [SimData(address=0, values=[n % 2 == 0 for n in range(160)], datatype=DataType.BITS)],
        [SimData(address=0, values=list(range(300)), datatype=DataType.REGISTERS)],
        [SimData(address=0, values=[1000 + n for n in range(100)], datatype=DataType.REGISTERS)],
    ))

who = ModbusDeviceIdentification(info_name={
    "VendorName": "pymodbus", "ProductCode": "PM", "MajorMinorRevision": "3", "ProductName": "a device",
    "ModelName": "M", "VendorUrl": "https://example.test", "UserApplicationName": "tests"})
framer = FramerType.RTU if sys.argv[2] == "rtu" else FramerType.SOCKET
asyncio.run(StartAsyncTcpServer(device(), identity=who, address=("127.0.0.1", int(sys.argv[1])), framer=framer))
"""
UMODBUS = """
import sys
from socketserver import TCPServer
from umodbus.server.tcp import RequestHandler, get_server

values = {3: {n: n for n in range(300)}, 4: {n: 1000 + n for n in range(300)}}
values[1] = {n: int(n % 3 == 0) for n in range(300)}
app = get_server(TCPServer, ("127.0.0.1", int(sys.argv[1])), RequestHandler)

@app.route(slave_ids=list(range(256)), function_codes=[1, 3, 4], addresses=list(range(300)))
def read(slave_id, function_code, address):
    return values[function_code][address]

@app.route(slave_ids=list(range(256)), function_codes=[5, 15], addresses=list(range(160)))
def write_coil(slave_id, function_code, address, value):
    values[1][address] = value

@app.route(slave_ids=list(range(256)), function_codes=[6, 16], addresses=list(range(300)))
def write_register(slave_id, function_code, address, value):
    values[3][address] = value

app.serve_forever()
"""


@contextlib.contextmanager
def server(script: str, *arguments: str) -> Iterator[int]:
    """A program in Python, and its port."""
    with tempfile.TemporaryDirectory(prefix="netloom-modbus-") as root:
        port, log = free_port(), Path(root, "log")
        command = [sys.executable, "-c", script, str(port), *arguments]
        with running(command, log) as process:
            wait_for_port(process, log, port)
            yield port


async def mbpoll(port: int, options: list[str], *values: str) -> tuple[int, str]:
    """What mbpoll says, and how it ends: it asks once, with addresses from 0."""
    process = await asyncio.create_subprocess_exec(
        need("mbpoll", "mbpoll"), "-1", "-0", "-o", "10", "-p", str(port), *options, "127.0.0.1", *values,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, stdin=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, said.decode(errors="replace")
