"""The client against servers that follow a script: refusals, old servers, and those who lie in wait."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from netloom.errors import ConnectionLost, NetloomError, PeerRefused, RemoteProtocolError, TLSError, Unauthenticated
from netloom.links.memory import MemoryNetwork
from netloom.protocols.smtp.dialogue import Dialogue
from netloom.records import Message
from tests.protocols.smtp.lab import Scripted, answers, client, connect, converse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from netloom.links.stream import Stream

TEXT = Message(topic="ann@x", payload=b"text")
EHLO = "250-mx\n250-STARTTLS\n250 AUTH PLAIN LOGIN"


async def send(
    script: Callable[[Stream], Awaitable[None]], url: str = "smtp://127.0.0.1:PORT", message: Message = TEXT
) -> dict[str, Any]:
    network = MemoryNetwork()
    async with Scripted(network, script) as port:
        sender, dial = client(network, url.replace("PORT", str(port)))
        try:
            async with asyncio.timeout(20):
                reply = await sender.send(message)
                await sender.close()
                return reply.meta
        finally:
            await dial.close()


async def test_an_old_server() -> None:
    said = ["220 mx", "500 what?", "250 mx", "250 ok", "250 ok", "354 go"]

    async def script(stream: Stream) -> None:
        await converse(stream, *said)
        assert b"Subject: x\r\n\r\n..\r\n" in await stream.read_until(b"\r\n.\r\n")
        await stream.write(b"250 queued as 1\r\n")
        await stream.read_line()
        await stream.write(b"221 bye\r\n")

    meta = await send(script, message=Message(topic="ann@x", payload=b"From: bob@x\nSubject: x\n\n.\n"))
    assert meta["text"] == "queued as 1"


@pytest.mark.parametrize(
    ("said", "error", "code"),
    [
        (["554 no mail here"], PeerRefused, 554),
        (["421-busy\n421 later"], PeerRefused, 421),
        (["220 mx", "421 too many"], PeerRefused, 421),
        (["220 mx", "500 what?", "502 no"], PeerRefused, 502),
        (["220 mx", "250 mx", "550 not from you", "250 reset"], PeerRefused, 550),
        (["220 mx", "250 mx", "530 5.7.0 authenticate", "250 reset"], Unauthenticated, 530),
        (["220 mx", "250 mx", "530 5.7.0 Must issue a STARTTLS command first", "250 reset"], PeerRefused, 530),
        (["220 mx", "250 mx", "250 ok", "450 4.2.1 later", "250 reset"], PeerRefused, 450),
        (["220 mx", "250 mx", "250 ok", "250 ok", "451 later", "250 reset"], PeerRefused, 451),
    ],
)
async def test_refusals(said: list[str], error: type[PeerRefused], code: int) -> None:
    with pytest.raises(PeerRefused) as caught:
        await send(answers(*said))
    assert type(caught.value) is error
    assert caught.value.code == code
    assert caught.value.text


@pytest.mark.parametrize(
    "said",
    [
        ["SSH-2.0-OpenSSH_9.2"], ["HTTP/1.1 400 Bad Request"], ["220-a\n221 b"], ["220 mx\0"], ["250 mx"],
        ["220 mx", "999 x"],
        ["220 mx", "354 mx"], ["220 mx", "250-mx\n250 SIZE lots"], ["220 mx", "250 mx", "250 ok", "250 ok", "250 ok"],
    ],
)  # fmt: skip
async def test_what_isnt_smtp(said: list[str]) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        await send(answers(*said))
    assert caught.value.rule
    if len(said) == 1 and said[0][:3] not in ("220", "250"):
        assert caught.value.seen.startswith(said[0][:10].encode())


@pytest.mark.parametrize("said", [[], ["220 mx"], ["220 mx", "250 mx", "250 ok"]])
async def test_it_closes(said: list[str]) -> None:
    async def script(stream: Stream) -> None:
        if said:
            await converse(stream, *said)
        await stream.close()

    with pytest.raises(ConnectionLost):
        await send(script)


class TestTls:
    URL = "smtp://ann:can4ry@127.0.0.1:PORT"

    def script(self, then: bytes, heard: list[bytes]) -> Callable[[Stream], Awaitable[None]]:
        """EHLO with STARTTLS, and `then` as the answer to it; what comes after is heard."""

        async def script(stream: Stream) -> None:
            await converse(stream, "220 mx", EHLO)
            assert await stream.read_line() == b"STARTTLS\r\n"
            await stream.write(then)
            heard.extend([chunk async for chunk in stream.chunks()])

        return script

    async def test_injected_replies_are_refused(self) -> None:
        heard: list[bytes] = []
        with pytest.raises(RemoteProtocolError, match="before the TLS handshake"):
            await send(self.script(b"220 go\r\n250-mx\r\n250 AUTH PLAIN\r\n", heard), self.URL)
        assert heard == []

    @pytest.mark.parametrize("mode", ["", "try", "starttls"])
    @pytest.mark.parametrize("who", ["", "ann:can4ry@"])
    async def test_no_plaintext_after_a_failed_handshake(self, who: str, mode: str) -> None:
        heard: list[bytes] = []

        async def script(stream: Stream) -> None:
            await converse(stream, "220 mx", EHLO)
            await stream.read_line()
            await stream.write(b"220 go\r\n")
            assert (await stream.read())[:2] == b"\x16\x03"
            await stream.write(b"500 what is that?\r\n")
            with contextlib.suppress(ConnectionLost):
                while chunk := await stream.read():
                    heard.append(chunk)

        with pytest.raises(TLSError):
            await send(script, f"smtp://{who}127.0.0.1:PORT#tls={mode}")
        assert not any(word in b"".join(heard) for word in (b"EHLO", b"QUIT", b"AUTH", b"MAIL"))

    async def test_what_was_offered_before_is_forgotten(self) -> None:
        network = MemoryNetwork()
        async with Scripted(network, answers("220 mx", EHLO, "220 go")) as port:
            dialogue = Dialogue(await connect(network, port))
            await dialogue.greet()
            await dialogue.hello()
            assert dialogue.extensions.keys() == {"STARTTLS", "AUTH"}

            async def secure(stream: Stream) -> None:
                """As if it went well."""

            await dialogue.starttls(secure)
            assert (dialogue.extensions, dialogue.offers_starttls) == ({}, True)

    async def test_whatever_fails_ends_the_session(self) -> None:
        network = MemoryNetwork()
        async with Scripted(network, answers("220 mx", EHLO, "220 go", "250 mx")) as port:
            dialogue = Dialogue(await connect(network, port))
            await dialogue.greet()
            await dialogue.hello()

            async def secure(stream: Stream) -> None:
                raise TLSError("no")

            with pytest.raises(TLSError):
                await dialogue.starttls(secure)
            await asyncio.sleep(0)
            with pytest.raises(ConnectionLost):
                await dialogue.hello()

    @pytest.mark.parametrize("mode", ["", "starttls"])
    async def test_a_refusal_isnt_passed_over(self, mode: str) -> None:
        heard: list[bytes] = []
        with pytest.raises(PeerRefused) as caught:
            await send(self.script(b"454 not now\r\n", heard), f"{self.URL}#tls={mode}")
        assert caught.value.code == 454
        assert heard == []

    @pytest.mark.parametrize("mode", ["", "try"])
    async def test_unless_it_was_only_tried(self, mode: str) -> None:
        async def script(stream: Stream) -> None:
            await converse(stream, "220 mx", EHLO, "454 not now", "250 ok", "250 ok", "354 go")
            await stream.read_until(b"\r\n.\r\n")
            await stream.write(b"250 ok\r\n")
            await stream.read_line()
            await stream.write(b"221 bye\r\n")

        assert (await send(script, f"smtp://127.0.0.1:PORT#tls={mode}"))["tls"] is False


class TestAuth:
    URL = "smtp://ann:can4ry@127.0.0.1:PORT#tls=never,allow-plain-auth,auth="

    @pytest.mark.parametrize(
        ("auth", "said"),
        [
            ("plain", ["535 5.7.8 no"]),
            ("login", ["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "535 5.7.8 no"]),
            ("login", ["334 VXNlcm5hbWU6", "535 5.7.8 who?"]),
            ("cram-md5", ["334 PDFAbXg+", "535 5.7.8 no"]),
            ("cram-md5", ["504 no"]),
            ("xoauth2", ["334 eyJzdGF0dXMiOiI0MDEifQ==", "535 5.7.8 no"]),
        ],
    )
    async def test_no(self, auth: str, said: list[str]) -> None:
        with pytest.raises(Unauthenticated) as caught:
            await send(answers("220 mx", "250-mx\n250 AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2", *said), self.URL + auth)
        assert "can4ry" not in f"{caught.value} {caught.value.text} {caught.value.hint}"

    async def test_later(self) -> None:
        with pytest.raises(PeerRefused) as caught:
            await send(answers("220 mx", "250-mx\n250 AUTH PLAIN", "454 4.7.0 later"), self.URL + "plain")
        assert type(caught.value) is PeerRefused

    @pytest.mark.parametrize(
        ("auth", "said"), [("plain", ["334 more", "501 ok"]), ("cram-md5", ["334 not base64"]), ("plain", ["250 fine"])]
    )
    async def test_nonsense(self, auth: str, said: list[str]) -> None:
        with pytest.raises(RemoteProtocolError):
            await send(answers("220 mx", "250-mx\n250 AUTH PLAIN CRAM-MD5", *said), self.URL + auth)

    async def test_a_server_that_shows_nothing_of_its_own(self) -> None:
        """SCRAM goes both ways: who says 235 without the proof may be anybody."""
        with pytest.raises(RemoteProtocolError, match="before it was over"):
            await send(answers("220 mx", "250-mx\n250 AUTH SCRAM-SHA-256", "235 in"), self.URL + "scram-sha-256")


async def test_extensions_are_used_only_where_they_are_offered() -> None:
    async def say(url: str, message: Message) -> str:
        with pytest.raises(NetloomError) as caught:
            await send(answers("220 mx", "250 mx"), url, message)
        return caught.value.message

    whole = "From: bób@x\r\n\r\n".encode()
    eight = "From: bob@x\r\n\r\nä\r\n".encode()
    assert "SMTPUTF8" in await say("smtp://127.0.0.1:PORT", Message(topic="änn@x", payload=b"text"))
    assert "SMTPUTF8" in await say("smtp://127.0.0.1:PORT#sender=bob@x", Message(topic="ann@x", payload=whole))
    assert "8BITMIME" in await say("smtp://127.0.0.1:PORT", Message(topic="ann@x", payload=eight))
    assert "DSN" in await say("smtp://127.0.0.1:PORT#notify=never", TEXT)


async def test_delivery_reports_are_asked_for() -> None:
    heard: list[bytes] = []

    async def script(stream: Stream) -> None:
        await converse(stream, "220 mx", "250-mx\n250-DSN\n250 SIZE 100000")
        for _ in range(2):
            heard.append(await stream.read_line())
            await stream.write(b"250 ok\r\n")
        heard.append(await stream.read_line())
        await stream.write(b"554 enough\r\n")
        await stream.read_line()
        await stream.write(b"250 reset\r\n")

    with pytest.raises(PeerRefused):
        await send(script, "smtp://127.0.0.1:PORT#notify=success;failure,ret=hdrs,envid=a+b,sender=bob@x")
    assert heard[0].startswith(b"MAIL FROM:<bob@x> SIZE=")
    assert heard[0].endswith(b" RET=HDRS ENVID=a+2Bb\r\n")
    assert heard[1] == b"RCPT TO:<ann@x> NOTIFY=SUCCESS,FAILURE\r\n"


async def test_why_a_server_hangs_up_is_told() -> None:
    """It has had enough in the middle of a mail: what counts is its last word, not the reset that follows."""

    async def script(stream: Stream) -> None:
        await converse(stream, "220 mx", "250 mx", "250 ok", "250 ok", "354 go")
        await stream.read()
        await stream.write(b"552 5.3.4 enough\r\n")
        await stream.close()

    with pytest.raises((PeerRefused, ConnectionLost)) as caught:
        await send(
            script,
            message=Message(topic="ann@x", payload=b"From: a@x\n\n" + b"x" * 70 + b"\n" + (b"y" * 70 + b"\n") * 60_000),
        )
    assert isinstance(caught.value, PeerRefused)
    assert caught.value.code == 552
