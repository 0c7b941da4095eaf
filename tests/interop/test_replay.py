"""Replays of what tcpdump recorded of others: foreign clients are content with the tape of foreign servers."""

from __future__ import annotations

import asyncio
import contextlib
import imaplib
import poplib
import smtplib
import sys
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest
import websockets

from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.packet.tape.reading import read_tape
from netloom.runs import Run
from tests.interop.dns_peers import knot
from tests.interop.ftp_peers import PASSWORD, USER, pyftpdlib
from tests.interop.imap_peers import PASSWORD as MAIL_PASSWORD
from tests.interop.imap_peers import USER as MAIL_USER
from tests.interop.imap_peers import dovecot
from tests.interop.modbus_peers import PYMODBUS, mbpoll
from tests.interop.modbus_peers import server as modbus_server
from tests.interop.mqtt_peers import mosquitto, tool
from tests.interop.peers import free_port, need, running, wait_for_port
from tests.interop.smtp_peers import aiosmtpd
from tests.interop.snmp_peers import snmpd
from tests.interop.test_packet_streams import curl, recorded, run
from tests.interop.ws_peers import SUBPROTOCOL, websockets_server
from tests.worlds import records

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from netloom.packet.tape.record import PlayedRecord

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]

HANG = 60.0
"""Seconds after which a replay is given up that should have ended by itself."""


@contextlib.asynccontextmanager
async def played(path: Path, place: str, **fields: Any) -> AsyncIterator[tuple[int, list[PlayedRecord]]]:
    """The port of a replay, and its records once it has ended by itself: all was played."""
    found: list[PlayedRecord] = []
    made = aiter(Run[Any].prepare("replay", (), {"files": [str(path)], "serve": [place], **fields}))
    async with contextlib.aclosing(made):
        first = await anext(made)
        yield Endpoint.parse(first.endpoint).port or 0, found
        async with asyncio.timeout(HANG):
            found += [record async for record in made]


async def to(path: Path, port: int) -> list[int]:
    """The conversations with a server in which its client speaks: some only looked whether it is ready.

    Where data connections are to be seen, so is others' traffic on loopback.
    """
    tape = await read_tape(path)
    return [
        track.number
        for track in tape.tracks
        if track.server.port == port and any(step.sender == "client" and step.data for step in track.steps)
    ]


def content(found: list[PlayedRecord]) -> None:
    """Everybody did as in the recording."""
    assert found
    assert [record.message for record in found if record.status is not Status.SUCCESS] == []


@contextlib.contextmanager
def web(folder: Path, *options: str) -> Iterator[int]:
    """Python's own web server; its port."""
    port, log = free_port(), folder / "log"
    site = folder / "site"
    site.mkdir()
    (site / "warp.txt").write_bytes(b"warp" * 20_000)
    (site / "weft.txt").write_bytes(b"weft")
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "http.server",
        "-b",
        "127.0.0.1",
        "-d",
        site,
        *options,
        str(port),
    ]
    with running(command, log) as process:
        wait_for_port(process, log, port)
        yield port


def fetch(port: int) -> list[bytes]:
    """Two files over one connection, where it stays; and one that isn't there."""
    place = f"http://127.0.0.1:{port}"
    return [curl(f"{place}/warp.txt", f"{place}/weft.txt"), curl(f"{place}/none.txt")]


@pytest.mark.parametrize("options", [(), ("-p", "HTTP/1.1")])
async def test_curl_with_python_s_server(options: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "web.pcap"
    with web(tmp_path, *options) as port, recorded(path) as kept:
        kept.append(f"tcp port {port}")
        before = await asyncio.to_thread(fetch, port)
    async with played(path, "http://127.0.0.1:0") as (port, found):
        assert await asyncio.to_thread(fetch, port) == before
    content(found)
    assert before[0] == b"warp" * 20_000 + b"weft"


async def test_who_asks_for_something_else_is_told(tmp_path: Path) -> None:
    path = tmp_path / "web.pcap"
    with web(tmp_path) as port, recorded(path) as kept:
        kept.append(f"tcp port {port}")
        await asyncio.to_thread(curl, f"http://127.0.0.1:{port}/weft.txt")
    async with played(path, "http://127.0.0.1:0") as (port, found):
        other = await asyncio.create_subprocess_exec(
            need("curl", "curl"), "-sS", f"http://127.0.0.1:{port}/warp.txt", stderr=asyncio.subprocess.PIPE
        )
        assert b"Empty reply" in (await other.communicate())[1]
        assert await asyncio.to_thread(curl, f"http://127.0.0.1:{port}/weft.txt") == b"weft"
    assert [record.status for record in found] == [Status.EXPECTATION_FAILED, Status.SUCCESS]
    assert (found[0].expected, found[0].got) == ("GET /weft.txt HTTP/1.1", "GET /warp.txt HTTP/1.1")
    assert (found[0].turn, found[0].offset) == (1, 0)


async def test_the_client_s_side_to_a_server_that_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "web.pcap"
    with web(tmp_path) as port:
        place = f"http://127.0.0.1:{port}"
        with recorded(path) as kept:
            kept.append(f"tcp port {port}")
            await asyncio.to_thread(fetch, port)
        content(await records(None, "replay", files=[str(path)], call=[place]))  # type: ignore[arg-type]
        (tmp_path / "site" / "weft.txt").write_bytes(b"wool")
        found: list[Any] = await records(None, "replay", files=[str(path)], call=[place])
    failed = [record for record in found if record.status is not Status.SUCCESS]
    assert len(failed) == 1
    assert failed[0].status is Status.EXPECTATION_FAILED


async def test_curl_over_tls_with_its_key_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("tshark", "tshark")
    path, keys = tmp_path / "tls.pcap", tmp_path / "keys"
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    serving = aiter(Run[Any].prepare("serve", ("https://127.0.0.1:0",), {}))
    async with contextlib.aclosing(serving):
        first = await anext(serving)
        with recorded(path) as kept:
            kept.append(f"tcp port {Endpoint.parse(first.endpoint).port}")
            before = await asyncio.to_thread(curl, "--cacert", first.trust["ca"], first.endpoint + "/hello.txt")
    async with played(path, "https://127.0.0.1:0", key_log=str(keys)) as (port, found):
        place = f"https://127.0.0.1:{port}/hello.txt"
        assert await asyncio.to_thread(curl, "--cacert", first.trust["ca"], place) == before
    content(found)
    async with played(path, "http://127.0.0.1:0", key_log=str(keys)) as (port, found):
        place = f"http://127.0.0.1:{port}/hello.txt"
        assert await asyncio.to_thread(curl, "--http2-prior-knowledge", place) == before
    content(found)


def letter(port: int) -> None:
    """A mail to two, one of whom isn't known."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ann@example.org", "bob@example.org", "Warp"
    mail.set_content("and weft\n.\n")
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
        refused = client.send_message(mail, to_addrs=["bob@example.org", "nobody@example.org"])
    assert list(refused) == ["nobody@example.org"]


async def test_smtplib_with_aiosmtpd(tmp_path: Path) -> None:
    path = tmp_path / "mail.pcap"
    with recorded(path) as kept:
        async with aiosmtpd() as (port, _):
            kept.append(f"tcp port {port}")
            await asyncio.to_thread(letter, port)
    async with played(path, "smtp://127.0.0.1:0") as (port, found):
        await asyncio.to_thread(letter, port)
    content(found)
    async with aiosmtpd() as (port, mails):
        content(await records(None, "replay", files=[str(path)], call=[f"smtp://127.0.0.1:{port}"]))  # type: ignore[arg-type]
    assert [one.rcpt_tos for one in mails.envelopes] == [["bob@example.org"]]


def dig(port: int, *words: str) -> list[str]:
    out = run(need("dig", "dnsutils"), "-p", str(port), "@127.0.0.1", *words, "+short", "+tries=1").decode()
    assert ";;" not in out
    return sorted(out.splitlines())


async def test_dig_with_knot(tmp_path: Path) -> None:
    path = tmp_path / "dns.pcap"
    questions = [("example.test", "SOA"), ("example.test", "NS"), ("example.test", "MX", "+tcp")]
    with knot() as place, recorded(path) as kept:
        kept.append(f"port {place.port}")
        before = [await asyncio.to_thread(dig, place.port, *words) for words in questions]
    assert all(before)
    async with played(path, "dns://127.0.0.1:0") as (port, found):
        asked = list(zip(questions, before, strict=True))
        for words, answer in (asked[1], asked[0], asked[2]):  # in any order
            told = await asyncio.to_thread(dig, port, words[0].upper(), *words[1:])
            assert [line.lower() for line in told] == [line.lower() for line in answer]
    content(found)
    assert len(found) == 3


async def test_mosquitto_s_tools(tmp_path: Path) -> None:
    path = tmp_path / "mqtt.pcap"
    publish = ("-t", "loom/warp", "-m", "weft", "-q", "2", "-r")
    listen = ("-t", "loom/#", "-C", "1", "-q", "1", "-v")
    with mosquitto(tmp_path) as ports, recorded(path) as kept:
        kept.append(f"tcp port {ports['mqtt']}")
        assert (await tool("mosquitto_pub", ports["mqtt"], *publish))[0] == 0
        assert await tool("mosquitto_sub", ports["mqtt"], *listen) == (0, b"loom/warp weft\n")
    async with played(path, "mqtt://127.0.0.1:0", stream=await to(path, ports["mqtt"])) as (port, found):
        assert (await tool("mosquitto_pub", port, *publish))[0] == 0
        assert await tool("mosquitto_sub", port, *listen) == (0, b"loom/warp weft\n")
    content(found)
    async with played(path, "mqtt://127.0.0.1:0", stream=(await to(path, ports["mqtt"]))[:1]) as (port, found):
        code, _ = await tool("mosquitto_pub", port, "-t", "loom/warp", "-m", "wool", "-q", "2", "-r")
        assert code
    assert [record.status for record in found] == [Status.EXPECTATION_FAILED]


@pytest.mark.parametrize("options", [(), ("-P", "-"), ("--disable-epsv",)], ids=["229", "EPRT", "227"])
async def test_curl_with_pyftpdlib(options: tuple[str, ...], tmp_path: Path) -> None:
    path, new = tmp_path / "ftp.pcap", tmp_path / "new.txt"
    new.write_bytes(b"weft" * 50_000)

    def transfer(port: int) -> list[bytes]:
        place = f"ftp://127.0.0.1:{port}"
        who = ("-u", f"{USER}:{PASSWORD}", *options)
        curl(*who, "-T", new, f"{place}/new.txt")
        return [curl(*who, f"{place}/new.txt"), curl(*who, "-l", f"{place}/")]

    with pyftpdlib() as place, recorded(path) as kept:
        kept.append("tcp and host 127.0.0.1")
        before = await asyncio.to_thread(transfer, place.port)
    assert before == [b"weft" * 50_000, b"new.txt\n"]
    async with played(path, "ftp://127.0.0.1:0", stream=await to(path, place.port)) as (port, found):
        assert await asyncio.to_thread(transfer, port) == before
    content(found)
    assert len(found) == 6  # three conversations, and three beside them


async def test_lftp_with_pyftpdlib(tmp_path: Path) -> None:
    path = tmp_path / "ftp.pcap"

    def walk(port: int) -> bytes:
        commands = "set net:max-retries 1; set ssl:verify-certificate no; set ftp:ssl-allow no; find; bye"
        return run(need("lftp", "lftp"), "-u", f"{USER},{PASSWORD}", "-e", commands, f"ftp://127.0.0.1:{port}")

    with pyftpdlib() as place, recorded(path) as kept:
        (place.root / "warp.txt").write_bytes(b"weft")
        kept.append("tcp and host 127.0.0.1")
        before = await asyncio.to_thread(walk, place.port)
    assert b"warp.txt" in before
    async with played(path, "ftp://127.0.0.1:0", stream=await to(path, place.port)) as (port, found):
        assert await asyncio.to_thread(walk, port) == before
    content(found)


async def test_imaplib_and_poplib_with_dovecot(tmp_path: Path) -> None:
    path = tmp_path / "mail.pcap"
    words = b"Date: Mon, 1 Jan 2024 00:00:00 +0000\r\nSubject: warp\r\n\r\nand weft\r\n"

    def keep(port: int) -> list[Any]:
        with imaplib.IMAP4("127.0.0.1", port, timeout=30) as client:
            client.login(MAIL_USER, MAIL_PASSWORD)
            client.append("INBOX", None, None, words)
            client.select()
            return [client.search(None, "ALL"), client.fetch("1", "(RFC822.SIZE BODY[])")[1]]

    def fetch(port: int) -> list[Any]:
        client = poplib.POP3("127.0.0.1", port, timeout=30)
        client.user(MAIL_USER)
        client.pass_(MAIL_PASSWORD)
        found = [client.stat(), client.retr(1)[1]]
        client.quit()
        return found

    with dovecot() as place, recorded(path) as kept:
        kept.append(f"tcp port {place.ports['imap']} or tcp port {place.ports['pop3']}")
        stored = await asyncio.to_thread(keep, place.ports["imap"])
        fetched = await asyncio.to_thread(fetch, place.ports["pop3"])
    async with played(path, "imap://127.0.0.1:0", stream=await to(path, place.ports["imap"])) as (port, found):
        assert await asyncio.to_thread(keep, port) == stored
    content(found)
    async with played(path, "pop3://127.0.0.1:0", stream=await to(path, place.ports["pop3"])) as (port, found):
        assert await asyncio.to_thread(fetch, port) == fetched
    content(found)


async def test_websockets_with_itself(tmp_path: Path) -> None:
    path = tmp_path / "ws.pcap"
    talk: list[str | bytes] = ["warp", "weft" * 1000, b"\0\1\2"]

    async def say(url: str) -> list[str | bytes]:
        async with websockets.connect(url, subprotocols=[websockets.Subprotocol(SUBPROTOCOL)]) as client:
            await (await client.ping())
            found = []
            for words in talk:
                await client.send(words)
                found.append(await client.recv())
            return found

    with recorded(path) as kept:
        async with websockets_server() as url:
            kept.append(f"tcp port {Endpoint.parse(url).port}")
            assert await say(url) == talk
    async with played(path, "ws://127.0.0.1:0") as (port, found):
        assert await say(f"ws://127.0.0.1:{port}") == talk
    content(found)


async def test_mbpoll_with_pymodbus(tmp_path: Path) -> None:
    path = tmp_path / "modbus.pcap"
    options = ["-m", "tcp", "-a", "1", "-t", "4", "-r", "0", "-c", "2"]
    with modbus_server(PYMODBUS, "tcp") as port, recorded(path) as kept:
        kept.append(f"tcp port {port}")
        code, before = await mbpoll(port, options)
    assert code == 0
    async with played(path, "modbus://127.0.0.1:0", stream=await to(path, port)) as (port, found):
        code, after = await mbpoll(port, options)
    content(found)
    assert code == 0
    assert values(after) == values(before)


def values(shown: str) -> list[str]:
    """The registers that mbpoll shows."""
    return [line for line in shown.splitlines() if line.startswith("[")]


async def test_net_snmp_s_tools(tmp_path: Path) -> None:
    path = tmp_path / "snmp.pcap"

    def ask(port: int) -> list[bytes]:
        place = ["-v2c", "-c", "public", "-r", "0", f"127.0.0.1:{port}"]
        return [
            run(need("snmpget", "snmp"), *place, "1.3.6.1.2.1.1.4.0", "1.3.6.1.2.1.1.3.0"),
            run(need("snmpwalk", "snmp"), *place, "1.3.6.1.2.1.1.9.1.2"),
        ]

    with snmpd() as place, recorded(path) as kept:
        kept.append(f"udp port {place.port}")
        before = await asyncio.to_thread(ask, place.port)
    async with played(path, "snmp://127.0.0.1:0") as (port, found):
        assert await asyncio.to_thread(ask, port) == before
    content(found)
