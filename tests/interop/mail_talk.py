"""What the meetings of IMAP and POP3 with others share: our client, mail to serve, and foreign programs."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
from typing import TYPE_CHECKING, Any

from netloom.contents.mail import Envelope, Mail
from netloom.endpoint import Endpoint
from netloom.toolbox import Toolbox
from tests.interop.imap_peers import CA, PASSWORD, USER, Place, ours
from tests.interop.peers import need

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from netloom.attempts import Attempt
    from netloom.records import Record
    from netloom.shapes import Entry

HANG = 60.0
LETTER = (
    b"From: =?utf-8?q?B=C3=B6b?= <bob@example.org>\r\nTo: ann@example.org\r\nSubject: =?utf-8?b?VHLDpGdlcg==?=\r\n"
    b"Date: Fri, 20 Nov 2026 22:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n\r\n.\r\nhello, loom\r\n"
)
MULTIPART = (
    b"From: bob@example.org\r\nSubject: parts\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    b"--x\r\nContent-Type: text/plain\r\n\r\nfirst\r\n"
    b"--x\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--x--\r\n"
)


# Our client


async def _nowhere(record: Record) -> None:
    raise AssertionError(record)


@contextlib.asynccontextmanager
async def client(url: str) -> AsyncIterator[tuple[Any, Attempt]]:
    """Our client of an endpoint; whatever goes wrong is raised."""
    attempt = Toolbox(_nowhere).attempt(Endpoint.parse(url), HANG)
    async with attempt:
        yield attempt.client, attempt
    if attempt.error is not None:
        raise attempt.error


async def listed(url: str) -> list[Entry]:
    async with client(url) as (one, attempt):
        return [entry async for entry in one.list(attempt.endpoint.path)]


async def got(url: str) -> tuple[dict[str, Any], bytes]:
    async with client(url) as (one, attempt):
        reply = await one.get(attempt.endpoint.path)
        return reply.meta, b"".join([chunk async for chunk in reply.chunks()])


async def put(url: str, *pieces: bytes) -> dict[str, Any]:
    async def body() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async with client(url) as (one, attempt):
        return dict((await one.put(attempt.endpoint.path, body())).meta)


# Our server, and foreign clients of it


async def delivered(mail: Mail, *letters: bytes) -> None:
    for letter in letters:
        await mail.deliver(Envelope(sender="bob@x", recipients=("ann@x",), data=letter))


async def with_ours(mail: Mail, talk: Callable[[Place], Any]) -> Any:
    """Let a foreign client talk in a thread."""
    async with ours(mail) as place:
        return await asyncio.to_thread(talk, place)


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(CA))


def run(*command: str | Path, check: bool = True, **fields: Any) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run([str(part) for part in command], capture_output=True, timeout=HANG, check=False, **fields)
    assert not check or done.returncode == 0, (done.stdout[-2000:], done.stderr[-2000:])
    return done


def curl(place: Place, way: str, protocol: str, at: str, *more: str) -> bytes:
    """What curl gets from a path."""
    scheme = protocol + "s" * (way == "tls")
    secured = ["--ssl-reqd"] if way == "starttls" else []
    user = ["-u", f"{USER}:{PASSWORD}"]
    url = f"{scheme}://localhost:{place.ports[scheme]}{at}"
    return run(need("curl", "curl"), "-sS", "--cacert", CA, *secured, *user, url, *more).stdout


def fetchmail(place: Place, way: str, protocol: str, folder: Path) -> None:
    """Fetch everything into the file `got`. Without TLS it logs in by CRAM-MD5."""
    config = folder / "fetchmailrc"
    scheme = protocol + "s" * (way == "tls")
    secret = PASSWORD.replace('"', "\\042")
    secured = {"plain": 'sslproto ""', "starttls": "sslproto tls1.2+", "tls": "ssl"}[way]
    config.touch(mode=0o600)
    config.write_text(
        f"poll localhost protocol {protocol.upper()} service {place.ports[scheme]}"
        f"{' auth cram-md5' if way == 'plain' and protocol == 'imap' else ''}\n"
        f'user {USER} password "{secret}" {secured} sslcertck sslcertfile {CA} mda "/usr/bin/tee -a {folder}/got"\n'
    )
    environment = {"HOME": str(folder), "FETCHMAILHOME": str(folder), "PATH": "/usr/bin:/bin", "USER": "ann"}
    run(need("fetchmail", "fetchmail"), "-f", config, "--nosyslog", "-v", env=environment)
