from __future__ import annotations

import asyncio
import fcntl
import mailbox as counterpart
import os
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from netloom.contents import Forbidden, NotFound, TooLarge
from netloom.contents.mail import CONTENT, Envelope, Limits, Mail, mailbox_name
from netloom.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

DATA = b"Subject: November\r\nFrom: ann@example.org\r\n\r\nbody\r\n.\r\n\x00\xff\r\n"


def make(kind: str, root: Path, limits: Limits) -> Mail:
    return Mail(limits=limits) if kind == "memory" else Mail(root, limits=limits)


@pytest.fixture(params=["memory", "maildir"])
def mail(request: pytest.FixtureRequest, tmp_path: Path) -> Mail:
    return make(request.param, tmp_path, Limits())


def to(*recipients: str, data: bytes = DATA) -> Envelope:
    return Envelope(sender="bob@example.org", recipients=recipients, data=data)


class TestBoth:
    async def test_delivered_to_each(self, mail: Mail) -> None:
        await mail.deliver(to("ann@example.org", "Ann+x@example.org", "eve@example.org"))
        assert await mail.mailboxes() == ("ann", "eve")
        for name in ("ann", "eve"):
            (info,) = await mail.mailbox(name).list()
            assert (info.uid, info.size, info.flags) == (1, len(DATA), frozenset())
            assert await mail.mailbox(name).fetch(1) == DATA

    async def test_received_in_order(self, mail: Mail) -> None:
        for number in range(3):
            await mail.deliver(to("a@x", data=b"Subject: %d\n\n" % number))
        assert [received.subject for received in mail.received] == ["0", "1", "2"]
        assert mail.received[0].recipients == ("a@x",)
        assert mail.received[0].sender == "bob@example.org"

    async def test_waits_for_mail(self, mail: Mail) -> None:
        waiting = asyncio.ensure_future(mail.wait_for(2))
        await mail.deliver(to("a@x"))
        assert not waiting.done()
        await mail.deliver(to("a@x"))
        assert len(await waiting) == 2

    async def test_uids_grow_and_stay(self, mail: Mail) -> None:
        box = mail.mailbox("ann")
        for _ in range(3):
            await mail.deliver(to("ann@x"))
        validity, following = await box.status()
        assert following == 4
        assert await box.expunge([3]) == (3,)
        assert await box.append(DATA) == 4
        assert [info.uid for info in await box.list()] == [1, 2, 4]
        assert await mail.mailbox("ann").status() == (validity, 5)

    async def test_two_views_of_one_mailbox(self, mail: Mail) -> None:
        one, other = mail.mailbox("ann"), mail.mailbox("ANN@x")
        await one.append(b"1")
        await other.append(b"2")
        assert [info.uid for info in await one.list()] == [info.uid for info in await other.list()] == [1, 2]

    async def test_flags(self, mail: Mail) -> None:
        box = mail.mailbox("ann")
        uid = await box.append(DATA, ["\\seen"], 1e9)
        (info,) = await box.list()
        assert (info.flags, info.received) == (frozenset({"\\Seen"}), 1e9)
        assert await box.flag(uid, add=["\\Deleted", "$forwarded"], remove=["\\Seen"]) == {"\\Deleted", "$Forwarded"}
        await box.append(b"other")
        assert await box.expunge() == (uid,)
        assert [info.uid for info in await box.list()] == [uid + 1]
        for attempt in (box.flag(uid + 1, add=["two words"]), box.append(b"", ["\\Recent"])):
            with pytest.raises(Forbidden):
                await attempt

    async def test_what_isnt_there(self, mail: Mail) -> None:
        box = mail.mailbox("ann")
        assert await box.list() == ()
        for attempt in (box.fetch(1), box.flag(1)):
            with pytest.raises(NotFound):
                await attempt
        assert await box.expunge([1, 2]) == ()

    @pytest.mark.parametrize("name", ["", "@x", "x" * 65])
    async def test_names_that_are_none(self, mail: Mail, name: str) -> None:
        with pytest.raises(Forbidden):
            mail.mailbox(name)
        with pytest.raises(Forbidden):
            await mail.deliver(to("good@x", name))
        assert await mail.mailboxes() == ()

    async def test_concurrent_deliveries(self, mail: Mail) -> None:
        await asyncio.gather(*(mail.deliver(to("a@x", "b@x")) for _ in range(20)))
        assert [info.uid for info in await mail.mailbox("a").list()] == list(range(1, 21))


@pytest.mark.parametrize("kind", ["memory", "maildir"])
class TestLimits:
    async def test_message(self, kind: str, tmp_path: Path) -> None:
        mail = make(kind, tmp_path, Limits(message=10))
        await mail.deliver(to("a@x", data=b"x" * 10))
        for attempt in (mail.deliver(to("a@x", data=b"x" * 11)), mail.mailbox("a").append(b"x" * 11)):
            with pytest.raises(TooLarge):
                await attempt
        assert len(mail.received) == 1

    async def test_messages(self, kind: str, tmp_path: Path) -> None:
        mail = make(kind, tmp_path, Limits(messages=2))
        for _ in range(2):
            await mail.deliver(to("a@x"))
        with pytest.raises(TooLarge):
            await mail.deliver(to("b@x", "a@x"))
        assert await mail.mailbox("b").list() == ()  # all or nobody

    async def test_mailboxes(self, kind: str, tmp_path: Path) -> None:
        mail = make(kind, tmp_path, Limits(mailboxes=2))
        await mail.deliver(to("a@x", "b@x"))
        with pytest.raises(TooLarge):
            await mail.deliver(to("c@x"))
        await mail.deliver(to("a@x"))

    async def test_what_is_remembered(self, kind: str, tmp_path: Path) -> None:
        mail = make(kind, tmp_path, Limits(received=3))
        for number in range(5):
            await mail.deliver(to(f"a@{number}"))
        assert [received.recipients for received in mail.received] == [("a@2",), ("a@3",), ("a@4",)]


class TestMemory:
    async def test_total(self) -> None:
        mail = Mail(limits=Limits(total=100))
        await mail.deliver(to("a@x", "b@x", data=b"x" * 40))
        with pytest.raises(TooLarge):
            await mail.deliver(to("a@x", data=b"x" * 21))
        await mail.mailbox("a").expunge([1])
        await mail.deliver(to("a@x", data=b"x" * 60))


class TestMaildir:
    async def test_kept_over_a_restart(self, tmp_path: Path) -> None:
        await Mail(tmp_path).deliver(to("ann@x"))
        status = await Mail(tmp_path).mailbox("ann").status()
        await Mail(tmp_path).deliver(to("ann@x"))
        again = Mail(tmp_path).mailbox("ann")
        assert [info.uid for info in await again.list()] == [1, 2]
        assert (await again.status())[0] == status[0]

    async def test_the_standard_library_reads_and_writes_it(self, tmp_path: Path) -> None:
        mail = Mail(tmp_path)
        await mail.deliver(to("ann@x"))
        with closing(counterpart.Maildir(tmp_path / "ann", factory=None)) as other:
            ((key, message),) = other.items()
            assert message["Subject"] == "November"
            message.set_subdir("cur")
            message.set_flags("SF")
            other[key] = message
            other.add(b"Subject: theirs\n\nx")
        box = mail.mailbox("ann")
        first, second = await box.list()
        assert first.flags == {"\\Seen", "\\Flagged"}
        assert (first.uid, second.uid) == (1, 2)
        assert await box.fetch(2) == b"Subject: theirs\r\n\r\nx", "lines end in CRLF, as mail's do on the wire"
        assert second.size == len(b"Subject: theirs\r\n\r\nx")
        await box.flag(2, add=["\\Answered"])
        with closing(counterpart.Maildir(tmp_path / "ann")) as other:
            assert sorted(m.get_flags() for m in other) == ["FS", "R"]
            other.clear()
        assert await box.list() == ()
        assert await box.append(b"x") == 3

    async def test_a_lost_uid_file_gets_a_new_validity(self, tmp_path: Path) -> None:
        mail = Mail(tmp_path)
        await mail.deliver(to("ann@x"))
        (tmp_path / "ann" / "netloom-uids").write_text("netloom-uids 1 validity=7 next=9\n5 gone\nnonsense\n")
        assert await mail.mailbox("ann").status() == (7, 10)
        (tmp_path / "ann" / "netloom-uids").write_text("broken")
        assert (await mail.mailbox("ann").status())[0] > 7
        assert [info.uid for info in await mail.mailbox("ann").list()] == [10], "sessions that go on see them grow"
        (tmp_path / "ann" / "netloom-uids").write_text("broken")
        assert [info.uid for info in await Mail(tmp_path).mailbox("ann").list()] == [1]

    @pytest.mark.parametrize(
        "local", ["../../x", "..", ".", "/etc", "new", "cur", "tmp", "a\0b", "a/b", "-rf", "é", "a b"]
    )
    async def test_a_recipient_is_only_a_name(self, tmp_path: Path, local: str) -> None:
        root = tmp_path / "mail"
        root.mkdir()
        mail = Mail(root)
        await mail.deliver(to(f"{local}@x"))
        assert await mail.mailboxes() == (local,)
        assert [item.name for item in tmp_path.iterdir()] == ["mail"]
        (made,) = root.iterdir()
        assert made.name not in ("new", "cur", "tmp")
        assert not made.name.startswith((".", "-"))
        assert sorted(item.name for item in made.iterdir() if item.is_dir()) == ["cur", "new", "tmp"]

    async def test_synced_before_it_is_renamed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        mail = Mail(tmp_path)
        await mail.deliver(to("ann@x"))
        done: list[str] = []
        fsync, rename = os.fsync, os.rename

        def watched_fsync(descriptor: int) -> None:
            done.append("fsync")
            fsync(descriptor)

        def watched_rename(old: str, new: str) -> None:
            done.append("rename")
            rename(old, new)

        monkeypatch.setattr(os, "fsync", watched_fsync)
        monkeypatch.setattr(os, "rename", watched_rename)
        await mail.deliver(to("ann@x"))
        assert done == ["fsync", "rename", "fsync"]
        await mail.mailbox("ann").list()  # the UIDs: the same way
        assert done == ["fsync", "rename", "fsync"] * 2

    async def test_another_process_is_waited_for(self, tmp_path: Path) -> None:
        box = Mail(tmp_path).mailbox("ann")
        await box.append(DATA)
        with (tmp_path / "ann" / "netloom-uids.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            listing = asyncio.ensure_future(box.list())
            await asyncio.wait([listing], timeout=0.05)
            assert not listing.done()
        assert len(await listing) == 1

    async def test_uids_are_given_once(self, tmp_path: Path) -> None:
        boxes = [Mail(tmp_path).mailbox("ann") for _ in range(2)]
        uids = await asyncio.gather(*(boxes[number % 2].append(b"%d" % number) for number in range(20)))
        assert sorted(uids) == list(range(1, 21))

    async def test_nothing_is_left_in_tmp(self, tmp_path: Path) -> None:
        await Mail(tmp_path).deliver(to("ann@x"))
        assert list((tmp_path / "ann" / "tmp").iterdir()) == []

    async def test_a_full_disk(self, tmp_path: Path) -> None:
        with pytest.raises(TooLarge):
            await Mail(tmp_path, limits=Limits(reserve=1 << 62)).deliver(to("ann@x"))


class TestArgument:
    def test_both(self, tmp_path: Path) -> None:
        assert CONTENT.from_argument("").describe() == "mail in memory"
        assert CONTENT.from_argument(str(tmp_path)).describe() == f"mail {tmp_path}"

    def test_mistakes(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="no directory"):
            CONTENT.from_argument(str(tmp_path / "none"))
        counterpart.Maildir(tmp_path / "box").close()
        with pytest.raises(UsageError, match="itself a Maildir"):
            CONTENT.from_argument(str(tmp_path / "box"))


class TestNames:
    @pytest.mark.parametrize(
        ("address", "name"),
        [("ann", "ann"), ("Ann@Example.org", "ann"), ("ann+x@y", "ann"), ('"a@b"@x', "a@b"), ("+x@y", "+x")],
    )
    def test_of(self, address: str, name: str) -> None:
        assert mailbox_name(address) == name
