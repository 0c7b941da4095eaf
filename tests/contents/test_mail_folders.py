"""Mail: folders, keywords, what several see of one mailbox, and how it stands on a disk."""

from __future__ import annotations

import asyncio
import gc
import mailbox as counterpart
import os
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.accounts import Account, Accounts, Right
from netloom.contents import Exists, Forbidden, NotFound, TooLarge
from netloom.contents.mail import Envelope, Incoming, InUse, Limits, Mail, MessageInfo, disk, visitor
from netloom.contents.mail.index import Index
from netloom.contents.mail.names import folder_name, special_use
from netloom.contents.mail.notes import Notes
from netloom.endpoint import Secret
from netloom.wire.imap import mutf7

if TYPE_CHECKING:
    from pathlib import Path

LETTER = b"Subject: x\r\n\r\nbody\r\n"


@pytest.fixture(params=["memory", "maildir"])
def mail(request: pytest.FixtureRequest, tmp_path: Path) -> Mail:
    limits = Limits(folders=5, keywords=3)
    return Mail(limits=limits) if request.param == "memory" else Mail(tmp_path, limits=limits)


def incoming(*data: bytes) -> list[Incoming]:
    return [Incoming(data=one, received=1e9) for one in data]


class TestFolders:
    async def test_made_renamed_and_removed(self, mail: Mail) -> None:
        folders = mail.folders("ann")
        assert await folders.names() == ("INBOX",)
        await folders.create("a/b")
        await (await folders.open("a/b")).append(LETTER)
        assert await folders.names() == ("INBOX", "a", "a/b")
        await folders.rename("a", "x/y")
        assert await folders.names() == ("INBOX", "x", "x/y", "x/y/b")
        box = await folders.open("x/y/b")
        assert [info.uid for info in await box.list()] == [1]
        await folders.delete("x/y")
        assert await folders.names() == ("INBOX", "x", "x/y/b")
        with pytest.raises(NotFound):
            await folders.open("x/y")

    async def test_what_is_open_goes_along(self, mail: Mail) -> None:
        folders = mail.folders("ann")
        await folders.create("a")
        box = await folders.open("a")
        await box.append(LETTER)
        validity, _ = await box.status()
        await folders.rename("a", "b")
        await box.append(LETTER)
        assert (box.name, box is await folders.open("b")) == ("b", True)
        assert len(await (await folders.open("b")).list()) == 2
        assert (await box.status())[0] == validity

    async def test_what_is_open_and_is_deleted(self, mail: Mail) -> None:
        folders = mail.folders("ann")
        await folders.create("a")
        box = await folders.open("a")
        await box.append(LETTER)
        await folders.delete("a")
        assert await box.list() == ()
        with pytest.raises(NotFound):
            await box.append(LETTER)
        assert await folders.names() == ("INBOX",)

    @pytest.mark.parametrize(
        "name", ["", "a//b", "/a", "a\n", "a%", "a*", "x" * 201, "/".join("abcdefghijklmnopqr"), " "]
    )
    async def test_names_that_are_none(self, mail: Mail, name: str) -> None:
        with pytest.raises(Forbidden):
            await mail.folders("ann").create(name)
        assert await mail.mailboxes() == ()

    async def test_what_doesnt_fit(self, mail: Mail) -> None:
        folders = mail.folders("ann")
        await folders.create("a")
        for attempt, error in (
            (folders.create("a"), Exists),
            (folders.create("inbox"), Exists),
            (folders.delete("INBOX"), Forbidden),
            (folders.delete("b"), NotFound),
            (folders.rename("b", "c"), NotFound),
            (folders.rename("a", "INBOX"), Exists),
            (folders.rename("a", "a/b"), Forbidden),
            (folders.create("1/2/3/4/5/6"), TooLarge),
        ):
            with pytest.raises(error):
                await attempt
        assert await folders.names() == ("INBOX", "a")

    async def test_inbox_is_emptied_by_a_new_name(self, mail: Mail) -> None:
        folders = mail.folders("ann")
        await mail.mailbox("ann").append_all(incoming(b"1", b"2"))
        await folders.rename("INBOX", "old")
        assert await mail.mailbox("ann").list() == ()
        assert len(await (await folders.open("old")).list()) == 2

    async def test_subscriptions_needn_t_be_there(self, mail: Mail) -> None:
        folders = mail.folders("ann")
        for name in ("a", "gone/too", "inbox"):
            await folders.subscribe(name)
        await folders.subscribe("a", wanted=False)
        await folders.subscribe("never", wanted=False)
        assert await folders.subscriptions() == {"gone/too", "INBOX"}
        with pytest.raises(Forbidden):
            await folders.subscribe("a\nb")

    async def test_one_account_sees_nothing_of_another(self, mail: Mail) -> None:
        await mail.folders("ann").create("a")
        assert await mail.folders("eve").names() == ("INBOX",)
        for name in ("../ann", "ann", "../ann/a", "~ann", ".."):
            with pytest.raises(NotFound):
                await mail.folders("eve").open(name)


class TestMessages:
    async def test_all_or_none(self, mail: Mail) -> None:
        box = Mail(limits=Limits(messages=2)).mailbox("ann")
        with pytest.raises(TooLarge):
            await box.append_all(incoming(b"1", b"2", b"3"))
        assert await box.list() == ()
        assert await mail.mailbox("ann").append_all(incoming(b"1", b"2")) == (1, 2)
        assert await mail.mailbox("ann").read([2, 9, 1]) == [b"2", None, b"1"]

    async def test_keywords_are_few_and_in_one_spelling(self, mail: Mail) -> None:
        box = mail.mailbox("ann")
        await box.append(LETTER, ["Work"])
        await box.append(LETTER)
        await box.flag(2, ["WORK", "b", "c"])
        assert [sorted(info.flags) for info in await box.list()] == [["Work"], ["Work", "b", "c"]]
        with pytest.raises(TooLarge):
            await box.flag(1, ["d"])
        assert await box.flag(2, remove=["work", "never"]) == {"b", "c"}

    async def test_lines_end_in_crlf(self, mail: Mail) -> None:
        box = mail.mailbox("ann")
        await box.append(b"a\nb\r\nc\rd\n")
        assert await box.fetch(1) == b"a\r\nb\r\nc\rd\r\n"
        assert (await box.list())[0].size == 11

    async def test_who_holds_it_removes_alone(self, mail: Mail) -> None:
        box = mail.mailbox("ann")
        await box.append_all(incoming(b"1", b"2"))
        with box.held("me"):
            with pytest.raises(InUse):
                box.held("you").__enter__()
            with pytest.raises(InUse):
                await box.expunge([1])
            assert await box.expunge([1], "me") == (1,)
        assert await box.expunge([2]) == (2,)

    async def test_recent_is_claimed_once(self, mail: Mail) -> None:
        box = mail.mailbox("ann")
        await mail.deliver(Envelope(sender="", recipients=("ann@x",), data=LETTER))
        await box.refresh()
        assert await box.claim_recent() == {1}
        assert await box.claim_recent() == frozenset()

    async def test_who_waits_hears_of_each_change(self, mail: Mail) -> None:
        box = mail.mailbox("ann")
        await box.append(LETTER)
        for change in (
            lambda: mail.deliver(Envelope(sender="", recipients=("ann@x",), data=LETTER)),
            lambda: box.flag(1, ["\\Seen"]),
            lambda: box.expunge([1]),
            lambda: mail.mailbox("ann@x").append(LETTER),
        ):
            version = box.index.version
            waiting = asyncio.ensure_future(box.index.changed_from(version))
            await asyncio.sleep(0)
            assert not waiting.done()
            await change()
            async with asyncio.timeout(10):
                await waiting
            changes = box.index.since(version)
            assert len(changes.changed) + len(changes.gone or ()) == 1


class TestWelcome:
    async def test_only_by_name_and_only_once(self, tmp_path: Path) -> None:
        for mail, count in ((Mail.from_argument(""), 1), (Mail(), 0), (Mail.from_argument(str(tmp_path)), 0)):
            await mail.welcome("ann")
            await mail.welcome("ann")
            assert len(await mail.mailbox("ann").list()) == count
            assert mail.received == ()

    async def test_who_has_mail_needs_none(self) -> None:
        mail = Mail.from_argument("")
        await mail.deliver(Envelope(sender="", recipients=("ann@x",), data=LETTER))
        await mail.welcome("ann")
        assert len(await mail.mailbox("ann").list()) == 1


class TestMemory:
    async def test_who_only_looks_leaves_nothing(self) -> None:
        mail = Mail(limits=Limits(mailboxes=1))
        for number in range(50):
            assert await mail.mailbox(f"guest{number}").list() == ()
        gc.collect()
        assert await mail.mailboxes() == ()
        assert len(mail._store._asked) <= 1  # type: ignore[union-attr]

    async def test_what_is_removed_is_free_again(self) -> None:
        mail = Mail(limits=Limits(total=100))
        await mail.folders("ann").create("a")
        await (await mail.folders("ann").open("a")).append(b"x" * 90)
        with pytest.raises(TooLarge):
            await mail.mailbox("ann").append(b"x" * 20)
        await mail.folders("ann").delete("a")
        await mail.mailbox("ann").append(b"x" * 90)


class TestMaildir:
    async def test_it_is_a_maildir_plus_plus(self, tmp_path: Path) -> None:
        mail = Mail(tmp_path)
        folders = mail.folders("ann")
        await folders.create("Sent/été.x")
        await (await folders.open("Sent/été.x")).append(LETTER, ["\\Seen"])
        assert sorted(item.name for item in (tmp_path / "ann").iterdir() if item.name.startswith(".")) == [
            ".Sent", ".Sent.&AOk-t&AOkALg-x",
        ]  # fmt: skip
        with closing(counterpart.Maildir(tmp_path / "ann", factory=None)) as other:
            assert sorted(other.list_folders()) == ["Sent", "Sent.&AOk-t&AOkALg-x"]
            ((_, message),) = other.get_folder("Sent.&AOk-t&AOkALg-x").items()
            assert message.get_flags() == "S"
            other.add_folder("theirs").add(b"Subject: y\n\nz")
        assert await Mail(tmp_path).folders("ann").names() == ("INBOX", "Sent", "Sent/été.x", "theirs")
        assert await (await folders.open("theirs")).fetch(1) == b"Subject: y\r\n\r\nz"

    async def test_a_folder_with_a_name_that_is_no_utf7(self, tmp_path: Path) -> None:
        mail = Mail(tmp_path)
        await mail.mailbox("ann").append(LETTER)
        with closing(counterpart.Maildir(tmp_path / "ann")) as other:
            other.add_folder("a&b")
        folders = mail.folders("ann")
        assert await folders.names() == ("INBOX", "a&b")
        await (await folders.open("a&b")).append(LETTER)
        assert len(list((tmp_path / "ann" / ".a&b" / "new").iterdir())) == 1

    async def test_everything_is_there_again(self, tmp_path: Path) -> None:
        mail = Mail(tmp_path)
        folders = mail.folders("ann")
        await folders.create("a")
        await folders.subscribe("a")
        box = await folders.open("a")
        await box.append(LETTER, ["work", "\\Seen"], 1e9)
        before = (await box.status(), await box.list())
        again = Mail(tmp_path).folders("ann")
        assert await again.subscriptions() == {"a"}
        other = await again.open("a")
        assert (await other.status(), await other.list()) == before

    async def test_a_folder_made_anew_has_a_higher_validity(self, tmp_path: Path) -> None:
        seen = []
        for _ in range(4):
            folders = Mail(tmp_path).folders("ann")
            await folders.create("a")
            seen.append((await (await folders.open("a")).status())[0])
            await folders.delete("a")
        assert seen == sorted(set(seen))

    async def test_other_programs_are_seen(self, tmp_path: Path) -> None:
        mail = Mail(tmp_path)
        box = mail.mailbox("ann")
        await box.append_all(incoming(b"1", b"2", b"3"))
        cur, new = tmp_path / "ann" / "cur", tmp_path / "ann" / "new"
        first, second, third = sorted(new.iterdir())
        first.rename(cur / f"{first.name}:2,FSa")
        second.unlink()
        (new / "999.theirs").write_bytes(b"x\ny\n")
        assert await box.read([1, 3]) == [b"1", b"3"], "also under its new name"
        infos = {info.uid: info for info in await box.list()}
        assert sorted(infos) == [1, 3, 4]
        assert infos[1].flags == {"\\Seen", "\\Flagged"}, "a letter that nobody has explained says nothing"
        assert infos[4].size == 6
        third.rename(cur / f"{third.name}:2,R")
        assert await box.flag(3, ["\\Seen"]) == {"\\Answered", "\\Seen"}
        (cur / "999.theirs:2,").unlink(missing_ok=True)
        (new / "999.theirs").unlink(missing_ok=True)
        assert await box.expunge([1, 4]) == (1,), "the other went by itself"

    async def test_the_size_on_the_wire(self, tmp_path: Path) -> None:
        box = Mail(tmp_path).mailbox("ann")
        await box.append(b"1")
        for number, data in enumerate((b"", b"a\n", b"a\r\nb\n", b"\r\n" * 600_000, b"\n" * 1_100_000, b"a\r" * 3)):
            (tmp_path / "ann" / "new" / f"{2000000000 + number}.x").write_bytes(data)
        infos = await box.list()
        for info in infos:
            assert info.size == len(await box.fetch(info.uid))

    async def test_nothing_is_read_again_where_nothing_changed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        box = Mail(tmp_path).mailbox("ann")
        await box.append_all(incoming(b"1", b"2"))
        for part in ("new", "cur"):
            os.utime(tmp_path / "ann" / part, (1e9, 1e9))
        for name in ("netloom-uids",):
            os.utime(tmp_path / "ann" / name, (1e9, 1e9))
        await box.refresh()
        count: list[str] = []
        plain = os.scandir

        def counted(path: str) -> object:
            count.append(str(path))
            return plain(path)

        monkeypatch.setattr(os, "scandir", counted)
        await box.refresh()
        assert count == []
        (tmp_path / "ann" / "new" / "3.x").write_bytes(b"3")
        assert len(await box.list()) == 3

    async def test_what_was_read_last_is_kept(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        read: list[str] = []
        plain = disk.read

        def counted(path: str, limit: int) -> bytes | None:
            read.append(path)
            return plain(path, limit)

        monkeypatch.setattr(disk, "read", counted)
        folders = Mail(tmp_path).folders("ann")
        await folders.create("a")
        box = await folders.open("a")
        await box.append_all(incoming(b"1", b"2", b"x" * 300_000))
        for _ in range(3):
            assert await box.read([1, 2]) == [b"1", b"2"]
        assert len(read) == 2
        for _ in range(2):
            assert await box.read([3]) == [b"x" * 300_000]
        assert len(read) == 4, "a large one isn't kept"
        await box.expunge([1])
        assert await box.read([1, 2]) == [None, b"2"]
        await folders.delete("a")
        await folders.create("a")
        box = await folders.open("a")
        await box.append_all(incoming(b"other"))
        assert await box.read([1]) == [b"other"], "that of another mailbox of this name"

    @pytest.mark.parametrize(("limit", "found"), [(5, b"12345"), (9, b"12345"), (4, None), (0, None)])
    def test_a_file_is_read_whole_or_not_at_all(self, tmp_path: Path, limit: int, found: bytes | None) -> None:
        (tmp_path / "x").write_bytes(b"12345")
        assert disk.read(str(tmp_path / "x"), limit) == found

    async def test_uids_are_appended(self, tmp_path: Path) -> None:
        mail = Mail(tmp_path)
        box = mail.mailbox("ann")
        await box.append(b"1")
        inode = (tmp_path / "ann" / "netloom-uids").stat().st_ino
        await box.append(b"2")
        assert (tmp_path / "ann" / "netloom-uids").stat().st_ino == inode
        with (tmp_path / "ann" / "netloom-uids").open("a") as opened:
            opened.write("3 torn")  # a line without its end was never finished
        await box.append(b"3")
        again = Mail(tmp_path).mailbox("ann")
        assert [info.uid for info in await again.list()] == [1, 2, 3]
        assert [await again.fetch(uid) for uid in (1, 2, 3)] == [b"1", b"2", b"3"]

    async def test_two_processes_agree(self, tmp_path: Path) -> None:
        one, other = Mail(tmp_path).mailbox("ann"), Mail(tmp_path).mailbox("ann")
        for number in range(6):
            await (one, other)[number % 2].append(b"%d" % number)
        assert await one.list() == await other.list()
        await one.flag(2, ["a", "b"])
        await other.flag(3, ["b", "c"])
        assert await one.list() == await other.list()
        await one.expunge([1])
        await other.store([1, 2], frozenset({"\\Seen"}), "+")
        assert await one.list() == await other.list()

    async def test_what_cant_be_written(self, tmp_path: Path) -> None:
        mail = Mail(tmp_path)
        box = mail.mailbox("ann")
        await box.append_all(incoming(b"1", b"2"))
        place = tmp_path / "ann" / "cur"
        uids = set(os.listdir(tmp_path / "ann" / "new"))  # noqa: PTH208
        with pytest.raises(Forbidden):
            await box.append(b"x", [" "])
        assert set(os.listdir(tmp_path / "ann" / "new")) == uids  # noqa: PTH208
        assert list(place.iterdir()) == []
        assert list((tmp_path / "ann" / "tmp").iterdir()) == []


class TestNames:
    @pytest.mark.parametrize(
        ("given_", "name"),
        [("inbox", "INBOX"), ("InBox/x", "INBOX/x"), ("inboxes", "inboxes"), ("e\u0301", "é"), ("a/b", "a/b")],
    )
    def test_of_folders(self, given_: str, name: str) -> None:
        assert folder_name(given_) == name

    def test_what_they_are_for(self) -> None:
        assert special_use("Sent") == "\\Sent"
        assert special_use("sent") == special_use("a/Sent") == ""

    @given(st.text(st.characters(codec="utf-8"), max_size=30))
    def test_each_makes_one_plain_directory(self, name: str) -> None:
        from netloom.contents.mail.maildirs import _folder_directory, _folder_of

        try:
            name = folder_name(name)
            made = _folder_directory(name)
        except Forbidden:
            return
        assert made.startswith(".")
        assert "/" not in made
        assert made not in (".", "..")
        assert made.isascii()
        assert _folder_of(made) == name
        assert mutf7.decode(made.encode().replace(b".", b""))


class TestIndex:
    def info(self, uid: int) -> MessageInfo:
        return MessageInfo(uid=uid, flags=frozenset(), received=0, size=1)

    def test_what_has_changed_since(self) -> None:
        index = Index(1)
        index.update([self.info(1), self.info(2)])
        version = index.version
        assert index.since(version).changed == ()
        index.update([self.info(1)])
        index.update([self.info(3)], gone=[2])
        changes = index.since(version)
        assert (changes.changed, changes.gone) == ((1, 3), (2,))
        assert index.next == 4
        index.update()
        index.update(gone=[99])
        assert index.since(index.version).changed == ()

    def test_notes_are_bounded(self) -> None:
        notes = Notes(100)
        for number in range(10):
            notes.put(number, str(number), 30)
        assert [notes.get(number) for number in range(10)] == [None] * 7 + ["7", "8", "9"]
        notes.get(7)
        notes.put(10, "10", 30)
        assert (notes.get(7), notes.get(8)) == ("7", None)
        notes.put(11, "large", 1000)
        assert notes.get(11) is None
        assert notes.get(7) is None


class TestVisitors:
    def test_what_is_offered(self) -> None:
        ann = Account(name="ann", password=Secret("x"))
        assert visitor.mechanisms(Accounts([ann]), private=True) == (
            "SCRAM-SHA-256", "CRAM-MD5", "PLAIN", "LOGIN",
        )  # fmt: skip
        assert visitor.mechanisms(Accounts([ann]), private=False) == ("SCRAM-SHA-256", "CRAM-MD5")
        assert visitor.mechanisms(Accounts(), private=True) == ("ANONYMOUS", "PLAIN", "LOGIN")
        assert visitor.mechanisms(Accounts(), private=False) == ("ANONYMOUS",)
        assert visitor.mechanisms(Accounts(anonymous=frozenset()), private=True) == ()

    async def test_who_is_let_in(self) -> None:
        accounts = Accounts(
            [
                Account(name="Ann", password=Secret("x")),
                Account(name="r", password=Secret("x"), rights=frozenset({Right.READ})),
                Account(name="none", password=Secret("x"), rights=frozenset()),
                Account(name="n" * 100, password=Secret("x")),
            ]
        )
        ann = await visitor.enter(accounts, "Ann", "x", "")
        assert ann == visitor.Visitor("Ann", "ann", True)
        reader = await visitor.enter(accounts, "r", "x", "")
        assert reader is not None
        assert not reader.writes
        for name, password in (("none", "x"), ("n" * 100, "x"), ("Ann", "y"), ("eve", "x")):
            assert await visitor.enter(accounts, name, password, "") is None
        guest = await visitor.enter(Accounts(), "Eve+x", "", "")
        assert guest == visitor.Visitor("Eve+x", "eve", False)
        assert await visitor.enter(Accounts(), "", "", "") is None
