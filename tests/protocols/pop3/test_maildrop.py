"""A maildrop as one session sees it."""

from __future__ import annotations

import pytest

from netloom.contents.mail import Mail
from netloom.protocols.pop3.maildrop import Maildrop, top


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (0, b"A: 1\r\n\r\n"), (1, b"A: 1\r\n\r\none\r\n"), (2, b"A: 1\r\n\r\none\r\n\r\n"),
        (3, b"A: 1\r\n\r\none\r\n\r\nthree"), (99, b"A: 1\r\n\r\none\r\n\r\nthree"),
    ],
)  # fmt: skip
def test_the_top(lines: int, found: bytes) -> None:
    assert top(b"A: 1\r\n\r\none\r\n\r\nthree", lines) == found


def test_the_top_of_a_header_alone() -> None:
    assert top(b"A: 1\r\n", 5) == b"A: 1\r\n\r\n"


async def test_numbers_stay_while_it_lasts() -> None:
    mailbox = Mail().mailbox("ann")
    for number in range(3):
        await mailbox.append(b"x" * number)
    drop = Maildrop(mailbox, writes=True)
    await mailbox.append(b"later")
    assert drop.status() == (3, 3)
    assert drop.delete(2)
    assert not drop.delete(2)
    assert not drop.delete(4)
    assert (drop.sizes(), drop.status()) == ({1: "0", 3: "2"}, (2, 2))
    drop.reset()
    assert list(drop.uids()) == [1, 2, 3]
    drop.delete(3)
    assert await drop.update(drop)
    assert [info.uid for info in await mailbox.list()] == [1, 2, 4]


async def test_what_others_removed_is_gone() -> None:
    mailbox = Mail().mailbox("ann")
    await mailbox.append(b"x")
    drop = Maildrop(mailbox, writes=True)
    await mailbox.expunge([1])
    assert await drop.read(1) is None
    assert drop.delete(1)
    assert await drop.update(drop), "it isn't there any more, which is what was wanted"


async def test_somebody_else_holds_it() -> None:
    mailbox = Mail().mailbox("ann")
    await mailbox.append(b"x")
    drop = Maildrop(mailbox, writes=True)
    drop.delete(1)
    with mailbox.held("another"):
        assert not await drop.update(drop)
    assert await drop.update(drop)
