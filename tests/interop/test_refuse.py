"""Servers of ours that are told to say no, and how others' clients take it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import httpx2
import pytest
import socketio  # type: ignore[import-untyped]
import websockets
import whodap
from pymodbus.client import AsyncModbusTcpClient

from netloom.accounts import Accounts
from netloom.endpoint import Endpoint
from netloom.serving import Serving
from tests.interop.peers import need

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.interop

DEADLINE = 60.0


class Told(NamedTuple):
    """How a program ended, and what it said."""

    code: int
    text: str


@contextlib.asynccontextmanager
async def refusing(scheme: str, *faults: str, accounts: Accounts | None = None) -> AsyncIterator[Endpoint]:
    """Our server on a port of 127.0.0.1, with these faults."""
    chosen = ",".join(f"fault=refuse:{fault}" for fault in faults)
    place = Endpoint.parse(f"{scheme}://127.0.0.1:0#{chosen}")
    async with Serving([place], accounts=accounts) as serving:
        yield serving.endpoint


async def ran(program: str, package: str, *args: str, said: str = "") -> Told:
    """Run a program until it ends."""
    done = await asyncio.to_thread(
        subprocess.run, [need(program, package), *args], input=said.encode(), capture_output=True, timeout=DEADLINE
    )
    return Told(done.returncode, (done.stdout + done.stderr).decode(errors="replace"))


async def curl(*args: str, said: str = "") -> Told:
    return await ran("curl", "curl", "--silent", "--show-error", "--max-time", "30", *args, said=said)


@pytest.mark.meets(client="curl", protocol="http")
class TestHttp:
    async def test_a_status(self) -> None:
        async with refusing("http", "503:text=busy") as place:
            found = await curl("--include", f"http://127.0.0.1:{place.port}/")
        assert found.code == 0
        assert found.text.startswith("HTTP/1.1 503 Service Unavailable\r\n")
        assert "retry-after: 1\r\n" in found.text.lower()
        assert found.text.endswith("\r\n\r\nbusy\n")

    async def test_it_comes_again(self) -> None:
        async with refusing("http", "503:times=2") as place:
            found = await curl("--fail", "--retry", "3", f"http://127.0.0.1:{place.port}/hello.txt")
        assert found.code == 0
        assert "Hello" in found.text

    async def test_goaway(self) -> None:
        async with refusing("http", "GOAWAY") as place:
            found = await curl("--http2-prior-knowledge", f"http://127.0.0.1:{place.port}/")
        assert found.code != 0


@pytest.mark.meets(client="nghttp", protocol="http")
async def test_goaway() -> None:
    async with refusing("http", "GOAWAY:times=1:target=/hello.txt:text=enough") as place:
        url = f"http://127.0.0.1:{place.port}"
        found = await ran("nghttp", "nghttp2-client", "--verbose", "--no-dep", f"{url}/hello.txt")
    assert "last_stream_id=0, error_code=NO_ERROR(0x00), opaque_data(6)=[enough]" in found.text


@pytest.mark.meets(client="curl", protocol="ftp")
@pytest.mark.parametrize(
    ("fault", "words"),
    [("550", "550"), ("530", "530"), ("421", "421"), ("450:at=RETR", "450"), ("425:at=LIST", "Hello")],
)
async def test_ftp(fault: str, words: str) -> None:
    async with refusing("ftp", fault) as place:
        found = await curl("--verbose", f"ftp://127.0.0.1:{place.port}/hello.txt")
    assert (found.code == 0) == (words == "Hello")
    assert words in found.text


@pytest.mark.meets(client="curl", protocol="smtp")
@pytest.mark.parametrize(
    ("fault", "words"),
    [("450", "RCPT failed: 450"), ("421:at=MAIL", "421"), ("554:at=message", "554"), ("421", "421")],
)
async def test_smtp(fault: str, words: str) -> None:
    async with refusing("smtp", fault) as place:
        found = await curl(
            "--verbose", f"smtp://127.0.0.1:{place.port}", "--mail-from", "ann@example.org", "--mail-rcpt",
            "bob@example.org", "--upload-file", "-", said="Subject: x\r\n\r\nx\r\n",
        )  # fmt: skip
    assert found.code in (8, 55, 56)
    assert words in found.text


@pytest.mark.meets(client="curl", protocol="imap")
@pytest.mark.parametrize(
    ("fault", "words"), [("NO:at=LOGIN", "NO refused"), ("NO:at=SELECT", "NO refused on purpose"), ("BYE", "BYE")]
)
async def test_imap(fault: str, words: str) -> None:
    async with refusing("imap", fault, accounts=Accounts.from_texts(["ann:secret"])) as place:
        url = f"imap://127.0.0.1:{place.port}/INBOX;MAILINDEX=1"
        found = await curl("--verbose", "--ssl", "--insecure", "--user", "ann:secret", url)
    assert found.code != 0
    assert words in found.text


@pytest.mark.meets(client="curl", protocol="pop3")
@pytest.mark.parametrize(
    ("fault", "words"), [("SYS/TEMP", "-ERR [SYS/TEMP]"), ("AUTH", "-ERR [AUTH]"), ("-ERR:at=RETR", "-ERR refused")]
)
async def test_pop3(fault: str, words: str) -> None:
    async with refusing("pop3", fault, accounts=Accounts.from_texts(["ann:secret"])) as place:
        url = f"pop3://127.0.0.1:{place.port}/1"
        found = await curl("--verbose", "--ssl", "--insecure", "--user", "ann:secret", url)
    assert found.code != 0
    assert words in found.text


@pytest.mark.meets(client="dig", protocol="dns")
class TestDns:
    @pytest.mark.parametrize("code", ["SERVFAIL", "REFUSED", "NXDOMAIN"])
    async def test_a_code(self, code: str) -> None:
        async with refusing("dns", code) as place:
            found = await ran("dig", "bind9-dnsutils", "@127.0.0.1", "-p", str(place.port), "+tries=1", "example.test")
        assert f"status: {code}" in found.text

    async def test_a_truncated_answer(self) -> None:
        async with refusing("dns", "TRUNCATED") as place:
            asked = ("@127.0.0.1", "-p", str(place.port), "example.test", "SOA")
            ignored = await ran("dig", "bind9-dnsutils", *asked, "+ignore")
            followed = await ran("dig", "bind9-dnsutils", *asked)
        assert " tc" in ignored.text.partition("flags:")[2].partition(";")[0]
        assert "retrying in TCP mode" in followed.text
        assert "status: NOERROR" in followed.text


@pytest.mark.meets(client="Mosquitto's tools", protocol="mqtt")
class TestMqtt:
    @pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
    async def test_connect(self, version: str) -> None:
        async with refusing("mqtt", "SERVER_UNAVAILABLE") as place:
            to = ("-h", "127.0.0.1", "-p", str(place.port), "-V", version, "-t", "a")
            found = await ran("mosquitto_pub", "mosquitto-clients", *to, "-m", "x")
        assert found.code != 0
        assert "unavailable" in found.text.lower()

    async def test_publish(self) -> None:
        async with refusing("mqtt", "QUOTA_EXCEEDED") as place:
            to = ("-h", "127.0.0.1", "-p", str(place.port), "-V", "5", "-t", "a", "-q", "1")
            found = await ran("mosquitto_pub", "mosquitto-clients", *to, "-m", "x")
        assert "Quota exceeded" in found.text

    async def test_subscribe(self) -> None:
        async with refusing("mqtt", "NOT_AUTHORIZED:at=SUBSCRIBE") as place:
            to = ("-h", "127.0.0.1", "-p", str(place.port), "-V", "5", "-t", "a", "-W", "10")
            found = await ran("mosquitto_sub", "mosquitto-clients", *to)
        assert "denied" in found.text or "rejected" in found.text


@pytest.mark.meets(client="net-snmp", protocol="snmp")
@pytest.mark.parametrize(
    ("version", "fault", "words"),
    [("1", "noSuchName", "noSuchName"), ("2c", "genErr", "genError"), ("2c", "tooBig", "tooBig")],
)
async def test_snmp(version: str, fault: str, words: str) -> None:
    async with refusing("snmp", fault) as place:
        to = (f"-v{version}", "-cpublic", "-r0", "-t5", f"127.0.0.1:{place.port}", "1.3.6.1.2.1.1.5.0")
        found = await ran("snmpget", "snmp", *to)
    assert found.code != 0
    assert words in found.text


@pytest.mark.meets(client="net-snmp", protocol="snmp")
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("unknownUserNames", "Unknown user name"), ("wrongDigests", "Authentication failure"),
        ("unknownEngineIDs", "Unknown engine ID"),
        ("unsupportedSecLevels", "Unsupported security level"), ("decryptionErrors", "Decryption error"),
        ("notInTimeWindows:times=1", "greenhouse"),
    ],
)  # fmt: skip
async def test_snmp_by_a_report(fault: str, words: str) -> None:
    secret = "warp-and-weft"
    async with refusing("snmp", fault, accounts=Accounts.from_texts([f"ann:{secret}"])) as place:
        who = ("-v3", "-lauthPriv", "-uann", "-aSHA-256", f"-A{secret}", "-xAES", f"-X{secret}")
        found = await ran("snmpget", "snmp", *who, "-r1", "-t5", f"127.0.0.1:{place.port}", "1.3.6.1.2.1.1.5.0")
    assert (found.code == 0) == ("times=" in fault)
    assert words in found.text


@pytest.mark.meets(client="OpenSSH", protocol="ssh")
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("TOO_MANY_CONNECTIONS:text=enough", "enough"), ("USERAUTH_FAILURE", "Permission denied"),
        ("OPEN_RESOURCE_SHORTAGE:text=enough", "open failed: resource shortage: enough"),
        ("CHANNEL_FAILURE", "exec request failed"),
    ],
)  # fmt: skip
async def test_ssh(fault: str, words: str, tmp_path: Path) -> None:
    async with refusing("ssh", fault) as place:
        found = await ran(
            "ssh", "openssh-client", "-F", "none", "-p", str(place.port), "-o", "StrictHostKeyChecking=no", "-o",
            f"UserKnownHostsFile={tmp_path}/known", "-o", "BatchMode=yes", "ann@127.0.0.1", "echo loom",
        )  # fmt: skip
    assert found.code == 255
    assert words in found.text


@pytest.mark.meets(client="OpenSSH", protocol="sftp")
async def test_sftp(tmp_path: Path) -> None:
    batch = tmp_path / "batch"
    batch.write_text(f"get /hello.txt {tmp_path}/got\n")
    async with refusing("sftp", "PERMISSION_DENIED") as place:
        found = await ran(
            "sftp", "openssh-client", "-F", "none", "-P", str(place.port), "-o", "StrictHostKeyChecking=no", "-o",
            f"UserKnownHostsFile={tmp_path}/known", "-b", str(batch), "ann@127.0.0.1",
        )  # fmt: skip
    assert found.code != 0
    assert "ermission denied" in found.text or "refused on purpose" in found.text


@pytest.mark.meets(client="whois", protocol="whois")
async def test_whois() -> None:
    async with refusing("whois", "201:text=enough") as place:
        found = await ran("whois", "whois", "-h", "127.0.0.1", "-p", str(place.port), "example.test")
    assert "%ERROR:201: enough" in found.text


@pytest.mark.meets(client="curl", protocol="rdap")
async def test_rdap() -> None:
    async with refusing("rdap", "404:text=gone") as place:
        found = await curl("--include", f"http://127.0.0.1:{place.port}/rdap/domain/example.test")
    head, _, body = found.text.partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 404 Not Found\r\n")
    assert "content-type: application/rdap+json" in head.lower()
    told = json.loads(body)
    assert (told["errorCode"], told["title"], told["description"]) == (404, "Not Found", ["gone"])


@pytest.mark.meets(client="whodap", protocol="rdap")
@pytest.mark.parametrize(("code", "error"), [("404", "NotFoundError"), ("429", "RateLimitError")])
async def test_rdap_by_whodap(code: str, error: str) -> None:
    async with refusing("rdap", code) as place:
        with httpx2.Client() as connection, pytest.raises(getattr(whodap.errors, error)):
            await asyncio.to_thread(
                whodap.DNSClient(connection).lookup, "example", "test",
                auth_href=f"http://127.0.0.1:{place.port}/rdap/domain/example.test",
            )  # fmt: skip


@pytest.mark.meets(client="websockets", protocol="ws")
@pytest.mark.parametrize(
    ("fault", "echoes"),
    [("1013:text=enough", 0), ("4001:at=message:text=enough", 0), ("1008:at=message:on=2:text=enough", 1)],
)
async def test_ws(fault: str, echoes: int) -> None:
    heard: list[str | bytes] = []
    ends: list[tuple[int | None, str | None]] = []
    async with refusing("ws", fault) as place:
        for _ in range(2):
            async with websockets.connect(f"ws://127.0.0.1:{place.port}/loom") as socket:
                with contextlib.suppress(websockets.ConnectionClosed):
                    await socket.send("warp")
                    heard.append(await socket.recv())
            ends.append((socket.close_code, socket.close_reason))
    assert ends[-1] == (int(fault[:4]), "enough")
    assert heard == ["warp"] * echoes


@pytest.mark.meets(client="python-socketio", protocol="socketio")
async def test_socketio() -> None:
    async with refusing("socketio", "FORBIDDEN:text=enough:times=1") as place:
        client = socketio.AsyncClient(reconnection=False)
        told: list[object] = []
        client.on("connect_error", told.append)
        with pytest.raises(socketio.exceptions.ConnectionError):
            await client.connect(f"http://127.0.0.1:{place.port}")
        assert told == [{"code": 4, "message": "enough"}]
        await client.connect(f"http://127.0.0.1:{place.port}")
        await client.disconnect()


@pytest.mark.meets(client="tftp-hpa", protocol="tftp")
async def test_tftp(tmp_path: Path) -> None:
    async with refusing("tftp", "ACCESS:text=enough") as place:
        to = ("-m", "binary", "127.0.0.1", str(place.port), "-c", "get", "hello.txt", str(tmp_path / "got"))
        found = await ran("tftp", "tftp-hpa", *to)
    assert "Error code 2: enough" in found.text


@pytest.mark.meets(client="libcoap", protocol="coap")
async def test_coap() -> None:
    async with refusing("coap", "5.03:text=enough") as place:
        found = await ran("coap-client-notls", "libcoap3-bin", "-B", "5", f"coap://127.0.0.1:{place.port}/sensors")
    assert "5.03" in found.text
    assert "enough" in found.text


@pytest.mark.meets(client="pymodbus", protocol="modbus")
async def test_modbus() -> None:
    async with refusing("modbus", "SERVER_DEVICE_BUSY:times=2") as place:
        client = AsyncModbusTcpClient("127.0.0.1", port=place.port or 0)
        await client.connect()
        try:
            answers = [await client.read_input_registers(0, count=1) for _ in range(3)]
        finally:
            client.close()
    assert [getattr(answer, "exception_code", 0) for answer in answers] == [6, 6, 0]
