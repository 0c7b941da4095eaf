from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents import Forbidden, NotFound
from netloom.contents.files import Files, disk, recent
from netloom.contents.files.disk import Disk, DiskHandle
from netloom.contents.files.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Callable


async def body(files: Files, path: str, start: int = 0, stop: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in files.read(path, start, stop)])


async def reach(files: Files, verb: str) -> object:
    if verb == "list":
        return await files.list("way/b")
    return await (body(files, "way/b/x") if verb == "read" else files.stat("way/b/x"))


def descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x").write_text("secret")
    root = tmp_path / "root"
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "b" / "x").write_text("fine")
    return root


class TestWalking:
    async def test_what_is_deep_is_found(self, root: Path) -> None:
        files = Files(root)
        assert await body(files, "a/b/x") == b"fine"
        assert (await files.stat("a/b")).kind == "directory"
        assert [entry.path for entry in await files.list("a/b")] == ["/a/b/x"]

    async def test_links_on_the_way_are_followed_inside(self, root: Path) -> None:
        (root / "way").symlink_to("a/b")
        (root / "a" / "back").symlink_to(root)
        files = Files(root)
        assert await body(files, "way/x") == b"fine"
        assert await body(files, "a/back/way/x") == b"fine"
        assert (await files.stat("a/back")).kind == "directory"
        assert [entry.name for entry in await files.list("a/back")] == ["a", "way"]

    @pytest.mark.parametrize("path", ["a/b/x/y", "a/none/x", "a/b/none"])
    async def test_what_isnt_there(self, root: Path, path: str) -> None:
        with pytest.raises(NotFound):
            await body(Files(root), path)

    @pytest.mark.parametrize("verb", ["read", "stat", "list"])
    async def test_a_link_that_is_swapped_in_behind_the_check_isnt_followed(
        self, root: Path, verb: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (root / "way").symlink_to("a")
        files = Files(root)
        resolve = Disk._resolve

        def swapped(self: Disk, parts: tuple[str, ...]) -> str:
            found = resolve(self, parts)
            (root / "a" / "b").rename(root / "a" / "was")
            (root / "a" / "b").symlink_to(root.parent / "outside")
            return found

        monkeypatch.setattr(Disk, "_resolve", swapped)
        with pytest.raises((Forbidden, NotFound)):
            await reach(files, verb)

    @pytest.mark.parametrize("path", ["a/b/x", "a/b", "a/b/x/y", "none", "a/none/x", "link", "out/x", "way/x"])
    async def test_no_descriptor_is_left(self, root: Path, path: str) -> None:
        (root / "link").symlink_to("link")
        (root / "out").symlink_to(root.parent / "outside")
        (root / "way").symlink_to("a/b")
        files = Files(root)
        before = descriptors()
        for attempt in (body(files, path), files.stat(path), files.list(path)):
            try:
                await attempt
            except (Forbidden, NotFound):
                continue
        assert descriptors() == before


class TestNear:
    """What stands in memory is read at once, what doesn't in a thread."""

    @pytest.fixture
    def in_threads(self, monkeypatch: pytest.MonkeyPatch) -> list[object]:
        seen: list[object] = []
        from netloom.contents._thread import in_thread

        async def watched(work: Callable[[], Any], *undo: Any) -> Any:
            seen.append(work)
            return await in_thread(work, *undo)

        monkeypatch.setattr("netloom.contents.files.in_thread", watched)
        return seen

    @pytest.mark.parametrize("near", [True, False])
    @pytest.mark.parametrize("direct", [1000, -1])
    async def test_large_files(
        self, near: bool, direct: int, root: Path, monkeypatch: pytest.MonkeyPatch, in_threads: list[object]
    ) -> None:
        data = os.urandom(600_000)
        (root / "big").write_bytes(data)
        monkeypatch.setattr(DiskHandle, "is_near", lambda *_: near)
        files = Files(root, direct=direct)
        async with files.open("big") as file:
            in_threads.clear()  # what it took to open it
            assert b"".join([chunk async for chunk in file.read()]) == data
            assert await file.whole(5, 500_000) == data[5:500_000]
        assert (in_threads == []) == (near and direct >= 0)

    def test_what_was_just_read_is_near_or_cant_be_told(self, root: Path) -> None:
        (root / "big").write_bytes(bytes(300_000))
        descriptor = os.open(root / "big", os.O_RDONLY)
        handle = DiskHandle(("big",), descriptor)
        handle.read(0, 300_000)
        assert not handle.is_near(0, 300_001)  # nothing stands there
        try:
            os.preadv(descriptor, [bytearray(1)], 0, os.RWF_NOWAIT)
        except (OSError, AttributeError):
            assert not handle.is_near(0, 300_000)
        else:
            assert handle.is_near(0, 300_000)
        handle.close()

    async def test_a_file_that_became_shorter(self, root: Path) -> None:
        (root / "big").write_bytes(bytes(300_000))
        async with Files(root).open("big") as file:
            os.truncate(root / "big", 1000)
            assert await file.whole() == bytes(1000)


class TestRecent:
    @pytest.fixture
    def opened(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The names of what was opened."""
        seen: list[str] = []
        original = disk._open

        def watched(name: str, inside: int | None) -> int:
            seen.append(name)
            return original(name, inside)

        monkeypatch.setattr(disk, "_open", watched)
        return seen

    @pytest.fixture
    def settled(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Files needn't be left alone before they are kept."""
        monkeypatch.setattr(recent, "SETTLED", -1.0)

    @pytest.mark.usefixtures("settled")
    async def test_a_small_file_isnt_opened_again(self, root: Path, opened: list[str]) -> None:
        files = Files(root)
        for _ in range(3):
            assert await body(files, "a/b/x") == b"fine"
            assert await body(files, "a/b/x", 1, 3) == b"in"
        assert opened == ["x"]

    async def test_one_that_was_just_written_is(self, root: Path, opened: list[str]) -> None:
        files = Files(root)
        await body(files, "a/b/x")
        await body(files, "a/b/x")
        assert opened == ["x", "x"]

    @pytest.mark.usefixtures("settled")
    async def test_one_that_is_kept_too_long_is(
        self, root: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(recent, "FRESH", 0.0)
        files = Files(root)
        await body(files, "a/b/x")
        await body(files, "a/b/x")
        assert opened == ["x", "x"]

    @pytest.mark.usefixtures("settled")
    async def test_slow_disks_are_asked_each_time(self, root: Path, opened: list[str]) -> None:
        files = Files(root, direct=-1)
        await body(files, "a/b/x")
        await body(files, "a/b/x")
        assert opened == ["x", "x"]

    @pytest.mark.usefixtures("settled")
    @pytest.mark.parametrize("how", ["in place", "renamed over", "with its old time", "through the store"])
    async def test_a_change_is_seen_at_once(self, root: Path, how: str) -> None:
        files, place = Files(root), root / "a" / "b" / "x"
        assert await body(files, "a/b/x") == b"fine"
        times = (place.stat().st_atime_ns, place.stat().st_mtime_ns)
        if how == "renamed over":
            (root / "y").write_text("FINE")
            (root / "y").rename(place)
        elif how == "through the store":
            async with files.write("a/b/x") as sink:
                await sink.write(b"FINE")
        else:
            place.write_text("FINE")
        if how == "with its old time":
            os.utime(place, ns=times)
        assert await body(files, "a/b/x") == b"FINE"

    @pytest.mark.usefixtures("settled")
    async def test_what_is_gone_or_leads_elsewhere_isnt_given(self, root: Path) -> None:
        files, place = Files(root), root / "a" / "b"
        assert await body(files, "a/b/x") == b"fine"
        (place / "x").unlink()
        with pytest.raises(NotFound):
            await body(files, "a/b/x")
        (place / "x").write_text("fine")
        assert await body(files, "a/b/x") == b"fine"
        place.rename(root / "was")
        place.symlink_to(root.parent / "outside")
        with pytest.raises(Forbidden):
            await body(files, "a/b/x")

    def test_it_is_bounded(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        found = (root / "a" / "b" / "x").stat()
        entry = Disk(root, Files().limits).stat(("a", "b", "x"))
        kept = Recent()
        monkeypatch.setattr(recent, "TOTAL", 10)
        for number in range(9):
            kept.put((str(number),), found, entry, b"1234")
            kept.put((str(number),), found, entry, b"1234")
            assert kept._size == 4 * len(kept._kept) <= 10
        monkeypatch.setattr(recent, "TOTAL", 1000)
        monkeypatch.setattr(recent, "COUNT", 3)
        for number in range(9):
            kept.put((str(number),), found, entry, b"")
            assert len(kept._kept) <= 3
        monkeypatch.setattr(recent, "SMALL", found.st_size - 1)
        assert not kept.takes(found)
