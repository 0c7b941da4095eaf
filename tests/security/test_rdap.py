"""RDAP: credentials stay with whom they are for, bombs and depths are bounded, nothing is injected."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from netloom.errors import Status
from netloom.links.virtual import run as virtual
from tests.fuzzing import mutate
from tests.security.house import House, everything, peer, record
from tests.security.parsers.rdap import SAID

if TYPE_CHECKING:
    from netloom.links.stream import Stream

AT = "rdap://127.0.0.1:0"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/rdap+json\r\nConnection: close\r\n\r\n"


def test_credentials_stay_at_home() -> None:
    async def main() -> None:
        heard: list[bytes] = []

        async def thief(link: Stream) -> None:
            heard.append(await link.read_until(b"\r\n\r\n"))
            await link.write(HEAD + b"{}")

        async with peer(thief) as other:

            async def handle(link: Stream) -> None:
                await link.read_until(b"\r\n\r\n")
                await link.write(f"HTTP/1.1 302 x\r\nLocation: http://127.0.0.1:{other.port}/\r\n\r\n".encode())

            async with peer(handle, network=other.network) as house:
                url = f"rdap://ann:can4ry@127.0.0.1:{house.port}/rdap/domain/x"
                found = await record(house.network, "get", url, options=["headers=Cookie: can4ry"], deadline=5.0)
                assert found.status is Status.SUCCESS
                assert "can4ry" not in str(found)
        (head,) = heard
        assert b"can4ry" not in head
        assert b"authorization" not in head.lower()

    virtual(main())


@pytest.mark.parametrize("path", ["/rdap/domain/a b", "/rdap/domain/a%0D%0AEvil:1", "/rdap/domain/ä"])
def test_a_path_stays_a_path(path: str) -> None:
    async def main() -> None:
        from netloom.endpoint import Endpoint

        async with House(AT) as house:
            target = Endpoint(scheme="rdap", host="127.0.0.1", port=house.port, path=path)
            found = await record(house.network, "get", target)
            assert found.status in (Status.REFUSED_BY_PEER, Status.INVALID_INPUT)
            assert b"\r\nEvil" not in house.sent

    virtual(main())


@pytest.mark.parametrize("bad", ["a\r\nEvil: 1", "a\n", "a\0b"])
def test_nothing_is_injected_into_a_request(bad: str) -> None:
    async def main() -> None:
        async with House(AT) as house:
            for option in (f"headers=X: {bad}x", f"token={bad}"):
                target = f"rdap://127.0.0.1:{house.port}/rdap/help"
                found = await record(house.network, "get", target, options=[option], deadline=2.0)
                assert found.status is Status.INVALID_INPUT
            assert house.sent == b""

    virtual(main())


@pytest.mark.parametrize("said", [b"[" * 1_000_000, b'{"a":' * 200_000, b'{"a":"' + b"x" * 9_000_000, b"{}" * 10])
def test_depths_and_sizes_are_bounded(said: bytes) -> None:
    async def main() -> None:
        async def handle(link: Stream) -> None:
            await link.read_until(b"\r\n\r\n")
            await link.write(HEAD + said)

        async with peer(handle) as house:
            found = await record(house.network, "probe", f"rdap://127.0.0.1:{house.port}/rdap/domain/x")
            assert found.status is Status.PROTOCOL_ERROR

    virtual(main())


@pytest.mark.parametrize("seed", range(40))
def test_arbitrary_answers(seed: int) -> None:
    async def main() -> None:
        generator = random.Random(seed)

        async def handle(link: Stream) -> None:
            await link.read_until(b"\r\n\r\n")
            await link.write(generator.randbytes(300) if seed % 4 == 0 else mutate(generator, SAID["rdap"][1:]))

        async with peer(handle) as house:
            found = await record(house.network, "probe", f"rdap://127.0.0.1:{house.port}/rdap/domain/x", deadline=5.0)
            known = (
                Status.SUCCESS,
                Status.REFUSED_BY_PEER,
                Status.CLOSED,
                Status.PROTOCOL_ERROR,
                Status.UNAUTHENTICATED,
            )
            assert found.status in known, found

    virtual(main())


def test_arbitrary_questions_leave_the_server_standing() -> None:
    async def main() -> None:
        generator = random.Random("rdap")
        async with House(AT) as house:
            for number in range(200):
                said = generator.randbytes(200) if number % 6 == 0 else mutate(generator, SAID["rdap"][:1])
                stream = await house.raw()
                await stream.write(said)
                await stream.write_eof()
                heard = await everything(stream)
                assert not heard or heard.startswith((b"HTTP/1.1 ", b"HTTP/1.0 ", b"\0\0"))
            found = await record(house.network, "probe", f"rdap://127.0.0.1:{house.port}/rdap/domain/example.test")
            assert found.status is Status.SUCCESS

    virtual(main())
