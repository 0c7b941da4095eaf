"""Every method of CoAP, and one that nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.wire.coap import codes
from netloom.wire.coap.message import Message, emit
from tests.protocols.steps.script import Script

if TYPE_CHECKING:
    from tests.protocols.refusing import Server


async def talk(server: Server) -> None:
    for method in (*codes.METHODS, 31):
        await server.say(emit(Message(codes.CON, method, method, b"", ())), "udp")


SCRIPTS = [Script(talk, "coap")]
