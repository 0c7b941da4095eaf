"""Faults put where they act, only if there are any."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys

from netloom.endpoint import Endpoint
from netloom.links.datagrams import Datagrams
from netloom.links.faults import dress
from netloom.links.faults.datagrams import DatagramFaults
from netloom.links.faults.layer import FaultLayer
from netloom.links.faults.plan import Faults
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.route import Route
from netloom.links.virtual import run
from netloom.registry import settle

PLACE = Endpoint.parse("https://h")


def routes(text: str) -> list[Route]:
    """What a listener is given for an endpoint."""
    declared, scheme, place = settle(Endpoint.parse(text))
    return [Route(declared=declared, scheme=scheme, endpoint=place, content=None, options=None, serve=_nobody)]


async def _nobody(link: object, content: object, context: object) -> None:
    """Serves nobody."""


def test_without_faults_there_is_no_layer() -> None:
    upper, datagrams = asyncio.Protocol(), asyncio.DatagramProtocol()
    for faults in (None, Faults()):
        assert dress.stream(upper, faults, "client") is upper
        assert dress.datagrams(datagrams, faults, "client") is datagrams
    assert dress.of_client(PLACE, "https", LinkOptions()) is None


def test_with_some_or_where_some_will_be() -> None:
    async def main() -> None:
        for faults in (Faults(["latency:1"]), Faults(changes=True)):
            assert isinstance(dress.stream(asyncio.Protocol(), faults, "client"), FaultLayer)
            assert isinstance(dress.datagrams(asyncio.DatagramProtocol(), faults, "client"), DatagramFaults)

    asyncio.run(main())


def test_a_peer_of_a_socket_has_a_line() -> None:
    async def main() -> None:
        network, faults, loop = MemoryNetwork(), Faults(["latency:1"]), asyncio.get_running_loop()
        home = (socket.AF_INET, ("127.0.0.1", 0))
        bare, faulty = Datagrams(loop), Datagrams(loop)
        await network.datagrams(None, home, lambda: bare, LinkOptions())
        await network.datagrams(None, home, lambda: dress.datagrams(faulty, faults, "server"), LinkOptions())
        assert dress.line(bare, ("127.0.0.1", 1)) is None
        found = [dress.line(faulty, ("127.0.0.1", port)) for port in (1, 2, 1)]
        assert [line and line.number for line in found] == [1, 2, 1]
        bare.abort()
        faulty.abort()

    run(main())


def test_a_client_s_own() -> None:
    options = LinkOptions(fault=("latency:1", "duplicate"))
    found = dress.of_client(PLACE, "https", options)
    assert found is not None
    assert [placed.name for placed in found] == ["latency", "duplicate"]


def test_a_server_s_own_beside_those_that_hold_anyway() -> None:
    above, route = Faults(["stall"]), routes("tcp://127.0.0.1:0")
    assert dress.of_server(route, LinkOptions(), None, secure=False) is None
    found = dress.of_server(route, LinkOptions(fault=("latency:1",)), above, secure=False)
    assert found is not None
    assert [placed.name for placed in found] == ["stall", "latency"]
    without = dress.of_server(route, LinkOptions(), above, secure=False)
    assert without is not None
    assert [placed.name for placed in without] == ["stall"]


def test_nothing_is_imported_where_nobody_wants_faults() -> None:
    script = "\n".join(
        [
            "import sys, netloom.links.dial, netloom.links.listener",
            "loaded = [name for name in sys.modules if name.startswith('netloom.links.faults.')]",
            "assert loaded == ['netloom.links.faults.dress'], loaded",
        ]
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
