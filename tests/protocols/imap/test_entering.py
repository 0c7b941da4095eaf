"""Who is let in, and how; what both sides agree on."""

from __future__ import annotations

from base64 import b64encode

import pytest

from netloom.accounts import Account, Accounts, PasswordHash, Right
from netloom.contents.mail import Envelope, Mail
from netloom.endpoint import Secret
from netloom.links.tls import ClientTLS, secure
from netloom.wire.credentials import Credentials
from netloom.wire.smtp import auth
from tests.protocols.imap.lab import ANN, LETTER, OPEN, PASSWORD, Lab, Raw

ANN_SAYS = Credentials("ann", PASSWORD)


def coded(octets: bytes) -> str:
    return b64encode(octets).decode()


async def capabilities(raw: Raw) -> set[str]:
    return set((await raw.say("CAPABILITY"))[0].decode().split(" ")[2:])


async def test_what_is_offered_without_tls_and_with() -> None:
    async with Lab("imap://127.0.0.1:0") as lab:
        raw = await lab.raw()
        plain = await capabilities(raw)
        assert {"IMAP4rev1", "IMAP4rev2", "STARTTLS", "LOGINDISABLED", "AUTH=CRAM-MD5"} <= plain
        assert not {"AUTH=PLAIN", "AUTH=LOGIN", "AUTH=XOAUTH2"} & plain
        assert (await raw.end(f"LOGIN ann {PASSWORD}")).startswith(b"NO [PRIVACYREQUIRED]")
        assert (await raw.end("AUTHENTICATE PLAIN")).startswith(b"NO [PRIVACYREQUIRED]")
        assert (await raw.end("STARTTLS")).startswith(b"OK")
        await secure(raw.stream, "localhost", ClientTLS(verify=False))
        private = await capabilities(raw)
        assert {"AUTH=PLAIN", "AUTH=LOGIN", "AUTH=XOAUTH2", "AUTH=CRAM-MD5"} <= private
        assert not {"STARTTLS", "LOGINDISABLED"} & private
        assert await raw.kinds("STARTTLS", f"LOGIN ann {PASSWORD}") == ["BAD", "OK"]


async def test_nothing_may_be_injected_before_tls() -> None:
    async with Lab("imap://127.0.0.1:0") as lab:
        raw = await lab.raw()
        await raw.send(b"a STARTTLS\r\nb NOOP\r\n")
        said = await raw.rest()
        assert said.startswith(b"* BYE")
        assert b"a OK" not in said


@pytest.mark.parametrize(
    ("commands", "kind"),
    [
        ([f"LOGIN ann {PASSWORD}"], b"OK"), (["LOGIN ann wrong"], b"NO [AUTHENTICATIONFAILED]"),
        (["LOGIN eve x"], b"NO [AUTHENTICATIONFAILED]"), (['LOGIN ann ""'], b"NO"), (['LOGIN "" x'], b"NO"),
        ([f"AUTHENTICATE PLAIN {coded(auth.plain_answer(ANN_SAYS))}"], b"OK"),
        (["AUTHENTICATE PLAIN", coded(auth.plain_answer(ANN_SAYS))], b"OK"),
        (["AUTHENTICATE PLAIN", coded(b"\0ann\0wrong")], b"NO"), (["AUTHENTICATE PLAIN", "*"], b"BAD"),
        (["AUTHENTICATE PLAIN", "!"], b"BAD"), (["AUTHENTICATE PLAIN", coded(b"x")], b"BAD"),
        (["AUTHENTICATE LOGIN", coded(b"ann"), coded(PASSWORD.encode())], b"OK"),
        (["AUTHENTICATE LOGIN", coded(b"ann"), coded(b"wrong")], b"NO"),
        ([f"AUTHENTICATE XOAUTH2 {coded(auth.xoauth2_answer(Credentials('ann', 'can4ry-t0ken')))}"], b"OK"),
        ([f"AUTHENTICATE XOAUTH2 {coded(auth.xoauth2_answer(Credentials('ann', 'wrong')))}", ""], b"NO"),
        (["AUTHENTICATE CRAM-MD5 eA=="], b"BAD"), (["AUTHENTICATE GSSAPI"], b"NO [CANNOT]"),
        ([f"AUTHENTICATE PLAIN {coded(b'eve' + auth.plain_answer(ANN_SAYS))}"], b"NO"),
    ],
)  # fmt: skip
async def test_ways_to_log_in(commands: list[str], kind: bytes) -> None:
    async with Lab() as lab:
        raw = await lab.raw()
        await raw.send(f"a {commands[0]}\r\n".encode())
        for line in commands[1:]:
            assert (await raw.hear()).startswith(b"+ ")
            await raw.send(line.encode() + b"\r\n")
        assert (await raw.hear()).startswith(b"a " + kind)
        assert await raw.kinds("NOOP") == ["OK"]


async def test_cram_md5() -> None:
    async with Lab(OPEN + ",name=mail.example.org") as lab:
        raw = await lab.raw()
        await raw.send(b"a AUTHENTICATE CRAM-MD5\r\n")
        challenge = auth.decode((await raw.hear())[2:].decode())
        assert challenge.endswith(b"@mail.example.org>")
        await raw.send(coded(auth.cram_md5_answer(challenge, ANN_SAYS)).encode() + b"\r\n")
        assert (await raw.hear()).startswith(b"a OK")


async def test_a_token_opens_nothing_by_cram_md5() -> None:
    """Without a password there is nothing that an answer could be made of."""
    async with Lab(OPEN, ANN, Account(name="eve", tokens=(Secret("t"),))) as lab:
        raw = await lab.raw()
        await raw.send(b"a AUTHENTICATE CRAM-MD5\r\n")
        challenge = auth.decode((await raw.hear())[2:].decode())
        await raw.send(coded(auth.cram_md5_answer(challenge, Credentials("eve", ""))).encode() + b"\r\n")
        assert (await raw.hear()).startswith(b"a NO")


async def test_hashes_take_no_challenge() -> None:
    async with Lab(OPEN, Account(name="ann", password=PasswordHash.of(PASSWORD, log2_n=4))) as lab:
        raw = await lab.raw()
        assert "AUTH=CRAM-MD5" not in await capabilities(raw)
        assert await raw.kinds(f"LOGIN ann {PASSWORD}") == ["OK"]


async def test_who_may_only_read_changes_nothing() -> None:
    async with Lab(OPEN, Account(name="ann", password=Secret(PASSWORD), rights=frozenset({Right.READ}))) as lab:
        await lab.letters(LETTER)
        raw = await lab.ann()
        assert (await raw.end("SELECT INBOX")).startswith(b"OK [READ-ONLY]")
        assert await raw.kinds(
            "STORE 1 FLAGS (x)", "EXPUNGE", "CREATE x", "DELETE x", "RENAME INBOX x", "SUBSCRIBE x", "COPY 1 INBOX",
            "MOVE 1 INBOX", "APPEND INBOX {1+}\r\nx", "FETCH 1 BODY[]",
        ) == ["NO"] * 9 + ["OK"]  # fmt: skip
        assert b"\\Seen" not in b"".join(await raw.say("FETCH 1 FLAGS"))


class TestWithoutAccounts:
    """Whoever comes reads what SMTP brought for that name, as it takes mail for anybody."""

    async def test_any_name_reads(self) -> None:
        lab = Lab(OPEN)
        lab.serving.accounts = Accounts()
        await lab.mail.deliver(Envelope(sender="", recipients=("eve@x",), data=LETTER))
        async with lab:
            raw = await lab.raw()
            assert await raw.kinds("LOGIN eve whatever", "EXAMINE INBOX") == ["OK", "OK"]
            assert b"* 1 EXISTS" in await raw.say("SELECT INBOX")
            assert await raw.kinds("STORE 1 FLAGS (x)", "EXPUNGE", "CREATE x") == ["NO"] * 3

    async def test_no_password_is_asked_for_in_the_clear(self) -> None:
        lab = Lab("imap://127.0.0.1:0")
        lab.serving.accounts = Accounts()
        async with lab:
            raw = await lab.raw()
            assert {"LOGINDISABLED", "AUTH=ANONYMOUS"} <= await capabilities(raw)
            assert await raw.kinds("LOGIN eve x", f"AUTHENTICATE ANONYMOUS {coded(b'trace')}", "SELECT INBOX") == [
                "NO", "OK", "OK",
            ]  # fmt: skip

    async def test_unless_nobody_may(self) -> None:
        lab = Lab(OPEN)
        lab.serving.accounts = Accounts(anonymous=frozenset())
        async with lab:
            raw = await lab.raw()
            assert not [name for name in await capabilities(raw) if name.startswith("AUTH=")]
            assert await raw.kinds("LOGIN eve x", "AUTHENTICATE ANONYMOUS eA==") == ["NO", "NO"]


async def test_mailboxes_are_their_owners() -> None:
    eve = Account(name="eve", password=Secret("other"))
    async with Lab(OPEN, ANN, eve) as lab:
        await lab.letters(LETTER)
        raw = await lab.raw()
        assert await raw.kinds("LOGIN eve other") == ["OK"]
        assert b"* 0 EXISTS" in await raw.say("SELECT INBOX")
        assert await raw.kinds("SELECT ../ann", "SELECT ann/INBOX", "SELECT ~ann") == ["NO"] * 3


async def test_a_letter_of_welcome() -> None:
    async with Lab(mail=Mail.from_argument("")) as lab:
        raw = await lab.ann()
        assert b"* 1 EXISTS" in await raw.say("SELECT INBOX")
        raw = await lab.ann()
        assert b"* 1 EXISTS" in await raw.say("SELECT INBOX"), "once"


async def test_id_and_enable() -> None:
    async with Lab() as lab:
        raw = await lab.raw()
        assert (await raw.say('ID ("name" "test")'))[0] == b'* ID ("name" "netloom")'
        raw = await lab.ann("SELECT INBOX")
        assert (await raw.say("ENABLE CONDSTORE"))[0] == b"* ENABLED"
        assert (await raw.say("ENABLE IMAP4rev2 X"))[0] == b"* ENABLED IMAP4rev2"
        assert (await raw.say('CREATE "été"'))[-1].startswith(b"OK")
        assert '* LIST (\\HasNoChildren) "/" "été"'.encode() in await raw.say('LIST "" *')
        lines = await raw.say("SELECT INBOX")
        assert b"* OK [CLOSED] the mailbox before is closed" in lines
        assert b'* LIST () "/" INBOX' in lines
        assert not any(b"RECENT" in line for line in lines)
