"""Recordings of every protocol, at both sides: tshark names what was spoken, decrypts it, and finds nothing wrong."""

from __future__ import annotations

import asyncio
import contextlib
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from netloom import registry
from netloom.accounts import Accounts
from netloom.contents.echo import Echo
from netloom.endpoint import Endpoint
from netloom.links.authority import Authority
from netloom.operations.demo import PASSWORD, USER, at, known
from netloom.packet.recording import Recording
from netloom.records import Outcome
from netloom.serving import Serving
from tests.interop.http3_peers import aioquic_client
from tests.interop.http_peers import AUTHORITY
from tests.interop.peers import free_port, need, running, wait_for_port
from tests.worlds import record, records

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop

SCHEMES = [(declared.name, scheme) for declared in registry.protocols() for scheme in declared.schemes]

FIRST = {
    "coap": "coap", "dns": "dns", "ftp": "ftp", "grpc": "http2", "http": "http", "icmp": "icmp", "imap": "imap",
    "irc": "irc", "modbus": "mbtcp", "modbus+rtu": "mbrtu", "mqtt": "mqtt", "mqtt+ws": "websocket", "netconf": "ssh",
    "ntp": "ntp", "pop3": "pop", "rdap": "http", "sftp": "ssh", "smtp": "smtp", "submission": "smtp", "snmp": "snmp",
    "snmptrap": "snmp", "snmp+tcp": "snmp", "socketio": "websocket", "sse": "http", "ssh": "ssh", "syslog": "syslog",
    "syslog+tcp": "syslog", "telnet": "telnet", "tftp": "tftp", "whois": "whois", "ws": "websocket",
    "tcp": "tcp", "udp": "udp", "unix": "tcp", "tls": "tls",
    "dot": "dns", "doh": "http2", "https": "http2", "grpcs": "http2", "mbaps": "mbtcp", "mqtts+ws": "websocket",
    "rdaps": "http", "socketios": "websocket", "sses": "http", "wss": "websocket",
    "ftps": "tls", "ircs": "tls", "syslogs": "tls", "telnets": "tls",
    "imaps": "imap", "mqtts": "mqtt", "pop3s": "pop", "smtps": "smtp",
}  # fmt: skip
"""How tshark calls what is spoken. It has no dissector inside TLS for the four that are only `tls` here."""

BY_CONTENT = {"http", "icmp", "websocket", "tcp", "udp", "tls"}
"""What tshark recognises on any port. A port that the kernel chose says nothing, so it is told the others (`-d`)."""

LACKS = {
    "coap": r"Invalid Option Number 252",  # Echo (RFC 9175)
    "dns": r"No dissector for algorithm:hmac-sha256",  # TSIG's usual one
    "mbtcp": r"Cannot classify packet type",  # inside TLS it knows none but the usual port
    "pop": r"Length must be a string containing an integer",  # an answer to TOP needs no length
    "smtp": r"base64 decode failed or is not enabled",  # a preference
    "tcp": r"^Connection reset",  # it was: whoever goes with something unread resets
    "telnet": r"Suboption parameter length is 1, should be 4",  # of options that can be negotiated both ways
    "ssh": r".*",  # keys after post-quantum exchanges
}
"""What tshark 4.0 says of messages that are right."""


GOODBYE = 1024
"""Octets that nobody reads any more: tickets and closing alerts of TLS, channels of SSH that close."""


class Sides(NamedTuple):
    """What both sides of a conversation said, who spoke first comes first: datagrams, or all of a stream."""

    first: list[bytes]
    second: list[bytes]

    def joined(self) -> Sides:
        return Sides([b"".join(self.first)], [b"".join(self.second)])


class Kept:
    """A recording, as tshark reads it. `port` is the server's, `name` what is spoken there."""

    def __init__(self, path: Path, scheme: str, port: int | None) -> None:
        self.path = path
        self.name = FIRST[scheme]
        declared = next(registry.protocol(name) for name, one in SCHEMES if one == scheme)
        self.secure = declared.schemes[scheme].over in ("tls", "https")
        over = declared.schemes[scheme].over
        kinds = tuple(kind for kind in ("tcp", "udp") if kind in over) or ("tcp",)
        self._told = [*_decoding(self.name, scheme, port, secure=self.secure, kinds=kinds)]
        shown = [part for field in _FIELDS for part in ("-e", field)]
        self.frames = [line.split("\t") for line in self.tshark("-T", "fields", *shown)]

    def tshark(self, *arguments: str) -> list[str]:
        checks = [part for name in ("ip", "tcp", "udp") for part in ("-o", f"{name}.check_checksum:TRUE")]
        command = [need("tshark", "tshark"), "-r", str(self.path), *checks, *self._told, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        return done.stdout.splitlines()

    @property
    def named(self) -> set[str]:
        """Every protocol that tshark names in it."""
        return {name for frame in self.frames for name in frame[0].split(":")}

    @property
    def complaints(self) -> list[list[str]]:
        """Wrong checksums and sequences, malformed packets, warnings and errors of its experts."""
        return [frame for frame in self.frames if _wrong(*frame[3:]) and not _lacking(frame[0], frame[-1])]

    def said(self) -> dict[str, list[Sides]]:
        """What both sides of each conversation said, by `follow`: over tcp, over udp, inside tls."""
        streams = {kind: {frame[at] for frame in self.frames} - {""} for kind, at in (("tcp", 1), ("udp", 2))}
        streams["tls"] = {frame[1] for frame in self.frames if "tls" in frame[0].split(":")}
        asked = [(kind, number) for kind in sorted(streams) for number in sorted(streams[kind], key=int)]
        lines = self.tshark("-q", *(part for kind, number in asked for part in ("-z", f"follow,{kind},raw,{number}")))
        return _followed(lines)


_FIELDS = (
    "frame.protocols", "tcp.stream", "udp.stream", "ip.checksum.status", "tcp.checksum.status", "udp.checksum.status",
    "tcp.analysis.flags", "_ws.malformed", "_ws.expert.severity", "_ws.expert.message",
)  # fmt: skip
_WARNING = 0x600000


def _wrong(ip: str, tcp: str, udp: str, flags: str, malformed: str, severity: str, _: str) -> bool:
    worst = max((int(one) for one in severity.split(",") if one), default=0)
    return "0" in (ip, tcp, udp) or bool(flags or malformed) or worst >= _WARNING


def _lacking(protocols: str, message: str) -> bool:
    return any(re.search(LACKS[name], message) for name in protocols.split(":") if name in LACKS)


def _decoding(name: str, scheme: str, port: int | None, *, secure: bool, kinds: tuple[str, ...]) -> Iterator[str]:
    """Options of tshark that say what is spoken at a port."""
    if name == "mbtcp" and not secure:
        yield from ("-o", f"mbtcp.tcp.port:{port}")
    elif name not in BY_CONTENT and not (secure and name == "http2"):
        yield from (part for kind in (("tls",) if secure else kinds) for part in ("-d", f"{kind}.port=={port},{name}"))


def _followed(lines: list[str]) -> dict[str, list[Sides]]:
    found: dict[str, list[Sides]] = {"tcp": [], "udp": [], "tls": []}
    kind, sides = "", Sides([], [])
    for line in lines:
        if line.startswith("Follow:"):
            kind, sides = line.split()[1].split(",")[0], Sides([], [])
        elif line.startswith("===") and (sides.first or sides.second):
            found[kind].append(sides if kind == "udp" else sides.joined())
            kind, sides = "", Sides([], [])
        elif re.fullmatch(r"\t?[0-9a-f]+", line):
            sides[line.startswith("\t")].append(bytes.fromhex(line))
    return {name: sorted(said) for name, said in found.items()}


@contextlib.asynccontextmanager
async def _served(scheme: str, folder: Path, **fields: Any) -> AsyncIterator[tuple[Endpoint, Endpoint]]:
    """Its own server, which may record: where it is, and how a client that knows everything says that."""
    authority = Authority.create()
    (folder / "authority.pem").write_bytes(authority.certificate_pem)
    place = f"unix://{folder}/s.sock" if scheme == "unix" else f"{scheme}://127.0.0.1:0"
    accounts = Accounts.from_texts([f"{USER}:{PASSWORD}"])
    async with Serving([Endpoint.parse(place)], (), accounts, authority=authority, **fields) as serving:
        yield serving.endpoint, known(serving, serving.endpoint, folder / "authority.pem")


async def _try(protocol: str, endpoint: Endpoint, folder: Path, **fields: Any) -> None:
    """The protocol's first sample."""
    sample = registry.protocol(protocol).samples[0]
    (folder / "source.txt").write_text(sample.text)
    words = {"put": (str(folder / "source.txt"),), "send": (sample.text,), "run": (sample.text,)}
    found = await records(None, sample.verb, at(sample, endpoint), *words.get(sample.verb, ()), **fields)
    assert {one.status for one in found if isinstance(one, Outcome)} == {"success"}


def _same(one: bytes, other: bytes) -> bool:
    """Whether both sides tell the same of what one of them said; a goodbye may come when the other has gone already."""
    shorter, longer = sorted((one, other), key=len)
    return longer.startswith(shorter) and len(longer) - len(shorter) <= GOODBYE


@pytest.mark.parametrize(("protocol", "scheme"), SCHEMES, ids=[scheme for _, scheme in SCHEMES])
async def test_both_sides_of_every_scheme(protocol: str, scheme: str, tmp_path: Path) -> None:
    """Each side records for itself; both recordings tell of the same."""
    recording = Recording(tmp_path / "server.pcapng")
    async with _served(scheme, tmp_path, recording=recording) as (place, endpoint):
        await _try(protocol, endpoint, tmp_path, record=str(tmp_path / "client.pcapng"))
    recording.close()
    ours, theirs = (Kept(tmp_path / f"{side}.pcapng", scheme, place.port) for side in ("client", "server"))
    for kept in (ours, theirs):
        assert kept.name in kept.named
        assert kept.complaints == []
    sent, heard = ours.said(), theirs.said()
    assert sent["udp"] == heard["udp"]
    for kind in ("tcp", "tls"):
        for mine, yours in zip(sent[kind], heard[kind], strict=True):
            assert _same(mine.first[0], yours.first[0])
            assert _same(mine.second[0], yours.second[0])
    assert scheme == "icmp" or sent["tcp"] or sent["udp"]
    if ours.secure or "tls" in ours.named:
        assert any(any(said.first + said.second) for said in sent["tls"]), "the secrets are in the file"


async def test_icmp_says_the_same_on_both_sides(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "server.pcapng")
    async with _served("icmp", tmp_path, recording=recording) as (_, endpoint):
        await _try("icmp", endpoint, tmp_path, record=str(tmp_path / "client.pcapng"))
    recording.close()
    asked, heard = (
        Kept(tmp_path / f"{side}.pcapng", "icmp", None).tshark(
            "-Y", "icmp.type == 8", "-T", "fields", "-e", "data.data"
        )
        for side in ("client", "server")
    )
    assert asked
    assert asked == heard


async def test_nothing_is_lost_of_much_in_both_directions(tmp_path: Path) -> None:
    """What a recording holds is what whoever stood between, and knows nothing of recordings, saw."""
    passed: dict[bool, bytearray] = {True: bytearray(), False: bytearray()}
    words = bytes(range(256)) * 8192

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, there: bool) -> None:
        while data := await reader.read(50_000):
            passed[there] += data
            writer.write(data)
            await writer.drain()
        writer.write_eof()

    async with Serving([Endpoint.parse("tcp://127.0.0.1:0")], [Echo()]) as serving:

        async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            theirs = await asyncio.open_connection("127.0.0.1", serving.endpoint.port)
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(carry(reader, theirs[1], there=True))
                    group.create_task(carry(theirs[0], writer, there=False))
            finally:
                theirs[1].close()
                writer.close()

        async with await asyncio.start_server(between, "127.0.0.1", 0) as middle:
            port = middle.sockets[0].getsockname()[1]
            (tmp_path / "words").write_bytes(words)
            target = f"tcp://127.0.0.1:{port}#reply=all"
            found = await record(None, "send", target, f"@{tmp_path}/words", record=str(tmp_path / "x.pcapng"))
    assert found.body == words
    (said,) = Kept(tmp_path / "x.pcapng", "tcp", port).said()["tcp"]
    assert said.first[0] == bytes(passed[True]) == words
    assert said.second[0] == bytes(passed[False])


async def test_curl_at_a_server_that_records(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "server.pcapng")
    async with _served("https", tmp_path, recording=recording) as (place, _):
        target = f"https://127.0.0.1:{place.port}/missing"
        command = [need("curl", "curl"), "-s", "--http1.1", "--cacert", str(tmp_path / "authority.pem"), target]
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        body, _ = await process.communicate()
    recording.close()
    kept = Kept(tmp_path / "server.pcapng", "rdaps", place.port)
    assert body
    assert (kept.complaints, kept.name in kept.named) == ([], True)
    (said,) = kept.said()["tls"]
    question, answer = sorted(said.first + said.second)  # GET comes before HTTP/1.1
    assert b"User-Agent: curl/" in question
    assert answer.endswith(body)


async def test_our_client_records_a_foreign_server(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "loom.txt").write_text("warp and weft")
    port, log = free_port(), tmp_path / "log"
    root = str(tmp_path / "root")
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", root]
    with running(command, log) as process:
        wait_for_port(process, log, port)
        found = await record(None, "get", f"http://127.0.0.1:{port}/loom.txt", record=str(tmp_path / "x.pcapng"))
    kept = Kept(tmp_path / "x.pcapng", "http", port)
    assert (kept.complaints, "http" in kept.named) == ([], True)
    assert kept.said()["tcp"][0].second[0].endswith(found.body)


async def test_http3_of_a_foreign_client(tmp_path: Path) -> None:
    """tshark 4.0 takes the secrets to be those of the ClientHello before a Retry, so it is shown what follows that."""
    recording = Recording(tmp_path / "server.pcapng")
    at = Endpoint.parse("https://127.0.0.1:0#http3=also")
    async with (
        Serving([at], authority=AUTHORITY, recording=recording) as serving,
        aioquic_client(serving.endpoint.port or 0) as client,
    ):
        assert (await client.ask("GET", "localhost", "/")).status == 200
    recording.close()
    assert "http3" in _after(tmp_path / "server.pcapng", 3)


def _after(path: Path, first: int) -> set[str]:
    """What tshark names from a packet on."""
    rest = path.with_suffix(".rest")
    subprocess.run([need("editcap", "wireshark-common"), "-r", path, rest, f"{first}-99999"], check=True)
    command = [need("tshark", "tshark"), "-r", str(rest), "-T", "fields", "-e", "frame.protocols"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return {name for line in done.stdout.splitlines() for name in line.split(":")}
