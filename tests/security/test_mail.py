"""IMAP and POP3: hostile bytes at every stage, nothing injected before TLS, nothing said in the clear, bounded work."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import time
import tracemalloc
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

from netloom.accounts import Account, Accounts
from netloom.contents.mail import Envelope, Mail
from netloom.endpoint import Secret
from netloom.errors import Status
from netloom.links.tls import ServerTLS, accept
from netloom.links.virtual import run as virtual
from tests.fuzzing import mutate
from tests.security.house import House, Wire, elapsed, everything, peer, record

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.links.stream import Stream
    from tests.worlds import Certificates

CANARY = "c4n4ry-mail"
GUESS = "gu3ss"
ROUNDS = int(os.environ.get("NETLOOM_FUZZ", "10000")) // 50
IMAP = "imap://127.0.0.1:0#allow-plain-auth,tls=never"
POP3 = "pop3://127.0.0.1:0#allow-plain-auth,tls=never"
LETTER = b"From: a@b\r\nSubject: x\r\n\r\nbody\r\n"

TALK = {
    IMAP: [
        f"a LOGIN ann {CANARY}\r\n".encode(), b"b SELECT INBOX\r\n",
        b"c UID FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE BODY.PEEK[1.MIME]<0.9>)\r\n",
        b"d STORE 1 +FLAGS (\\Seen x)\r\n",
        b"e SEARCH RETURN (ALL) OR FROM a NOT (TEXT {1+}\r\nb SINCE 1-Feb-2026)\r\n",
        b'f LIST (SUBSCRIBED) "" ("*" %) RETURN (STATUS (MESSAGES))\r\n', b"g APPEND INBOX (x) {5+}\r\nhello\r\n",
        b"h CREATE &AOk-/x\r\n", b"i COPY 1 &AOk-/x\r\n", b"j IDLE\r\nDONE\r\n", b"k EXPUNGE\r\n",
        b"l RENAME INBOX y\r\n",
    ],
    POP3: [
        b"CAPA\r\n", b"USER ann\r\n", f"PASS {CANARY}\r\n".encode(), b"STAT\r\nLIST\r\nUIDL 1\r\n", b"TOP 1 1\r\n",
        b"RETR 1\r\n", b"DELE 1\r\n", b"RSET\r\n", b"QUIT\r\n",
    ],
}  # fmt: skip


def accounts() -> Accounts:
    return Accounts([Account(name="ann", password=Secret(CANARY))], anonymous=frozenset())


@pytest.mark.parametrize("url", TALK)
def test_hostile_bytes_at_every_stage(url: str) -> None:
    """The server ends that session at most, and serves others; what it keeps stays whole."""

    async def main() -> None:
        generator = random.Random(7)
        mail = Mail()
        async with House(url, mail, accounts=accounts()) as house:
            for number in range(ROUNDS):
                await mail.deliver(Envelope(sender="", recipients=("ann@x",), data=LETTER))
                stage = number % len(TALK[url])
                stream = await house.raw()
                said = b"".join(TALK[url][:stage]) + mutate(generator, TALK[url]) + generator.randbytes(number % 30)
                with contextlib.suppress(Exception):  # it may have been cut off in the middle
                    for at in range(0, len(said), 97):
                        await stream.write(said[at : at + 97])
                    await stream.write_eof()
                async with asyncio.timeout(3000):
                    await everything(stream)
                stream.abort()
            stream = await house.raw()
            await stream.write(b"".join(TALK[url][:3]))
            await stream.write_eof()
            assert b"OK" in await everything(stream)
        for name in await mail.folders("ann").names():
            box = await mail.folders("ann").open(name)
            assert all([await box.fetch(info.uid) for info in await box.list()])

    virtual(main())


# TLS


@pytest.mark.parametrize(
    ("scheme", "words"),
    [("imap", (b"a STARTTLS\r\n", b"a OK begin TLS\r\n")), ("pop3", (b"STLS\r\n", b"+OK begin TLS\r\n"))],
)
class TestInjectedBeforeTheHandshake:
    """CVE-2011-0411 and its kin (NO STARTTLS): what stood in the plain stream isn't part of the secured one."""

    @pytest.mark.parametrize("extra", [b"b LOGIN eve x\r\n", b"USER eve\r\n", b"x", b"\0"])
    def test_at_the_server(
        self, scheme: str, words: tuple[bytes, bytes], extra: bytes, certificates: Certificates
    ) -> None:
        async def main() -> None:
            async with House(f"{scheme}://127.0.0.1:0#cert={certificates.good}", Mail(), accounts=accounts()) as house:
                stream = await house.raw()
                await stream.write(words[0] + extra)
                assert words[1] not in await everything(stream)
                stream = await house.raw()
                await stream.write(words[0])
                await stream.read_until(words[1])
                await stream.write(extra + b"\r\n" * 10)  # quick enough to come before the handshake
                heard = await everything(stream)
                assert b"OK" not in heard
                assert b"ERR" not in heard

        virtual(main())

    @pytest.mark.parametrize(
        "extra", [b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n", b"+OK hi\r\nUSER\r\n.\r\n", b"* BYE\r\n", b"x"]
    )
    def test_at_the_client(self, scheme: str, words: tuple[bytes, bytes], extra: bytes) -> None:
        async def eve(link: Stream) -> None:
            await greet(link, scheme, extra)
            await everything(link)

        async def main() -> None:
            async with peer(eve) as house:
                found = await ask(house, scheme)
                assert found.status in (Status.PROTOCOL_ERROR, Status.TLS_ERROR), found
                assert CANARY.encode() not in house.sent
                assert b"LOGIN" not in house.sent
                assert b"USER" not in house.sent

        virtual(main())

    def test_what_was_offered_in_the_clear_counts_for_nothing(
        self, scheme: str, words: tuple[bytes, bytes], certificates: Certificates
    ) -> None:
        heard: list[bytes] = []

        async def other(link: Stream) -> None:
            await greet(link, scheme, b"")
            await accept(link, tls_of(certificates.good), at_once=True)
            line = await link.read_line()
            tag = line.partition(b" ")[0]
            await link.write(
                b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n" + tag + b" OK\r\n"
                if scheme == "imap"
                else b"+OK\r\nTOP\r\n.\r\n"
            )
            heard.append(await everything(link))

        async def main() -> None:
            async with peer(other) as house:
                found = await ask(house, scheme, f"ca={certificates.ca}")
                assert found.status is Status.UNAUTHENTICATED, found
                assert CANARY.encode() not in b"".join(heard)

        virtual(main())


def tls_of(path: str) -> ServerTLS:
    return ServerTLS.from_files(path, path)


async def greet(link: Stream, scheme: str, extra: bytes) -> None:
    """A greeting that offers TLS, and the answer to who asks for it."""
    if scheme == "imap":
        await link.write(b"* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR] hi\r\n")
        tag = (await link.read_line()).partition(b" ")[0]
        await link.write(tag + b" OK go\r\n" + extra)
        return
    await link.write(b"+OK hi\r\n")
    await link.read_line()
    await link.write(b"+OK\r\nSTLS\r\nUSER\r\nSASL PLAIN\r\n.\r\n")
    await link.read_line()
    await link.write(b"+OK go\r\n" + extra)


async def ask(house: House, scheme: str, options: str = "", mode: str = "starttls") -> Any:
    target = f"{scheme}://ann:{CANARY}@127.0.0.1:{house.port}#tls={mode},sni=localhost,{options}".rstrip(",")
    return await record(house.network, "get", target, deadline=5.0)


@pytest.mark.parametrize("scheme", ["imap", "pop3"])
@pytest.mark.parametrize("mode", ["", "starttls", "try", "never"])
def test_no_password_goes_in_the_clear(scheme: str, mode: str) -> None:
    """Also where somebody in between takes the offer of TLS away."""

    async def stripped(link: Stream) -> None:
        if scheme == "imap":
            await link.write(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=LOGIN SASL-IR] hi\r\n")
        else:
            await link.write(b"+OK hi\r\n")
            await link.read_line()
            await link.write(b"+OK\r\nUSER\r\nSASL PLAIN LOGIN\r\n.\r\n")
        await everything(link)

    async def main() -> None:
        async with peer(stripped) as house:
            found = await ask(house, scheme, mode=mode)
            assert found.status in (Status.BLOCKED, Status.TLS_ERROR), found
            for word in (CANARY.encode(), b64encode(CANARY.encode())[:-4], b"LOGIN", b"USER", b"AUTH"):
                assert word not in house.sent

    virtual(main())


# Guessing


async def by_command(house: House, password: str) -> bool:
    return await _line(house, f"a LOGIN ann {password}")


async def by_plain(house: House, password: str) -> bool:
    proof = b64encode(f"\0ann\0{password}".encode()).decode()
    return await _line(house, f"a AUTHENTICATE PLAIN {proof}")


async def by_pass(house: House, password: str) -> bool:
    return await _line(house, "USER ann", f"PASS {password}")


async def by_auth(house: House, password: str) -> bool:
    return await _line(house, f"AUTH PLAIN {b64encode(f'{chr(0)}ann{chr(0)}{password}'.encode()).decode()}")


async def _line(house: House, *lines: str) -> bool:
    stream = await house.raw()
    said = await stream.read_line()
    for line in lines:
        await stream.write(line.encode() + b"\r\n")
        said = await stream.read_line()
    stream.abort()
    assert said.startswith((b"a OK", b"a NO", b"+OK", b"-ERR")), said
    return said.startswith((b"a OK", b"+OK"))


@pytest.mark.parametrize(
    ("url", "login"),
    [(IMAP, by_command), (IMAP, by_plain), (POP3, by_pass), (POP3, by_auth)],
    ids=["imap login", "imap plain", "pop3 pass", "pop3 plain"],
)
def test_guessing_becomes_slow_and_is_told_to_nobody(url: str, login: Any) -> None:
    async def main() -> None:
        network = Wire()
        async with House(url, Mail(), accounts=accounts(), network=network) as house:
            took = []
            for _ in range(8):
                before = elapsed()
                assert not await login(house, GUESS)
                took.append(elapsed() - before)
            assert took[0] < 0.1
            assert sum(took) > 10
            guesses = [asyncio.ensure_future(login(house, GUESS)) for _ in range(50)]
            done, _ = await asyncio.wait(guesses, timeout=40)
            assert len(done) <= 4, "many at once are no way around it"
            network.stranger = "203.0.113.66"
            before = elapsed()
            assert await login(house, CANARY), "others aren't held up"
            assert elapsed() - before < 0.1
            for word in (GUESS, CANARY, b64encode(CANARY.encode()).decode()[:-4]):
                assert word not in repr(house.access)
            for task in guesses:
                task.cancel()
            await asyncio.wait(guesses)

    virtual(main())


# Bounded work


async def logged_in(house: House, *lines: bytes) -> Stream:
    stream = await house.raw()
    await stream.write(b"a LOGIN ann " + CANARY.encode() + b"\r\n" + b"".join(lines))
    await stream.read_until(b"\r\na OK")
    return stream


@pytest.mark.parametrize(
    "said",
    [
        b"x LOGIN {999999999+}\r\n",
        b"x" * 200_000,
        b"x LOGIN {16000+}\r\n" * 5000,
        b"x SEARCH " + b"(" * 60_000,
        b"\r\n" * 100_000,
    ],
)
def test_a_stranger_takes_little(said: bytes) -> None:
    async def main() -> None:
        async with House(IMAP, Mail(), accounts=accounts()) as house:
            tracemalloc.start()
            try:
                stream = await house.raw()
                with contextlib.suppress(Exception):
                    for at in range(0, len(said), 4096):
                        await stream.write(said[at : at + 4096])
                await everything(stream)
                assert tracemalloc.get_traced_memory()[1] < 8 << 20
            finally:
                tracemalloc.stop()

    virtual(main())


def test_what_is_announced_isnt_allocated() -> None:
    async def main() -> None:
        async with House(IMAP, Mail(), accounts=accounts()) as house:
            stream = await logged_in(house)
            tracemalloc.start()
            try:
                await stream.write(b"b APPEND INBOX {26214400}\r\n")
                await stream.read_until(b"+ go on\r\n")
                assert tracemalloc.get_traced_memory()[1] < 1 << 20
            finally:
                tracemalloc.stop()

    virtual(main())


def test_a_message_that_drips_in_has_an_end() -> None:
    async def main() -> None:
        mail = Mail()
        async with House(f"{IMAP},transfer-deadline=60", mail, accounts=accounts()) as house:
            stream = await logged_in(house)
            await stream.write(b"b APPEND INBOX {1000}\r\n")
            await stream.read_until(b"+ go on\r\n")
            before = elapsed()

            async def drip() -> None:
                with contextlib.suppress(Exception):
                    while True:
                        await stream.write(b"x")
                        await asyncio.sleep(1)

            dripping = asyncio.ensure_future(drip())
            assert b"* BYE too slow" in await everything(stream)
            assert 59 < elapsed() - before < 62
            dripping.cancel()
            await asyncio.wait({dripping})
        assert await mail.mailbox("ann").list() == ()

    virtual(main())


BOMBS = {
    "deep": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (at, at) for at in range(20_000)
    ),
    "wide": b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\n" * 200_000,
    "nested messages": b"Content-Type: message/rfc822\r\n\r\n" * 50_000,
    "fields": b"A: b\r\n" * 200_000 + b"\r\n",
    "addresses": b"To: " + b"a@b," * 300_000 + b"\r\n\r\n",
    "comments": b"To: " + b"(" * 500_000 + b"\r\n\r\n",
    "quotes": b"To: " + b'"\\' * 500_000 + b"\r\n\r\n",
    "brackets": b"To: " + b"[" * 500_000 + b"\r\n\r\n",
    "parameters": b"Content-Type: text/plain" + b"; a=b" * 200_000 + b"\r\n\r\n",
    "broken parameters": b"Content-Type: text/plain; " + b'a="' * 200_000 + b"\r\n\r\n",
    "folds": b"Subject: x\r\n" + b" y\r\n" * 300_000 + b"\r\n",
    "near boundaries": b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"\r\n--xy" * 200_000,
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 20_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_message_that_is_a_bomb(bomb: bytes) -> None:
    async def main() -> None:
        mail = Mail()
        await mail.deliver(Envelope(sender="", recipients=("ann@x",), data=bomb))
        async with House(IMAP, mail, accounts=accounts()) as house:
            began = time.process_time()
            stream = await logged_in(house, b"b SELECT INBOX\r\n")
            for asked in (b"FETCH 1 (ENVELOPE BODYSTRUCTURE)", b"SEARCH SUBJECT z TO z", b"FETCH 1 BODY.PEEK[1.1.1]"):
                await stream.write(b"c " + asked + b"\r\n")
                await stream.read_until(b"\r\nc OK", 64 << 20)
            assert time.process_time() - began < 20  # a second or two; this only tells what has no end

    virtual(main())


def test_no_search_takes_all_there_is() -> None:
    async def main() -> None:
        mail = Mail()
        for _ in range(200):
            await mail.mailbox("ann").append(LETTER)
        async with House(IMAP, mail, accounts=accounts()) as house:
            stream = await logged_in(house, b"b SELECT INBOX\r\n")
            key = b"OR " * 30 + b"BODY a " * 30 + b"BODY b"
            for line, kind in (
                (b"c SEARCH " + key, b"c OK"), (b"d SEARCH " + b"NOT " * 100 + b"ALL", b"d BAD"),
                (b"e SEARCH " + b"ALL " * 2000 + b"ALL", b"e BAD"), (b"f FETCH " + b"1," * 20_000 + b"1 UID", b"f BAD"),
                (b"g FETCH 1 (" + b"UID " * 300 + b"UID)", b"g BAD"), (b"h NOOP", b"h OK"),
            ):  # fmt: skip
                await stream.write(line + b"\r\n")
                await stream.read_until(b"\r\n" + kind, 1 << 20)

    virtual(main())


def test_a_client_that_doesnt_read_fills_no_memory(tmp_path: Path) -> None:
    async def main() -> None:
        mail = Mail(tmp_path)
        for _ in range(20):
            await mail.mailbox("ann").append(b"Subject: x\r\n\r\n" + b"y" * (1 << 20))
        async with House(f"{IMAP},autologout=5", mail, accounts=accounts(), network=None) as house:
            stream = await logged_in(house, b"b SELECT INBOX\r\n")
            stream.transport.pause_reading()
            tracemalloc.start()
            try:
                await stream.write(b"".join(b"c%d FETCH 1:20 BODY.PEEK[]\r\n" % at for at in range(50)))
                for _ in range(200):
                    await asyncio.sleep(0.001)
                assert tracemalloc.get_traced_memory()[1] < 64 << 20
            finally:
                tracemalloc.stop()

    asyncio.run(main())
