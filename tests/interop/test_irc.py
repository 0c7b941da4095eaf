"""Our client on foreign servers, and foreign clients on ours."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from netloom.accounts import Accounts
from netloom.contents.bus import Bus
from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.records import EntryRecord, Message, MessageRecord
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from tests.interop.irc_peers import AUTHORITY, inspircd, ngircd, twisted, typist, with_atheme, write_certificate
from tests.interop.peers import READY, need, running, wait_for_words
from tests.worlds import record, records

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

pytestmark = pytest.mark.interop

LONG = "wéft " * 300
"""More than two lines."""


# Our client


async def _drop(_: object) -> None:
    """Records come through `call`."""


@contextlib.asynccontextmanager
async def listening(url: str) -> AsyncIterator[Callable[[], Any]]:
    """A listener of ours, which is there; gives what awaits the next message."""
    toolbox = Toolbox(_drop)
    heard: asyncio.Queue[Message] = asyncio.Queue()

    async def listen() -> None:
        async for found in toolbox.call("listen", target=url):
            assert isinstance(found, MessageRecord)
            assert found.heard is not None, found
            heard.put_nowait(found.heard)

    async def following() -> Message:
        async with asyncio.timeout(READY):
            waiting = asyncio.ensure_future(heard.get())
            await asyncio.wait({waiting, task}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                await task
            return await waiting

    task = asyncio.ensure_future(listen())
    try:
        yield following
    finally:
        task.cancel()
        await asyncio.wait({task})


async def members(url: str) -> set[str]:
    found = await records(None, "list", url)
    return {one.entry.name for one in found if isinstance(one, EntryRecord) and one.entry is not None}


async def talks(url: str, options: str = "") -> None:
    """A channel, a nick, a long text and a refusal."""
    async with listening(f"{url}/weaving#nick=bob{options}") as heard:
        while "bob" not in await members(f"{url}/weaving#nick=eve{options}"):
            pass
        sent = await record(None, "send", f"{url}/weaving#nick=ann{options}", "warp")
        assert sent.status is Status.SUCCESS, sent
        message = await heard()
        assert (message.topic, message.payload, message.sender.partition("!")[0]) == ("#weaving", b"warp", "ann")
        sent = await record(None, "send", f"{url}/@bob#nick=ann{options},notice=yes", "to you")
        assert sent.meta["to"] == ["bob"]
        message = await heard()
        assert (message.topic, message.payload, message.properties["command"]) == ("bob", b"to you", "NOTICE")
        sent = await record(None, "send", f"{url}/weaving#nick=ann{options},pace=0", LONG)
        assert sent.meta["lines"] > 2
        got = b" ".join([(await heard()).payload for _ in range(sent.meta["lines"])])
        assert got.decode().split() == LONG.split()
    refused = await record(None, "send", f"{url}/@nobody#nick=ann{options}", "x")
    assert (refused.status, refused.phase) == (Status.REFUSED_BY_PEER, "request")
    assert "401" in refused.message


@pytest.mark.meets(server="ngIRCd")
async def test_on_ngircd(tmp_path: Path) -> None:
    with ngircd(tmp_path) as server:
        found = await record(None, "probe", f"irc://127.0.0.1:{server.port}")
        assert found.status is Status.SUCCESS
        facts = found.facts
        assert (facts["network"], facts["server"], facts["users"]) == ("ngnet", "irc.ngircd.test", 1)
        assert facts["version"].startswith("ngircd-")
        assert "warp and weft" in facts["motd"]
        await talks(f"irc://127.0.0.1:{server.port}")


@pytest.mark.meets(server="ngIRCd")
async def test_on_ngircd_over_tls(tmp_path: Path) -> None:
    with ngircd(tmp_path) as server:
        await talks(f"ircs://127.0.0.1:{server.tls}", f",ca={tmp_path / 'ca.pem'}")


@pytest.mark.meets(server="ngIRCd")
async def test_a_server_password(tmp_path: Path) -> None:
    with ngircd(tmp_path, "wordpass") as server:
        url = f"irc://127.0.0.1:{server.port}"
        blocked = await record(None, "probe", f"{url}#server_password=wordpass")
        assert blocked.status is Status.BLOCKED
        given = await record(None, "probe", f"{url}#server_password=wordpass,allow_plain_auth=yes")
        assert given.status is Status.SUCCESS
        wrong = await record(None, "probe", f"{url}#server_password=other,allow_plain_auth=yes")
        assert wrong.status in (Status.REFUSED_BY_PEER, Status.UNAUTHENTICATED)


@pytest.mark.meets(server="InspIRCd")
async def test_on_inspircd(tmp_path: Path) -> None:
    with inspircd(tmp_path) as server:
        found = await record(None, "probe", f"ircs://127.0.0.1:{server.tls}#ca={tmp_path / 'ca.pem'}")
        assert found.status is Status.SUCCESS
        facts = found.facts
        assert (facts["network"], facts["server"]) == ("inspnet", "irc.inspircd.test")
        assert {"server-time", "echo-message", "labeled-response", "batch"} <= set(facts["capabilities"])
        await talks(f"irc://127.0.0.1:{server.port}")


@pytest.mark.meets(server="Atheme's SASL")
async def test_logging_in(tmp_path: Path) -> None:
    with with_atheme(tmp_path) as server:
        secure = f"127.0.0.1:{server.tls}#ca={tmp_path / 'ca.pem'},nick=ann"
        target = f"ircs://{secure}".replace("#", "/@NickServ#")
        sent = await record(None, "send", target, "REGISTER secret ann@example.org")
        assert sent.status is Status.SUCCESS, sent
        found = await record(None, "probe", f"ircs://ann:secret@{secure}")
        assert found.status is Status.SUCCESS, found
        assert (found.facts["mechanism"], found.facts["account"]) == ("PLAIN", "ann")
        wrong = await record(None, "probe", f"ircs://ann:wrong@{secure}")
        assert (wrong.status, wrong.phase) == (Status.UNAUTHENTICATED, "auth")
        plain = await record(None, "probe", f"irc://ann:secret@127.0.0.1:{server.port}")
        assert plain.status is Status.BLOCKED, "no password is said without TLS"


@pytest.mark.meets(server="Twisted's words")
async def test_on_twisted(tmp_path: Path) -> None:
    with twisted(tmp_path) as server:
        url = f"irc://127.0.0.1:{server.port}"
        extra = "server_password=secret,allow_plain_auth=yes"
        async with listening(f"{url}/weaving#nick=bob,{extra}") as heard:
            while "bob" not in await members(f"{url}/weaving#nick=eve,{extra}"):
                pass
            sent = await record(None, "send", f"{url}/weaving#nick=ann,{extra}", "warp")
            assert sent.status is Status.SUCCESS, sent
            assert (await heard()).payload == b"warp"


# Our server


class Hall:
    """Our server, its bus, and what was said there."""

    def __init__(self, port: int, bus: Bus, messages: Any) -> None:
        self.port = port
        self.bus = bus
        self._messages = messages

    async def next(self) -> Message:
        async with asyncio.timeout(READY):
            message: Message = await anext(self._messages)
            return message

    async def somebody_comes(self) -> None:
        """Until somebody is in the channel, besides us who hear it."""
        async with asyncio.timeout(READY):
            while self.bus.subscribers < 2:  # noqa: ASYNC110  # the bus tells nobody who comes
                await asyncio.sleep(0.02)

    def tell(self) -> None:
        """Something is published, as by another protocol."""
        self.bus.publish(Message("weaving", "21.5 °C".encode(), sender="192.0.2.7:4711"))


@contextlib.asynccontextmanager
async def hall(scheme: str = "irc", options: str = "", accounts: tuple[str, ...] = ()) -> AsyncIterator[Hall]:
    bus = Bus()
    place = Endpoint.parse(f"{scheme}://127.0.0.1:0#family=4{options}")
    async with (
        bus.subscribe("weaving") as messages,
        Serving([place], [bus], Accounts.from_texts(accounts), authority=AUTHORITY) as serving,
    ):
        yield Hall(serving.endpoint.port or 0, bus, messages)


PYTHON = """
import ssl, sys, functools
import irc.client, irc.connection
reactor = irc.client.Reactor()
def joined(c, e):
    if e.source.nick == "warp": c.privmsg("#weaving", "h\\u00e4llo from irc")
def heard(c, e):
    print(e.source, e.target, ascii(e.arguments[0]), flush=True)
    c.quit("done")
reactor.add_global_handler("welcome", lambda c, e: c.join("#weaving"))
reactor.add_global_handler("join", joined)
reactor.add_global_handler("pubmsg", heard)
reactor.add_global_handler("disconnect", lambda c, e: sys.exit(0))
factory = irc.connection.Factory()
if len(sys.argv) > 2:
    context = ssl.create_default_context(cafile=sys.argv[2])
    factory = irc.connection.Factory(wrapper=functools.partial(context.wrap_socket, server_hostname="localhost"))
reactor.server().connect("127.0.0.1", int(sys.argv[1]), "warp", connect_factory=factory)
reactor.process_forever()
"""


@pytest.mark.meets(client="irc (Python)")
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
async def test_the_python_package(secure: bool, tmp_path: Path) -> None:
    pytest.importorskip("irc.client")
    ca, cert, key = write_certificate(tmp_path)
    options = f",cert={cert},key={key}" if secure else ""
    async with hall("ircs" if secure else "irc", options) as place:
        command = [sys.executable, "-W", "ignore", "-c", PYTHON, str(place.port), *([str(ca)] if secure else [])]
        log = tmp_path / "log"
        with running(command, log) as process:
            said = await place.next()
            assert (said.payload.decode(), said.properties["nick"]) == ("hällo from irc", "warp")
            place.tell()
            assert await asyncio.to_thread(process.wait, READY) == 0, log.read_text()
        assert log.read_text().strip() == "*192.0.2.7!bus@192.0.2.7-4711 #weaving '21.5 \\xb0C'"


TWISTED = """
import sys
from twisted.internet import protocol, reactor
from twisted.words.protocols import irc
class Client(irc.IRCClient):
    nickname = "warp"
    password = sys.argv[2] if len(sys.argv) > 2 else None
    def signedOn(self): self.join("#weaving")
    def joined(self, channel): self.describe(channel, "waves") ; self.msg(channel, "hello from twisted")
    def privmsg(self, user, channel, message):
        print(user, channel, ascii(message), flush=True)
        self.quit("done")
    def connectionLost(self, reason): reactor.stop()
class Factory(protocol.ClientFactory):
    protocol = Client
reactor.connectTCP("127.0.0.1", int(sys.argv[1]), Factory())
reactor.run()
"""


@pytest.mark.meets(client="Twisted's words")
async def test_twisted_with_a_password(tmp_path: Path) -> None:
    async with hall("irc", ",allow_plain_auth=yes", ("ann:secret",)) as place:
        log = tmp_path / "log"
        with running([sys.executable, "-c", TWISTED, str(place.port), "ann:secret"], log) as process:
            waves, said = await place.next(), await place.next()
            assert (waves.payload, waves.properties["ctcp"]) == (b"waves", "ACTION")
            assert said.payload == b"hello from twisted"
            assert said.properties["account"] == "ann"
            place.tell()
            await asyncio.to_thread(process.wait, READY)
        assert "#weaving '21.5 " in log.read_text()


@pytest.mark.meets(client="ii")
async def test_ii(tmp_path: Path) -> None:
    program = need("ii", "ii")
    async with hall() as place:
        command = [program, "-s", "127.0.0.1", "-p", str(place.port), "-n", "warp", "-i", str(tmp_path)]
        log = tmp_path / "log"
        with running(command, log) as process:
            base = tmp_path / "127.0.0.1"
            await until(lambda: "001" in read(base / "out") or "Welcome" in read(base / "out"), base / "out")
            await asyncio.to_thread(put, base / "in", "/j #weaving\n")
            await place.somebody_comes()
            channel = base / "#weaving"
            await until((channel / "in").exists, base / "out")
            await asyncio.to_thread(put, channel / "in", "hello from ii\n")
            assert (await place.next()).payload == b"hello from ii"
            place.tell()
            await until(lambda: "<*192.0.2.7> 21.5 °C" in read(channel / "out"), channel / "out")
            assert process.poll() is None


def put(path: Path, text: str) -> None:
    """Write into a pipe that somebody reads."""
    with path.open("w", encoding="utf-8") as pipe:
        pipe.write(text)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


async def until(ready: Callable[[], bool], shown: Path) -> None:
    try:
        async with asyncio.timeout(READY):
            while not ready():  # noqa: ASYNC110  # a file tells nobody that it grows
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(f"it says {read(shown)[-2000:]!r}")


@pytest.mark.meets(client="sic")
async def test_sic(tmp_path: Path) -> None:
    program = need("sic", "sic")
    async with hall() as place:
        log = tmp_path / "log"
        command = [program, "-h", "127.0.0.1", "-p", str(place.port), "-n", "warp"]
        with running(command, log, stdin=subprocess.PIPE) as process:
            assert process.stdin is not None
            await asyncio.to_thread(wait_for_words, process, log, "Welcome")
            os.write(process.stdin.fileno(), b":j #weaving\n")
            await place.somebody_comes()
            os.write(process.stdin.fileno(), b"hello from sic\n")
            assert (await place.next()).payload == b"hello from sic"
            place.tell()
            await asyncio.to_thread(wait_for_words, process, log, "<*192.0.2.7> 21.5 °C")


@pytest.mark.meets(client="WeeChat")
@pytest.mark.parametrize("mechanism", ["plain", "scram-sha-256"])
async def test_weechat_logs_in(mechanism: str, tmp_path: Path) -> None:
    program = need("weechat-headless", "weechat-headless")
    _, cert, key = write_certificate(tmp_path)
    async with hall("ircs", f",cert={cert},key={key}", ("ann:secret",)) as place:
        commands = [
            f"/server add t 127.0.0.1/{place.port} -ssl -ssl_verify=off",
            "/set irc.server.t.nicks warp",
            f"/set irc.server.t.sasl_mechanism {mechanism}",
            "/set irc.server.t.sasl_username ann",
            "/set irc.server.t.sasl_password secret",
            "/set irc.server.t.capabilities *",
            "/set irc.server.t.autojoin #weaving",
            "/set irc.server.t.command /wait 1s /msg #weaving hello from weechat",
            "/set logger.file.flush_delay 0",
            "/connect t",
        ]
        arguments = [part for command in commands for part in ("-r", command)]
        log = tmp_path / "log"
        with running([program, "--dir", str(tmp_path / "home"), *arguments], log):
            said = await place.next()
            assert (said.payload, said.properties["account"]) == (b"hello from weechat", "ann")
            place.tell()
            shown = tmp_path / "home" / "logs" / "irc.t.#weaving.weechatlog"
            await until(lambda: "*192.0.2.7\t21.5 °C" in read(shown), shown)


@pytest.mark.meets(client="irssi")
async def test_irssi(tmp_path: Path) -> None:
    program = need("irssi", "irssi")
    async with hall("irc", ",allow_plain_auth=yes", ("ann:secret",)) as place:
        home = tmp_path / "irssi"
        home.mkdir()
        (home / "config").write_text(
            f"""servers = (
                {{ address = "127.0.0.1"; port = "{place.port}"; chatnet = "t"; use_tls = "no";
                   autoconnect = "yes"; }} );
            chatnets = {{ t = {{
                type = "IRC"; nick = "warp";
                sasl_mechanism = "PLAIN"; sasl_username = "ann"; sasl_password = "secret"; }}; }};
            channels = ( {{ name = "#weaving"; chatnet = "t"; autojoin = "yes"; }} );
            """,
            encoding="utf-8",
        )
        with typist([program, "--home", str(home)], tmp_path) as irssi:
            await place.somebody_comes()
            irssi.type("/window goto #weaving")
            await asyncio.to_thread(irssi.wait, lambda shown: "has joined #weaving" in shown)
            irssi.type("hello from irssi")
            said = await place.next()
            assert (said.payload, said.properties["account"]) == (b"hello from irssi", "ann")
            place.tell()
            await asyncio.to_thread(irssi.wait, lambda shown: "*192.0.2.7> 21.5 °C" in shown)
