"""Message numbers, and what a session was told: a client that believes every line knows the mailbox."""

from __future__ import annotations

import asyncio
import re

from hypothesis import given
from hypothesis import strategies as st

from netloom.contents.mail import Mail
from netloom.protocols.imap.view import View
from netloom.wire.imap.sequence import Numbers

STEPS = st.lists(
    st.tuples(st.sampled_from(["append", "flag", "expunge", "look", "look still"]), st.integers(0, 9)), max_size=30
)


class Believer:
    """A client: flags by message number, from what it was told alone."""

    def __init__(self, flags: list[str]) -> None:
        self.flags: list[str] = flags

    def take(self, line: bytes, view: View) -> None:
        words = line.decode()
        number = int(words.split(" ")[1])
        if "EXPUNGE" in words:
            del self.flags[number - 1]
        elif "EXISTS" in words:
            while len(self.flags) < number:
                self.flags.append(shown(view, len(self.flags)))  # it would fetch them now
        elif found := re.search(r"FLAGS \((.*)\)\)", words):
            self.flags[number - 1] = found[1]


def shown(view: View, at: int) -> str:
    info = view.mailbox.index.messages.get(view.uids[at])
    return " ".join(sorted(info.flags)) if info is not None else "gone"


@given(STEPS)
def test_who_believes_every_line_knows_the_mailbox(steps: list[tuple[str, int]]) -> None:
    async def main() -> None:
        mailbox = Mail().mailbox("ann")
        for _ in range(3):
            await mailbox.append(b"x")
        view = View(mailbox, writes=True, recent=frozenset(), rev2=True)
        client = Believer([""] * 3)
        for step, number in [*steps, ("look", 0)]:
            uids = list(mailbox.index.messages)
            if step == "append":
                await mailbox.append(b"x")
            elif step == "flag" and uids:
                await mailbox.store([uids[number % len(uids)]], frozenset({f"f{number}"}))
            elif step == "expunge" and uids:
                await mailbox.expunge([uids[number % len(uids)]])
            elif step.startswith("look"):
                before = len(client.flags)
                lines = view.changes(expunges=step == "look")
                for line in lines:
                    client.take(line, view)
                if step != "look":
                    assert len(client.flags) >= before, "no number may shift"
                    assert not any(b"EXPUNGE" in line for line in lines)
                assert len(client.flags) == len(view.uids)
        assert view.uids == list(mailbox.index.messages)
        assert client.flags == [" ".join(sorted(info.flags)) for info in mailbox.index.messages.values()]
        assert view.changes(expunges=True) == []

    asyncio.run(main())


async def test_what_is_known_isnt_told() -> None:
    mailbox = Mail().mailbox("ann")
    await mailbox.append(b"x")
    view = View(mailbox, writes=True, recent=frozenset({1}), rev2=False)
    await mailbox.store([1], frozenset({"a"}))
    view.knows([1])
    assert view.changes(expunges=True) == []
    await mailbox.store([1], frozenset({"b"}))
    await mailbox.store([1], frozenset({"a"}))
    assert view.changes(expunges=True) == [], "it is again as it was"
    assert view.flags(1) == {"a", "\\Recent"}


async def test_numbers_and_uids() -> None:
    mailbox = Mail().mailbox("ann")
    for _ in range(5):
        await mailbox.append(b"x")
    await mailbox.expunge([2, 4])
    view = View(mailbox, writes=True, recent=frozenset(), rev2=False)
    assert [view.number(uid) for uid in range(1, 7)] == [1, 0, 2, 0, 3, 0]
    assert view.choose(Numbers(((2, 0),)), by_uid=False) == [3, 5]
    assert view.choose(Numbers(((2, 4),)), by_uid=True) == [3]
    assert view.choose(Numbers(((4, 4),)), by_uid=False) is None
    view.saved = {5, 1}
    assert view.choose(Numbers(saved=True), by_uid=False) == [1, 5]


async def test_who_hasnt_looked_for_long() -> None:
    mailbox = Mail().mailbox("ann")
    await mailbox.append(b"x")
    view = View(mailbox, writes=True, recent=frozenset(), rev2=True)
    for _ in range(3):
        for _ in range(4000):
            await mailbox.append(b"x")
        await mailbox.expunge(list(mailbox.index.messages)[1:])
    assert mailbox.index.since(view.version).gone is None
    await mailbox.expunge([1])
    assert view.changes(expunges=True) == [b"* 1 EXPUNGE\r\n"]
