"""Our messages at foreign collectors, and foreign senders at ours."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import logging.handlers
import socket
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.bus import Bus
from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.serving import Serving
from tests.interop.peers import READY, need
from tests.interop.syslog_peers import (
    AUTHORITY,
    loggen,
    net_syslogd,
    rsyslog,
    rsyslog_forwarder,
    syslog_ng,
    write_certificate,
)
from tests.worlds import record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable
    from pathlib import Path

    from netloom.records import Message

pytestmark = pytest.mark.interop

OPTIONS = "facility=local3,severity=err,app=loom,hostname=h1.example"
MODERN = OPTIONS + ",procid=42,msgid=WEFT,data=%5Bt%4032473 a=%22x \\%5D \\\\ y%22%5D".replace(" ", "%20")


async def send(url: str, text: str) -> None:
    found = await record(None, "send", url, text)
    assert found.status is Status.SUCCESS, found


def is_ours(said: dict[str, Any]) -> None:
    """What rsyslog says of MODERN."""
    assert (said["hostname"], said["programname"], said["procid"], said["msgid"]) == (
        "h1.example",
        "loom",
        "42",
        "WEFT",
    )
    assert (said["syslogfacility"], said["syslogseverity"]) == ("19", "3")
    assert said["structured-data"] == '[t@32473 a="x \\] \\\\ y"]'


# Our client


@pytest.mark.meets(server="rsyslog")
async def test_to_rsyslog(tmp_path: Path) -> None:
    with rsyslog(tmp_path) as collector:
        udp, tcp = (f"://127.0.0.1:{collector.ports[name]}" for name in ("udp", "tcp"))
        await send(f"syslog{udp}#{MODERN}", "warp")
        await send(f"syslog+tcp{tcp}#{MODERN}", "weft\nof two lines")
        await send(f"syslog+tcp{tcp}#{MODERN},framing=lf", "wéft")
        await send(f"syslog{udp}#{OPTIONS},format=3164,procid=7", "older")
        await send(f"syslog+tcp{tcp}#{OPTIONS},format=3164", "x" * 20_000)
        said = collector.messages(5)
    by_text = {one["msg"].removeprefix("\ufeff").strip(): one for one in said}
    for text in ("warp", "wéft"):
        is_ours(by_text[text])
    assert any("of two lines" in text for text in by_text)
    assert by_text["older"]["syslogtag"] == "loom[7]:"
    assert by_text["older"]["hostname"] == "h1.example"
    assert "x" * 20_000 in by_text


@pytest.mark.meets(server="rsyslog")
async def test_to_rsyslog_over_tls(tmp_path: Path) -> None:
    with rsyslog(tmp_path, secure=True) as collector:
        ca = tmp_path / "ca.pem"
        await send(f"syslogs://127.0.0.1:{collector.ports['tcp']}#{MODERN},ca={ca}", "secret")
        (said,) = collector.messages(1)
    is_ours(said)
    assert said["msg"].strip() == "secret"


@pytest.mark.meets(server="syslog-ng")
async def test_to_syslog_ng(tmp_path: Path) -> None:
    with syslog_ng(tmp_path) as collector:
        ports, ca = collector.ports, tmp_path / "ca.pem"
        await send(f"syslog+tcp://127.0.0.1:{ports['counted']}#{MODERN}", "wéft\nof two lines")
        await send(f"syslogs://127.0.0.1:{ports['tls']}#{MODERN},ca={ca}", "secret")
        await send(f"syslog://127.0.0.1:{ports['udp']}#{OPTIONS},format=3164,procid=7", "older")
        await send(f"syslog+tcp://127.0.0.1:{ports['tcp']}#{OPTIONS},format=3164,framing=lf", "a line")
        said = {one["MESSAGE"]: one for one in collector.messages(4)}
    for text in ("wéft\nof two lines", "secret"):
        one = said[text]
        assert (one["HOST"], one["PROGRAM"], one["PID"], one["MSGID"]) == ("h1.example", "loom", "42", "WEFT")
        assert (one["facility"], one["severity"]) == ("local3", "err")
        assert "x \\] \\\\ y" in one["SDATA"]
    assert (said["older"]["HOST"], said["older"]["PROGRAM"], said["older"]["PID"]) == ("h1.example", "loom", "7")
    assert said["a line"]["PROGRAM"] == "loom"


@pytest.mark.meets(server="Net::Syslogd")
async def test_to_net_syslogd(tmp_path: Path) -> None:
    with net_syslogd(tmp_path) as collector:
        url = f"syslog://127.0.0.1:{collector.ports['udp']}#facility=mail,severity=crit,hostname=h1,format=3164"
        await send(url, "older")
        (said,) = collector.messages(1)
    assert (said["facility"], said["severity"], said["hostname"]) == ("mail", "Critical", "h1")
    assert said["message"] == "netloom: older"


@pytest.mark.meets(server="rsyslog")
async def test_probes(tmp_path: Path) -> None:
    with rsyslog(tmp_path) as collector:
        tcp = await record(None, "probe", f"syslog+tcp://127.0.0.1:{collector.ports['tcp']}")
        udp = await record(None, "probe", f"syslog://127.0.0.1:{collector.ports['udp']}#test=yes,severity=debug")
        (said,) = collector.messages(1)
    assert (tcp.status, tcp.facts["state"]) == (Status.SUCCESS, "accepts")
    assert (udp.status, udp.facts["state"]) == (Status.SUCCESS, "open|filtered")
    assert said["msg"].strip() == "a test by netloom probe"


# Our server


class Heard:
    """A collector of ours, and what it heard."""

    def __init__(self, port: int, messages: Any) -> None:
        self.port = port
        self._messages = messages

    async def next(self) -> Message:
        async with asyncio.timeout(READY):
            message: Message = await anext(self._messages)
            return message

    async def after(self, work: Awaitable[Any]) -> Message:
        await work
        return await self.next()


@contextlib.asynccontextmanager
async def collecting(scheme: str = "syslog", options: str = "") -> AsyncIterator[Heard]:
    bus = Bus()
    place = Endpoint.parse(f"{scheme}://127.0.0.1:0#family=4{options}")
    async with bus.subscribe("#") as messages, Serving([place], [bus], authority=AUTHORITY) as serving:
        yield Heard(serving.endpoint.port or 0, messages)


async def run(*command: str) -> None:
    process = await asyncio.to_thread(subprocess.run, command, capture_output=True, timeout=READY, check=False)
    assert process.returncode == 0, process.stderr


@pytest.mark.meets(client="logger")
@pytest.mark.parametrize("way", [["-d"], ["-T"], ["-T", "--octet-count"]], ids=["udp", "tcp", "counted"])
async def test_from_logger(way: list[str]) -> None:
    logger = need("logger", "bsdutils")
    async with collecting() as heard:
        base = [logger, "-n", "127.0.0.1", "-P", str(heard.port), *way, "-t", "warp", "-p", "local1.warning"]
        message = await heard.after(
            run(*base, "--rfc5424", "--msgid", "W1", "--sd-id", "a@1", "--sd-param", 'b="c"', "wéft")
        )
        assert message.topic.startswith("syslog/")
        assert message.topic.endswith("/warp/warning")
        assert message.payload.decode() == "wéft"
        said = message.properties
        assert (said["facility"], said["msgid"], said["format"]) == ("local1", "W1", "5424")
        assert 'a@1 b="c"' in said["data"]
        message = await heard.after(run(*base, "--rfc3164", "-i", "older"))
        assert (message.payload, message.properties["format"], message.properties["app"]) == (b"older", "3164", "warp")
        assert message.properties["procid"].isdigit()


@pytest.mark.meets(client="Python's SysLogHandler")
@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
async def test_from_the_standard_library(kind: socket.SocketKind) -> None:
    async with collecting() as heard:

        def log() -> None:
            handler = logging.handlers.SysLogHandler(("127.0.0.1", heard.port), "local5", kind)
            handler.ident = "shuttle: "
            handler.append_nul = kind == socket.SOCK_DGRAM
            made = logging.LogRecord(
                "x", logging.ERROR, __file__, 1, "wéft\n" * (kind == socket.SOCK_STREAM) or "wéft", (), None
            )
            handler.emit(made)
            handler.close()

        message = await heard.after(asyncio.to_thread(log))
        assert (message.topic, message.payload.decode()) == ("syslog/127.0.0.1/shuttle/err", "wéft")
        assert message.properties["facility"] == "local5"


FORWARDS = {
    "udp": 'protocol="udp" template="RSYSLOG_TraditionalForwardFormat"',
    "lines": 'protocol="tcp" TCP_Framing="traditional" template="RSYSLOG_ForwardFormat"',
    "counted": 'protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"',
    "tls": 'protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"'
    ' StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost"',
}


@pytest.mark.meets(client="rsyslog")
@pytest.mark.parametrize("way", FORWARDS)
async def test_from_rsyslog(way: str, tmp_path: Path) -> None:
    _, cert, key = write_certificate(tmp_path)
    secure = way == "tls"
    async with collecting("syslogs", f",cert={cert},key={key}") if secure else collecting() as heard:
        action = f'target="127.0.0.1" port="{heard.port}" {FORWARDS[way]}'
        with (
            rsyslog_forwarder(tmp_path, action, secure=secure) as port,
            socket.socket(type=socket.SOCK_DGRAM) as sender,
        ):
            said = b'<165>1 2003-10-11T22:14:15.003Z h1.example warp 42 W1 [a@1 b="c"] weft'
            sender.sendto(said, ("127.0.0.1", port))
            message = await heard.next()
        assert (message.topic, message.payload.strip()) == ("syslog/h1.example/warp/notice", b"weft")
        assert message.properties["facility"] == "local4"
        if way in ("counted", "tls"):
            assert (message.properties["data"], message.properties["msgid"]) == ('[a@1 b="c"]', "W1")
            assert message.properties["timestamp"] == "2003-10-11T22:14:15.003Z"


@pytest.mark.meets(client="loggen")
@pytest.mark.parametrize(
    "options",
    [
        ["--dgram", "--inet"], ["--stream", "--inet"], ["--stream", "--inet", "--syslog-proto"],
        ["--use-ssl", "--syslog-proto"],
    ],
    ids=["udp", "lines", "counted", "tls"],
)  # fmt: skip
async def test_from_loggen(options: list[str], tmp_path: Path) -> None:
    _, cert, key = write_certificate(tmp_path)
    secure = "--use-ssl" in options
    async with collecting("syslogs", f",cert={cert},key={key}") if secure else collecting() as heard:
        await asyncio.to_thread(loggen, heard.port, *options, "--number=20", "--rate=1000", "--size=300", "--quiet")
        for _ in range(20):
            message = await heard.next()
            assert message.properties["facility"] == "auth"
            assert message.properties["app"].startswith("prg")
            assert b"PADD" in message.payload
