"""SMTP: nothing is smuggled past the end of a mail, nothing is injected before TLS, nothing is said in the clear."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.mail import Mail
from netloom.errors import LocalProtocolError, RemoteProtocolError, Status
from netloom.links.tls import ServerTLS, accept
from netloom.links.virtual import run as virtual
from netloom.wire.smtp import data, replies
from tests.security.house import House, Wire, everything, peer, record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from netloom.links.stream import Stream
    from tests.worlds import Certificates

CANARY = "c4n4ry-smtp"
ENVELOPE = b"EHLO me\r\nMAIL FROM:<eve@example.org>\r\nRCPT TO:<ann@example.org>\r\nDATA\r\n"
SMUGGLED = b"MAIL FROM:<admin@example.org>\r\nRCPT TO:<ann@example.org>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n"
FALSE_ENDS = {
    "LF.LF": b"\n.\n",
    "LF.CRLF": b"\n.\r\n",
    "CR.CR": b"\r.\r",
    "CR.CRLF": b"\r.\r\n",
    "CRLF.LF": b"\r\n.\n",
    "CRLF.CR": b"\r\n.\r",
    "LF.CR": b"\n.\r",
    "CRCRLF.CRCRLF": b"\r\r\n.\r\r\n",
    "CRLF NUL.CRLF": b"\r\n\0.\r\n",
    "CRLF.NUL CRLF": b"\r\n.\0\r\n",
    "CRLF space.CRLF": b"\r\n .\r\n",
    "CRLF.. CRLF": b"\r\n..\r\n",
}


def subjects(mail: Mail) -> list[str]:
    return [received.subject for received in mail.received]


@pytest.mark.parametrize("false_end", FALSE_ENDS.values(), ids=FALSE_ENDS)
@pytest.mark.parametrize("pieces", ["at once", "by octets"])
def test_a_mail_ends_with_crlf_dot_crlf_and_nothing_else(false_end: bytes, pieces: str) -> None:
    async def main() -> None:
        mail = Mail()
        async with House("smtp://127.0.0.1:0", mail) as house:
            stream = await house.raw()
            await stream.write(ENVELOPE)
            said = b"Subject: first\r\n\r\ntext" + false_end + SMUGGLED
            for piece in [said] if pieces == "at once" else [said[at : at + 1] for at in range(len(said))]:
                with contextlib.suppress(Exception):  # it is refused somewhere in the middle
                    await stream.write(piece)
            with contextlib.suppress(Exception):
                await stream.write(b"QUIT\r\n")
            await everything(stream)
        assert "smuggled" not in subjects(mail)
        assert all("admin@example.org" not in received.sender for received in mail.received)
        # What is kept may have to be sent on, to somebody who sees an end there.
        assert all(data.find_bare(received.data) < 0 for received in mail.received)

    virtual(main())


@pytest.mark.parametrize("bare", [b"\n", b"\r", b"\n.\n", b"\n.\r\n"])
def test_no_chunk_brings_what_another_server_would_split(bare: bytes) -> None:
    """RFC 3030: what came by BDAT may have to be sent on by DATA."""

    async def main() -> None:
        mail = Mail()
        async with House("smtp://127.0.0.1:0", mail) as house:
            stream = await house.raw()
            body = b"Subject: x\r\n\r\na" + bare + SMUGGLED
            await stream.write(
                ENVELOPE.replace(b"DATA\r\n", b"") + b"BDAT %d LAST\r\n" % len(body) + body + b"QUIT\r\n"
            )
            assert b"\r\n554 " in await everything(stream)
        assert not mail.received

    virtual(main())


@pytest.mark.parametrize("false_end", [end for end in FALSE_ENDS.values() if data.find_bare(end) >= 0])
def test_our_client_sends_no_such_thing(false_end: bytes) -> None:
    with pytest.raises(LocalProtocolError):
        data.encode(b"Subject: x\r\n\r\na" + false_end + SMUGGLED)


DOTS = [b".", b"..", b"...", b".a", b"a.", b" .", b"..a", b".\r\n.", b".\r\n\r\n.\r\n..\r\nMAIL FROM:<eve@example.org>"]


@pytest.mark.parametrize("chunking", [False, True], ids=["DATA", "BDAT"])
@pytest.mark.parametrize("lines", DOTS)
def test_dots_pass_as_they_are(lines: bytes, chunking: bool) -> None:
    async def main() -> None:
        mail = Mail()
        async with House("smtp://127.0.0.1:0", mail) as house:
            target = f"smtp://127.0.0.1:{house.port}/ann@example.org#tls=never,chunking={str(chunking).lower()}"
            text = b"Subject: dots\r\n\r\n" + lines + b"\r\n"
            found = await record(house.network, "send", target, text.decode())
            assert found.status is Status.SUCCESS, found.message
        (received,) = mail.received
        assert received.data.endswith(text)

    virtual(main())


# STARTTLS


class TestInjectedBeforeTheHandshake:
    """CVE-2011-0411: what stood in the plain stream isn't part of the secured one."""

    @pytest.mark.parametrize("extra", [b"EHLO eve\r\n", b"MAIL FROM:<eve@example.org>\r\n", b"R", b"\0"])
    def test_at_the_server(self, extra: bytes, certificates: Certificates) -> None:
        async def main() -> None:
            mail = Mail()
            async with House(f"smtp://127.0.0.1:0#cert={certificates.good}", mail) as house:
                stream = await house.raw()
                await stream.write(b"EHLO me\r\nSTARTTLS\r\n" + extra)
                heard = await everything(stream)
                assert b"\r\n554 " in heard
                assert b"220 2.0.0" not in heard

        virtual(main())

    def test_what_came_between_the_answer_and_the_handshake(self, certificates: Certificates) -> None:
        """Whoever sits in between may be that quick: then it is no handshake, and nothing of it is obeyed."""

        async def main() -> None:
            mail = Mail()
            async with House(f"smtp://127.0.0.1:0#cert={certificates.good}", mail) as house:
                stream = await house.raw()
                await stream.write(b"EHLO me\r\nSTARTTLS\r\n")
                await stream.read_until(b"220 2.0.0 begin TLS\r\n")
                await stream.write(ENVELOPE + b"Subject: x\r\n\r\nx\r\n.\r\n")
                heard = await everything(stream)
                assert b"250" not in heard
            assert not mail.received

        virtual(main())

    @pytest.mark.parametrize("extra", [b"250-eve\r\n250 AUTH PLAIN\r\n", b"2", b"535 give me your password\r\n"])
    def test_at_the_client(self, extra: bytes) -> None:
        async def eve(link: Stream) -> None:
            await converse(link, b"220 go\r\n" + extra)
            await everything(link)

        async def main() -> None:
            async with peer(eve) as house:
                found = await ask(house)
                assert found.status in (Status.PROTOCOL_ERROR, Status.TLS_ERROR), found
                silent_about_mail(house)

        virtual(main())

    def test_what_was_offered_in_the_clear_counts_for_nothing(self, certificates: Certificates) -> None:
        """AUTH that only somebody in between has offered isn't used after TLS (RFC 3207 §4.2)."""

        async def other(link: Stream) -> None:
            await converse(link, b"220 go\r\n", offers=b"250-AUTH PLAIN LOGIN\r\n")
            await accept(link, tls_of(certificates.good), at_once=True)
            heard.append(await link.read_line())
            await link.write(b"250 me, and nothing else\r\n")
            heard.append(await everything(link))

        async def main() -> None:
            async with peer(other) as house:
                found = await ask(house, f"ca={certificates.ca}")
                assert found.status is Status.UNAUTHENTICATED
                assert b"AUTH" not in b"".join(heard)

        heard: list[bytes] = []
        virtual(main())


def silent_about_mail(house: House) -> None:
    """Nothing of the mail, and no proof, was said in the clear."""
    for word in (b"AUTH", b"MAIL", b"RCPT", b"DATA", b"BDAT", CANARY.encode(), b"warp"):
        assert word not in house.sent.split(b"STARTTLS\r\n", 1)[-1]


async def converse(link: Stream, answer: bytes, offers: bytes = b"250-AUTH PLAIN LOGIN\r\n") -> None:
    """A greeting, an answer to EHLO and one to STARTTLS."""
    await link.write(b"220 mx\r\n")
    await link.read_line()
    await link.write(b"250-mx\r\n" + offers + b"250 STARTTLS\r\n")
    if (await link.read_line()).startswith(b"STARTTLS"):
        await link.write(answer)


async def ask(house: House, options: str = "", who: str = f"ann:{CANARY}@", mode: str = "starttls") -> Any:
    target = f"smtp://{who}127.0.0.1:{house.port}/bob@example.org#tls={mode},sni=localhost"
    return await record(house.network, "send", f"{target},{options}".rstrip(","), "warp and weft", deadline=5.0)


def tls_of(pem: str) -> ServerTLS:
    return ServerTLS.from_files(pem, pem)


def no_offer() -> Callable[[Stream], Any]:
    async def handle(link: Stream) -> None:
        await link.write(b"220 mx\r\n")
        while line := await link.read_line():
            await link.write(b"250-mx\r\n250 AUTH PLAIN\r\n" if line.startswith(b"EHLO") else b"250 ok\r\n")

    return handle


def answering(answer: bytes, then: bytes = b"") -> Callable[[Stream], Any]:
    async def handle(link: Stream) -> None:
        await converse(link, answer)
        if answer:
            await asyncio.sleep(0.1)
            if then:
                await link.write(then)
            while line := await link.read_line():
                await link.write(b"250 ok\r\n" if line[:4] in (b"EHLO", b"MAIL", b"RCPT") else b"334 \r\n")

    return handle


FAILURES = {
    "isn't offered": no_offer(),
    "454": answering(b"454 not now\r\n"),
    "502": answering(b"502 what?\r\n"),
    "250": answering(b"250 ok\r\n"),
    "334": answering(b"334 \r\n"),
    "no handshake": answering(b"220 go\r\n", b"250 who needs TLS\r\n"),
    "alert": answering(b"220 go\r\n", b"\x15\x03\x03\0\2\2\x28"),
    "closed": answering(b""),
}


@pytest.mark.parametrize("who", ["", f"ann:{CANARY}@"], ids=["nobody", "ann"])
@pytest.mark.parametrize("handle", FAILURES.values(), ids=FAILURES)
def test_after_a_failed_starttls_nothing_is_said_in_the_clear(handle: Callable[[Stream], Any], who: str) -> None:
    async def main() -> None:
        async with peer(handle) as house:
            found = await ask(house, who=who)
            assert found.status not in (Status.SUCCESS, Status.INVALID_INPUT)
            silent_about_mail(house)
            assert CANARY not in repr(found)

    virtual(main())


@pytest.mark.parametrize("mode", ["", "try"])
@pytest.mark.parametrize("who", ["", f"ann:{CANARY}@"], ids=["nobody", "ann"])
@pytest.mark.parametrize("way", ["no handshake", "alert", "closed"])
def test_nor_where_tls_was_only_tried(way: str, who: str, mode: str) -> None:
    """A server, or somebody in between, that agrees to TLS and then doesn't do it gets no mail."""

    async def main() -> None:
        async with peer(FAILURES[way]) as house:
            found = await ask(house, who=who, mode=mode)
            assert found.status not in (Status.SUCCESS, Status.INVALID_INPUT)
            silent_about_mail(house)

    virtual(main())


@pytest.mark.parametrize("flaw", ["expired", "self_signed", "wrong_name", "unknown_issuer"])
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_nor_to_a_server_that_is_not_who_it_should_be(flaw: str, scheme: str, certificates: Certificates) -> None:
    async def main() -> None:
        async with House(
            f"{scheme}://127.0.0.1:0#cert={getattr(certificates, flaw)}", accounts=[f"ann:{CANARY}"]
        ) as house:
            target = (
                f"{scheme}://ann:{CANARY}@127.0.0.1:{house.port}/ann@example.org#ca={certificates.ca},sni=localhost"
            )
            found = await record(house.network, "send", target, "warp and weft")
            assert found.status is Status.TLS_ERROR
            assert not house.asked()
            silent_about_mail(house)

    virtual(main())


@pytest.mark.parametrize("mode", ["", "try", "never"])
def test_a_password_is_never_said_without_tls_unless_that_is_allowed(mode: str) -> None:
    async def main() -> None:
        async with peer(no_offer()) as house:
            target = f"smtp://ann:{CANARY}@127.0.0.1:{house.port}/bob@example.org#tls={mode}"
            found = await record(house.network, "send", target, "warp and weft")
            assert found.status is Status.BLOCKED
            assert b"AUTH" not in house.sent

    virtual(main())


# The server's side


async def said(house: House, *lines: str) -> list[int]:
    """Commands one after the other; the codes of greeting and answers."""
    stream = await house.raw()
    codes = [(await stream.parse(replies.parse)).code]
    for line in lines:
        await stream.write(line.encode() + b"\r\n")
        codes.append((await stream.parse(replies.parse)).code)
    return codes


class TestTheServer:
    @pytest.mark.parametrize("attempt", ["AUTH PLAIN AGFubgBzZWNyZXQ=", "AUTH LOGIN", "AUTH LOGIN YW5u"])
    def test_takes_no_password_without_tls(self, attempt: str) -> None:
        async def main() -> None:
            async with House("smtp://127.0.0.1:0", accounts=["ann:secret"]) as house:
                assert await said(house, "EHLO me", attempt) == [220, 250, 538]

        virtual(main())

    @pytest.mark.parametrize(
        "recipient",
        [
            "eve@elsewhere.example",
            "eve%elsewhere.example@example.org",
            "@elsewhere.example:eve@example.org",
            '"eve@elsewhere.example"',
            "elsewhere.example!eve@example.org",
            "eve@[192.0.2.1]",
        ],
    )
    def test_is_no_relay(self, recipient: str) -> None:
        async def main() -> None:
            for options in ("", "#domains=example.org"):
                async with House(f"smtp://127.0.0.1:0{options}", accounts=["ann:secret"]) as house:
                    codes = await said(house, "EHLO me", "MAIL FROM:<a@example.org>", f"RCPT TO:<{recipient}>")
                    assert codes[-1] >= 500

        virtual(main())

    def test_sends_nothing_on(self) -> None:
        """It connects to nobody, whoever a mail is for."""

        async def main() -> None:
            network = Wire()
            async with House("smtp://127.0.0.1:0", network=network) as house:
                before = await house.raw()
                await before.write(
                    ENVELOPE.replace(b"ann@example.org", b"eve@elsewhere.example") + b"\r\nx\r\n.\r\nQUIT\r\n"
                )
                await everything(before)
            assert len(network.listeners) == 0
            assert network.sent.count(b"EHLO") == 1

        virtual(main())

    def test_tells_nobody_who_is_there(self) -> None:
        async def main() -> None:
            async with House("smtp://127.0.0.1:0", accounts=["ann:secret"]) as house:
                known = await said(house, "EHLO me", "VRFY ann", "EXPN staff")
                assert known == await said(house, "EHLO me", "VRFY nobody", "EXPN nobody")

        virtual(main())

    @pytest.mark.parametrize(
        ("line", "times"),
        [("NOOP", 1100), ("BADCOMMAND", 30), ("MAIL FROM:<>", 30), ("VRFY ann", 1100), ("EHLO me", 1100)],
    )
    def test_has_had_enough_some_day(self, line: str, times: int) -> None:
        async def main() -> None:
            async with House("smtp://127.0.0.1:0") as house:
                stream = await house.raw()
                await stream.write(f"{line}\r\n".encode() * times)
                assert b"\r\n421 4.7.0 too many" in await everything(stream)

        virtual(main())

    @pytest.mark.parametrize("data_", [b"A" * 100_000, b"EHLO " + b"a" * 70_000 + b"\r\n", b"\xff" * 70_000])
    def test_a_line_has_an_end(self, data_: bytes) -> None:
        async def main() -> None:
            async with House("smtp://127.0.0.1:0") as house:
                stream = await house.raw()
                await stream.write(data_)
                assert b"\r\n500 " in await everything(stream)

        virtual(main())

    def test_a_mail_has_so_many_recipients_and_no_more(self) -> None:
        async def main() -> None:
            async with House("smtp://127.0.0.1:0#max_recipients=3") as house:
                named = [f"RCPT TO:<u{number}@example.org>" for number in range(4)]
                assert (await said(house, "EHLO me", "MAIL FROM:<>", *named))[-2:] == [250, 452]

        virtual(main())

    def test_a_browser_is_sent_away(self) -> None:
        """A page that lets a browser post to port 25 gets nothing done."""

        async def main() -> None:
            mail = Mail()
            async with House("smtp://127.0.0.1:0", mail) as house:
                stream = await house.raw()
                await stream.write(b"POST / HTTP/1.1\r\nHost: x\r\n\r\n" + ENVELOPE + b"\r\nx\r\n.\r\n")
                assert b"\r\n421 " in await everything(stream)
            assert not mail.received

        virtual(main())


@pytest.mark.parametrize(
    "name", ["../../outside", "..", "/etc/passwd", "a/../../outside", ".", "a\\..\\b", "~root", ".hidden"]
)
async def test_no_mailbox_leaves_its_folder(name: str, tmp_path: Path) -> None:
    home = tmp_path / "mail"
    home.mkdir()
    mail = Mail(home)
    async with House("smtp://127.0.0.1:0", mail) as house:
        stream = await house.raw()
        rcpt = f'RCPT TO:<"{name}"@example.org>'.encode()
        await stream.write(
            ENVELOPE.replace(b"RCPT TO:<ann@example.org>", rcpt) + b"Subject: x\r\n\r\nx\r\n.\r\nQUIT\r\n"
        )
        await everything(stream)
    assert [entry.name for entry in tmp_path.iterdir()] == ["mail"]
    for found in home.rglob("*"):
        assert found.resolve().is_relative_to(home)


@pytest.mark.parametrize(
    "answer", [b"220 " + b"a" * 100_000, b"220-more\r\n" * 20_000, b"\0" * 100_000, b"220\r\n" * 3]
)
def test_a_servers_replies_have_an_end(answer: bytes) -> None:
    async def handle(link: Stream) -> None:
        await link.write(answer)
        await everything(link)

    async def main() -> None:
        async with peer(handle) as house:
            found = await record(house.network, "probe", f"smtp://127.0.0.1:{house.port}", deadline=5.0)
            assert found.status is not Status.SUCCESS

    virtual(main())


def test_the_decoder_of_data_never_takes_a_false_end() -> None:
    for false_end in FALSE_ENDS.values():
        decoder = data.Decoder()
        with contextlib.suppress(RemoteProtocolError):
            decoder.feed(b"a" + false_end)
        assert not decoder.done
