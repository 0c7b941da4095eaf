"""The client's verbs on our own server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import NetloomError, PeerRefused, Unauthenticated, UsageError
from netloom.links.memory import MemoryNetwork
from tests.protocols.pop3.lab import LETTER, PASSWORD, Lab, Scripted, answers, client

if TYPE_CHECKING:
    from netloom.shapes import Entry

ANN = f"pop3://ann:{PASSWORD}@127.0.0.1:PORT"
PLAIN = "#tls=never,allow-plain-auth"
SECOND = b"Subject: =?utf-8?q?=C3=A9?=\r\n\r\n.\r\n..\r\nsecond\r\n"


async def get(lab: Lab, place: str, options: str = "") -> tuple[dict[str, Any], bytes]:
    one, dial = lab.client(f"{ANN}{place}{PLAIN}{options}")
    try:
        reply = await one.get(place)
        data = b"".join([chunk async for chunk in reply.chunks()])
        await one.close()
    finally:
        await dial.close()
    return reply.meta, data


async def entries(lab: Lab, options: str = "") -> list[Entry]:
    one, dial = lab.client(f"{ANN}{PLAIN}{options}")
    try:
        found = [entry async for entry in one.list("")]
        await one.close()
    finally:
        await dial.close()
    return found


async def test_get() -> None:
    async with Lab() as lab:
        await lab.letters(LETTER, SECOND)
        meta, data = await get(lab, "")
        assert (meta["number"], data) == (2, SECOND), "the newest"
        assert (await get(lab, "/1"))[1] == LETTER
        assert (await get(lab, "", f",uid={meta['uid']}"))[1] == SECOND
        assert (await get(lab, "/2", ",lines=1"))[1] == SECOND.split(b"..")[0]
        assert (await get(lab, "/1", ",delete"))[1] == LETTER
        assert [info.uid for info in await lab.mail.mailbox("ann").list()] == [2]


async def test_what_was_to_go_and_didnt() -> None:
    said = (b"+OK hi\r\n", b"-ERR\r\n", b"+OK\r\n", b"+OK\r\n", b"-ERR\r\n", b"+OK 1 x\r\n")
    more = (b"+OK\r\nhi\r\n.\r\n", b"+OK\r\n", b"-ERR [SYS/TEMP] some weren't removed\r\n")
    network = MemoryNetwork()
    async with Scripted(network, answers(*said, *more)) as port:
        one, dial = client(network, f"pop3://ann:x@127.0.0.1:{port}/1{PLAIN},delete")
        reply = await one.get("/1")
        with pytest.raises(PeerRefused, match="weren't removed"):
            _ = [chunk async for chunk in reply.chunks()]
        await dial.close()


async def test_several_that_go() -> None:
    async with Lab() as lab:
        await lab.letters(LETTER, SECOND)
        one, dial = lab.client(f"{ANN}/1{PLAIN},delete")
        got = [b"".join([chunk async for chunk in (await one.get("/1")).chunks()]) for _ in range(2)]
        await one.close()
        await dial.close()
        assert got == [LETTER, SECOND], "what is left counts anew"
        assert await lab.mail.mailbox("ann").list() == ()


async def test_list() -> None:
    async with Lab() as lab:
        await lab.letters(LETTER, *[SECOND] * 49)
        found = await entries(lab)
        assert [entry.name for entry in found] == [str(number) for number in range(1, 51)]
        assert (found[0].size, found[0].path, found[0].value["subject"]) == (len(LETTER), "/1", "November")
        assert found[49].value["subject"] == "é"
        assert "subject" not in (await entries(lab, ",subjects=no"))[0].value
        assert [entry.name for entry in await entries(lab, ",limit_messages=2")] == ["49", "50"]
    async with Lab() as lab:
        assert await entries(lab) == []


@pytest.mark.parametrize(
    ("place", "options", "error"),
    [
        ("/9", "", PeerRefused), ("", ",uid=nope", PeerRefused), ("/x", "", UsageError), ("/0", "", UsageError),
        ("/1", ",lines=-1", UsageError),
    ],
)  # fmt: skip
async def test_what_isnt_there(place: str, options: str, error: type[NetloomError]) -> None:
    async with Lab() as lab:
        await lab.letters(LETTER)
        with pytest.raises(error):
            await get(lab, place, options)


async def test_an_empty_maildrop() -> None:
    async with Lab() as lab:
        with pytest.raises(PeerRefused, match="no message"):
            await get(lab, "")


@pytest.mark.parametrize(
    ("url", "error"),
    [
        (f"pop3://127.0.0.1:PORT{PLAIN}", UsageError), (f"pop3://ann@127.0.0.1:PORT{PLAIN}", UsageError),
        (f"pop3://127.0.0.1:PORT{PLAIN},auth=user", UsageError), (f"{ANN}{PLAIN},token=x,auth=plain", UsageError),
        (f"pop3://ann:wrong@127.0.0.1:PORT{PLAIN}", Unauthenticated),
        (f"pop3://ann:wrong@127.0.0.1:PORT{PLAIN},auth=user", Unauthenticated),
    ],
)  # fmt: skip
async def test_who_isnt_let_in(url: str, error: type[NetloomError]) -> None:
    async with Lab() as lab:
        one, dial = lab.client(url)
        with pytest.raises(error):
            await one.get("")
        await dial.close()
