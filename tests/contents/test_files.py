from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.contents import Exists, Forbidden, NotFound, OutOfRange, TooLarge
from netloom.contents.files import CONTENT, Files, Limits, join
from netloom.contents.files.disk import Disk, DiskUpload
from netloom.contents.files.tree import parts_of
from netloom.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ["memory", "disk", "slow disk"]


def make(kind: str, root: Path, limits: Limits) -> Files:
    if kind == "memory":
        return Files(limits=limits)
    return Files(root, limits=limits, direct=-1 if kind == "slow disk" else 1000)


@pytest.fixture(params=KINDS)
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    return make(request.param, tmp_path, Limits())


async def put(files: Files, path: str, data: bytes, **how: bool | int) -> None:
    async with files.write(path, **how) as sink:  # type: ignore[arg-type]
        await sink.write(data)


async def break_off(files: Files, path: str, data: bytes, *, keep: bool = True) -> None:
    """Upload some of a file, and then lose the connection."""

    async def upload() -> None:
        async with files.write(path, keep_partial=keep) as sink:
            await sink.write(data)
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await upload()


async def body(files: Files, path: str, start: int = 0, stop: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in files.read(path, start, stop)])


class TestBoth:
    async def test_a_file_comes_back(self, files: Files) -> None:
        await put(files, "/a.txt", b"hello")
        entry = await files.stat("a.txt")
        assert (entry.name, entry.path, entry.kind, entry.size) == ("a.txt", "/a.txt", "file", 5)
        assert entry.etag
        assert entry.modified > 1e9
        assert await body(files, "/a.txt") == b"hello"

    async def test_ranges(self, files: Files) -> None:
        data = bytes(range(256)) * 4000
        await put(files, "big", data)
        assert await body(files, "big") == data
        assert await body(files, "big", 1000, 1_000_000) == data[1000:1_000_000]
        assert await body(files, "big", len(data)) == b""
        assert await body(files, "big", len(data) - 1, len(data) + 5) == data[-1:]
        chunks = [len(chunk) async for chunk in files.read("big")]
        assert max(chunks) <= 256 << 10

    async def test_the_entry_and_the_bytes_belong_together(self, files: Files) -> None:
        await put(files, "a", b"old bytes" * 1000)
        async with files.open("a") as file:
            await put(files, "a", b"new")
            assert file.entry.size == 9000
            assert b"".join([chunk async for chunk in file.read()]) == b"old bytes" * 1000
        assert await body(files, "a") == b"new"

    async def test_etags_differ_with_the_bytes(self, files: Files) -> None:
        seen = set()
        for text in (b"a", b"b", b"c"):
            await put(files, "x", text)
            seen.add((await files.stat("x")).etag)
        assert len(seen) == 3

    async def test_list(self, files: Files) -> None:
        await files.make_directory("/d")
        await put(files, "/d/b", b"1")
        await put(files, "/d/a", b"22")
        await files.make_directory("/d/c")
        assert [(e.path, e.kind, e.size) for e in await files.list("/d")] == [
            ("/d/a", "file", 2),
            ("/d/b", "file", 1),
            ("/d/c", "directory", 0),
        ]
        assert [e.name for e in await files.list()] == ["d"]
        assert (await files.stat("/")).kind == "directory"

    async def test_what_isnt_there(self, files: Files) -> None:
        await put(files, "file", b"")
        for path in ("none", "none/x", "file/x"):
            with pytest.raises(NotFound):
                await files.stat(path)
            with pytest.raises(NotFound):
                await body(files, path)
        with pytest.raises(NotFound):
            await files.list("file")
        for path in ("none/x", "file/x"):
            with pytest.raises(NotFound):
                await put(files, path, b"")
            with pytest.raises(NotFound):
                await files.make_directory(path)
        with pytest.raises(NotFound):
            await files.delete("none")
        with pytest.raises(NotFound):
            await files.rename("none", "other")

    async def test_directories_are_no_files(self, files: Files) -> None:
        await files.make_directory("d")
        for attempt in (body(files, "d"), put(files, "d", b"")):
            with pytest.raises(Forbidden):
                await attempt
        with pytest.raises(Exists):
            await files.make_directory("d")

    async def test_no_overwrite_without_asking(self, files: Files) -> None:
        await put(files, "a", b"1", overwrite=False)
        with pytest.raises(Exists):
            await put(files, "a", b"2", overwrite=False)

        async def overtaken() -> None:
            async with files.write("b", overwrite=False) as sink:
                await put(files, "b", b"first")
                await sink.write(b"second")

        with pytest.raises(Exists):
            await overtaken()
        assert await body(files, "b") == b"first"
        assert [e.name for e in await files.list()] == ["a", "b"]

    async def test_a_broken_upload_leaves_what_was_there(self, files: Files) -> None:
        await put(files, "a", b"before")
        async with files.write("b") as sink:
            await sink.write(b"half")
            with pytest.raises(NotFound):
                await files.stat("b")
        await files.delete("b")
        await break_off(files, "a", b"half", keep=False)
        assert await body(files, "a") == b"before"
        assert await files.partial("a") == 0
        assert [e.name for e in await files.list()] == ["a"]

    async def test_a_broken_upload_is_resumed(self, files: Files) -> None:
        await break_off(files, "a", b"0123456789")
        with pytest.raises(NotFound):
            await files.stat("a")
        assert await files.list() == ()
        assert await files.partial("a") == 10
        with pytest.raises(OutOfRange):
            await put(files, "a", b"", offset=11)
        async with files.write("a", offset=8) as sink:
            assert sink.position == 8
            await sink.write(b"xyz")
        assert await body(files, "a") == b"01234567xyz"
        assert await files.partial("a") == 0

    async def test_append(self, files: Files) -> None:
        await put(files, "log", b"one ")
        await put(files, "log", b"two", offset=4)
        assert await body(files, "log") == b"one two"

    async def test_an_append_takes_nothing_from_what_broke_off(self, files: Files) -> None:
        await put(files, "log", b"one ")
        await break_off(files, "log", b"0123456789")
        await put(files, "log", b"two", offset=4)
        assert await body(files, "log") == b"one two"
        await break_off(files, "log", b"0123456789")
        await put(files, "log", b"!", offset=10)
        assert await body(files, "log") == b"0123456789!", "it went on where it broke off"

    async def test_delete(self, files: Files) -> None:
        await files.make_directory("d")
        await put(files, "d/a", b"x")
        with pytest.raises(Forbidden):
            await files.delete("d")
        await files.delete("d/a")
        await files.delete("d")
        assert await files.list() == ()

    async def test_a_directory_with_only_a_partial_is_empty(self, files: Files) -> None:
        await files.make_directory("d")
        await break_off(files, "d/a", b"x")
        await files.delete("d")

    async def test_rename(self, files: Files) -> None:
        await files.make_directory("d")
        await put(files, "d/a", b"1")
        await put(files, "b", b"2")
        with pytest.raises(Exists):
            await files.rename("b", "d/a")
        with pytest.raises(Exists):
            await files.rename("b", "d", overwrite=True)
        with pytest.raises(Exists):
            await files.rename("d", "b", overwrite=True)
        with pytest.raises(Forbidden):
            await files.rename("d", "d/e")
        await files.rename("b", "d/a", overwrite=True)
        await files.rename("d/a", "d/a")
        await files.rename("d", "e")
        await files.rename("e/a", "c")
        assert await body(files, "c") == b"2"
        assert [e.name for e in await files.list()] == ["c", "e"]

    @pytest.mark.parametrize(
        "path", ["..", "../x", "a/../../x", "/..", "a\\b", "a\0b", "a\nb", "a\rb", "x" * 256, "/a" * 200]
    )
    async def test_paths_that_are_refused(self, files: Files, path: str) -> None:
        for attempt in (
            files.stat(path), files.list(path), body(files, path), put(files, path, b""), files.delete(path),
            files.make_directory(path), files.rename(path, "x"), files.rename("x", path), files.partial(path),
        ):  # fmt: skip
            with pytest.raises(Forbidden):
                await attempt

    async def test_the_root_stays(self, files: Files) -> None:
        for attempt in (files.delete("/"), files.rename("/", "x"), files.rename("x", "."), files.make_directory("")):
            with pytest.raises(Forbidden):
                await attempt
        with pytest.raises(Forbidden):
            await put(files, "/", b"")

    async def test_the_longest_names_work(self, files: Files) -> None:
        name = "é" * 127
        await break_off(files, name, b"12")
        assert await files.partial(name) == 2
        assert await files.partial("é" * 126 + "x") == 0
        await put(files, name, b"3", offset=2)
        assert await body(files, name) == b"123"

    async def test_concurrent_uploads_are_whole(self, files: Files) -> None:
        async def upload(letter: bytes) -> None:
            async with files.write("same") as sink:
                for _ in range(5):
                    await sink.write(letter * 1000)
                    await asyncio.sleep(0)

        await asyncio.gather(*(upload(letter) for letter in (b"a", b"b", b"c")))
        data = await body(files, "same")
        assert data in (b"a" * 5000, b"b" * 5000, b"c" * 5000)
        assert [e.name for e in await files.list()] == ["same"]

    async def test_cancelled_upload_leaves_nothing(self, files: Files) -> None:
        started = asyncio.Event()

        async def upload() -> None:
            async with files.write("a") as sink:
                await sink.write(b"x" * 100_000)
                started.set()
                await asyncio.Event().wait()

        task = asyncio.ensure_future(upload())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await files.list() == ()


@pytest.mark.parametrize("kind", KINDS)
class TestLimits:
    async def test_of_a_file(self, kind: str, tmp_path: Path) -> None:
        files = make(kind, tmp_path, Limits(file=10))
        await put(files, "a", b"x" * 10)
        with pytest.raises(TooLarge):
            await put(files, "b", b"x" * 11)
        assert [e.name for e in await files.list()] == ["a"]

    async def test_of_a_listing(self, kind: str, tmp_path: Path) -> None:
        files = make(kind, tmp_path, Limits(listing=3))
        for name in "abc":
            await put(files, name, b"")
        assert len(await files.list()) == 3
        await put(files, "d", b"")
        with pytest.raises(TooLarge):
            await files.list()


class TestMemory:
    async def test_total(self) -> None:
        files = Files(limits=Limits(total=100))
        await put(files, "a", b"x" * 60)
        with pytest.raises(TooLarge):
            await put(files, "b", b"x" * 41)
        await put(files, "b", b"x" * 40)
        await files.delete("a")
        await break_off(files, "c", b"x" * 60)
        with pytest.raises(TooLarge):  # what is kept for resuming counts
            await put(files, "d", b"x")
        await files.delete("b")
        await put(files, "c", b"", offset=30)
        assert await files.partial("c") == 0
        await put(files, "d", b"x" * 70)
        with pytest.raises(TooLarge):
            await put(files, "e", b"x")

    async def test_entries(self) -> None:
        files = Files(limits=Limits(entries=3))
        await put(files, "a", b"")
        await files.make_directory("b")
        for attempt in (put(files, "c", b""), files.make_directory("c")):
            with pytest.raises(TooLarge):
                await attempt
        await put(files, "a", b"again")

    async def test_given_files(self) -> None:
        files = Files(files={"a/b/c.txt": b"1", "a/d": b"2"})
        assert [e.name for e in await files.list("a")] == ["b", "d"]
        assert await body(files, "/a/b/c.txt") == b"1"


class TestDisk:
    @pytest.fixture
    def tree(self, tmp_path: Path) -> Path:
        (tmp_path / "outside.txt").write_text("secret")
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside" / "x").write_text("secret")
        root = tmp_path / "root"
        root.mkdir()
        (root / "in.txt").write_text("fine")
        (root / "link-in").symlink_to("in.txt")
        (root / "link-out").symlink_to(tmp_path / "outside.txt")
        (root / "dir-out").symlink_to(tmp_path / "outside")
        (root / "rel-out").symlink_to("../outside.txt")
        (root / "dangling").symlink_to(tmp_path / "new.txt")
        (root / "loop").symlink_to("loop")
        (tmp_path / "root-sibling").mkdir()
        (root / "sibling").symlink_to(tmp_path / "root-sibling")
        os.mkfifo(root / "fifo")
        return root

    async def test_links_within_are_followed(self, tree: Path) -> None:
        files = Files(tree)
        assert await body(files, "link-in") == b"fine"
        await put(files, "link-in", b"new")
        assert (tree / "in.txt").read_bytes() == b"new"
        await files.delete("link-in")
        assert (tree / "in.txt").exists()

    @pytest.mark.parametrize("path", ["link-out", "rel-out", "dir-out/x", "dangling", "sibling/new"])
    async def test_links_out_are_refused(self, tree: Path, path: str) -> None:
        files = Files(tree)
        for attempt in (files.stat(path), body(files, path), put(files, path, b"!"), files.list(path)):
            with pytest.raises(Forbidden):
                await attempt
        for attempt in (
            files.make_directory("dir-out/new"),
            files.rename("in.txt", "dir-out/new"),
            files.delete("dir-out/x"),
        ):
            with pytest.raises(Forbidden):
                await attempt
        assert (tree.parent / "outside" / "x").read_text() == "secret"
        assert not (tree.parent / "new.txt").exists()

    async def test_only_what_may_be_seen_is_listed(self, tree: Path) -> None:
        (tree / "bad\nname").write_text("x")
        (tree / "back\\slash").write_text("x")
        (tree / ".a.netloom-part").write_text("x")
        os.close(os.open(os.fsencode(tree) + b"/caf\xe9", os.O_CREAT | os.O_WRONLY))
        files = Files(tree)
        assert [e.name for e in await files.list()] == ["in.txt", "link-in"]
        for path in ("fifo", "loop", ".a.netloom-part"):
            with pytest.raises((Forbidden, NotFound)):
                await body(files, path)

    async def test_a_full_disk(self, tmp_path: Path) -> None:
        files = Files(tmp_path, limits=Limits(reserve=1 << 62))
        with pytest.raises(TooLarge):
            await put(files, "a", b"x")
        assert list(tmp_path.iterdir()) == []

    async def test_the_mode_is_kept(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_text("x")
        (tmp_path / "a").chmod(0o640)
        await put(Files(tmp_path), "a", b"new")
        assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640

    async def test_errors_dont_tell_where_it_stands(self, tmp_path: Path) -> None:
        files = Files(tmp_path)
        with pytest.raises(NotFound) as caught:
            await files.stat("none")
        assert str(tmp_path) not in str(caught.value)

    async def test_synced_before_it_is_renamed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
        await put(Files(tmp_path), "a", b"x")
        assert done == ["fsync", "rename", "fsync"]

    async def test_cancelled_while_it_commits_it_is_there(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        entered, go_on = threading.Event(), threading.Event()
        original = DiskUpload.commit

        def slow(upload: DiskUpload) -> None:
            entered.set()
            go_on.wait(30)
            original(upload)

        monkeypatch.setattr(DiskUpload, "commit", slow)
        files = Files(tmp_path)

        async def upload() -> None:
            async with files.write("a", keep_partial=True) as sink:
                await sink.write(b"whole")

        task = asyncio.ensure_future(upload())
        await asyncio.to_thread(entered.wait, 30)
        task.cancel()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await body(files, "a") == b"whole"
        assert [item.name for item in tmp_path.iterdir()] == ["a"]

    async def test_cancelling_waits_for_the_disk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        entered, go_on = threading.Event(), threading.Event()
        original = Disk.begin

        def slow(*arguments: object) -> object:
            entered.set()
            go_on.wait(30)
            return original(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(Disk, "begin", slow)
        files = Files(tmp_path)
        task = asyncio.ensure_future(put(files, "a", b"x"))
        await asyncio.to_thread(entered.wait, 30)
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert list(tmp_path.iterdir()) == []


class TestArgument:
    async def test_in_memory(self) -> None:
        files = CONTENT.from_argument("")
        assert files.describe() == "files in memory"
        assert [e.name for e in await files.list()] == ["hello.txt"]

    def test_directory(self, tmp_path: Path) -> None:
        assert Files.from_argument(str(tmp_path)).describe() == f"files {tmp_path}"

    def test_no_directory(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError) as caught:
            Files.from_argument(str(tmp_path / "none"))
        assert "mkdir" in caught.value.hint
        with pytest.raises(UsageError):
            Files(tmp_path, {"a": b""})


class TestPaths:
    @pytest.mark.parametrize(
        ("directory", "path", "whole"),
        [
            ("/", "a", "/a"), ("/a/b", "c", "/a/b/c"), ("/a/b", "/c", "/c"), ("/a/b", "..", "/a"), ("/", "../..", "/"),
            ("/a", "./b//c/", "/a/b/c"), ("/a", "../../../etc", "/etc"),
        ],
    )  # fmt: skip
    def test_join(self, directory: str, path: str, whole: str) -> None:
        assert join(directory, path) == whole

    @given(st.text(alphabet="ab./\\\0 é\n"))
    def test_no_path_leads_out(self, path: str) -> None:
        try:
            parts = parts_of(path)
        except Forbidden:
            return
        assert ".." not in parts
        assert not set("/\\\0\n") & set("".join(parts))
