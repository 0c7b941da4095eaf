"""A small world for Modbus: a network in memory, devices of ours in it, and others that say what they are told to."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from netloom.accounts import Accounts
from netloom.contents.handler import Handler
from netloom.contents.registers import Registers
from netloom.endpoint import Endpoint
from netloom.links.memory import MemoryNetwork
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from netloom.wire.modbus import framing, responses
from netloom.wire.modbus.framing import FRAME_LIMIT, Frame

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from netloom.attempts import Attempt
    from netloom.records import AccessRecord
    from netloom.wire.modbus.responses import Response

SCHEMES = ["modbus", "modbus+rtu"]


def place(scheme: str = "modbus", path: str = "") -> str:
    return f"{scheme}://127.0.0.1:502{path}"


@contextlib.asynccontextmanager
async def served(
    scheme: str = "modbus",
    registers: Registers | None = None,
    *,
    options: str = "",
    accounts: tuple[str, ...] = (),
    network: MemoryNetwork | None = None,
    seen: list[AccessRecord] | None = None,
) -> AsyncIterator[MemoryNetwork]:
    """A device of ours, and the network that it is in."""
    network = network if network is not None else MemoryNetwork()
    async with Serving(
        [Endpoint.parse(place(scheme) + (f"#{options}" if options else ""))],
        [registers if registers is not None else Registers()],
        Accounts.from_texts(accounts),
        network=network,
        report=seen.append if seen is not None else None,
    ):
        yield network


@contextlib.asynccontextmanager
async def liar(
    answer: Callable[[Frame, int], bytes | None], scheme: str = "modbus"
) -> AsyncIterator[tuple[MemoryNetwork, list[Frame]]]:
    """A device that answers each request with whatever octets `answer(frame, number)` gives; None: it hangs up."""
    heard: list[Frame] = []

    async def attend(link: Any) -> None:
        unframed = framing.unframed_request if scheme == "modbus+rtu" else framing.unframed_tcp
        while True:
            frame = await link.parse(unframed, FRAME_LIMIT)
            heard.append(frame)
            said = answer(frame, len(heard))
            if said is None:
                return
            await link.write(said)

    network = MemoryNetwork()
    async with Serving([Endpoint.parse("tcp://127.0.0.1:502")], [Handler(attend)], network=network):
        yield network, heard


def framed(frame: Frame, response: Response, scheme: str = "modbus", **changes: int) -> bytes:
    """An honest frame around a response, or one with some fields made otherwise."""
    made = Frame(
        changes.get("unit", frame.unit), responses.emit(response), changes.get("transaction", frame.transaction)
    )
    return framing.emit_rtu(made) if scheme == "modbus+rtu" else framing.emit_tcp(made)


async def put(network: MemoryNetwork, where: str, text: str) -> tuple[Attempt, Any]:
    """What came of writing a text, and the value that was written."""

    async def body() -> AsyncIterator[bytes]:
        yield text.encode()

    async def emit(record: object) -> None:
        raise AssertionError(f"nobody asked for {record}")

    attempt, value = Toolbox(emit, network=network).attempt(Endpoint.parse(where), 5.0), None
    async with attempt:
        value = (await attempt.client.put(attempt.endpoint.path, body())).value
    return attempt, value
