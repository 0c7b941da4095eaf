"""ICMP: nobody is answered with more than was sent, nor for a group; answers and reports can't be forged unseen."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from ipaddress import IPv4Address
from typing import Any

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.links import icmp_kernel
from netloom.links.icmp import Arrival, IcmpLink, Reported
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.virtual import run as virtual
from netloom.packet.conversation import ip_packet
from netloom.serving import Serving
from netloom.wire import icmp
from tests.fuzzing import mutate
from tests.interop.icmp_peers import need_raw
from tests.security.parsers.icmp import SAID
from tests.worlds import on_loop, record

WHERE = "icmp://127.0.0.1"


@pytest.mark.parametrize("content", ["echo", "bus"])
def test_an_answer_is_as_large_as_its_question(content: str) -> None:
    from netloom.registry import content as named

    async def main() -> None:
        network, generator = MemoryNetwork(), random.Random(content)
        async with Serving([Endpoint.parse(WHERE)], [named(content)], network=network):
            link = IcmpLink(asyncio.get_running_loop())
            link.peer = "127.0.0.1"
            await network.icmp((socket.AF_INET, ("127.0.0.1", 0)), None, lambda: link, LinkOptions())
            asked = [icmp.emit(icmp.Echo(4, False, 7, n, bytes(n * 50))) for n in range(20)]
            said = [*SAID["icmp"], *(mutate(generator, SAID["icmp"]) for _ in range(500)), *asked]
            for data in said:
                link.transport.sendto(data)
                await asyncio.sleep(0.01)
                answers = [answer for answer, _ in link._queue]
                link._queue.clear()
                assert sum(map(len, answers)) <= len(data)
            found = await record(network, "probe", WHERE)
            assert found.status is Status.SUCCESS

    virtual(main())


def test_a_flood_is_bounded() -> None:
    """What nobody has read yet is dropped beyond a limit."""

    async def main() -> None:
        link = IcmpLink(asyncio.get_running_loop())
        for number in range(5000):
            link.datagram_received(bytes(64), Arrival.of(("203.0.113.1", 0), 9))
            link.error_received(Reported(icmp.Problem(4, 3, 1), "203.0.113.1", number))
        assert len(link._queue) == 1024
        assert link.dropped == 10_000 - 1024

    virtual(main())


class _Upper(asyncio.DatagramProtocol):
    """Remembers what came."""

    def __init__(self) -> None:
        self.came: list[Any] = []

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.came.append(data)

    def error_received(self, exc: Exception) -> None:
        self.came.append(exc)


def test_a_raw_socket_passes_on_nothing_of_others() -> None:
    """It hears what the whole machine is told: replies to others, and reports about others' packets, stay outside."""
    need_raw()

    async def main() -> None:
        upper = _Upper()
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        transport = icmp_kernel.KernelIcmp(
            raw, upper, raw=True, place=("192.0.2.1", 77), remote=(socket.AF_INET, ("192.0.2.9", 0))
        )
        here, there, other = (IPv4Address(f"192.0.2.{n}") for n in (1, 9, 8))
        ours, others = icmp.emit(icmp.Echo(4, False, 77, 5)), icmp.emit(icmp.Echo(4, False, 78, 5))

        def come(message: icmp.Message | bytes) -> None:
            data = message if isinstance(message, bytes) else icmp.emit(message)
            transport._came(ip_packet(there, here, 1, data, 1), {}, ("192.0.2.9", 0))

        come(icmp.Echo(4, True, 78, 5))
        come(icmp.Echo(4, False, 77, 5))
        assert upper.came == []
        come(icmp.Problem(4, 3, 1, ip_packet(here, there, 1, others, 1)))  # somebody else's ping
        come(icmp.Problem(4, 3, 1, ip_packet(here, other, 1, ours, 1)))  # to somebody else
        come(icmp.Problem(4, 3, 1, ip_packet(here, there, 17, ours, 1)))  # no ping
        generator = random.Random(7)
        for _ in range(2000):
            come(mutate(generator, SAID["icmp"]))
        transport._came(b"", {}, ("192.0.2.9", 0))
        transport._came(b"\x4f" + bytes(30), {}, ("192.0.2.9", 0))
        assert not [one for one in upper.came if isinstance(one, Exception)]
        upper.came.clear()
        come(icmp.Echo(4, True, 77, 5))
        come(icmp.Problem(4, 3, 1, ip_packet(here, there, 1, ours, 1)))
        data, report = upper.came
        assert data == icmp.emit(icmp.Echo(4, True, 77, 5))
        assert isinstance(report, Reported)
        assert report.sequence == 5
        transport.close()
        await asyncio.sleep(0)

    on_loop("asyncio", main())


def test_a_group_is_not_answered() -> None:
    """RFC 1122 §3.2.2.6: whoever pings a broadcast address in somebody's name would have us all answer that one."""
    need_raw()

    async def main() -> None:
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        transport = icmp_kernel.KernelIcmp(raw, _Upper(), raw=True, place=("0.0.0.0", 0), remote=None)
        own, everybody = socket.inet_aton("192.0.2.1"), socket.inet_aton("192.0.2.255")
        assert transport._asked(struct.pack("=i", 1) + own + own) == "192.0.2.1"
        assert transport._asked(struct.pack("=i", 1) + own + everybody) is None
        transport.close()
        six = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
        transport = icmp_kernel.KernelIcmp(six, _Upper(), raw=True, place=("::", 0, 0, 0), remote=None)
        assert transport._asked(socket.inet_pton(socket.AF_INET6, "2001:db8::1") + bytes(4)) == "2001:db8::1"
        assert transport._asked(socket.inet_pton(socket.AF_INET6, "ff02::1") + bytes(4)) is None
        transport.close()
        await asyncio.sleep(0)

    on_loop("asyncio", main())
