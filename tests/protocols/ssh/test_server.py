"""The simulated device behind SSH."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from netloom.accounts import Account
from netloom.contents.shell import Shell
from netloom.endpoint import Secret
from netloom.links.ssh.client import Terminal
from netloom.protocols.ssh.client import ShellOptions
from netloom.protocols.ssh.server import identity
from tests.links.ssh.servers import served
from tests.protocols.places import body, places

if TYPE_CHECKING:
    from netloom.links.ssh.channel import ChannelStream

ANN = Account(name="ann", password=Secret("secret"))


async def ended(stream: ChannelStream) -> tuple[bytes, int | None]:
    said = b"".join([chunk async for chunk in stream])
    await stream.ended()
    return said, stream.exit_status


class TestCommands:
    async def test_they_are_reported(self) -> None:
        async with served(ANN) as place:
            connection = await place.connect("ann:secret")
            assert await ended(await connection.session("echo hi; false")) == (b"hi\n", 1)
            assert place.said("EXEC") == [("ann", "echo hi; false", "1")]

    async def test_a_long_one_is_shortened_in_the_report(self) -> None:
        async with served() as place:
            await ended(await (await place.connect()).session("echo " + "x" * 5000))
            assert len(place.said("EXEC")[0][1]) == 201

    async def test_what_is_piped_in(self) -> None:
        async with served() as place:
            stream = await (await place.connect()).session("cat | wc -c")
            await stream.write(b"12345")
            await stream.write_eof()
            assert await ended(stream) == (b"5\n", 0)

    async def test_an_open_input_is_not_waited_for(self) -> None:
        async with served() as place:
            assert await ended(await (await place.connect()).session("whoami")) == (b"tester\n", 0)

    async def test_too_much_input(self) -> None:
        async with served() as place:
            stream = await (await place.connect()).session("cat")
            async with asyncio.TaskGroup() as group:
                group.create_task(stream.write(b"x" * 1_100_000))
                assert await ended(stream) == (b"", 1)
            assert b"no more than" in stream.stderr

    async def test_too_many_variables(self) -> None:
        async with served() as place:
            told = {f"A{number}": "x" for number in range(300)}
            stream = await (await place.connect()).session("true", environment=told)
            assert await ended(stream) == (b"", 1)
            assert b"no room" in stream.stderr


class TestShells:
    async def test_at_a_terminal(self) -> None:
        async with served(ANN) as place:
            stream = await (await place.connect("ann:secret")).session(terminal=Terminal())
            await stream.expect(r"loom: a simulated device.*\r\nann@loom:~\$ ")
            await stream.write(b"cd /tmp\r")
            await stream.expect(r"ann@loom:/tmp\$ ")
            await stream.write(b"sleep 50\r\x03")
            await stream.expect(r"\^C\r\n.*ann@loom:/tmp\$ ")
            await stream.write(b"\x04")
            await stream.expect("logout\r\n")
            assert (await ended(stream))[1] == 130
            assert place.said("EXEC") == [("ann", "cd /tmp", "0"), ("ann", "sleep 50", "130")]

    async def test_a_script(self) -> None:
        async with served() as place:
            stream = await (await place.connect()).session()
            await stream.write(b"A=1\n\necho $A\nfalse")
            await stream.write_eof()
            assert await ended(stream) == (b"1\n", 1)

    async def test_a_line_without_end(self) -> None:
        async with served() as place:
            stream = await (await place.connect()).session()
            await stream.write(b"x" * 70_000)
            said, status = await ended(stream)
            assert (said, status) == (b"", None)


class TestDevices:
    async def test_a_terminal(self) -> None:
        contents = [Shell("edge", dialect="ios", secret="s3")]
        async with places("ssh://127.0.0.1:0#host_key=none", contents=contents, accounts=["ann:secret"]) as place:
            stream = await (await place.client("ssh", user="ann:secret").connection()).session(
                terminal=Terminal(rows=10)
            )
            await stream.expect("edge>")
            await stream.write(b"enable\r")
            await stream.expect("Password: ")
            await stream.write(b"s3\r")
            await stream.expect("edge#")
            await stream.write(b"show running-config\r")
            await stream.expect("--More-- ")
            await stream.write(b"q")
            await stream.expect("edge#")
            await stream.write(b"username bob secret can4ry\rexit\r")
            assert (await ended(stream))[1] == 0
            assert "can4ry" not in str(place.reports)
            assert ("ann", "enable", "0") in place.said("EXEC")

    async def test_one_command(self) -> None:
        async with places("ssh://127.0.0.1:0#host_key=none", contents=[Shell("edge", dialect="eos")]) as place:
            reply = await place.client("ssh").run("show hostname")
            assert await body(reply) == b"Hostname: edge\nFQDN:     edge.example.net\n"
            reply = await place.client("ssh").run("configure")
            assert b"% Invalid input" in await body(reply)
            assert reply.exit_status == 1

    async def test_rights(self) -> None:
        contents = [Shell("edge", dialect="junos")]
        accounts = ["ann:secret", "eve:secret:read"]
        async with places("ssh://127.0.0.1:0#host_key=none", contents=contents, accounts=accounts) as place:
            for who, words in (("ann", b"Entering"), ("eve", b"permission denied")):
                assert words in await body(await place.client("ssh", user=f"{who}:secret").run("configure"))

    async def test_one_that_is_full(self) -> None:
        shell = Shell("edge", dialect="ios")
        for _ in range(256):
            shell.device.enter("bob", "netconf")
        async with places("ssh://127.0.0.1:0#host_key=none", contents=[shell]) as place:
            reply = await place.client("ssh").run("show version")
            assert await body(reply) == b""
            assert (reply.exit_status, reply.meta["stderr"]) == (1, "no session is free\n")

    async def test_sessions_end(self) -> None:
        shell = Shell("edge", dialect="ios")
        async with places("ssh://127.0.0.1:0#host_key=none", contents=[shell]) as place:
            client = place.client("ssh")
            stream = await client.open()
            await stream.expect("edge>")
            assert [one.user for one in shell.device.sessions.values()] == ["tester"]
            await client.close()
        assert not shell.device.sessions


def test_what_is_told_when_serving_begins() -> None:
    assert identity(ShellOptions(host_key="none"))["hostkey"].startswith("SHA256:")
