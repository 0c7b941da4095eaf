"""A console and the dialogue at it, with a terminal and without one."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.shell import Shell, Visitor
from netloom.contents.shell.console import Console, Terminal
from netloom.contents.shell.dialogue import INTERRUPTED, Dialogue
from netloom.contents.shell.session import Interrupted
from netloom.errors import ConnectionLost, NetloomError, RemoteProtocolError
from netloom.links import virtual
from netloom.links.memory import pair
from netloom.links.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from netloom.contents.shell.session import Sitting


class Context:
    """What a listener tells, as far as a dialogue asks."""

    closing = False
    peer = "192.0.2.9:1"

    def __init__(self) -> None:
        self.reports: list[tuple[str, str, str]] = []
        self.busy = 0

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        self.busy += 1
        yield
        self.busy -= 1

    def access(self, verb: str, target: str = "", *, status: str = "", **_: Any) -> None:
        self.reports.append((verb, target, status))


class Sitter:
    """Somebody at one end, a session at the other."""

    def __init__(self, sitting: Sitting, terminal: Terminal | None) -> None:
        loop = asyncio.get_running_loop()
        self.here, there = Stream(loop), Stream(loop, idle=60.0)
        pair(self.here, there)
        self.context = Context()
        self.complaints = bytearray()
        self.console = Console(there, terminal, limit=1000, idle=60.0, complain=self._complain)
        self.dialogue = Dialogue(self.console, sitting, self.context, "ann")  # type: ignore[arg-type]  # as far as it asks
        self.sitting = sitting

    async def _complain(self, data: bytes) -> None:
        self.complaints += data

    async def shows(self, words: str) -> str:
        found = await self.here.expect(re.compile(words.encode(), re.DOTALL))
        return str(found.string[: found.end()].decode())


def at(
    scene: Callable[[Sitter], Coroutine[Any, Any, None]], dialect: str = "", *, terminal: bool = True, rows: int = 0
) -> int:
    """Play a scene before a session; the status with which it ended."""

    async def play() -> int:
        shell = Shell("edge", dialect=dialect) if dialect else Shell("edge")
        sitting = shell.sit(Visitor(user="ann", via="ssh", rows=rows))
        sitter = Sitter(sitting, Terminal("xterm") if terminal else None)
        async with asyncio.timeout(3600):
            acting = asyncio.get_running_loop().create_task(scene(sitter))
            try:
                status = await sitter.dialogue.interact()
                await sitter.console.stream.close()
            finally:
                sitter.console.stream.abort()
                await acting  # what the scene found wrong comes first
        return status

    return virtual.run(play())


class TestAtATerminal:
    def test_a_dialogue(self) -> None:
        async def scene(it: Sitter) -> None:
            await it.shows(r"ann@edge:~\$ ")
            await it.here.write(b"echo helo\x1b[Dl\r")
            assert (await it.shows(r"ann@edge:~\$ ")).startswith("echo helo\bl")
            assert it.context.busy == 0
            await it.here.write(b"exit 3\r")
            assert b"".join([chunk async for chunk in it.here]).startswith(b"exit 3\r\n")
            assert it.context.reports == [("EXEC", "echo hello", "0"), ("EXEC", "exit 3", "3"), ("SHELL", "", "3")]

        assert at(scene) == 3

    def test_control_c_on_a_line(self) -> None:
        async def scene(it: Sitter) -> None:
            await it.shows(r"\$ ")
            await it.here.write(b"never\x03")
            await it.shows(r"never\^C\r\n.*\$ ")
            await it.here.write(b"\x04")
            await it.shows("logout\r\n")

        assert at(scene) == INTERRUPTED

    @pytest.mark.parametrize("keys", [b"sleep 50\r\x03", b"sleep 50\recho typed ahead\r\x03"])
    def test_control_c_while_something_is_done(self, keys: bytes) -> None:
        async def scene(it: Sitter) -> None:
            await it.shows(r"\$ ")
            await it.here.write(keys)
            await it.shows(r"\^C\r\n.*\$ ")
            await it.here.write(b"\x04")
            await it.shows("logout")
            assert it.context.reports[0] == ("EXEC", "sleep 50", "130")

        assert at(scene) == INTERRUPTED

    def test_control_c_later(self) -> None:
        async def scene(it: Sitter) -> None:
            await it.shows(r"\$ ")
            await it.here.write(b"sleep 50\r")
            await asyncio.sleep(10)
            await it.here.write(b"\x03")
            await it.shows(r"\^C\r\n.*\$ ")
            assert asyncio.get_running_loop().time() < 20
            await it.here.write(b"\x04")

        at(scene)

    def test_what_is_typed_ahead_is_not_lost(self) -> None:
        async def scene(it: Sitter) -> None:
            await it.here.write(b"sleep 1\r")
            await asyncio.sleep(0.5)
            await it.here.write(b"echo one\recho two\r")
            shown = await it.shows(r"\ntwo\r\n")
            assert "\r\none\r\n" in shown
            await it.here.write(b"\x04")

        at(scene)

    def test_silence_is_borne_while_something_is_done(self) -> None:
        """A command may take longer than a client may be silent."""

        async def scene(it: Sitter) -> None:
            await it.shows(r"\$ ")
            await it.here.write(b"sleep 50; sleep 50\r")
            await it.shows(r"\$ ")
            await it.here.write(b"\x04")

        assert at(scene) == 0

    def test_but_not_otherwise(self) -> None:
        async def scene(it: Sitter) -> None:
            await it.shows(r"\$ ")
            with contextlib.suppress(NetloomError):
                await it.here.read()

        with pytest.raises(NetloomError, match="silence for 60 s"):
            at(scene)

    def test_who_hangs_up_ends_what_is_done(self) -> None:
        async def scene(it: Sitter) -> None:
            await it.shows(r"\$ ")
            await it.here.write(b"sleep 50\r")
            await asyncio.sleep(1)
            it.here.abort()

        with pytest.raises(ConnectionLost):
            at(scene)

    def test_too_much_typed_ahead(self) -> None:
        async def scene(it: Sitter) -> None:
            await it.shows(r"\$ ")
            with contextlib.suppress(NetloomError):
                await it.here.write(b"sleep 50\r")
                for _ in range(200):
                    await it.here.write(b"x" * 1000)

        with pytest.raises(RemoteProtocolError, match="typed ahead"):
            at(scene)


class TestADevice:
    def test_help_and_completion_leave_the_line(self) -> None:
        async def scene(it: Sitter) -> None:
            await it.shows("edge>")
            await it.here.write(b"show ?")
            assert "version" in await it.shows("edge>show ")
            await it.here.write(b"ver\t")
            await it.shows("edge>show version ")
            await it.here.write(b"| include uptime\r")
            await it.shows("edge uptime is .*edge>")
            await it.here.write(b"exit\r")

        assert at(scene, "ios") == 0

    def test_a_hidden_answer(self) -> None:
        async def scene(it: Sitter) -> None:
            await it.shows("edge>")
            await it.here.write(b"enable\r")
            await it.shows("Password: ")
            await it.here.write(b"can4ry\r")
            assert "can4ry" not in await it.shows("edge#")
            await it.here.write(b"exit\r")
            assert "can4ry" not in str(it.context.reports)

        async def play() -> None:
            shell = Shell("edge", dialect="ios", secret="can4ry")
            sitter = Sitter(shell.sit(Visitor(user="ann", via="ssh")), Terminal("xterm"))
            acting = asyncio.get_running_loop().create_task(scene(sitter))
            assert await sitter.dialogue.interact() == 0
            await acting

        virtual.run(play())

    def test_control_c_instead_of_an_answer(self) -> None:
        async def scene(it: Sitter) -> None:
            await it.shows("edge>")
            await it.here.write(b"reload\r")
            await it.shows("edge>")
            await it.here.write(b"enable\rreload\r")
            await it.shows(r"\[confirm\]")
            await it.here.write(b"\x03")
            await it.shows("edge#")
            await it.here.write(b"exit\r")

        assert at(scene, "ios") == 0

    def test_control_z(self) -> None:
        async def scene(it: Sitter) -> None:
            await it.here.write(b"enable\rconf t\rinterface Gi0/3\rshutdown\x1a")
            await it.shows(r"\^Z\r\nedge#")
            await it.here.write(b"show ip interface brief | include 0/3\r")
            await it.shows("administratively down")
            await it.here.write(b"exit\r")

        assert at(scene, "ios") == 0

    def test_pages(self) -> None:
        async def scene(it: Sitter) -> None:
            await it.shows("edge>")
            await it.here.write(b"show ip interface brief\r")
            shown = await it.shows("--More-- ")
            assert shown.count("\n") == 5  # the echo, and a page less one line
            await it.here.write(b"\r")
            assert (await it.shows("--More-- ")).count("\n") == 1
            await it.here.write(b" ")
            assert (await it.shows("--More-- ")).count("\n") == 4
            await it.here.write(b"q")
            await it.shows("edge>")
            await it.here.write(b"terminal length 0\rshow ip interface brief\r")
            assert "--More--" not in await it.shows("Loopback0.*edge>")
            await it.here.write(b"exit\r")

        assert at(scene, "ios", rows=5) == 0


class TestWithoutATerminal:
    def test_a_script_at_a_shell_sees_no_prompts(self) -> None:
        async def scene(it: Sitter) -> None:
            await it.here.write(b"A=1\n\necho $A\r\ncat nothing\nfalse")
            await it.here.write_eof()
            assert b"".join([chunk async for chunk in it.here]) == b"1\n"
            assert it.complaints == b"nothing: No such file or directory\n"

        assert at(scene, terminal=False) == 1

    def test_a_device_knows_no_scripts(self) -> None:
        async def scene(it: Sitter) -> None:
            await it.here.write(b"enable\nshow clock?\nshow privilege\n")
            await it.here.write_eof()
            said = b"".join([chunk async for chunk in it.here]).decode()
            assert "edge#Current privilege level is 15\nedge#" in said
            assert "\r" not in said

        at(scene, "ios", terminal=False)

    def test_answers_are_read_from_it(self) -> None:
        async def scene(it: Sitter) -> None:
            await it.here.write(b"system-view\nsysname core\nreturn\nsave\ny\nquit\n")
            assert b"successfully" in b"".join([chunk async for chunk in it.here])

        assert at(scene, "vrp", terminal=False) == 0

    def test_a_line_without_end(self) -> None:
        async def scene(it: Sitter) -> None:
            with contextlib.suppress(NetloomError):
                await it.here.write(b"x" * 5000)
                await it.here.read()

        with pytest.raises(RemoteProtocolError, match="within 1000 bytes"):
            at(scene, terminal=False)

    def test_no_key_is_pressed(self) -> None:
        async def play() -> None:
            sitter = Sitter(Shell().sit(Visitor()), None)
            with pytest.raises(Interrupted):
                await sitter.console.key("--More--")

        virtual.run(play())


class TestOneCommand:
    def run(self, command: str, said: bytes, dialect: str = "") -> tuple[int, bytes]:
        async def play() -> tuple[int, bytes]:
            shell = Shell("edge", dialect=dialect) if dialect else Shell("edge")
            sitter = Sitter(shell.sit(Visitor(user="ann")), None)
            await sitter.here.write(said)
            await sitter.here.write_eof()
            status = await sitter.dialogue.execute(command)
            await sitter.console.stream.close()
            return status, b"".join([chunk async for chunk in sitter.here]) + bytes(sitter.complaints)

        return virtual.run(play())

    def test_with_what_is_piped_in(self) -> None:
        assert self.run("cat | wc -c", b"12345") == (0, b"5\n")
        status, said = self.run("cat", b"x" * (1 << 21))
        assert status == 1
        assert b"no more than" in said

    def test_at_a_device(self) -> None:
        assert self.run("show version | include uptime", b"", "ios") == (0, b"edge uptime is 0 minutes\n")
        assert self.run("bogus", b"", "junos")[0] == 1

    def test_which_read_what_is_piped_in(self) -> None:
        session = Shell().session()
        for line in ("cat", "cat -", "head -n 3", "/bin/wc -l", "true && cat", "sh", "cat | sh"):
            assert session.reads_input(line), line
        for line in ("cat /etc/motd", "head -n 3 file", "echo cat", "sh -c true", "true | cat", "", "'"):
            assert not session.reads_input(line), line


def test_whoever_does_not_echo_is_not_echoed_for() -> None:
    async def play() -> None:
        sitter = Sitter(Shell().sit(Visitor()), Terminal(echoes=False))
        await sitter.here.write(b"abc\r")
        assert (await sitter.console.line("> ")).line == "abc"
        await sitter.console.stream.close()
        assert b"".join([chunk async for chunk in sitter.here]) == b"> "

    virtual.run(play())


async def test_what_was_asked_of_it_is_given_by_the_protocol() -> None:
    sitter = Sitter(Shell().sit(Visitor()), Terminal())

    @contextlib.asynccontextmanager
    async def interruptible() -> Any:
        async with asyncio.timeout(0):
            yield

    console = Console(sitter.console.stream, Terminal(), limit=10, interruptible=interruptible)
    with pytest.raises(Interrupted):
        await console.carry_out(asyncio.sleep(50))
