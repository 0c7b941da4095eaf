"""SSH's verbs against our own server, in memory."""

from __future__ import annotations

import os
import pty
import termios
from struct import pack
from typing import TYPE_CHECKING

import pytest

from netloom.accounts import Account
from netloom.endpoint import Secret
from netloom.errors import DeadlineExceeded, UsageError
from netloom.protocols.ssh.client import Client, ShellOptions
from tests.links.ssh.servers import Place, served

if TYPE_CHECKING:
    from netloom.shapes import Reply

ANN = Account(name="ann", password=Secret("secret"))


def client(place: Place, user: str = "", told: str = "") -> Client:
    options = "hostkey=no,config=none,agent=none" + (f",{told}" if told else "")
    return Client(*place.dial(place.url(user, options), ShellOptions))


async def body(reply: Reply) -> bytes:
    return b"".join([chunk async for chunk in reply.chunks()])


class TestRun:
    async def test_output_status_and_errors(self) -> None:
        async with served(ANN) as place:
            one = client(place, "ann:secret")
            reply = await one.run("whoami; cat missing; exit 3")
            assert await body(reply) == b"ann\n"
            assert reply.exit_status == 3
            assert "missing: No such file" in reply.meta["stderr"]
            await one.close()

    async def test_one_connection_for_all(self) -> None:
        async with served() as place:
            one = client(place)
            for word in ("first", "second"):
                assert await body(await one.run(f"echo {word}")) == f"{word}\n".encode()
            assert len(place.said("LOGIN")) == 1
            assert list(one.dial.trace.phases())[2:] == ["greeting", "auth", "request", "first_byte", "transfer"]

    async def test_with_a_terminal(self) -> None:
        async with served() as place:
            assert await body(await client(place, told="pty").run("echo hello")) == b"hello\r\n"

    async def test_the_environment(self) -> None:
        async with served() as place:
            assert await body(await client(place, told="env=A=1%2C2,env=B=").run("echo $A/$B/")) == b"1,2//\n"
            with pytest.raises(UsageError, match="env is NAME=VALUE"):
                await client(place, told="env=nothing").run("true")

    async def test_a_command_may_take_so_long(self) -> None:
        async with served() as place:
            reply = await client(place, told="timeout=0.05").run("sleep 50")
            with pytest.raises(DeadlineExceeded, match=r"took more than 0.05 s"):
                await body(reply)

    async def test_silence_is_bounded(self) -> None:
        async with served() as place:
            reply = await client(place, told="idle=0.05").run("sleep 50")
            with pytest.raises(DeadlineExceeded, match="silence"):
                await body(reply)

    async def test_a_signal(self) -> None:
        async with served() as place:
            one = client(place)
            reply = await one.run("true")
            assert await body(reply) == b""
            assert (reply.exit_status, "signal" in reply.meta) == (0, False)


class TestOpen:
    async def test_a_shell(self) -> None:
        async with served(ANN) as place:
            one = client(place, "ann:secret")
            stream = await one.open()
            await stream.expect(r"ann@loom:~\$ ")
            await stream.write(b"exit 5\r")
            await stream.ended()
            assert stream.exit_status == 5

    async def test_without_a_terminal(self) -> None:
        async with served() as place:
            stream = await client(place, told="pty=no").open()
            await stream.write(b"echo hello\nexit 2\n")
            assert [chunk async for chunk in stream] == [b"hello\n"]
            await stream.ended()
            assert stream.exit_status == 2

    async def test_as_large_as_ours(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import fcntl

        from netloom.protocols.ssh import client as module

        other, ours = pty.openpty()
        try:
            fcntl.ioctl(ours, termios.TIOCSWINSZ, pack("HHHH", 33, 111, 0, 0))
            monkeypatch.setattr(os, "isatty", lambda descriptor: descriptor == 1)
            size = os.get_terminal_size(ours)
            monkeypatch.setattr(os, "get_terminal_size", lambda descriptor: size)
            terminal = module._terminal("vt100")
            assert (terminal.kind, terminal.columns, terminal.rows) == ("vt100", 111, 33)
        finally:
            os.close(other)
            os.close(ours)
        monkeypatch.setattr(os, "isatty", lambda descriptor: False)
        monkeypatch.delenv("TERM", raising=False)
        terminal = module._terminal("")
        assert (terminal.kind, terminal.columns, terminal.rows) == ("dumb", 80, 24)
