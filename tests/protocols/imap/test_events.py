"""What is heard of a mailbox while a client idles."""

from __future__ import annotations

import asyncio

import pytest

from netloom.contents.mail import Envelope
from netloom.errors import PeerRefused
from netloom.links import virtual
from netloom.links.memory import MemoryNetwork
from tests.protocols.imap.lab import LETTER, OPEN, PASSWORD, Lab, Scripted, answers, client

ANN = f"imap://ann:{PASSWORD}@127.0.0.1:PORT"
PLAIN = "#tls=never,allow-plain-auth"
READY = (
    b"* PREAUTH [CAPABILITY IMAP4rev1 IDLE] hi\r\n",
    b"* 1 EXISTS\r\nTAG OK [READ-ONLY] selected\r\n",
    b"* SEARCH 7\r\nTAG OK searched\r\n",
)


def test_listen() -> None:
    async def main() -> None:
        async with Lab(f"{OPEN},autologout=100000") as lab:
            await lab.letters(LETTER)
            one, dial = lab.client(f"{ANN}/INBOX{PLAIN}")
            heard = one.listen("/INBOX")
            waiting = asyncio.ensure_future(anext(heard))
            await asyncio.sleep(4000)  # IDLE is said again meanwhile
            assert not waiting.done()
            await lab.mail.deliver(Envelope(sender="", recipients=("ann@x",), data=LETTER))
            message = await waiting
            assert (message.topic, message.payload, message.sender) == ("INBOX", LETTER, "Bob <bob@example.org>")
            assert (message.properties["event"], message.properties["uid"]) == ("new", "2")
            assert message.properties["subject"] == "November"
            box = lab.mail.mailbox("ann")
            await box.flag(1, ["\\Seen"])
            message = await anext(heard)
            assert (message.properties["event"], message.properties["uid"], message.payload) == (
                "flags",
                "1",
                b"\\Recent \\Seen",
            )
            await box.expunge([1])
            message = await anext(heard)
            assert (message.properties["event"], message.properties["uid"]) == ("expunged", "1")
            for _ in range(3):
                await lab.mail.deliver(Envelope(sender="", recipients=("ann@x",), data=LETTER))
            assert [(await anext(heard)).properties["uid"] for _ in range(3)] == ["3", "4", "5"]
            await dial.close()

    virtual.run(main())


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ([b"+ go\r\n* 1 EXPUNGE\r\n"], ("expunged", "7")),
        ([b"+ go\r\n* 1 FETCH (FLAGS (\\Seen))\r\n"], ("flags", "7")),
        # What comes between DONE and the end of IDLE counts, too
        (
            [
                b"+ go\r\n* 2 EXISTS\r\n",
                b"* 1 EXPUNGE\r\n* 2 EXISTS\r\nn3 OK done\r\n",
            ],
            ("expunged", "7"),
        ),
    ],
)
async def test_what_servers_tell(said: list[bytes], heard: tuple[str, str]) -> None:
    network = MemoryNetwork()
    new = b"* 1 FETCH (UID 8 FLAGS () BODY[] {1}\r\nx)\r\n* 2 FETCH (UID 9 FLAGS () BODY[] {1}\r\ny)\r\nTAG OK x\r\n"
    async with Scripted(network, answers(*READY, *said, new)) as port:
        one, dial = client(network, f"imap://127.0.0.1:{port}/INBOX#tls=never")
        listening = one.listen("/INBOX")
        message = await anext(listening)
        assert (message.properties["event"], message.properties["uid"]) == heard
        if len(said) > 1:
            assert [(await anext(listening)).properties["uid"] for _ in range(2)] == ["8", "9"]
        await dial.close()


def test_idle_ends_before_anything_else() -> None:
    """Somebody stops to listen, and asks for something, or goes."""

    async def main() -> None:
        async with Lab() as lab:
            await lab.letters(LETTER)
            one, dial = lab.client(f"{ANN}/INBOX{PLAIN}")
            for flag in ("\\Seen", "\\Flagged"):
                heard = one.listen("/INBOX")
                waiting = asyncio.ensure_future(anext(heard))
                await asyncio.sleep(1)
                await lab.mail.mailbox("ann").flag(1, [flag])
                assert flag in (await waiting).properties["flags"]
                await heard.aclose()
                assert [entry.name async for entry in one.list("/INBOX")] == ["1"]
            waiting = asyncio.ensure_future(anext(one.listen("/INBOX")))
            await asyncio.sleep(1)
            waiting.cancel()
            await asyncio.wait({waiting})
            async with asyncio.timeout(1):
                await one.close()
            await dial.close()

    virtual.run(main())


def test_a_part_that_new_messages_lack() -> None:
    async def main() -> None:
        async with Lab(f"{OPEN},autologout=100000") as lab:
            one, dial = lab.client(f"{ANN}/INBOX/;SECTION=7{PLAIN}")
            heard = one.listen("/INBOX/;SECTION=7")
            waiting = asyncio.ensure_future(anext(heard))
            await asyncio.sleep(1)
            await lab.mail.deliver(Envelope(sender="", recipients=("ann@x",), data=LETTER))
            message = await waiting
            assert (message.payload, message.properties["uid"]) == (b"", "1")
            await dial.close()

    virtual.run(main())


async def test_messages_that_have_gone_already() -> None:
    """They are asked for once, not without end."""
    network = MemoryNetwork()
    said = (b"+ go\r\n* 2 EXISTS\r\n", b"n3 OK done\r\n", b"TAG OK nothing there\r\n")
    async with Scripted(network, answers(*READY, *said, b"+ go\r\n* 1 EXPUNGE\r\n")) as port:
        one, dial = client(network, f"imap://127.0.0.1:{port}/INBOX#tls=never")
        message = await anext(one.listen("/INBOX"))
        assert (message.properties["event"], message.properties["uid"]) == ("expunged", "7")
        await dial.close()


@pytest.mark.parametrize(
    "said", [b"TAG NO not now\r\n", b"+ go\r\n* BYE shut\r\n", b"* BYE shut\r\n", b"TAG BAD what\r\n"]
)
async def test_a_server_that_ends_it(said: bytes) -> None:
    network = MemoryNetwork()
    async with Scripted(network, answers(*READY, said)) as port:
        one, dial = client(network, f"imap://127.0.0.1:{port}/INBOX#tls=never")
        with pytest.raises(PeerRefused):
            await anext(one.listen("/INBOX"))
        await dial.close()


async def test_a_server_without_idle() -> None:
    network = MemoryNetwork()
    async with Scripted(network, answers(b"* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n")) as port:
        one, dial = client(network, f"imap://127.0.0.1:{port}/INBOX#tls=never")
        with pytest.raises(PeerRefused, match="no IDLE"):
            await anext(one.listen("/INBOX"))
        await dial.close()
