"""Every function of Modbus, and one that nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.wire.modbus import codes, framing, requests
from netloom.wire.modbus.requests import FileRecord
from tests.protocols.steps.script import Script

if TYPE_CHECKING:
    from tests.protocols.refusing import Server

REQUESTS: list[requests.Request] = [
    *(requests.Read(function, 0, 1) for function in (1, 2, 3, 4)), requests.WriteOne(5, 0, 1),
    requests.WriteOne(6, 0, 1), requests.Diagnose(0, b"\0\0"), requests.WriteMany(15, 0, (1,)),
    requests.WriteMany(16, 0, (1,)), requests.ReadFile((FileRecord(1, 1, 1),)),
    requests.WriteFile((FileRecord(1, 1, 1, (1,)),)), requests.MaskWrite(0, 0, 0), requests.ReadWrite(0, 1, 0, (1,)),
    requests.ReadFifo(0), requests.Identify(1, 0),
]  # fmt: skip
SAID = {request.function: requests.emit(request) for request in REQUESTS}


async def talk(server: Server) -> None:
    for function in (*codes.FUNCTIONS, 99):
        await server.say(framing.emit_tcp(framing.Frame(1, SAID.get(function, bytes([function])))))


SCRIPTS = [Script(talk, "modbus")]
