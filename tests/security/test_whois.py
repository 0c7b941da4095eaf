"""WHOIS: nothing is injected either way, servers that send us round are left, and a query costs little."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from netloom.errors import Status
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run as virtual
from tests.fuzzing import mutate
from tests.security.house import House, everything, peer, record
from tests.security.parsers.whois import SAID

if TYPE_CHECKING:
    from netloom.links.stream import Stream

AT = "whois://127.0.0.1:0"


@pytest.mark.parametrize("bad", ["a\r\nb", "a\nb", "a\0b"])
def test_nothing_is_injected_into_a_question(bad: str) -> None:
    async def main() -> None:
        async with House(AT) as house:
            found = await record(house.network, "get", f"whois://127.0.0.1:{house.port}", options=[f"query={bad}"])
            assert found.status is Status.INVALID_INPUT
            assert house.sent == b""

    virtual(main())


def test_arbitrary_questions_get_an_answer_or_the_end() -> None:
    async def main() -> None:
        generator = random.Random("whois")
        async with House(AT) as house:
            for number in range(300):
                said = generator.randbytes(200) if number % 6 == 0 else mutate(generator, SAID["whois"])
                stream = await house.raw()
                await stream.write(said)
                await stream.write_eof()
                heard = await everything(stream)
                assert all(line.startswith(b"%") or b":" in line or not line for line in heard.split(b"\r\n"))
            found = await record(house.network, "get", f"whois://127.0.0.1:{house.port}/example.test")
            assert found.meta["found"] is True

    virtual(main())


def test_what_is_told_of_a_question_is_bounded() -> None:
    async def main() -> None:
        async with House(AT) as house:
            stream = await house.raw()
            await stream.write(b"x" * 1000 + b"\r\n")
            await everything(stream)
            (seen,) = house.access
            assert len(seen.target) <= 200

    virtual(main())


def test_a_server_that_refers_for_ever_is_left() -> None:
    """Each answer names a server that wasn't asked yet: another port of the same host."""

    async def main() -> None:
        heard: list[bytes] = []

        async def handle(link: Stream) -> None:
            heard.append(await link.read_until(b"\n"))
            answer = b"".join(b"refer: 127.0.0.1:%d\r\n" % port for port in range(20_000, 20_100))
            await link.write(answer)

        network = MemoryNetwork()
        async with peer(handle, network=network) as house:
            for port in range(20_000, 20_010):
                network.listeners["127.0.0.1", port] = network.listeners["127.0.0.1", house.port]
            found = await record(network, "get", f"whois://127.0.0.1:{house.port}/x.test")
            assert found.status is Status.SUCCESS
            assert len(heard) == 6  # the first, and five referrals

    virtual(main())


def test_an_answer_that_never_ends_is_bounded() -> None:
    async def main() -> None:
        async def handle(link: Stream) -> None:
            await link.read_until(b"\n")
            while True:
                await link.write(b"% and so on\r\n" * 1000)

        async with peer(handle) as house:
            found = await record(house.network, "probe", f"whois://127.0.0.1:{house.port}/x", deadline=30.0)
            assert found.status is Status.PROTOCOL_ERROR

    virtual(main())


@pytest.mark.parametrize("seed", range(40))
def test_arbitrary_answers(seed: int) -> None:
    async def main() -> None:
        generator = random.Random(seed)

        async def handle(link: Stream) -> None:
            await link.read_until(b"\n")
            said = generator.randbytes(300) if seed % 4 == 0 else mutate(generator, SAID["whois"][1:])
            await link.write(said)

        async with peer(handle) as house:
            target = f"whois://127.0.0.1:{house.port}/x#referrals=0"
            found = await record(house.network, "probe", target, deadline=5.0)
            assert found.status in (Status.SUCCESS, Status.REFUSED_BY_PEER, Status.CLOSED), found

    virtual(main())
