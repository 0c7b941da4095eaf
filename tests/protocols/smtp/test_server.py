"""The server: order, delivery, limits, and what it refuses to be talked into."""

from __future__ import annotations

import asyncio
import contextlib
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest

from netloom.accounts import Account, PasswordHash
from netloom.contents.mail import Limits, Mail
from netloom.errors import ConnectionLost, RemoteProtocolError
from netloom.links import virtual
from netloom.links.context import Context
from netloom.links.tls import ClientTLS, secure
from netloom.wire.credentials import Credentials
from netloom.wire.smtp import auth, replies
from tests.protocols.smtp.lab import ANN, Lab, Raw

if TYPE_CHECKING:
    from netloom.links.stream import Stream

ANN_SAYS = Credentials("ann", "can4ry-pa55")
MAIL = "MAIL FROM:<bob@example.org>"
RCPT = "RCPT TO:<ann@example.org>"
LETTER = b"Subject: November\r\n\r\n.dot\r\nbody\r\n"
STUFFED = b"Subject: November\r\n\r\n..dot\r\nbody\r\n.\r\n"


async def begun(raw: Raw, *recipients: str) -> None:
    """Up to the reply to DATA."""
    assert (await raw.say("EHLO there")).code == 250
    assert (await raw.say(MAIL)).code == 250
    for recipient in recipients or ("ann@example.org",):
        assert (await raw.say(f"RCPT TO:<{recipient}>")).code == 250
    assert (await raw.say("DATA")).code == 354


async def test_a_mail_is_delivered_with_its_trace() -> None:
    async with Lab("smtp://127.0.0.1:0#name=mx.example.org") as lab:
        raw = await lab.raw()
        await begun(raw)
        await raw.send(STUFFED)
        reply = await raw.reply()
        assert (reply.code, reply.enhanced) == (250, "2.0.0")
        (received,) = lab.mail.received
        assert (received.sender, received.recipients) == ("bob@example.org", ("ann@example.org",))
        assert received.data.endswith(b"\r\n" + LETTER)
        message = message_from_bytes(received.data, policy=policy.default)
        assert message["Return-Path"] == "<bob@example.org>"
        assert "from there ([127.0.0.1])" in message["Received"]
        assert "by mx.example.org with ESMTP id" in message["Received"]
        assert "for <ann@example.org>" in message["Received"]
        (record,) = lab.access
        assert (record.verb, record.target, record.status) == ("MAIL", "bob@example.org → ann@example.org", "250")
        assert record.size == len(LETTER)


async def test_a_bounce_to_several() -> None:
    async with Lab() as lab:
        raw = await lab.raw()
        assert await raw.codes("HELO there", "MAIL FROM:<>", "RCPT TO:<ann@x>", "RCPT TO:<eve@x>", "DATA") == [
            250
        ] * 4 + [354]
        await raw.send(STUFFED)
        assert (await raw.reply()).code == 250
        (received,) = lab.mail.received
        assert received.data.startswith(b"Return-Path: <>\r\n")
        assert b"with SMTP id" in received.data
        assert b"ann@x" not in received.data, "one recipient isn't told of the others"
        assert await lab.mail.mailboxes() == ("ann", "eve")


async def test_commands_have_an_order() -> None:
    async with Lab() as lab:
        raw = await lab.raw()
        assert await raw.codes(MAIL, RCPT, "DATA", "BDAT 0 LAST", "AUTH PLAIN") == [503] * 5
        assert await raw.codes("EHLO there", RCPT, MAIL, MAIL, "DATA", RCPT, "RSET", "DATA") == [
            250, 503, 250, 503, 554, 250, 250, 503,
        ]  # fmt: skip
        assert await raw.codes(MAIL, "EHLO there", RCPT) == [250, 250, 503], "EHLO forgets the mail"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("EHLO", 501), ("EHLO two words", 501), ("HELO", 501), ("NOOP whatever", 250), ("VRFY ann", 252), ("VRFY", 501),
        ("EXPN list", 502), ("HELP", 214), ("ETRN x", 502), ("NONSENSE", 500), ("RSET now", 501), ("QUIT now", 501),
        ("DATA now", 501), ("STARTTLS", 502), ("STARTTLS now", 501), ("AUTH PLAIN", 504), ("AUTH", 501),
        ("MAIL bob@x", 501), ("MAIL FROM:bob@x", 501), ("MAIL FROM:<bob@x> SIZE=many", 501),
        ("MAIL FROM:<bob@x> BODY=BINARYMIME", 501), ("MAIL FROM:<bob@x> BODY=8BITMIME SIZE=10 AUTH=<>", 250),
        ("MAIL FROM:<bob@x> UNKNOWN=1", 555), ("MAIL FROM:<bob@x> SIZE=999999999", 552), ("mail from:<bob@x>", 250),
        ("MAIL FROM:<bób@x>", 553), ("MAIL FROM:<bób@x> SMTPUTF8", 250),
    ],
)  # fmt: skip
async def test_each_command(line: str, code: int) -> None:
    async with Lab() as lab:
        raw = await lab.raw()
        assert (await raw.say("EHLO there")).code == 250
        reply = await raw.say(line)
        assert reply.code == code
        assert reply.enhanced or line.startswith(("EHLO", "HELO"))
        assert (await raw.say("NOOP")).code == 250


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("RCPT TO:<ann@example.org>", 250), ("RCPT TO:<Ann+list@anywhere>", 250), ("RCPT TO:<postmaster>", 250),
        ("RCPT TO:<nobody@example.org>", 550), ("RCPT TO:<>", 501), ("RCPT TO:ann@x", 501),
        ("RCPT TO:<ann@x> NOTIFY=NEVER", 555),
        (f"RCPT TO:<{'a' * 65}@x>", 553), ("RCPT TO:<änn@x>", 553),
    ],
)  # fmt: skip
async def test_each_recipient(line: str, code: int) -> None:
    async with Lab("smtp://127.0.0.1:0", ANN) as lab:
        raw = await lab.raw()
        assert (await raw.codes("EHLO there", MAIL, line))[-1] == code
        assert [record.status for record in lab.access if record.verb == "RCPT"] in ([], [str(code)])


async def test_it_is_no_relay() -> None:
    async with Lab("smtp://127.0.0.1:0#domains=example.org,domains=example.net") as lab:
        raw = await lab.raw()
        assert await raw.codes("EHLO there", MAIL) == [250, 250]
        for recipient, code in (("ann@Example.NET", 250), ("ann@elsewhere", 550), ("postmaster", 250)):
            assert (await raw.say(f"RCPT TO:<{recipient}>")).code == code


async def test_submission_wants_to_know_who() -> None:
    async with Lab("submission://127.0.0.1:0#allow-plain-auth", ANN) as lab:
        raw = await lab.raw()
        assert await raw.codes("EHLO there", MAIL, "AUTH PLAIN AGFubgBjYW40cnktcGE1NQ==", MAIL) == [250, 530, 235, 250]


SESSION = (
    b"EHLO there\r\nMAIL FROM:<bob@x>\r\nRCPT TO:<ann@x>\r\nNOOP\r\nDATA\r\n"
    + STUFFED
    + b"RSET\r\nMAIL FROM:<bob@x>\r\n"
    b"RCPT TO:<ann@x>\r\nBDAT 5\r\nab\r\ncBDAT 2 LAST\r\n\r\nNOOP\r\nQUIT\r\n"
)


def codes_of(said: bytes) -> list[int]:
    codes = []
    while (found := replies.parse(said)) is not None:
        codes.append(found[0].code)
        said = said[found[1] :]
    assert not said
    return codes


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 64, len(SESSION)])
async def test_cuts_change_nothing(size: int) -> None:
    """Pipelined or a byte at a time: the same replies in the same order, the same mails."""
    async with Lab() as lab:
        raw = await lab.raw()
        for at in range(0, len(SESSION), size):
            await raw.send(SESSION[at : at + size])
            await asyncio.sleep(0)
        codes = codes_of(await raw.rest())
        assert codes == [250, 250, 250, 250, 354, 250, 250, 250, 250, 250, 250, 250, 221]
        first, second = lab.mail.received
        assert first.data.endswith(b"\r\n" + LETTER)
        assert second.data.endswith(b"\r\nab\r\nc\r\n")


class TestHostile:
    @pytest.mark.parametrize(
        "end",
        [
            b"\n.\n",
            b"\n.\r\n",
            b"\r\n.\n",
            b"\r.\r",
            b"\r\n.\r",
            b"\n\n.\r\n",
            b"\r.\r\n",
            b"\0\n.\r\n",
            b"\r\r\n.\r\n",
        ],
    )
    async def test_nothing_is_smuggled(self, end: bytes) -> None:
        """What another server may take for the end of a mail isn't one here, and isn't passed on either."""
        async with Lab() as lab:
            raw = await lab.raw()
            await begun(raw)
            await raw.send(
                b"Subject: one\r\n\r\nbody" + end + b"MAIL FROM:<admin@x>\r\nRCPT TO:<ann@x>\r\nDATA\r\nforged\r\n.\r\n"
            )
            assert codes_of(await raw.rest()) == [554]
            assert lab.mail.received == ()
            assert lab.access[-1].status == "554"

    async def test_nothing_is_smuggled_in_chunks(self) -> None:
        async with Lab() as lab:
            raw = await lab.raw()
            assert await raw.codes("EHLO there", MAIL, RCPT) == [250] * 3
            await raw.send(b"BDAT 7 LAST\r\none\n.\r\nNOOP\r\n")
            assert (await raw.reply()).code == 554
            assert (await raw.reply()).code == 250
            assert lab.mail.received == ()

    @pytest.mark.parametrize(
        "line", [b"NOOP\n", b"NO\0OP\r\n", b"NOOP\rRSET\r\n", b"NOOP \xff\r\n", b"NOOP " + b"x" * 600 + b"\r\n"]
    )
    async def test_a_line_that_isnt_one_ends_it(self, line: bytes) -> None:
        async with Lab() as lab:
            raw = await lab.raw()
            await raw.send(b"EHLO there\r\n" + line + b"MAIL FROM:<bob@x>\r\n")
            assert codes_of(await raw.rest()) == [250, 500]

    async def test_a_browser_is_sent_away(self) -> None:
        async with Lab() as lab:
            raw = await lab.raw()
            await raw.send(b"POST / HTTP/1.1\r\nHost: x\r\n\r\nEHLO x\r\nMAIL FROM:<bob@x>\r\n")
            assert codes_of(await raw.rest()) == [421]

    async def test_nothing_may_follow_starttls(self) -> None:
        async with Lab("smtp://127.0.0.1:0#tls=try") as lab:
            raw = await lab.raw()
            assert "STARTTLS" in (await raw.say("EHLO there")).lines
            await raw.send(b"STARTTLS\r\nMAIL FROM:<admin@x>\r\n")
            assert codes_of(await raw.rest()) == [554]

    async def test_nothing_is_said_after_a_failed_handshake(self) -> None:
        async with Lab("smtp://127.0.0.1:0#tls=try") as lab:
            raw = await lab.raw()
            assert await raw.codes("EHLO there", "STARTTLS") == [250, 220]
            await raw.send(b"NOOP\r\nQUIT\r\n")
            said = b""
            with contextlib.suppress(ConnectionLost):
                said = await raw.rest()
            assert said[:1] in (b"", b"\x15"), "an alert may come, which is TLS; a reply doesn't"

    def test_nor_after_one_that_never_began(self) -> None:
        async def main() -> bytes:
            async with Lab("smtp://127.0.0.1:0#tls=try") as lab:
                raw = await lab.raw()
                assert await raw.codes("EHLO there", "STARTTLS") == [250, 220]
                said = b""
                with contextlib.suppress(ConnectionLost):
                    said = await raw.rest()
                return said

        assert virtual.run(main()) == b""

    async def test_nor_where_something_was_injected(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def refuse(self: Context, link: Stream) -> None:
            raise RemoteProtocolError("bytes arrived before the TLS handshake")

        monkeypatch.setattr(Context, "secure", refuse)
        async with Lab("smtp://127.0.0.1:0#tls=try") as lab:
            raw = await lab.raw()
            assert await raw.codes("EHLO there", "STARTTLS") == [250, 220]
            assert await raw.rest() == b""

    async def test_tls_forgets_what_was_said_before(self) -> None:
        async with Lab("smtp://127.0.0.1:0#tls=try", ANN) as lab:
            raw = await lab.raw()
            challenge = await self._challenged(raw)
            assert (await raw.say(auth.encode(auth.cram_md5_answer(challenge, ANN_SAYS)))).code == 235
            assert await raw.codes(MAIL, "STARTTLS") == [250, 220]
            await secure(raw.stream, "localhost", ClientTLS(verify=False))
            assert await raw.codes(RCPT, MAIL) == [503, 503]
            offered = replies.parse_extensions(await raw.say("EHLO there"))
            assert "STARTTLS" not in offered
            assert replies.auth_mechanisms(offered) == ("SCRAM-SHA-256", "CRAM-MD5", "PLAIN", "LOGIN", "XOAUTH2")
            assert (await raw.say("STARTTLS")).code == 503

    async def _challenged(self, raw: Raw) -> bytes:
        assert (await raw.say("EHLO there")).code == 250
        reply = await raw.say("AUTH CRAM-MD5")
        assert reply.code == 334
        return auth.decode(reply.text)

    async def test_a_chunk_without_a_size_ends_it(self) -> None:
        async with Lab() as lab:
            raw = await lab.raw()
            await raw.send(b"EHLO there\r\nBDAT x LAST\r\nQUIT\r\n")
            assert codes_of(await raw.rest()) == [250, 500]

    async def test_helo_is_no_way_into_the_header(self) -> None:
        async with Lab() as lab:
            raw = await lab.raw()
            assert await raw.codes("EHLO x(y);Subject:z", MAIL, RCPT, "DATA") == [250, 250, 250, 354]
            await raw.send(STUFFED)
            assert (await raw.reply()).code == 250
            assert b"from unknown (" in lab.mail.received[0].data


class TestLimits:
    async def test_size(self) -> None:
        async with Lab(mail=Mail(limits=Limits(message=10_000))) as lab:
            raw = await lab.raw()
            offered = replies.parse_extensions(await raw.say("EHLO there"))
            limit = replies.size_limit(offered)
            assert limit is not None
            assert limit < 10_000
            assert await raw.codes(f"{MAIL} SIZE={limit + 1}", f"{MAIL} SIZE={limit}", RCPT, "DATA") == [
                552,
                250,
                250,
                354,
            ]
            await raw.send(b"x" * (limit - 2) + b"\r\n.\r\n")
            assert (await raw.reply()).code == 250
            assert await raw.codes(MAIL, RCPT, "DATA") == [250, 250, 354]
            await raw.send(b"x" * (limit - 1) + b"\r\n.\r\n")
            assert (await raw.reply()).code == 552
            assert (await raw.say("NOOP")).code == 250, "the session goes on"
            assert [record.status for record in lab.access] == ["250", "552"]

    async def test_far_too_much_ends_it(self) -> None:
        async with Lab(mail=Mail(limits=Limits(message=10_000))) as lab:
            raw = await lab.raw()
            await begun(raw)
            await raw.send(b"x" * 30_000)
            assert codes_of(await raw.rest()) == [552]

    async def test_chunks(self) -> None:
        async with Lab(mail=Mail(limits=Limits(message=10_000))) as lab:
            raw = await lab.raw()
            assert await raw.codes("EHLO there", MAIL, RCPT) == [250] * 3
            await raw.send(b"BDAT 5000\r\n" + b"x" * 5000 + b"BDAT 5000\r\n" + b"x" * 5000 + b"BDAT 2 LAST\r\n\r\n")
            assert [(await raw.reply()).code for _ in range(3)] == [250, 552, 503]
            await raw.send(b"BDAT 99999999999999999999\r\n")
            assert codes_of(await raw.rest()) == [552]

    async def test_a_full_mailbox(self) -> None:
        async with Lab(mail=Mail(limits=Limits(messages=1))) as lab:
            raw = await lab.raw()
            for code in (250, 452):
                await begun(raw)
                await raw.send(STUFFED)
                assert (await raw.reply()).code == code

    async def test_recipients(self) -> None:
        async with Lab("smtp://127.0.0.1:0#max-recipients=2") as lab:
            raw = await lab.raw()
            assert await raw.codes("EHLO there", MAIL, RCPT, RCPT, RCPT) == [250, 250, 250, 250, 452]

    async def test_commands(self) -> None:
        async with Lab("smtp://127.0.0.1:0#max-commands=3") as lab:
            raw = await lab.raw()
            await raw.send(b"NOOP\r\n" * 10)
            assert codes_of(await raw.rest()) == [250, 250, 250, 421]

    async def test_errors(self) -> None:
        async with Lab("smtp://127.0.0.1:0#max-errors=3") as lab:
            raw = await lab.raw()
            await raw.send(b"NOOP\r\n" + b"NONSENSE\r\n" * 10)
            assert codes_of(await raw.rest()) == [250, 500, 500, 500, 421]

    async def test_a_mail_makes_up_for_them(self) -> None:
        async with Lab("smtp://127.0.0.1:0#max-errors=3,max-commands=7") as lab:
            raw = await lab.raw()
            for _ in range(3):
                assert await raw.codes("NONSENSE", "NONSENSE") == [500, 500]
                await begun(raw)
                await raw.send(STUFFED)
                assert (await raw.reply()).code == 250


class TestTime:
    """On a virtual clock: exactly, and at once."""

    def test_silence(self) -> None:
        async def main() -> float:
            async with Lab("smtp://127.0.0.1:0#idle=30") as lab:
                raw = await lab.raw()
                assert codes_of(await raw.rest()) == [421]
                return asyncio.get_running_loop().time()

        assert virtual.run(main()) == pytest.approx(30.0)

    def test_a_byte_now_and_then(self) -> None:
        async def main() -> float:
            async with Lab("smtp://127.0.0.1:0#idle=30") as lab:
                raw = await lab.raw()
                said = asyncio.ensure_future(raw.rest())
                for octet in b"EHLO there":
                    if said.done():
                        break
                    await raw.send(bytes([octet]))
                    await asyncio.sleep(20)
                assert codes_of(await said) == [421]
                return asyncio.get_running_loop().time()

        assert virtual.run(main()) == pytest.approx(40.0)  # the 421 came at 30

    def test_a_mail_that_trickles(self) -> None:
        async def main() -> float:
            async with Lab("smtp://127.0.0.1:0#idle=30,transfer-deadline=100") as lab:
                raw = await lab.raw()
                await begun(raw)
                said = asyncio.ensure_future(raw.rest())
                while not said.done():
                    await raw.send(b"x")
                    await asyncio.sleep(15)
                assert codes_of(await said) == [421]
                assert lab.mail.received == ()
                return asyncio.get_running_loop().time()

        assert virtual.run(main()) == pytest.approx(105.0)  # the 421 came at 100

    def test_a_chunk_that_doesnt_come(self) -> None:
        async def main() -> None:
            async with Lab("smtp://127.0.0.1:0#idle=3600,transfer-deadline=100") as lab:
                raw = await lab.raw()
                assert await raw.codes("EHLO there", MAIL, RCPT) == [250] * 3
                await raw.send(b"BDAT 100 LAST\r\nxx")
                assert codes_of(await raw.rest()) == [421]

        virtual.run(main())

    def test_an_answer_that_doesnt_come(self) -> None:
        async def main() -> None:
            async with Lab("smtp://127.0.0.1:0#idle=30", ANN) as lab:
                raw = await lab.raw()
                assert await raw.codes("EHLO there", "AUTH CRAM-MD5") == [250, 334]
                assert codes_of(await raw.rest()) == [421]

        virtual.run(main())


class TestStop:
    async def test_who_waits_is_told(self) -> None:
        async with Lab() as lab:
            idle, fresh = await lab.raw(), await lab.raw()
            assert (await idle.say("EHLO there")).code == 250
            await lab.serving.stop(5.0)
            assert codes_of(await idle.rest()) == [421]
            assert codes_of(await fresh.rest()) == [421]

    async def test_a_mail_that_was_begun_may_be_ended(self) -> None:
        async with Lab() as lab:
            raw = await lab.raw()
            await begun(raw)
            stopping = asyncio.ensure_future(lab.serving.stop(30.0))
            await asyncio.sleep(0)
            assert not stopping.done()
            await raw.send(STUFFED)
            assert codes_of(await raw.rest()) == [250, 421]
            await stopping
            assert len(lab.mail.received) == 1

    async def test_from_its_first_command_on(self) -> None:
        async with Lab() as lab:
            raw = await lab.raw()
            assert await raw.codes("EHLO there", MAIL) == [250, 250]
            stopping = asyncio.ensure_future(lab.serving.stop(30.0))
            await asyncio.sleep(0)
            assert await raw.codes(RCPT, "DATA") == [250, 354]
            await raw.send(STUFFED)
            assert codes_of(await raw.rest()) == [250, 421]
            await stopping

    def test_but_not_for_ever(self) -> None:
        async def main() -> None:
            async with Lab() as lab:
                raw = await lab.raw()
                await begun(raw)
                stopping = asyncio.ensure_future(lab.serving.stop(5.0))
                assert codes_of(await raw.rest()) == [421]
                await stopping

        virtual.run(main())


class TestAuth:
    PLAIN = "AUTH PLAIN AGFubgBjYW40cnktcGE1NQ=="

    async def test_without_tls_no_password_is_asked_for(self) -> None:
        async with Lab("smtp://127.0.0.1:0#tls=try", ANN) as lab:
            raw = await lab.raw()
            offered = replies.parse_extensions(await raw.say("EHLO there"))
            assert replies.auth_mechanisms(offered) == ("SCRAM-SHA-256", "CRAM-MD5")
            assert await raw.codes(self.PLAIN, "AUTH LOGIN", "AUTH XOAUTH2 x", "AUTH NTLM") == [538, 538, 501, 504]

    async def test_a_hash_cant_be_challenged(self) -> None:
        account = Account(name="eve", password=PasswordHash.of("secret", log2_n=4))
        async with Lab("smtp://127.0.0.1:0#allow-plain-auth", account) as lab:
            raw = await lab.raw()
            offered = replies.parse_extensions(await raw.say("EHLO there"))
            assert replies.auth_mechanisms(offered) == ("PLAIN", "LOGIN")
            assert (await raw.say("AUTH CRAM-MD5")).code == 504

    async def test_once_and_in_time(self) -> None:
        async with Lab("smtp://127.0.0.1:0#allow-plain-auth", ANN) as lab:
            raw = await lab.raw()
            assert await raw.codes("HELO there", self.PLAIN, "EHLO there", MAIL, self.PLAIN) == [
                250,
                503,
                250,
                250,
                503,
            ]
            assert await raw.codes("RSET", self.PLAIN, self.PLAIN) == [250, 235, 503]
            assert "AUTH" not in replies.parse_extensions(await raw.say("EHLO there"))
            (record,) = lab.access
            assert (record.verb, record.target, record.user, record.status) == ("AUTH", "PLAIN", "ann", "235")

    async def test_given_up_and_garbled(self) -> None:
        async with Lab("smtp://127.0.0.1:0#allow-plain-auth", ANN) as lab:
            raw = await lab.raw()
            assert await raw.codes("EHLO there", "AUTH LOGIN", "*", "AUTH LOGIN", "%%%") == [250, 334, 501, 334, 501]
            assert await raw.codes("AUTH CRAM-MD5 eA==", "AUTH PLAIN eA==") == [501, 501]
            assert (await raw.say("NOOP")).code == 250

    async def test_no_secret_is_kept(self) -> None:
        async with Lab("smtp://127.0.0.1:0#allow-plain-auth", ANN) as lab:
            raw = await lab.raw()
            said = [
                await raw.say("EHLO there"),
                await raw.say("AUTH PLAIN AGFubgBjYW40cnktd3Jvbmc="),
                await raw.say(self.PLAIN),
            ]
            assert [reply.code for reply in said] == [250, 535, 235]
            assert "can4ry" not in repr(said) + repr(lab.access)
