"""Answers of servers old and new, brought together."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from netloom.errors import RemoteProtocolError
from netloom.links.memory import MemoryNetwork
from netloom.protocols.imap import dialogue, queries
from netloom.protocols.imap.dialogue import Dialogue
from tests.protocols.imap.lab import Scripted, answers, connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.links.stream import Stream


@contextlib.asynccontextmanager
async def talking(said: bytes) -> AsyncIterator[Dialogue]:
    """A session with a server that answers this."""
    network = MemoryNetwork()
    async with Scripted(network, answers(b"* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n", said)) as port:
        made = Dialogue(await connect(network, port), 1000)
        await made.greet()
        yield made


@pytest.mark.parametrize(
    ("said", "uids"),
    [
        (b"* SEARCH 3 1\r\n* SEARCH 2\r\nTAG OK x\r\n", [1, 2, 3]),
        (b'* ESEARCH (TAG "n1") UID ALL 2:4,9\r\nTAG OK x\r\n', [2, 3, 4, 9]),
        (b'* ESEARCH (TAG "n1") UID\r\nTAG OK x\r\n', []),
        (b"* SEARCH\r\nTAG OK x\r\n", []),
    ],
)
async def test_searches(said: bytes, uids: list[int]) -> None:
    async with talking(said) as one:
        assert await queries.search(one, queries.ALL) == uids


@pytest.mark.parametrize(
    "said", ["1:4294967295", ",".join(f"{at * 100_000}:{at * 100_000 + 99_990}" for at in range(1, 40))]
)
async def test_ranges_without_end_arent_believed(said: str) -> None:
    async with talking(b"* ESEARCH ALL %b\r\nTAG OK x\r\n" % said.encode()) as one:
        with pytest.raises(RemoteProtocolError, match="finds more than"):
            await queries.search(one, queries.ALL)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"* LIST () NIL x\r\n", "answers to one command"),
        (b"* 1 FETCH (UID 1 BODY[] {100}\r\n" + b"x" * 100 + b")\r\n", "answers of more than"),
    ],
)
async def test_answers_without_end(line: bytes, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogue, "_MORE", 100_000)
    monkeypatch.setattr(dialogue, "_RESPONSES", 2_000)
    async with talking(line * 3_000) as one:
        with pytest.raises(RemoteProtocolError, match=told):
            await queries.mailboxes(one, subscribed=False)


@pytest.mark.parametrize(
    ("capabilities", "subscribed", "asked"),
    [
        ("IMAP4rev1", False, b'LIST "" "*"\r\n'),
        ("IMAP4rev1", True, b'LSUB "" "*"\r\n'),
        ("IMAP4rev1 LIST-EXTENDED", True, b'LIST (SUBSCRIBED) "" "*"\r\n'),
        (
            "IMAP4rev1 LIST-EXTENDED LIST-STATUS SPECIAL-USE",
            False,
            b'LIST "" "*" RETURN (SPECIAL-USE STATUS (MESSAGES UNSEEN))\r\n',
        ),
        ("IMAP4rev2", False, b'LIST "" "*" RETURN (STATUS (MESSAGES UNSEEN))\r\n'),
    ],
)
async def test_what_is_asked_of_whom(capabilities: str, subscribed: bool, asked: bytes) -> None:
    heard: list[bytes] = []

    async def script(stream: Stream) -> None:
        await stream.write(f"* PREAUTH [CAPABILITY {capabilities}] hi\r\n".encode())
        heard.append(await stream.read_line())
        tag = heard[0].partition(b" ")[0]
        await stream.write(
            b'* LIST () "/" INBOX\r\n* STATUS INBOX (MESSAGES 2 UNSEEN 1)\r\n* LSUB () "." a.b\r\n' + tag + b" OK x\r\n"
        )
        await stream.read()

    network = MemoryNetwork()
    async with Scripted(network, script) as port:
        one = Dialogue(await connect(network, port), 1000)
        await one.greet()
        told = await queries.mailboxes(one, subscribed=subscribed)
    assert heard[0].partition(b" ")[2] == asked
    assert [(found.name, found.separator) for found in told.found] == [("INBOX", "/"), ("a.b", ".")]
    assert told.counts == {"INBOX": {"MESSAGES": 2, "UNSEEN": 1}}


async def test_about_messages_in_their_order() -> None:
    fetched = b"* 2 FETCH (UID 9 ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL))\r\n* 1 FETCH (UID 4 FLAGS ())\r\n"
    async with talking(fetched + b"TAG OK x\r\n") as one:
        assert [found.uid for found in await queries.about(one, [4, 9, 11])] == [9]
