"""Who a device is: its identification's objects, by name (Modbus Application Protocol 1.1b3 §6.21)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError
from netloom.wire.modbus import codes
from netloom.wire.modbus.codes import OBJECTS, RULE
from netloom.wire.modbus.requests import Identify
from netloom.wire.modbus.responses import Identity

if TYPE_CHECKING:
    from netloom.protocols.modbus.dialogue import Dialogue


async def identity(dialogue: Dialogue, level: int = 0, number: int = 0) -> dict[str, str]:
    """All objects of a level, by name; without one, of the highest that the device has. Raises PeerRefused."""
    if level:
        return await _objects(dialogue, level, number, [])
    levels: list[int] = []
    found = await _objects(dialogue, codes.BASIC, 0, levels)
    for further in (codes.REGULAR, codes.EXTENDED):
        if levels and levels[0] & 0x0F >= further:
            found |= await _objects(dialogue, further, 0, [])
    return found


async def _objects(dialogue: Dialogue, level: int, number: int, levels: list[int]) -> dict[str, str]:
    """Objects, as many answers as they take. The device's level goes into `levels`."""
    found: dict[str, str] = {}
    while True:
        answer = await dialogue.ask(Identify(level, number))
        if not isinstance(answer, Identity):
            raise RemoteProtocolError("no identification", rule=f"{RULE} §6.21")  # the dialogue has looked
        levels.append(answer.conformity)
        found |= {name_of(each): value.decode("utf-8", "backslashreplace") for each, value in answer.objects}
        if answer.following is None:
            return found
        if answer.following <= number:
            raise RemoteProtocolError("the identification goes in circles", rule=f"{RULE} §6.21", offset=5)
        number = answer.following


def name_of(number: int) -> str:
    """An object's name."""
    return OBJECTS.get(number, f"object {number}")
