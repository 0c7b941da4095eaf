"""The client's verbs on our own server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netloom.accounts import Accounts
from netloom.contents.mail import Limits, Mail
from netloom.errors import NetloomError, PeerRefused, Unauthenticated, UsageError
from tests.protocols.imap.lab import LETTER, PASSWORD, Lab

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.protocols.imap.client import Client
    from netloom.shapes import Entry

ANN = f"imap://ann:{PASSWORD}@127.0.0.1:PORT"
PLAIN = "#tls=never,allow-plain-auth"


async def body(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def get(lab: Lab, place: str, options: str = "") -> tuple[dict[str, Any], bytes]:
    one, dial = lab.client(f"{ANN}{place}{PLAIN}{options}")
    try:
        reply = await one.get(place.partition("?")[0])
        data = b"".join([chunk async for chunk in reply.chunks()])
        await one.close()
    finally:
        await dial.close()
    return reply.meta, data


async def entries(lab: Lab, place: str, options: str = "") -> list[Entry]:
    one, dial = lab.client(f"{ANN}{place}{PLAIN}{options}")
    try:
        return [entry async for entry in one.list(place.partition("?")[0])]
    finally:
        await dial.close()


async def put(one: Client, place: str, *chunks: bytes) -> dict[str, Any]:
    return (await one.put(place, body(*chunks))).meta


async def test_get() -> None:
    async with Lab() as lab:
        await lab.letters(LETTER, b"Subject: two\r\n\r\nsecond\r\n")
        meta, data = await get(lab, "/INBOX")
        assert data == b"Subject: two\r\n\r\nsecond\r\n", "the newest"
        assert (meta["uid"], meta["mailbox"], meta["received"], meta["size"]) == (2, "INBOX", 1767312000.0, len(data))
        assert (await get(lab, ""))[1] == data
        assert (await get(lab, "/INBOX/;UID=1"))[1] == LETTER
        assert (await get(lab, "/INBOX/;MAILINDEX=1"))[1] == LETTER
        assert (await get(lab, "/INBOX?search=FROM%20bob"))[1] == LETTER
        assert (await get(lab, "/INBOX/;UID=1/;SECTION=TEXT"))[1] == b"Hello\r\n"
        assert (await get(lab, "/INBOX/;UID=1/;SECTION=TEXT;PARTIAL=1.3"))[1] == b"ell"
        assert (await get(lab, "/INBOX", ",section=HEADER.FIELDS (SUBJECT)".replace(" ", "%20")))[
            1
        ] == b"Subject: two\r\n\r\n"
        assert "\\Seen" not in (await get(lab, "/INBOX"))[0]["flags"]
        await get(lab, "/INBOX", ",peek=no")
        assert "\\Seen" in (await get(lab, "/INBOX"))[0]["flags"]
        assert (await get(lab, f"/INBOX;UIDVALIDITY={meta['uidvalidity']}"))[1] == data


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("/nope", "NONEXISTENT"),
        ("/INBOX/;UID=99", "NONEXISTENT"),
        ("/INBOX?search=SEEN", "NONEXISTENT"),
        ("/INBOX/;UID=1/;SECTION=7", "NONEXISTENT"),
        ("/INBOX;UIDVALIDITY=1", "UIDVALIDITY"),
        ("/INBOX/;MAILINDEX=9", "BAD"),
    ],
)
async def test_what_isnt_there(place: str, code: str) -> None:
    async with Lab() as lab:
        await lab.letters(LETTER)
        with pytest.raises(PeerRefused) as refused:
            await get(lab, place)
        assert refused.value.code == code


async def test_an_empty_mailbox() -> None:
    async with Lab() as lab:
        with pytest.raises(PeerRefused, match="no message in INBOX"):
            await get(lab, "/INBOX")
        assert await entries(lab, "/INBOX") == []


async def test_put() -> None:
    async with Lab() as lab:
        one, dial = lab.client(f"{ANN}{PLAIN},flags=seen,flags=$work,date=1000000000")
        meta = await put(one, "/INBOX", b"Subject: x\n", b"\nbody\n")
        assert (meta["uid"], meta["size"]) == (1, 20)
        with pytest.raises(PeerRefused) as refused:
            await put(one, "/new/box", b"x")
        assert refused.value.code == "TRYCREATE"
        assert "create" in refused.value.hint
        await dial.close()
        (info,) = await lab.mail.mailbox("ann").list()
        assert info.flags == {"\\Seen", "$work"}
        assert info.received == 1e9
        assert await lab.mail.mailbox("ann").fetch(1) == b"Subject: x\r\n\r\nbody\r\n"
        one, dial = lab.client(f"{ANN}{PLAIN},create")
        assert (await put(one, "/new/box", b"x" * 10_000))["uid"] == 1, "a literal that waits"
        await dial.close()


async def test_what_the_server_doesnt_take_isnt_sent() -> None:
    async with Lab(mail=Mail(limits=Limits(message=100))) as lab:
        one, dial = lab.client(f"{ANN}{PLAIN}")
        with pytest.raises(PeerRefused, match="the server takes 100"):
            await put(one, "/INBOX", b"x" * 101)
        await dial.close()


async def test_list_mailboxes() -> None:
    async with Lab() as lab:
        await lab.mail.folders("ann").create("Sent/2026")
        await lab.letters(LETTER, folder="Sent/2026")
        found = {entry.name: entry for entry in await entries(lab, "")}
        assert list(found) == ["INBOX", "Sent", "Sent/2026"]
        assert found["Sent/2026"].value == {"messages": 1, "unseen": 1}
        assert found["Sent"].value == {"messages": 0, "unseen": 0, "attributes": "\\Sent"}
        assert (found["Sent/2026"].path, found["Sent/2026"].kind) == ("/Sent/2026", "mailbox")
        assert await entries(lab, "", ",subscribed") == []
        await lab.mail.folders("ann").subscribe("Sent")
        assert [entry.name for entry in await entries(lab, "", ",subscribed")] == ["Sent"]


async def test_list_messages() -> None:
    async with Lab() as lab:
        await lab.letters(LETTER, *[b"Subject: =?utf-8?q?=C3=A9?=\r\n\r\n"] * 149)
        found = await entries(lab, "/INBOX")
        assert [entry.name for entry in found] == [str(uid) for uid in range(1, 151)]
        assert found[0].value == {"from": "Bob <bob@example.org>", "subject": "November", "flags": "\\Recent"}
        assert (found[0].size, found[0].modified, found[0].path) == (len(LETTER), 1767225600.0, "/INBOX/;UID=1")
        assert found[1].value["subject"] == "é"
        assert [entry.name for entry in await entries(lab, "/INBOX", ",limit_messages=2")] == ["149", "150"]
        assert [entry.name for entry in await entries(lab, "/INBOX?search=SUBJECT%20%22%C3%A9%22%20UID%2010:12")] == [
            "10",
            "11",
            "12",
        ]


async def test_without_a_user() -> None:
    async with Lab() as lab:
        one, dial = lab.client(f"imap://127.0.0.1:PORT{PLAIN}")
        with pytest.raises(UsageError, match="whose mail"):
            await one.get("/INBOX")
        await dial.close()
    lab = Lab()
    lab.serving.accounts = Accounts()
    async with lab:
        one, dial = lab.client(f"imap://127.0.0.1:PORT{PLAIN}")
        assert [entry.name async for entry in one.list("")] == ["INBOX"], "what is open to everybody"
        assert (await one.begin()).mechanism == "ANONYMOUS"
        await dial.close()


@pytest.mark.parametrize(
    ("url", "error"),
    [
        (f"imap://ann@127.0.0.1:PORT{PLAIN}", UsageError), (f"imap://127.0.0.1:PORT{PLAIN},auth=plain", UsageError),
        (f"{ANN}{PLAIN},token=x,auth=plain", UsageError), (f"imap://ann:wrong@127.0.0.1:PORT{PLAIN}", Unauthenticated),
        (f"imap://ann@127.0.0.1:PORT{PLAIN},token=wrong", Unauthenticated),
    ],
)  # fmt: skip
async def test_who_isnt_let_in(url: str, error: type[NetloomError]) -> None:
    async with Lab() as lab:
        one, dial = lab.client(url)
        with pytest.raises(error):
            await one.get("/INBOX")
        await dial.close()


async def test_a_token() -> None:
    async with Lab() as lab:
        one, dial = lab.client(f"imap://ann@127.0.0.1:PORT{PLAIN},token=can4ry-t0ken")
        assert (await one.begin()).mechanism == "XOAUTH2"
        await dial.close()
