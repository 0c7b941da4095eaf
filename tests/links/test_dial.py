"""The dialler: from an endpoint to a link, every step in the trace, and nothing left when it closes."""

from __future__ import annotations

import asyncio
import socket

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import ConnectError, Phase, UsageError
from netloom.links.dial import Dialler
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.stream import Stream
from netloom.links.trace import Trace
from netloom.links.virtual import run

PLACE = "tcp://loom.example:7"


def dialler(network: MemoryNetwork, url: str = PLACE, **options: object) -> Dialler:
    """A dialler on the network in memory."""
    chosen = LinkOptions(**options)  # type: ignore[arg-type]
    return Dialler(network, Endpoint.parse(url), chosen, Trace(network.clock))


async def town(*addresses: str) -> tuple[MemoryNetwork, list[Stream]]:
    """A network with one name, and what was accepted at its port 7."""
    network, accepted = MemoryNetwork(), []
    network.names["loom.example"] = list(addresses)
    loop = asyncio.get_running_loop()

    def accept() -> Stream:
        accepted.append(Stream(loop))
        return accepted[-1]

    for text in addresses:
        family = socket.AF_INET6 if ":" in text else socket.AF_INET
        place = (text, 7, 0, 0) if family == socket.AF_INET6 else (text, 7)
        await network.listen((family, place), accept, LinkOptions())
    return network, accepted


def test_a_stream_and_its_steps() -> None:
    async def main() -> None:
        network, accepted = await town("192.0.2.1")
        network.resolve_delay, network.connect_delay = 0.5, 0.25
        dial = dialler(network)
        stream = await dial.stream()
        assert stream.peer == dial.trace.peer == "192.0.2.1:7"
        phases = dial.trace.phases()
        assert phases["resolve"] == pytest.approx(0.5)
        assert phases["connect"] == pytest.approx(0.25)
        assert [address.fate for address in dial.trace.addresses] == ["success"]
        await stream.write(b"weft")
        assert await accepted[0].read() == b"weft"
        await dial.close()
        accepted[0].abort()
        await asyncio.sleep(1)

    run(main())


def test_addresses_instead_of_the_names_own() -> None:
    async def main() -> None:
        network, accepted = await town("192.0.2.1", "192.0.2.2")
        dial = dialler(network, resolve="192.0.2.2")
        assert (await dial.stream()).peer == "192.0.2.2:7"
        await dial.close()
        accepted[0].abort()
        await asyncio.sleep(1)

    run(main())


def test_a_failure_keeps_every_address() -> None:
    async def main() -> None:
        network, _ = await town()
        network.names["loom.example"] = ["192.0.2.8", "2001:db8::8"]
        dial = dialler(network)
        with pytest.raises(ConnectError):
            await dial.stream()
        assert {(address.family, address.fate) for address in dial.trace.addresses} == {
            ("ipv4", "refused"),
            ("ipv6", "refused"),
        }
        assert dial.trace.phase is Phase.CONNECT
        await dial.close()

    run(main())


@pytest.mark.parametrize(
    ("url", "words"), [("tcp://loom.example", "no usual port"), ("udp://loom.example:7", "datagrams")]
)
def test_mistakes(url: str, words: str) -> None:
    async def main() -> None:
        network, _ = await town("192.0.2.1")
        dial = dialler(network, url)
        with pytest.raises(UsageError, match=words):
            await dial.stream()
        await dial.close()

    run(main())


def test_closing_lets_go_of_all() -> None:
    async def main() -> None:
        network, accepted = await town("192.0.2.1")
        dial = dialler(network)
        for _ in range(3):
            await dial.stream()
        extra: list[int] = []
        dial.also_close(lambda: extra.append(1))
        await dial.close()
        await asyncio.sleep(1)
        assert extra == [1]
        assert all(stream.at_eof for stream in accepted)
        for stream in accepted:
            stream.abort()
        await asyncio.sleep(1)

    run(main())
