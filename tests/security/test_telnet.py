"""Telnet: one line stays one, passwords are kept, floods and silence end, and guessing is slow."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import TYPE_CHECKING

import pytest

from netloom.contents.shell import Shell
from netloom.endpoint import Endpoint, Secret
from netloom.errors import NetloomError, Status
from netloom.links.virtual import run as virtual
from netloom.wire.telnet import codes
from netloom.wire.telnet.stream import emit_negotiation, emit_subnegotiation
from tests.fuzzing import mutate
from tests.security.house import STRANGER, House, Wire, elapsed, everything, peer, record, refused
from tests.security.parsers.telnet import SAID

if TYPE_CHECKING:
    from netloom.links.stream import Stream

EVIL = "pwned"
URL = "telnet://127.0.0.1:0"
LOGIN = b"ann\r\nsecret\r\n"


async def is_served(house: House) -> bool:
    """Whether somebody else is asked who is there meanwhile."""
    stream = await house.raw()
    async with asyncio.timeout(1):
        await stream.read_until(b"login: ")
    stream.abort()
    return True


# What can't be an argument


@pytest.mark.parametrize("gap", ["\r", "\n", "\0", "\r\n"])
@pytest.mark.parametrize("what", ["command", "user", "password"])
def test_an_argument_is_refused(what: str, gap: str) -> None:
    async def main() -> None:
        async with House(URL, accounts=["ann:secret"]) as house:
            evil = f"a{gap}echo {EVIL}"
            user, password = (evil if what == "user" else "ann", evil if what == "password" else "secret")
            endpoint = Endpoint.parse(f"telnet://127.0.0.1:{house.port}").replace(user=user, password=Secret(password))
            await refused(house.network, "run", endpoint, evil if what == "command" else "echo")
            assert EVIL.encode() not in house.sent

    virtual(main())


def test_variables_are_only_variables() -> None:
    """What a client tells of itself gets nowhere but into the shell's own variables, and not into those that count."""

    async def main() -> None:
        async with House(URL, accounts=["ann:secret"]) as house:
            stream = await house.raw()
            names = (b"HOME\1/etc", b"USER\1root", b"X\r\nY\1z", b"PS1\1$(reboot)", b"OK\1fine", b"IFS\1x")
            said = b"".join(b"\0" + pair for pair in names)
            await stream.write(emit_negotiation(codes.WILL, codes.NEW_ENVIRON))
            await stream.write(emit_subnegotiation(codes.NEW_ENVIRON, b"\0" + said))
            await stream.write(LOGIN + b"echo =$USER=$HOME=$OK=\r\nexit\r\n")
            assert b"$ =ann=/home/ann=fine=\r\n" in await everything(stream)

    virtual(main())


# Passwords


def test_no_password_is_said_in_clear_to_another_machine() -> None:
    async def main() -> None:
        async with House("telnet://192.0.2.1:23", accounts=["ann:can4ry"], network=Wire()) as house:
            for operation in ("probe", "run"):
                rest = ("true",) if operation == "run" else ()
                said = await refused(house.network, operation, "telnet://ann:can4ry@192.0.2.1", *rest)
                assert "isn't encrypted" in said
            assert b"can4ry" not in house.sent

    virtual(main())


def test_no_password_is_reported() -> None:
    async def main() -> None:
        shell = Shell("edge", dialect="ios", secret="en4ble")
        async with House(URL, shell, accounts=["ann:can4ry"]) as house:
            stream = await house.raw()
            await stream.write(
                b"ann\r\ncan4ry\r\nenable\r\nen4ble\r\nconf t\r\nusername bob secret p4ss\r\n"
                b"enable secret 0 n3w\r\nend\r\nexit\r\n"
            )
            said = await everything(stream)
            assert b"can4ry" not in said
            assert b"en4ble" not in said
            told = str(house.access)
            for word in ("can4ry", "en4ble", "p4ss", "n3w"):
                assert word not in told
            assert "p4ss" not in str(shell.device.running)

    virtual(main())


def test_guessing_is_slow_however_many_connections_do_it() -> None:
    async def main() -> None:
        network = Wire(STRANGER)
        async with House(URL, accounts=["ann:secret"], network=network) as house:

            async def guess() -> None:
                stream = await house.raw()
                await stream.write(b"ann\r\nwrong\r\n" * 5)
                await everything(stream)

            async with asyncio.TaskGroup() as group:
                for _ in range(6):
                    group.create_task(guess())
            assert elapsed() > 3
            attempts = [one for one in house.access if one.verb == "LOGIN"]
            assert 6 <= len(attempts) <= 6 * 3, "three a connection, and no more than its time allows"
            assert all("wrong" not in str(one) for one in attempts)

    virtual(main())


def test_who_doesnt_log_in_is_let_go() -> None:
    async def main() -> None:
        async with House(URL, accounts=["ann:secret"]) as house:
            stream = await house.raw()

            async def drip() -> None:
                with contextlib.suppress(NetloomError):
                    while True:
                        await stream.write(b"a\x7f")
                        await asyncio.sleep(5)

            dripping = asyncio.ensure_future(drip())
            assert b"Login timed out" in await everything(stream)
            assert elapsed() < 70
            dripping.cancel()
            await asyncio.wait({dripping})

    virtual(main())


# Bytes of every kind, at every stage

STAGES = {
    "at once": b"",
    "half a command": b"\xff",
    "half a subnegotiation": b"\xff\xfa\x18",
    "a user": b"ann\r\n",
    "logged in": LOGIN,
    "in a line": LOGIN + b"echo ",
    "at work": LOGIN + b"sleep 100\r\n",
    "binary": emit_negotiation(codes.WILL, codes.BINARY) + emit_negotiation(codes.DO, codes.BINARY) + LOGIN,
}


@pytest.mark.parametrize("dialect", ["", "ios", "junos", "vrp", "eos"])
@pytest.mark.parametrize("stage", STAGES)
def test_the_server_bears_anything(stage: str, dialect: str) -> None:
    async def main() -> None:
        generator = random.Random(stage)
        shell = Shell("edge", dialect=dialect)
        async with House(URL, shell, accounts=["ann:secret"]) as house:
            for number in range(25):
                stream = await house.raw()
                said = generator.randbytes(200) if number % 5 == 0 else mutate(generator, SAID["telnet"])
                with contextlib.suppress(NetloomError):
                    await stream.write(STAGES[stage] + said + b"\r\n?\t\x1b[A\r\n\x03exit\r\n")
                    await stream.write_eof()
                async with asyncio.timeout(500):
                    await everything(stream)
            stream = await house.raw()
            async with asyncio.timeout(5):
                assert await stream.read()
            assert not shell.device.locks

    virtual(main())


@pytest.mark.parametrize(
    "before",
    [b"", emit_negotiation(codes.WILL, codes.ECHO), b"login: ", b"login: Password: ", b"edge$ "],
    ids=["at once", "negotiating", "asking", "asking twice", "at a prompt"],
)
def test_the_client_bears_anything(before: bytes) -> None:
    async def main() -> None:
        generator = random.Random(before)
        for number in range(40):
            said = generator.randbytes(200) if number % 5 == 0 else mutate(generator, SAID["telnet"])

            async def handle(link: Stream, said: bytes = said) -> None:
                await link.write(before + said)
                await everything(link)

            async with peer(handle) as house:
                target = f"telnet://ann:secret@127.0.0.1:{house.port}"
                found = await record(house.network, "run", target, "echo", deadline=3.0)
                assert found.status in (
                    Status.PROTOCOL_ERROR,
                    Status.TIMEOUT,
                    Status.CLOSED,
                    Status.UNAUTHENTICATED,
                    Status.SUCCESS,
                ), found

    virtual(main())


# Floods


@pytest.mark.parametrize(
    "flood",
    [
        emit_negotiation(codes.WILL, 99),
        emit_negotiation(codes.DO, codes.ECHO) + emit_negotiation(codes.DONT, codes.ECHO),
        emit_negotiation(codes.WILL, codes.TTYPE) + emit_negotiation(codes.WONT, codes.TTYPE),
        bytes((codes.IAC, codes.AYT)),
        emit_subnegotiation(codes.CHARSET, b"\1;UTF-8"),
        b"x",
        b"\t",
        b"help\r\n",
    ],
    ids=["refusals", "echo on and off", "terminals", "are you there", "character sets", "a line", "tabs", "help"],
)
def test_who_asks_and_reads_nothing_is_bounded(flood: bytes) -> None:
    async def main() -> None:
        async with House(URL, accounts=["ann:secret"]) as house:
            stream = await house.raw()
            await stream.write(LOGIN)
            await stream.read_until(b"$ ")
            stream.transport.pause_reading()

            async def shout() -> None:
                with contextlib.suppress(NetloomError):
                    for _ in range(2000):
                        await stream.write(flood * 1000)

            shouting = asyncio.ensure_future(shout())
            for _ in range(3):
                await asyncio.sleep(5)
                assert await is_served(house)
            waiting = stream.transport.get_write_buffer_size()
            assert waiting < 2_000_000, "most of it was never taken"
            shouting.cancel()
            stream.abort()
            await asyncio.wait({shouting})

    virtual(main())


def test_a_subnegotiation_without_an_end() -> None:
    async def main() -> None:
        async with House(URL, accounts=["ann:secret"]) as house:
            stream = await house.raw()
            with contextlib.suppress(NetloomError):
                for _ in range(100):
                    await stream.write(b"\xff\xfa\x18" + b"x" * 1000)
            await everything(stream)
            assert await is_served(house)

    virtual(main())


def test_two_of_ours_come_to_an_end() -> None:
    """Whatever both want, nothing is answered for ever."""

    async def main() -> None:
        async with House(URL, accounts=["ann:secret"]) as house:
            target = f"telnet://ann:secret@127.0.0.1:{house.port}"
            found = await record(house.network, "run", target, "echo loom")
            assert found.status is Status.SUCCESS
            negotiated = house.sent.count(b"\xff")
            assert negotiated < 40, negotiated

    virtual(main())
