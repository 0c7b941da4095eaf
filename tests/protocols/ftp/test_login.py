"""Who is there: accounts, anybody, TLS, and what is said without it."""

from __future__ import annotations

import asyncio
import socket

import pytest

from netloom.accounts import NONE, WRITES, Account, Accounts, Right
from netloom.endpoint import Secret
from netloom.errors import RemoteProtocolError, TLSError
from netloom.links import virtual
from netloom.links.options import LinkOptions
from netloom.links.stream import Stream
from netloom.links.tls import ClientTLS, secure
from tests.protocols.ftp.lab import ANN, BOB, HELLO, PLAIN, Lab, Raw

TLS = "ftp://127.0.0.1:0"
STRANGER = "203.0.113.66"


async def test_accounts_and_anybody() -> None:
    async with Lab(PLAIN, ANN, BOB) as lab:
        raw = await lab.raw()
        assert await raw.codes("USER ann", "PASS wrong", "PASS can4ry-pa55") == [331, 530, 503]
        assert await raw.codes("USER nobody", "PASS x") == [331, 530], "a name tells nothing"
        assert await raw.codes("USER ann", "PASS can4ry-pa55", "PASS again") == [331, 230, 503]
        assert (await raw.put("STOR new.txt", b"x"))[-1] == 226
        assert await raw.codes("USER bob", "PASS b0b") == [331, 230]
        assert await raw.put("STOR other.txt", b"x") == [550]
        assert (await raw.get("RETR hello.txt"))[1].replace(b"\r\n", b"\n") == HELLO
        assert await raw.codes("USER Anonymous", "PASS me@here", "DELE new.txt") == [331, 230, 550]
        told = [(record.verb, record.user, record.status) for record in lab.access if record.verb != "RETR"]
        assert told == [
            ("LOGIN", "", "530"), ("LOGIN", "", "530"), ("LOGIN", "ann", "230"), ("STOR", "ann", "226"),
            ("LOGIN", "bob", "230"), ("STOR", "bob", "550"), ("DELE", "", "550"),
        ]  # fmt: skip


async def test_without_accounts_any_name_is_anybody() -> None:
    async with Lab() as lab:
        raw = await lab.raw()
        assert await raw.codes("USER whoever", "PASS x", "STOR a", "DELE hello.txt") == [331, 230, 550, 550]


@pytest.mark.parametrize(("rights", "codes"), [(NONE, [331, 530]), (WRITES, [331, 230])])
async def test_what_anybody_may_is_the_accounts_affair(rights: frozenset[Right], codes: list[int]) -> None:
    lab = Lab(PLAIN, ANN)
    lab.serving.accounts = Accounts([ANN], anonymous=rights)
    async with lab:
        raw = await lab.raw()
        assert await raw.codes("USER ftp", "PASS x") == codes
        if rights:
            assert (await raw.put("STOR new.txt", b"x"))[-1] == 226


def test_failed_logins_are_slow_and_end() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with Lab(f"{PLAIN},max_logins=4", ANN) as lab:
            begun = loop.time()
            raw = await lab.raw()
            for _ in range(3):
                assert await raw.codes("USER ann", "PASS wrong") == [331, 530]
            assert await raw.codes("USER ann", "PASS wrong") == [331, 421]
            assert loop.time() > begun
            assert await raw.rest() == b""

    virtual.run(main())


async def test_an_account_may_be_called_anonymous() -> None:
    async with Lab(PLAIN, Account(name="ftp", password=Secret("real"))) as lab:
        raw = await lab.raw()
        assert await raw.codes("USER ftp", "PASS x", "USER ftp", "PASS real") == [331, 530, 331, 230]


class TestInTheClear:
    async def test_no_password_is_taken_from_elsewhere(self) -> None:
        async with Lab(TLS, ANN, stranger=STRANGER) as lab:
            raw = await lab.raw()
            assert await raw.codes("USER ann", "PASS can4ry-pa55") == [530, 503]
            assert await raw.codes("USER anonymous", "PASS x") == [331, 230]
            await raw.secure()
            assert await raw.codes("USER ann", "PASS can4ry-pa55") == [331, 230]

    async def test_unless_it_is_allowed(self) -> None:
        async with Lab(f"{TLS}#allow_plain_auth", ANN, stranger=STRANGER) as lab:
            raw = await lab.raw()
            assert await raw.codes("USER ann", "PASS can4ry-pa55") == [331, 230]

    async def test_nothing_is_where_tls_is_required(self) -> None:
        async with Lab(f"{TLS}#require_tls", ANN) as lab:
            raw = await lab.raw()
            assert await raw.codes("USER ann", "USER anonymous", "PASS x") == [530, 530, 503]
            await raw.secure()
            await raw.login()
            assert await raw.get("RETR hello.txt") == ([521], b"")
            assert await raw.codes("PBSZ 0", "PROT C", "PROT P") == [200, 534, 200]


class TestTLS:
    async def test_it_is_begun_and_everybody_is_new(self) -> None:
        async with Lab(TLS, ANN) as lab:
            raw = await lab.raw()
            await raw.login()
            assert "AUTH TLS" in (await raw.say("FEAT")).text
            await raw.secure()
            assert await raw.codes("PWD", "AUTH TLS", "PBSZ 0", "PROT P", "CCC") == [530, 503, 200, 200, 534]
            await raw.login()
            assert (await raw.say("STAT")).text.count("TLS") == 1

    async def test_there_may_be_none(self) -> None:
        async with Lab(PLAIN) as lab:
            raw = await lab.raw()
            assert await raw.codes("AUTH TLS", "PBSZ 0", "PROT P", "PROT C") == [502, 503, 503, 503]
            assert "AUTH" not in (await raw.say("FEAT")).text

    async def test_words_of_it(self) -> None:
        async with Lab(TLS) as lab:
            raw = await lab.raw()
            assert await raw.codes("AUTH SSL", "AUTH GSSAPI", "AUTH") == [504] * 3
            await raw.secure()
            assert await raw.codes("PROT P", "PBSZ", "PBSZ 0", "PROT S", "PROT E", "PROT X") == [
                503, 501, 200, 536, 536, 504,
            ]  # fmt: skip

    async def test_it_may_be_there_from_the_start(self) -> None:
        async with Lab("ftps://127.0.0.1:0", ANN) as lab:
            raw = await lab.raw(greeted=False)
            await secure(raw.stream, "localhost", ClientTLS(verify=False))
            assert (await raw.reply()).code == 220
            await raw.login()
            assert await raw.codes("AUTH TLS", "PBSZ 0", "PROT P") == [503, 200, 200]

    async def test_what_was_injected_before_it_is_refused(self) -> None:
        async with Lab(TLS, ANN) as lab:
            raw = await lab.raw()
            await raw.send(b"AUTH TLS\r\nUSER ann\r\n")
            assert (await raw.reply()).code == 534
            assert await raw.rest() == b""

    async def test_nothing_is_said_in_the_clear_after_it(self) -> None:
        async with Lab(TLS) as lab:
            raw = await lab.raw()
            assert (await raw.say("AUTH TLS")).code == 234
            await raw.send(b"NOOP\r\n" * 5)
            rest = await _rest(raw)
            assert b"220" not in rest
            assert b"500" not in rest

    async def test_a_client_that_goes_within_it(self) -> None:
        async with Lab(TLS) as lab:
            raw = await lab.raw()
            assert (await raw.say("AUTH TLS")).code == 234
            raw.stream.abort()
            await asyncio.sleep(0.01)
            other = await lab.raw()
            assert (await other.say("NOOP")).code == 200


async def _rest(raw: Raw) -> bytes:
    try:
        return await raw.rest()
    except (RemoteProtocolError, TLSError):
        return b""


async def test_a_virtual_host_is_named_before_the_login() -> None:
    async with Lab() as lab:
        raw = await lab.raw()
        assert await raw.codes("HOST", "HOST a b", "HOST files.example.org") == [501, 501, 220]
        await raw.login("anonymous", "x")
        assert await raw.codes("HOST x") == [503]


async def test_a_session_begins_again() -> None:
    async with Lab(PLAIN, ANN) as lab:
        raw = await lab.ann()
        assert await raw.codes("CWD sub", "REIN", "PWD", "USER", "ACCT x") == [250, 220, 530, 501, 202]
        await raw.login()
        assert '"/"' in (await raw.say("PWD")).text


async def test_a_local_process_needs_no_tls() -> None:
    async with Lab("ftp+unix://%2Ftmp%2Fs#tls=never", ANN) as lab:
        stream = Stream(asyncio.get_running_loop())
        await lab.network.connect((socket.AF_UNIX, "/tmp/s"), lambda: stream, LinkOptions())
        raw = Raw(lab.network, stream)
        assert (await raw.reply()).code == 220
        await raw.login()
        assert await raw.codes("SIZE hello.txt", "EPSV", "PASV", "PORT 127,0,0,1,99,99", "LIST") == [
            213, 425, 425, 504, 425,
        ]  # fmt: skip
