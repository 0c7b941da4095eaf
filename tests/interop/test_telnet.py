"""Telnet meets others: our client and telnetd, telnetlib3, Twisted; our server and inetutils' telnet, busybox, curl,
telnetlib3. Those who automate devices are met in test_shell."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import telnetlib3

from netloom.accounts import Account, Accounts
from netloom.contents.shell import Shell
from netloom.endpoint import Endpoint, Secret
from netloom.errors import Unauthenticated
from netloom.protocols.telnet.probe import Facts, probe
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from tests.interop.peers import need
from tests.interop.telnet_peers import PASSWORD, TELNETLIB3, TWISTED, USER, made_of, telnetd
from tests.protocols.places import body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from netloom.records import AccessRecord

pytestmark = pytest.mark.interop

LOGIN = f"{USER}:{quote(PASSWORD)}@"


@contextlib.asynccontextmanager
async def client(url: str) -> AsyncIterator[Any]:
    """A client that is looked after; what goes wrong is raised."""

    async def forget(record: object) -> None: ...

    made = Toolbox(forget).attempt(Endpoint.parse(url), 30.0)
    async with made:
        yield made.client
    if made.error is not None:
        raise made.error


async def looked(url: str) -> Facts:
    facts = Facts()
    async with client(url) as one:
        await probe(one, facts)
    return facts


@pytest.mark.meets(server="inetutils telnetd")
class TestOurClientAndTelnetd:
    @pytest.fixture
    def port(self, tmp_path: Path) -> Iterator[int]:
        with telnetd(tmp_path) as port:
            yield port

    async def test_probe(self, port: int) -> None:
        facts = await looked(f"telnet://127.0.0.1:{port}")
        assert facts.login_prompt == "host login:"
        assert {"TTYPE", "NEW-ENVIRON"} <= set(facts.asks)
        facts = await looked(f"telnet://{LOGIN}127.0.0.1:{port}")
        assert (facts.logged_in, facts.prompt) == (True, "host$")
        assert "ECHO" in facts.offers

    async def test_commands(self, port: int) -> None:
        async with client(f"telnet://{LOGIN}127.0.0.1:{port}#term=vt100") as one:
            assert await body(await one.run("echo $((6 * 7)); echo $TERM")) == b"42\nvt100\n"
            assert await body(await one.run("seq 1 2000")) == b"".join(b"%d\n" % number for number in range(1, 2001))
            assert await body(await one.run("printf '\\377x' | od -An -tx1")) == b" ff 78\n"

    async def test_a_wrong_password(self, port: int) -> None:
        with pytest.raises(Unauthenticated):
            await looked(f"telnet://ann:wrong@127.0.0.1:{port}")

    async def test_by_hand(self, port: int) -> None:
        async with client(f"telnet://{LOGIN}127.0.0.1:{port}") as one:
            channel = await one.open()
            channel.resize(123, 45)
            await channel.write(b"stty size; exit\n")
            said = b""
            while chunk := await channel.read():
                said += chunk
            assert b"45 123" in said


@pytest.mark.meets(server="telnetlib3")
async def test_our_client_and_telnetlib3(tmp_path: Path) -> None:
    with made_of(TELNETLIB3, tmp_path) as port:
        facts = await looked(f"telnet://127.0.0.1:{port}")
        assert facts.login_prompt == "Username:"
        async with client(f"telnet://{LOGIN}127.0.0.1:{port}#term=vt220") as one:
            assert await body(await one.run("hello")) == b"you said hello\n"
            assert (await body(await one.run("term"))).strip().lower() in (b"vt220", b"unknown")
        with pytest.raises(Unauthenticated):
            await looked(f"telnet://ann:wrong@127.0.0.1:{port}")


@pytest.mark.meets(server="Twisted")
async def test_our_client_and_twisted(tmp_path: Path) -> None:
    with made_of(TWISTED, tmp_path) as port:
        facts = await looked(f"telnet://127.0.0.1:{port}")
        assert facts.login_prompt == "Username:"
        async with client(f"telnet://{LOGIN}127.0.0.1:{port}") as one:
            for word in ("hello", "again"):
                assert await body(await one.run(word)) == f"you said {word}\n".encode()


# Our server


@contextlib.asynccontextmanager
async def ours(dialect: str = "", secret: str = "") -> AsyncIterator[tuple[int, list[AccessRecord]]]:
    """Our server with `ann`."""
    accounts = Accounts([Account(name=USER, password=Secret(PASSWORD))])
    reports: list[AccessRecord] = []
    contents = [Shell("edge", dialect=dialect, secret=secret) if dialect else Shell("edge")]
    wanted = [Endpoint.parse("telnet://127.0.0.1:0")]
    async with Serving(wanted, contents, accounts, report=reports.append) as serving:
        yield serving.endpoint.port or 0, reports


class Terminal:
    """A program at a terminal."""

    def __init__(self, *command: str) -> None:
        self._command = command
        self._shown = b""

    async def __aenter__(self) -> Terminal:
        self._keys, theirs = pty.openpty()
        self.process = await asyncio.create_subprocess_exec(
            *self._command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            env={**os.environ, "TERM": "vt100"},
        )  # fmt: skip
        os.close(theirs)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        os.close(self._keys)

    async def type(self, keys: bytes, answer: str) -> bytes:
        """Type, and wait for what is shown."""
        os.write(self._keys, keys)
        pattern = re.compile(answer.encode(), re.DOTALL)
        async with asyncio.timeout(60):
            while not (found := pattern.search(self._shown)):
                try:
                    self._shown += await asyncio.to_thread(os.read, self._keys, 4096)
                except OSError:  # Linux: the other side has closed it
                    raise AssertionError(f"{answer!r} wasn't shown: {self._shown!r}") from None
        shown, self._shown = self._shown[: found.end()], self._shown[found.end() :]
        return shown


CLIENTS = [
    pytest.param(("inetutils-telnet", "inetutils-telnet"), marks=pytest.mark.meets(client="inetutils telnet")),
    pytest.param(("busybox", "busybox", "telnet"), marks=pytest.mark.meets(client="busybox telnet")),
]


@pytest.mark.parametrize("program", CLIENTS)
class TestTerminalsAndOurServer:
    async def test_a_shell(self, program: tuple[str, ...]) -> None:
        path, *rest = need(*program[:2]), *program[2:]
        async with ours() as (port, _), Terminal(path, *rest, "127.0.0.1", str(port)) as terminal:
            await terminal.type(b"", "login: ")
            await terminal.type(b"ann\r", "Password: ")
            assert PASSWORD.encode() not in await terminal.type(PASSWORD.encode() + b"\r", r"ann@edge:~\$ ")
            shown = await terminal.type(b"echo hallo wrld\x1b[D\x1b[D\x1b[Do\r", r"\nhallo world\r*\n")
            assert shown.count(b"hallo") == 2, "what was typed is shown once"
            await terminal.type(b"sleep 50\r", "sleep 50\r*\n")
            await terminal.type(b"\x03", r"\^C")
            await terminal.type(b"cat /etc/nothing\x7f\x7f\r", "No such file")
            os.write(terminal._keys, b"exit\r")
            async with asyncio.timeout(60):
                await terminal.process.wait()

    async def test_a_device(self, program: tuple[str, ...]) -> None:
        path, *rest = need(*program[:2]), *program[2:]
        async with ours("ios", "s3") as (port, reports), Terminal(path, *rest, "127.0.0.1", str(port)) as terminal:
            await terminal.type(b"", "Username: ")
            await terminal.type(b"ann\r", "Password: ")
            await terminal.type(PASSWORD.encode() + b"\r", "edge>")
            await terminal.type(b"sh?", "show.*edge>sh")
            await terminal.type(b"\x15en\r", "Password: ")
            await terminal.type(b"s3\r", "edge#")
            await terminal.type(b"terminal length 5\rshow ip interface brief\r", "--More-- ")
            await terminal.type(b"q", "edge#")
            await terminal.type(b"conf t\rhostname core\x1a", "core#")
            assert "s3" not in str(reports)


@pytest.mark.meets(client="telnetlib3")
async def test_telnetlib3_and_our_server() -> None:
    async with ours() as (port, reports), asyncio.timeout(60):
        reader: Any
        writer: Any  # bytes or texts, as it was told
        reader, writer = await telnetlib3.open_connection("127.0.0.1", port, term="vt220", cols=132, rows=50)

        async def until(words: str) -> str:
            said = ""
            while words not in said:
                chunk = await reader.read(1024)
                assert chunk, said
                said += chunk
            return said

        await until("login: ")
        writer.write(f"{USER}\r\n")
        await until("Password: ")
        writer.write(f"{PASSWORD}\r\n")
        await until("$ ")
        writer.write("echo lo''om\r\n")
        await until("\nloom\r\n")
        writer.write("exit\r\n")
        while await reader.read(1024):
            pass
        writer.close()
    assert [report.status for report in reports if report.verb == "LOGIN"] == ["ok"]


@pytest.mark.meets(client="curl")
async def test_curl_and_our_server() -> None:
    """It passes on what is piped in, one line for each answer."""
    async with ours() as (port, reports):
        process = await asyncio.create_subprocess_exec(
            need("curl", "curl"), "-sN", "--max-time", "60", "-t", "TTYPE=vt100", f"telnet://127.0.0.1:{port}",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, _ = await process.communicate(f"{USER}\r\n{PASSWORD}\r\necho lo''om\r\nexit\r\n".encode())
    assert process.returncode == 0
    assert b"\r\nloom\r\n" in said
    assert PASSWORD.encode() not in said
    assert [report.status for report in reports if report.verb == "LOGIN"] == ["ok"]
