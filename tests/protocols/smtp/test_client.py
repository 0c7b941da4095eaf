"""The client against a server of ours in memory: mail goes out, TLS and authentication as they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.accounts import Account, PasswordHash
from netloom.contents.mail import Limits, Mail
from netloom.endpoint import Secret
from netloom.errors import Blocked, LocalProtocolError, PeerRefused, TLSError, Unauthenticated, UsageError
from netloom.records import Message
from tests.protocols.smtp.lab import ANN, AUTHORITY, PLAIN, Lab

if TYPE_CHECKING:
    from pathlib import Path

TEXT = Message(payload=b"hello\n.\nFrom here on")


@pytest.fixture
def ca(tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    path.write_bytes(AUTHORITY.certificate_pem)
    return str(path)


async def send(lab: Lab, url: str, message: Message = TEXT) -> dict[str, object]:
    """Send one message as `netloom send` does, and say goodbye."""
    client, dial = lab.client(url)
    try:
        reply = await client.send(message)
        await client.close()
        return reply.meta
    finally:
        await dial.close()


async def test_a_text() -> None:
    async with Lab() as lab:
        meta = await send(
            lab, "smtp://127.0.0.1:PORT/ann@example.org#sender=Bob%20<bob@example.org>,subject=Hi,to=eve@x,bcc=sue@x"
        )
        (received,) = lab.mail.received
        assert received.sender == "bob@example.org"
        assert received.recipients == ("ann@example.org", "eve@x", "sue@x")
        assert received.subject == "Hi"
        assert b"\r\nFrom: Bob <bob@example.org>\r\nTo: ann@example.org, eve@x\r\n" in received.data
        assert b"sue@x" not in received.data
        assert received.data.endswith(b"\r\n\r\nhello\r\n.\r\nFrom here on\r\n")
        assert meta["code"] == 250
        assert list(meta["recipients"]) == ["ann@example.org", "eve@x", "sue@x"]  # type: ignore[call-overload]
        assert str(meta["message_id"]).encode() in received.data
        assert meta["tls"] is False


@pytest.mark.parametrize("options", ["", "chunking", "pipelining=no", "chunking,pipelining=no"])
async def test_a_large_mail_arrives_as_it_is(options: str) -> None:
    whole = b"From: bob@x\r\nTo: ann@x\r\nSubject: large\r\n\r\n" + b"".join(b".%07d\r\n" % n for n in range(200_000))
    async with Lab() as lab:
        meta = await send(lab, f"smtp://127.0.0.1:PORT#{options}", Message(payload=whole))
        assert lab.mail.received[0].data.endswith(b"\r\n" + whole)
        assert meta["size"] == len(whole)


async def test_one_session_for_several() -> None:
    async with Lab() as lab:
        client, dial = lab.client("smtp://127.0.0.1:PORT")
        for number in range(3):
            await client.send(Message(topic="ann@x", payload=b"number %d" % number))
        with pytest.raises(PeerRefused):
            await client.send(Message(topic="x" * 65 + "@x", payload=b"to nobody"))
        await client.send(Message(topic="ann@x", payload=b"and on"))
        await client.close()
        await dial.close()
        assert len(lab.mail.received) == 4
        assert len({record.peer for record in lab.access}) == 1


class TestRefused:
    async def test_some_recipients(self) -> None:
        async with Lab(PLAIN, ANN) as lab:
            meta = await send(lab, "smtp://127.0.0.1:PORT/ann@x#to=eve@x")
            assert meta["recipients"] == {"ann@x": "250 2.1.5 recipient ok"}
            assert meta["refused"] == {"eve@x": "550 5.1.1 there is no such mailbox"}
            assert lab.mail.received[0].recipients == ("ann@x",)

    async def test_strictly(self) -> None:
        async with Lab(PLAIN, ANN) as lab:
            with pytest.raises(PeerRefused, match="1 of 2 recipients were refused, the first eve@x") as caught:
                await send(lab, "smtp://127.0.0.1:PORT/ann@x#to=eve@x,strict")
            assert caught.value.code == 550
            assert lab.mail.received == ()

    async def test_all(self) -> None:
        async with Lab(PLAIN, ANN) as lab:
            with pytest.raises(PeerRefused, match="eve@x was refused: 550") as caught:
                await send(lab, "smtp://127.0.0.1:PORT/eve@x")
            assert caught.value.code == 550

    async def test_too_large_is_known_before(self) -> None:
        async with Lab(mail=Mail(limits=Limits(message=4096))) as lab:
            with pytest.raises(PeerRefused, match="and the server takes 2048"):
                await send(lab, "smtp://127.0.0.1:PORT/ann@x", Message(payload=b"x" * 5000))
            assert lab.access == []

    async def test_more_recipients_than_a_group(self) -> None:
        async with Lab(f"{PLAIN},max-recipients=150") as lab:
            people = ",".join(f"to=u{number}@x" for number in range(160))
            meta = await send(lab, f"smtp://127.0.0.1:PORT#{people}")
            assert len(meta["recipients"]) == 150  # type: ignore[arg-type]
            assert set(meta["refused"].values()) == {"452 4.5.3 a mail has 150 recipients at most"}  # type: ignore[attr-defined]
            assert len(lab.mail.received[0].recipients) == 150


class TestSecurity:
    @pytest.mark.parametrize("auth", ["", "plain", "login", "cram-md5", "xoauth2"])
    @pytest.mark.parametrize("scheme", ["smtp", "smtps"])
    async def test_each_way_over_tls(self, scheme: str, auth: str, ca: str) -> None:
        async with Lab(f"{scheme}://127.0.0.1:0#tls=try", ANN) as lab:
            token = ",token=can4ry-t0ken" if auth == "xoauth2" else ""
            meta = await send(lab, f"{scheme}://ann:can4ry-pa55@127.0.0.1:PORT/ann@x#ca={ca},auth={auth}{token}")
            assert meta["tls"] is True
            assert lab.access[0].verb == "AUTH"
            assert lab.access[0].target == (auth.upper() or "PLAIN")
            assert b"with ESMTPSA id" in lab.mail.received[0].data
            assert "can4ry" not in repr(meta) + repr(lab.access) + repr(lab.mail.received)

    @pytest.mark.parametrize("auth", ["plain", "login", "cram-md5", "xoauth2"])
    async def test_a_wrong_one(self, auth: str, ca: str) -> None:
        async with Lab("smtps://127.0.0.1:0", ANN) as lab:
            with pytest.raises(Unauthenticated) as caught:
                await send(lab, f"smtps://ann:wrong@127.0.0.1:PORT/ann@x#ca={ca},auth={auth}")
            assert caught.value.code == 535
            assert (lab.access[0].status, lab.access[0].user) == ("535", "")

    async def test_a_hashed_password(self, ca: str) -> None:
        account = Account(name="ann", password=PasswordHash.of(Secret("can4ry"), log2_n=4))
        async with Lab("smtp://127.0.0.1:0#tls=try", account) as lab:
            await send(lab, f"smtp://ann:can4ry@127.0.0.1:PORT/ann@x#ca={ca}")
            assert lab.access[0].target == "PLAIN"

    async def test_no_password_without_tls(self) -> None:
        account = Account(name="ann", password=PasswordHash.of(Secret("can4ry"), log2_n=4))
        async with Lab(f"{PLAIN},allow-plain-auth", account) as lab:
            with pytest.raises(Blocked, match="the password wasn't sent"):
                await send(lab, "smtp://ann:can4ry@127.0.0.1:PORT/ann@x")
            assert lab.access == []
            await send(lab, "smtp://ann:can4ry@127.0.0.1:PORT/ann@x#allow-plain-auth")
            assert lab.access[0].status == "235"

    async def test_a_challenge_needs_none(self) -> None:
        async with Lab(f"{PLAIN},allow-plain-auth", ANN) as lab:
            await send(lab, "smtp://ann:can4ry-pa55@127.0.0.1:PORT/ann@x")
            assert lab.access[0].target == "SCRAM-SHA-256"

    async def test_starttls_or_nothing(self) -> None:
        async with Lab() as lab:
            with pytest.raises(TLSError, match="offers no STARTTLS"):
                await send(lab, "smtp://127.0.0.1:PORT/ann@x#tls=starttls")
            assert (await send(lab, "smtp://127.0.0.1:PORT/ann@x#tls=try"))["tls"] is False

    @pytest.mark.parametrize(("mode", "secured"), [("starttls", True), ("try", True), ("never", False), ("", True)])
    async def test_each_mode(self, mode: str, secured: bool, ca: str) -> None:
        async with Lab("smtp://127.0.0.1:0#tls=try") as lab:
            assert (await send(lab, f"smtp://127.0.0.1:PORT/ann@x#ca={ca},tls={mode}"))["tls"] is secured

    async def test_a_stranger_isnt_trusted(self) -> None:
        async with Lab("smtp://127.0.0.1:0#tls=try", ANN) as lab:
            with pytest.raises(TLSError):
                await send(lab, "smtp://ann:can4ry-pa55@127.0.0.1:PORT/ann@x")
            assert lab.access == []

    @pytest.mark.parametrize("who", ["", "ann:can4ry-pa55@"])
    @pytest.mark.parametrize("mode", ["", "try", "starttls"])
    async def test_nor_where_tls_is_only_tried(self, mode: str, who: str) -> None:
        async with Lab("smtp://127.0.0.1:0#tls=try", ANN) as lab:
            with pytest.raises(TLSError, match="whom this system doesn't trust") as caught:
                await send(lab, f"smtp://{who}127.0.0.1:PORT/ann@x#tls={mode}")
            assert ("#tls=never" in caught.value.hint) is (not mode)
            assert lab.access == []
            assert lab.mail.received == ()
            if not who:
                assert (await send(lab, "smtp://127.0.0.1:PORT/ann@x#verify=no"))["tls"] is True

    async def test_it_isnt_offered(self) -> None:
        async with Lab() as lab:
            with pytest.raises(Unauthenticated, match="offers no way to log in"):
                await send(lab, "smtp://ann:secret@127.0.0.1:PORT/ann@x")
        async with Lab(PLAIN, ANN) as lab:
            with pytest.raises(Unauthenticated, match="offers no XOAUTH2"):
                await send(lab, "smtp://ann@127.0.0.1:PORT/ann@x#token=t")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("smtp://ann@127.0.0.1:PORT/x@y", "no password for ann"),
        ("smtp://127.0.0.1:PORT/x@y#auth=plain", "needs a user"),
        ("smtp://ann:p@127.0.0.1:PORT/x@y#token=t,auth=plain", "a token isn't for plain"),
        ("smtp://127.0.0.1:PORT", "whom to send it to"),
        ("smtp://127.0.0.1:PORT/x@y#attach=/no/such/file", "can't be read"),
    ],
)
async def test_mistakes(url: str, said: str) -> None:
    async with Lab() as lab:
        with pytest.raises(UsageError, match=said):
            await send(lab, url)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("smtp://127.0.0.1:PORT/ann%40x%0d%0aRCPT%20TO:%3Ceve%40x%3E", TEXT),
        ("smtp://127.0.0.1:PORT", Message(topic="ann@x>\r\nDATA", payload=b"x")),
        ("smtp://127.0.0.1:PORT/ann@x#sender=a%40x%0a", TEXT),
        ("smtp://127.0.0.1:PORT/ann@x#subject=a%0d%0aBcc:eve%40x", TEXT),
        ("smtp://127.0.0.1:PORT/ann@x#header=X:%20a%0aBcc:%20eve%40x", TEXT),
        ("smtp://127.0.0.1:PORT/ann@x", Message(payload=b"x", properties={"subject": "a\nb"})),
        ("smtp://127.0.0.1:PORT/ann@x", Message(payload=b"x", properties={"a:\r\nb": "c"})),
        ("smtp://127.0.0.1:PORT/ann%00@x", TEXT),
        ("smtp://127.0.0.1:PORT/a%20b@x", TEXT),
        ("smtp://127.0.0.1:PORT/ann@x", Message(payload=b"From: a@x\r\n\r\n" + b"x" * 2000)),
    ],
)
async def test_nothing_illegal_is_said(url: str, message: Message) -> None:
    async with Lab() as lab:
        with pytest.raises(LocalProtocolError):
            await send(lab, url, message)
        assert lab.mail.received == ()
