"""The server: its three states, the lock, limits, and what it refuses to be talked into."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from netloom.accounts import Account, Accounts, PasswordHash, Right
from netloom.contents.mail import Envelope, InUse, Mail
from netloom.endpoint import Secret
from netloom.links import virtual
from netloom.links.tls import ClientTLS, secure
from netloom.wire.credentials import Credentials
from netloom.wire.smtp import auth
from tests.protocols.pop3.lab import LETTER, OPEN, PASSWORD, Lab

if TYPE_CHECKING:
    from pathlib import Path

ANN_SAYS = Credentials("ann", PASSWORD)
DOTTED = b"Subject: dots\r\n\r\n.\r\n..\r\nthree\r\n"


@pytest.fixture(params=["memory", "maildir"])
def mail(request: pytest.FixtureRequest, tmp_path: Path) -> Mail:
    return Mail() if request.param == "memory" else Mail(tmp_path)


def coded(octets: bytes) -> str:
    return b64encode(octets).decode()


async def test_a_maildrop(mail: Mail) -> None:
    async with Lab(mail=mail) as lab:
        await lab.letters(LETTER, DOTTED)
        raw = await lab.ann()
        sizes = (len(LETTER), len(DOTTED))
        assert await raw.say("STAT") == b"+OK 2 %d" % sum(sizes)
        assert await raw.lines("LIST") == [b"1 %d" % sizes[0], b"2 %d" % sizes[1]]
        assert await raw.say("LIST 2") == b"+OK 2 %d" % sizes[1]
        uids = await raw.lines("UIDL")
        assert [uid.split(b" ")[0] for uid in uids] == [b"1", b"2"]
        assert await raw.say("UIDL 1") == b"+OK " + uids[0]
        assert b"\r\n".join([*await raw.lines("RETR 2"), b""]) == DOTTED
        assert await raw.lines("TOP 2 1") == [b"Subject: dots", b"", b"."]
        assert await raw.lines("TOP 1 0") == [*LETTER.split(b"\r\n\r\n")[0].split(b"\r\n"), b""]
        assert await raw.lines("TOP 1 99") == LETTER.split(b"\r\n")[:-1]
        assert (
            await raw.kinds("LIST 3", "UIDL 3", "RETR 3", "RETR 0", "DELE 3", "TOP 3 1", "RETR", "RETR x", "TOP 1")
            == [False] * 9
        )
        assert await raw.kinds("NOOP", "NOOP x", "NONSENSE", "USER ann", "STLS", "UTF8") == [True] + [False] * 5


async def test_the_update_state(mail: Mail) -> None:
    async with Lab(mail=mail) as lab:
        await lab.letters(LETTER, DOTTED, LETTER)
        raw = await lab.ann("DELE 1", "DELE 3")
        assert await raw.kinds("DELE 1", "RETR 1", "LIST 1") == [False] * 3
        assert await raw.say("STAT") == b"+OK 1 %d" % len(DOTTED)
        assert await raw.kinds("RSET", "DELE 2") == [True, True]
        assert [line[:2] for line in await raw.lines("UIDL")] == [b"1 ", b"3 "]
        raw.stream.abort()
        while lab.serving._listeners[0].connections:  # noqa: ASYNC110  # it ends on the loop's next turns
            await asyncio.sleep(0)
        assert len(await lab.mail.mailbox("ann").list()) == 3, "without QUIT nothing goes"
        raw = await lab.ann("DELE 2", "QUIT")
        assert await raw.rest() == b""
        assert [info.uid for info in await lab.mail.mailbox("ann").list()] == [1, 3]


async def test_unique_ids_stay(mail: Mail) -> None:
    async with Lab(mail=mail) as lab:
        await lab.letters(LETTER, LETTER)
        raw = await lab.ann()
        first = await raw.lines("UIDL")
        assert await raw.kinds("DELE 1", "QUIT") == [True, True]
        await raw.rest()
        await lab.letters(LETTER)
        raw = await lab.ann()
        second = await raw.lines("UIDL")
        assert second[0].split(b" ")[1] == first[1].split(b" ")[1]
        assert second[1].split(b" ")[1] not in {uid.split(b" ")[1] for uid in first}


async def test_the_maildrop_is_locked(mail: Mail) -> None:
    async with Lab(mail=mail) as lab:
        await lab.letters(LETTER, LETTER)
        raw = await lab.ann()
        other = await lab.raw()
        assert await other.say("USER ann") == b"+OK and the password?"
        assert (await other.say(f"PASS {PASSWORD}")).startswith(b"-ERR [IN-USE]")
        with pytest.raises(InUse):
            await lab.mail.mailbox("ann").expunge([1])
        await lab.letters(LETTER)
        assert (await raw.say("STAT")).startswith(b"+OK 2 "), "what comes meanwhile is for the next session"
        assert await raw.kinds("DELE 1", "QUIT") == [True, True]
        await raw.rest()
        assert await other.kinds("USER ann", f"PASS {PASSWORD}") == [True, True]
        assert (await other.say("STAT")).startswith(b"+OK 2 ")


async def test_what_is_read_is_seen() -> None:
    async with Lab() as lab:
        await lab.letters(LETTER, LETTER)
        raw = await lab.ann()
        await raw.lines("TOP 1 1")
        await raw.lines("RETR 2")
        assert [info.flags for info in await lab.mail.mailbox("ann").list()] == [frozenset(), {"\\Seen"}]


async def test_commands_need_their_state() -> None:
    async with Lab() as lab:
        raw = await lab.raw()
        assert (
            await raw.kinds("STAT", "LIST", "RETR 1", "DELE 1", "RSET", "PASS x", "NOOP", "UTF8")
            == [False] * 6 + [True] * 2
        )
        assert await raw.kinds("USER ann", "NOOP", "PASS wrong", f"PASS {PASSWORD}") == [True, True, False, False]
        assert await raw.kinds("QUIT x", "QUIT") == [False, True]


@pytest.mark.parametrize(
    ("commands", "answer"),
    [
        (["USER ann", f"PASS {PASSWORD}"], b"+OK"), (["USER ann", "PASS wrong"], b"-ERR [AUTH]"),
        (["USER eve", "PASS x"], b"-ERR [AUTH]"), (["USER"], b"-ERR"),
        ([f"AUTH PLAIN {coded(auth.plain_answer(ANN_SAYS))}"], b"+OK"),
        (["AUTH PLAIN", coded(auth.plain_answer(ANN_SAYS))], b"+OK"), (["AUTH PLAIN", "*"], b"-ERR"),
        (["AUTH PLAIN", "!"], b"-ERR"), (["AUTH PLAIN", coded(b"\0ann\0wrong")], b"-ERR [AUTH]"),
        (["AUTH LOGIN", coded(b"ann"), coded(PASSWORD.encode())], b"+OK"), (["AUTH GSSAPI"], b"-ERR"),
        ([f"AUTH XOAUTH2 {coded(auth.xoauth2_answer(Credentials('ann', 'can4ry-t0ken')))}"], b"+OK"),
        (["AUTH CRAM-MD5 eA=="], b"-ERR"), (["APOP ann 0123456789abcdef"], b"-ERR"),
    ],
)  # fmt: skip
async def test_ways_to_log_in(commands: list[str], answer: bytes) -> None:
    async with Lab() as lab:
        raw = await lab.raw()
        said = b""
        for number, command in enumerate(commands):
            assert not number or said.startswith((b"+ ", b"+OK"))
            said = await raw.say(command)
        assert said.startswith(answer)
        assert await raw.kinds("NOOP") == [True]


async def test_cram_md5_and_what_is_offered() -> None:
    async with Lab("pop3://127.0.0.1:0#name=mail.example.org") as lab:
        raw = await lab.raw()
        plain = await raw.lines("CAPA")
        assert {
            b"STLS",
            b"SASL SCRAM-SHA-256 CRAM-MD5",
            b"UIDL",
            b"TOP",
            b"PIPELINING",
            b"IMPLEMENTATION netloom",
        } <= set(plain)
        assert b"USER" not in plain
        assert await raw.kinds("USER ann", "AUTH PLAIN") == [False, False]
        assert await raw.lines("AUTH") == [b"SCRAM-SHA-256", b"CRAM-MD5"]
        challenge = auth.decode((await raw.say("AUTH CRAM-MD5"))[2:].decode())
        assert challenge.endswith(b"@mail.example.org>")
        assert (await raw.say(coded(auth.cram_md5_answer(challenge, ANN_SAYS)))).startswith(b"+OK messages: 0")
        assert b"STLS" not in await raw.lines("CAPA")


async def test_stls() -> None:
    async with Lab("pop3://127.0.0.1:0") as lab:
        raw = await lab.raw()
        assert await raw.say("STLS") == b"+OK begin TLS"
        await secure(raw.stream, "localhost", ClientTLS(verify=False))
        assert b"USER" in await raw.lines("CAPA")
        assert await raw.kinds("STLS", "USER ann", f"PASS {PASSWORD}") == [False, True, True]
        raw = await lab.raw()
        await raw.send(b"STLS\r\nCAPA\r\n")
        said = await raw.rest()
        assert said.startswith(b"-ERR")
        assert b"+OK" not in said


async def test_pipelined_commands_are_answered_in_order() -> None:
    async with Lab() as lab:
        await lab.letters(LETTER)
        raw = await lab.raw()
        await raw.send(f"USER ann\r\nPASS {PASSWORD}\r\nSTAT\r\nTOP 1 0\r\nQUIT\r\n".encode())
        said = await raw.rest()
        assert [line[:3] for line in said.split(b"\r\n") if line[:1] == b"+"] == [b"+OK"] * 5
        assert said.endswith(b".\r\n+OK goodbye\r\n")


@pytest.mark.parametrize("said", [b"NOOP\n", b"\0\r\n", b"NO\rOP\r\n", b"X" * 300, b"USER \xff\r\n"])
async def test_what_breaks_the_frame_ends_the_session(said: bytes) -> None:
    async with Lab() as lab:
        raw = await lab.raw()
        await raw.send(said)
        assert (await raw.rest()).startswith(b"-ERR ")
        assert await (await lab.raw()).kinds("NOOP") == [True], "others are served"


async def test_errors_have_an_end() -> None:
    async with Lab(f"{OPEN},max-errors=3") as lab:
        raw = await lab.raw()
        assert await raw.kinds("X", "X", "NOOP", "X", "X") == [False, False, True, False, False]
        await raw.send(b"X\r\n")
        assert (await raw.rest()).endswith(b"-ERR too many errors\r\n")


def test_who_is_silent_and_who_is_there_when_it_stops() -> None:
    async def main() -> None:
        lab = Lab(f"{OPEN},idle=7,autologout=100")
        await lab.serving.start()
        clock = asyncio.get_running_loop().time
        raw = await lab.raw()
        began = clock()
        assert await raw.rest() == b"-ERR too slow\r\n"
        assert 7 <= clock() - began < 8
        raw = await lab.ann()
        began = clock()
        assert await raw.rest() == b"-ERR too slow\r\n"
        assert 100 <= clock() - began < 101
        raw = await lab.ann()
        assert await lab.serving.stop(10.0) == 1
        assert await raw.rest() == b"-ERR [SYS/TEMP] the server stops\r\n"

    virtual.run(main())


async def test_who_may_only_read() -> None:
    async with Lab(OPEN, Account(name="ann", password=Secret(PASSWORD), rights=frozenset({Right.READ}))) as lab:
        await lab.letters(LETTER)
        raw = await lab.ann()
        await raw.lines("RETR 1")
        assert (await raw.say("DELE 1")).startswith(b"-ERR [SYS/PERM]")
        assert await raw.kinds("QUIT") == [True]
        (info,) = await lab.mail.mailbox("ann").list()
        assert info.flags == frozenset()


async def test_without_accounts_whoever_comes_reads() -> None:
    lab = Lab(OPEN)
    lab.serving.accounts = Accounts()
    await lab.mail.deliver(Envelope(sender="", recipients=("eve@x",), data=LETTER))
    async with lab:
        raw = await lab.raw()
        assert await raw.kinds("USER eve", "PASS whatever", "DELE 1") == [True, True, False]
        assert (await raw.say("STAT")).startswith(b"+OK 1 ")
        raw = await lab.raw()
        assert await raw.kinds(f"AUTH ANONYMOUS {coded(b'me')}", "STAT") == [True, True]


async def test_hashes_take_no_challenge() -> None:
    async with Lab(OPEN, Account(name="ann", password=PasswordHash.of(PASSWORD, log2_n=4))) as lab:
        raw = await lab.raw()
        assert b"SASL PLAIN LOGIN" in await raw.lines("CAPA")
        assert await raw.kinds("USER ann", f"PASS {PASSWORD}") == [True, True]


async def test_what_is_recorded() -> None:
    async with Lab() as lab:
        await lab.letters(LETTER)
        raw = await lab.ann()
        await raw.lines("RETR 1")
        await raw.kinds("DELE 1", "RETR 9")
        assert [(one.verb, one.target, one.status, one.user) for one in lab.access] == [
            ("PASS", "", "+OK", "ann"),
            ("RETR", "1", "+OK", "ann"),
            ("DELE", "1", "+OK", "ann"),
            ("RETR", "9", "-ERR", "ann"),
        ]
        assert lab.access[1].size == len(LETTER)
        assert PASSWORD not in repr(lab.access)
