"""SMTP meets others: our client and Postfix, smtp-sink, aiosmtpd; our server and swaks, curl, smtplib, aiosmtplib."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiosmtplib
import pytest

from netloom.accounts import Account, Accounts
from netloom.contents.mail import Mail
from netloom.endpoint import Endpoint, Secret
from netloom.errors import Status, TLSError
from netloom.records import Message
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from tests.interop.peers import need
from tests.interop.smtp_peers import AUTHORITY, CERTIFICATE, PASSWORD, USER, aiosmtpd, postfix, smtp_sink, swaks

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

    from netloom.attempts import Attempt
    from netloom.records import AccessRecord, Record

pytestmark = pytest.mark.interop

LOGIN = f"{USER}:can4ry%20pa55%3Aword@"


@pytest.fixture
def ca(tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    path.write_bytes(AUTHORITY.certificate_pem)
    return str(path)


# Our client


async def send(url: str, message: Message) -> tuple[dict[str, Any], Attempt]:
    """What was said to a message, and how the attempt ended."""

    async def emit(record: Record) -> None:
        raise AssertionError(record)

    attempt = Toolbox(emit).attempt(Endpoint.parse(url), 30)
    meta: dict[str, Any] = {}
    async with attempt:
        reply = await attempt.client.send(message)
        meta = reply.meta
    return meta, attempt


async def sent(url: str, message: Message) -> dict[str, Any]:
    meta, attempt = await send(url, message)
    assert attempt.error is None, attempt.error
    return meta


def letter(data: bytes) -> EmailMessage:
    return message_from_bytes(data, policy=policy.default)


@pytest.fixture
def attachments(tmp_path: Path) -> dict[str, bytes]:
    """Files that don't like being changed: line ends of each kind, dots, NUL, every byte, nothing at all."""
    files = {
        "lines.txt": b"a\nb\r\nc\rd\n.\r\n..\r\n\r\n.\r\n",
        "octets.bin": bytes(range(256)) * 300,
        "nothing.pdf": b"",
        "naïve résumé.html": "<p>ä</p>".encode(),
        "mail.eml": b"From: x@y\r\n\r\n.\r\n",
        "packed.tar.gz": b"\x1f\x8b\x08\0" + b".\r\n" * 1000,
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return files


def attached(message: EmailMessage) -> dict[str, bytes]:
    return {str(part.get_filename()): part.get_payload(decode=True) for part in message.iter_attachments()}  # type: ignore[misc]


def attach(folder: Path, files: dict[str, bytes]) -> str:
    """The options that attach them."""
    return ",".join(f"attach={quote(str(folder / name))}" for name in files)


class TestClient:
    @pytest.mark.meets(server="smtp-sink")
    async def test_smtp_sink(self, tmp_path: Path, attachments: dict[str, bytes]) -> None:
        with smtp_sink() as sink:
            options = f"sender=bob@example.org,subject=Gr%C3%BC%C3%9Fe,{attach(tmp_path, attachments)}"
            url = f"smtp://127.0.0.1:{sink.port}/ann@example.org#{options}"
            meta = await sent(url, Message(payload=b".\r\nhello\r\n..\r\n"))
            assert meta["recipients"].keys() == {"ann@example.org"}
            (mail,) = await asyncio.to_thread(sink.wait_for, 1)
        message = letter(mail)
        assert message["Subject"] == "Grüße"
        assert attached(message) == attachments
        body = message.get_body()
        assert body is not None
        assert body.get_content() == ".\nhello\n..\n"

    @pytest.mark.parametrize("options", ["-e", "-p", "-8", "-4", "-P", "-c"])
    async def test_smtp_sinks_of_each_kind(self, options: str) -> None:
        with smtp_sink(options) as sink:
            await sent(f"smtp://127.0.0.1:{sink.port}/ann@example.org", Message(payload=b"hello"))
            (mail,) = await asyncio.to_thread(sink.wait_for, 1)
        assert mail.replace(b"\r\n", b"\n").rstrip().endswith(b"hello")

    @pytest.mark.parametrize(
        ("options", "status"),
        [
            (["-f", "connect"], Status.REFUSED_BY_PEER),
            (["-f", "helo,ehlo"], Status.REFUSED_BY_PEER),
            (["-r", "mail"], Status.REFUSED_BY_PEER),
            (["-f", "rcpt"], Status.REFUSED_BY_PEER),
            (["-q", "rcpt"], Status.CLOSED),
            (["-f", "data"], Status.REFUSED_BY_PEER),
            (["-Q", "data"], Status.REFUSED_BY_PEER),
            (["-f", "."], Status.REFUSED_BY_PEER),
        ],
    )
    async def test_smtp_sinks_that_refuse(self, options: list[str], status: Status) -> None:
        with smtp_sink(*options) as sink:
            _, attempt = await send(f"smtp://127.0.0.1:{sink.port}/ann@example.org", Message(payload=b"hello"))
        assert attempt.outcome()["status"] == status

    @pytest.mark.meets(server="Postfix")
    async def test_postfix(self, ca: str, tmp_path: Path, attachments: dict[str, bytes]) -> None:
        # Postfix adds what is missing: nothing is
        whole = b"From: bob@example.org\r\nTo: ann@example.org\r\nSubject: whole\r\nMessage-ID: <1@example.org>\r\n"
        whole += b"Date: Fri, 20 Nov 2026 22:00:00 +0000\r\n\r\n.\r\nTr\xc3\xa4ger\r\n..\r\n"
        with postfix() as server:
            port, tls_port = server.port, server.tls_port
            await sent(
                f"smtp://127.0.0.1:{port}/ann@example.org#sender=bob@example.org,ca={ca},"
                + attach(tmp_path, attachments),
                Message(),
            )
            for url in (
                f"smtp://127.0.0.1:{port}#tls=starttls,ca={ca}",
                f"smtp://127.0.0.1:{port}#ca={ca}",
                f"smtp://127.0.0.1:{port}#tls=never,chunking",
                f"smtps://127.0.0.1:{tls_port}#ca={ca}",
                *(f"smtp://{LOGIN}127.0.0.1:{port}#ca={ca},auth={auth}" for auth in ("", "plain", "login", "cram-md5")),
                f"smtps://{LOGIN}127.0.0.1:{tls_port}#ca={ca}",
            ):
                meta = await sent(url, Message(payload=whole))
                assert meta["tls"] is ("ca=" in url)
            meta = await sent(
                f"smtp://127.0.0.1:{port}/ann@example.org#tls=never,to=nobody@example.org,to=bob@elsewhere.example",
                Message(),
            )
            assert {name: said[:3] for name, said in meta["refused"].items()} == {
                "nobody@example.org": "550",
                "bob@elsewhere.example": "454",
            }
            _, attempt = await send(f"smtps://{USER}:wrong@127.0.0.1:{tls_port}/ann@example.org#ca={ca}", Message())
            assert attempt.outcome()["status"] is Status.UNAUTHENTICATED
            for mode in ("starttls", "try", ""):
                _, attempt = await send(f"smtp://127.0.0.1:{port}/ann@example.org#tls={mode}", Message())
                assert isinstance(attempt.error, TLSError)
            mails = await asyncio.to_thread(server.wait_for, 11)
        letters = [letter(mail) for mail in mails]
        assert sorted(str(message["Subject"]) for message in letters) == ["None"] * 2 + ["whole"] * 9
        (files,) = (found for message in letters if (found := attached(message)))
        assert files == attachments
        for mail, message in zip(mails, letters, strict=True):
            if message["Subject"] == "whole":
                assert mail.replace(b"\r\n", b"\n").endswith(whole.replace(b"\r\n", b"\n"))

    async def test_postfix_is_probed(self, ca: str) -> None:
        from netloom.protocols.smtp.probe import Facts, probe

        with postfix() as server:
            facts = Facts()
            attempt = Toolbox(_nowhere).attempt(Endpoint.parse(f"smtp://{LOGIN}127.0.0.1:{server.port}#ca={ca}"), 30)
            async with attempt:
                await probe(attempt.client, facts)
        assert attempt.error is None
        assert (facts.hostname, facts.size_limit, facts.starttls, facts.tls) == ("mx.example.org", 10240000, True, True)
        assert {"PIPELINING", "8BITMIME", "DSN", "SMTPUTF8", "CHUNKING"} <= facts.extensions.keys()
        assert set(facts.auth) == {"PLAIN", "LOGIN", "CRAM-MD5"}
        assert facts.summary.startswith("220 ready · TLS · SIZE 10.2 MB · authenticated by PLAIN · ")

    @pytest.mark.meets(server="aiosmtpd")
    @pytest.mark.parametrize("way", ["plain", "starttls", "tls"])
    async def test_aiosmtpd(self, way: str, ca: str) -> None:
        whole = "From: bob@x\r\nTo: ann@x\r\nSubject: whole\r\n\r\n.\r\nTräger\r\n..\r\n".encode()
        async with aiosmtpd(tls=way == "starttls", implicit=way == "tls") as (port, kept):
            user = LOGIN if way != "plain" else ""
            scheme = "smtps" if way == "tls" else "smtp"
            meta = await sent(
                f"{scheme}://{user}127.0.0.1:{port}/ann@x#to=nobody@x,sender=bob@x,ca={ca}", Message(payload=whole)
            )
            assert meta["refused"] == {"nobody@x": "550 5.1.1 no such mailbox"}
            assert meta["tls"] is (way != "plain")
        (envelope,) = kept.envelopes
        assert envelope.content == whole
        assert (envelope.mail_from, envelope.rcpt_tos) == ("bob@x", ["ann@x"])
        assert bool(kept.sessions[0].authenticated) is (way != "plain")

    async def test_aiosmtpd_and_a_wrong_password(self, ca: str) -> None:
        async with aiosmtpd(tls=True) as (port, kept):
            for auth in ("plain", "login"):
                _, attempt = await send(
                    f"smtp://{USER}:wrong@127.0.0.1:{port}/ann@x#ca={ca},auth={auth}", Message(payload=b"x")
                )
                assert attempt.outcome()["status"] is Status.UNAUTHENTICATED
            _, attempt = await send(f"smtp://{LOGIN}127.0.0.1:{port}/ann@x#tls=never", Message(payload=b"x"))
            assert attempt.error is not None
            assert "can4ry" not in repr(attempt.outcome())
        assert kept.envelopes == []

    async def test_aiosmtpd_and_addresses_beyond_ascii(self) -> None:
        async with aiosmtpd() as (port, kept):
            await sent(
                f"smtp://127.0.0.1:{port}/%C3%A4nn@b%C3%BCcher.example#subject=Gr%C3%BC%C3%9Fe",
                Message(payload="Träger".encode()),
            )
            await sent(f"smtp://127.0.0.1:{port}/ann@b%C3%BCcher.example", Message(payload=b"x"))
        assert [envelope.rcpt_tos for envelope in kept.envelopes] == [
            ["änn@bücher.example"],
            ["ann@xn--bcher-kva.example"],
        ]


async def _nowhere(record: Record) -> None:
    raise AssertionError(record)


# Our server


class Served:
    """A server of ours: `port` with STARTTLS, `tls_port` with TLS from the start; ann has an account."""

    def __init__(self, tmp_path: Path, mail: Mail | None = None) -> None:
        pem = tmp_path / "server.pem"
        pem.write_bytes(CERTIFICATE.key_pem + CERTIFICATE.cert_pem)
        self.mail = mail if mail is not None else Mail()
        self.access: list[AccessRecord] = []
        endpoints = [
            Endpoint.parse(f"{scheme}://127.0.0.1:0#cert={pem},name=mx.example.org") for scheme in ("smtp", "smtps")
        ]
        accounts = Accounts([Account(name=USER, password=Secret(PASSWORD), tokens=(Secret("t0ken"),))])
        self.serving = Serving(endpoints, [self.mail], accounts, report=self.access.append)

    async def __aenter__(self) -> Served:
        await self.serving.start()
        self.port, self.tls_port = (endpoint.port or 0 for endpoint in self.serving.endpoints)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.serving.stop()

    def only(self) -> bytes:
        (received,) = self.mail.received
        return received.data

    @property
    def mechanisms(self) -> list[str]:
        return [record.target for record in self.access if record.verb == "AUTH" and record.status == "235"]


async def run(*command: str, stdin: bytes = b"") -> str:
    """What a program says; it must succeed."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(stdin), 60)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, out.decode(errors="replace")
    return out.decode(errors="replace")


class TestServer:
    @pytest.mark.meets(client="swaks")
    @pytest.mark.parametrize(
        ("way", "auth"),
        # Passwords aren't taken without TLS: test_swaks_is_asked_for_tls
        [
            *((way, auth) for way in ("plain", "starttls", "tls") for auth in ("", "CRAM-MD5")),
            *((way, auth) for way in ("starttls", "tls") for auth in ("PLAIN", "LOGIN")),
        ],
    )
    @pytest.mark.meets(client="swaks")
    async def test_swaks(self, way: str, auth: str, tmp_path: Path, attachments: dict[str, bytes]) -> None:
        program = swaks(tls=way != "plain")
        async with Served(tmp_path) as served:
            port = served.tls_port if way == "tls" else served.port
            command = [
                program,
                "--server",
                "127.0.0.1",
                "--port",
                str(port),
                "--from",
                "bob@example.org",
                "--to",
                "ann@example.org",
            ]
            command += {"plain": [], "starttls": ["--tls"], "tls": ["--tls-on-connect"]}[way]
            command += ["--auth", auth, "--auth-user", USER, "--auth-password", PASSWORD] if auth else []
            command += ["--header", "Subject: swaks", "--body", ".\nhello", "--attach-type", "application/octet-stream"]
            command += ["--attach", f"@{tmp_path / 'octets.bin'}"]
            await run(*command)
            message = letter(served.only())
            assert message["Subject"] == "swaks"
            assert [part.get_payload(decode=True) for part in message.iter_attachments()][-1] == attachments[
                "octets.bin"
            ]
            assert served.mechanisms == ([auth] if auth else [])
            word = "ESMTP" + "S" * (way != "plain") + "A" * bool(auth)
            assert f"by mx.example.org with {word} id" in message["Received"]

    async def test_swaks_is_asked_for_tls(self, tmp_path: Path) -> None:
        async with Served(tmp_path) as served:
            process = await asyncio.create_subprocess_exec(
                swaks(), "--server", "127.0.0.1", "--port", str(served.port), "--to", "ann@example.org",
                "--auth", "PLAIN", "--auth-user", USER, "--auth-password", PASSWORD, stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            assert await asyncio.wait_for(process.wait(), 60) != 0
            assert served.mail.received == ()

    @pytest.mark.meets(client="curl")
    @pytest.mark.parametrize("way", ["plain", "starttls", "tls"])
    async def test_curl(self, way: str, tmp_path: Path, ca: str) -> None:
        whole = b"From: bob@example.org\r\nTo: ann@example.org\r\nSubject: curl\r\n\r\n.\r\nhello\r\n..\r\n"
        (tmp_path / "mail").write_bytes(whole)
        async with Served(tmp_path) as served:
            place = f"smtps://127.0.0.1:{served.tls_port}" if way == "tls" else f"smtp://127.0.0.1:{served.port}"
            command = [
                need("curl", "curl"),
                "-sS",
                "--cacert",
                ca,
                place,
                "-T",
                str(tmp_path / "mail"),
                "--mail-from",
                "bob@example.org",
            ]
            command += ["--mail-rcpt", "ann@example.org", *(["--ssl-reqd"] if way == "starttls" else [])]
            await run(*command)
            for auth in ("PLAIN", "LOGIN", "CRAM-MD5") if way != "plain" else ("CRAM-MD5",):
                await run(*command, "--user", f"{USER}:{PASSWORD}", "--login-options", f"AUTH={auth}")
                assert served.mechanisms[-1] == auth
            if way != "plain":
                await run(*command, "--user", f"{USER}:", "--oauth2-bearer", "t0ken", "--login-options", "AUTH=XOAUTH2")
                assert served.mechanisms[-1] == "XOAUTH2"
            assert all(received.data.endswith(b"\r\n" + whole) for received in served.mail.received)
            assert len(served.mail.received) == (5 if way != "plain" else 2)

    @pytest.mark.meets(client="smtplib")
    @pytest.mark.parametrize("way", ["plain", "starttls", "tls"])
    async def test_smtplib(self, way: str, tmp_path: Path, ca: str, attachments: dict[str, bytes]) -> None:
        whole = letter(b"From: bob@x\r\nTo: ann@x\r\nSubject: smtplib\r\n\r\n")
        whole.set_content(".\nTräger\n")
        for name, content in attachments.items():
            whole.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
        context = ssl.create_default_context(cafile=ca)

        def talk(port: int) -> dict[str, tuple[int, bytes]]:
            smtp = (
                smtplib.SMTP_SSL("127.0.0.1", port, context=context, timeout=30)
                if way == "tls"
                else smtplib.SMTP("127.0.0.1", port, timeout=30)
            )
            with smtp:
                if way == "starttls":
                    smtp.starttls(context=context)
                smtp.login(USER, PASSWORD)
                assert smtp.verify("ann")[0] == 252
                assert smtp.noop()[0] == 250
                with pytest.raises(smtplib.SMTPRecipientsRefused):
                    smtp.sendmail("bob@x", ["nobody@x"], "text")
                return smtp.send_message(whole, to_addrs=["ann@x", "eve@x"])

        async with Served(tmp_path) as served:
            refused = await asyncio.to_thread(talk, served.tls_port if way == "tls" else served.port)
            assert {name: code for name, (code, _) in refused.items()} == {"eve@x": 550}
            message = letter(served.only())
            assert attached(message) == attachments
            assert served.mechanisms == ["CRAM-MD5"]

    @pytest.mark.meets(client="aiosmtplib")
    @pytest.mark.parametrize("way", ["plain", "starttls", "tls"])
    async def test_aiosmtplib(self, way: str, tmp_path: Path, ca: str) -> None:
        whole = "From: bob@x\r\nTo: änn@x\r\nSubject: aiosmtplib\r\n\r\n.\r\nTräger\r\n".encode()
        async with Served(tmp_path) as served:
            context = ssl.create_default_context(cafile=ca) if way != "plain" else None
            port = served.tls_port if way == "tls" else served.port
            client = aiosmtplib.SMTP(
                hostname="127.0.0.1", port=port, use_tls=way == "tls", start_tls=way == "starttls", tls_context=context
            )
            async with client:
                await client.login(USER, PASSWORD)
                await client.sendmail("bob@x", ["ann@x"], whole, mail_options=["SMTPUTF8", "BODY=8BITMIME"])
            assert served.only().endswith(b"\r\n" + whole)

    @pytest.mark.meets(client="smtp-source")
    async def test_smtp_source(self, tmp_path: Path) -> None:
        """Many sessions at once, each with several mails."""
        async with Served(tmp_path) as served:
            command = [need("smtp-source", "postfix"), "-s", "10", "-m", "100", "-l", "20000", "-d"]
            await run(*command, "-f", "bob@example.org", "-t", "ann@example.org", f"127.0.0.1:{served.port}")
            assert len(served.mail.received) == 100

    async def test_to_itself_through_a_maildir(self, tmp_path: Path, ca: str, attachments: dict[str, bytes]) -> None:
        (tmp_path / "mail").mkdir()
        async with Served(tmp_path, Mail(tmp_path / "mail")) as served:
            url = f"smtp://{LOGIN}127.0.0.1:{served.port}/ann@x#ca={ca},{attach(tmp_path, attachments)}"
            await sent(url, Message(payload=b"hello"))
            box = served.mail.mailbox("ann")
            (info,) = await box.list()
            assert attached(letter(await box.fetch(info.uid))) == attachments
