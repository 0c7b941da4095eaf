"""Files: nobody leaves the tree, by whatever spelling or link; nothing is overwritten without the right, or half."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents import Forbidden, NotFound
from netloom.contents.files import Files
from netloom.endpoint import Endpoint
from netloom.errors import Status, UsageError
from netloom.links.virtual import run as virtual
from netloom.packet.recording import Recording
from netloom.sinks import sink_for
from tests.security.house import HANG, House, everything, peer, record

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.links.stream import Stream

SECRET = b"c4n4ry-outside"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """`served` with files in it, and around it what isn't to be seen."""
    served = tmp_path / "served"
    (served / "inner").mkdir(parents=True)
    (served / "a.txt").write_bytes(b"inside")
    (served / "inner/b.txt").write_bytes(b"inside")
    (tmp_path / "secret").write_bytes(SECRET)
    (tmp_path / "served-too").mkdir()
    (tmp_path / "served-too/secret").write_bytes(SECRET)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/secret").write_bytes(SECRET)
    return served


async def answer(house: House, head: str, body: bytes = b"") -> bytes:
    stream = await house.raw()
    await stream.write(
        head.encode("latin-1") + b"\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    )
    return await everything(stream)


UP = [
    "..", "%2e%2e", "%2E%2E", ".%2e", "%2e.", "%252e%252e", "..%00", "..;", "...", "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae",
    "%uff0e%uff0e", "\xef\xbc\x8e\xef\xbc\x8e", "..%20", ".. ", "..\\", "..%5c", "%2e%2e%5c",
]  # fmt: skip
BETWEEN = ["/", "%2f", "%2F", "%5c", "\\", "//", "/./", "%252f", "%c0%af"]
PATHS = [f"/{up}{between}secret" for up in UP for between in BETWEEN]
PATHS += [f"/inner/{up}/{up}/secret" for up in UP]
PATHS += [f"/inner{between}..{between}..{between}secret" for between in BETWEEN]
PATHS += [
    "//secret", "/../served-too/secret", "/..%2fserved-too%2fsecret", "/inner/../../served/../secret",
    "/%2e%2e%2f%2e%2e%2fetc/passwd",
    "/a.txt/../../secret", "/a.txt%00/../../secret", "/./../secret", "/inner/b.txt/../../../secret", "/..", "/%2e%2e/",
    "/..?x=/secret",
    "http://x/../secret", "http://x/%2e%2e/secret", "//etc/passwd", "/%2fetc%2fpasswd", "/file:///etc/passwd",
    "/~root/secret",
]  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
async def test_no_spelling_leads_out_of_the_tree(method: str, tree: Path) -> None:
    before = snapshot(tree.parent, tree)
    async with asyncio.timeout(HANG), House("http://127.0.0.1:0", Files(tree), accounts=["ann:x"]) as house:
        for path in PATHS:
            said = await answer(
                house, f"{method} {path} HTTP/1.1\r\nAuthorization: Basic YW5uOng=", b"evil" if method == "PUT" else b""
            )
            head, _, body = said.partition(b"\r\n\r\n")
            status = int(head[9:12])
            assert SECRET not in said, path
            assert b"root:" not in body, path
            assert status >= 300 or b"secret" not in body, (path, head)
    assert snapshot(tree.parent, tree) == before


def snapshot(folder: Path, without: Path) -> dict[str, bytes]:
    """Every file below a folder but for those below another."""
    return {
        str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and without not in path.parents
    }


class TestLinks:
    @pytest.fixture(autouse=True)
    def links(self, tree: Path) -> None:
        for name, to in {
            "absolute": tree.parent / "secret",
            "relative": "../secret",
            "folder": tree.parent / "folder",
            "up": "..",
            "root": "/",
            "twice": "absolute",
            "inner/deep": "../../secret",
            "loop": "loop",
            "dangling": tree.parent / "new",
            "fine": "a.txt",
        }.items():
            (tree / name).symlink_to(str(to))

    @pytest.mark.parametrize("path", [
        "absolute", "relative", "folder/secret", "folder/", "up/secret", "up/served-too/secret", "root/etc/passwd",
        "twice", "inner/deep",
        "loop", "dangling", "folder", "up/", "root/", "up/up/", "inner/../up/secret",
    ])  # fmt: skip
    async def test_none_leads_out(self, path: str, tree: Path) -> None:
        async with House("http://127.0.0.1:0", Files(tree), accounts=["ann:x"]) as house:
            said = await answer(house, f"GET /{path} HTTP/1.1")
            assert int(said[9:12]) in (403, 404), said[:200]
            assert SECRET not in said

    @pytest.mark.parametrize(
        "path", ["absolute", "relative", "folder/new", "up/new", "dangling", "inner/deep", "folder/secret", "twice"]
    )
    @pytest.mark.parametrize("method", ["PUT", "DELETE"])
    async def test_nothing_outside_is_changed(self, path: str, method: str, tree: Path) -> None:
        before = snapshot(tree.parent, tree)
        async with House("http://127.0.0.1:0", Files(tree), accounts=["ann:x"]) as house:
            await answer(
                house,
                f"{method} /{path} HTTP/1.1\r\nAuthorization: Basic YW5uOng=",
                b"evil" if method == "PUT" else b"",
            )
        assert snapshot(tree.parent, tree) == before

    async def test_those_that_lead_out_are_not_listed(self, tree: Path) -> None:
        names = {entry.name for entry in await Files(tree).list("/")}
        assert names == {"a.txt", "inner", "fine"}

    async def test_one_that_stays_inside_is_followed(self, tree: Path) -> None:
        async with House("http://127.0.0.1:0", Files(tree)) as house:
            assert (await answer(house, "GET /fine HTTP/1.1")).endswith(b"inside")

    async def test_a_tree_may_be_reached_by_one(self, tree: Path) -> None:
        (tree.parent / "way").symlink_to(tree)
        files = Files(tree.parent / "way")
        assert (await files.stat("/a.txt")).size == 6
        with pytest.raises(Forbidden):
            await files.stat("/absolute")


@pytest.mark.parametrize("kind", ["fifo", "socket", "device"])
async def test_what_is_no_file_is_not_opened(kind: str, tree: Path) -> None:
    """Opening a FIFO would wait for its other end, and hold up everybody."""
    if kind == "fifo":
        os.mkfifo(tree / "odd")
    elif kind == "socket":
        import socket

        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind(str(tree / "odd"))
    else:
        (tree / "odd").symlink_to("/dev/zero")
    async with asyncio.timeout(HANG), House("http://127.0.0.1:0", Files(tree)) as house:
        assert int((await answer(house, "GET /odd HTTP/1.1"))[9:12]) in (403, 404)


@pytest.mark.parametrize(
    "path", ["../secret", "a/../../secret", "..", "a\\b", "a\0b", "a\nb", "/" + "x/" * 200, "x" * 300, "a/\x7f"]
)
@pytest.mark.parametrize("verb", ["stat", "list", "delete", "make_directory", "open", "write"])
@pytest.mark.parametrize("kind", ["disk", "memory"])
async def test_a_content_itself_refuses_such_paths(path: str, verb: str, kind: str, tree: Path) -> None:
    files = Files(tree) if kind == "disk" else Files(files={"a.txt": b"inside"})

    async def use() -> None:
        if verb in ("open", "write"):
            async with getattr(files, verb)(path):
                pass
        else:
            await getattr(files, verb)(path)

    with pytest.raises((Forbidden, NotFound)):
        await use()


# Rights


@pytest.mark.parametrize("accounts", [[], ["ann:x"], ["ann:x:read"]], ids=["nobody", "writer", "reader"])
@pytest.mark.parametrize("who", ["", "Basic YW5uOng=", "Basic YW5uOnk=", "Basic eve", "Bearer x", "Basic ZXZlOng="])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_nothing_is_changed_without_the_right(accounts: list[str], who: str, method: str) -> None:
    async def main() -> None:
        files = Files(files={"a.txt": b"former"})
        async with House("http://127.0.0.1:0", files, accounts=accounts) as house:
            head = f"{method} /a.txt HTTP/1.1" + (f"\r\nAuthorization: {who}" if who else "")
            status = int((await answer(house, head, b"new" if method == "PUT" else b""))[9:12])
            may = accounts == ["ann:x"] and who == "Basic YW5uOng="
            assert (status == 204) is may
            assert may or status in (401, 403)
            if not may:
                assert (await files.stat("/a.txt")).size == 6

    virtual(main())


async def test_no_upload_overwrites_where_it_asks_not_to(tree: Path) -> None:
    async with House("http://127.0.0.1:0", Files(tree), accounts=["ann:x"]) as house:
        said = await answer(house, "PUT /a.txt HTTP/1.1\r\nAuthorization: Basic YW5uOng=\r\nIf-None-Match: *", b"new")
        assert int(said[9:12]) == 412
    assert (tree / "a.txt").read_bytes() == b"inside"


@pytest.mark.parametrize("framing", ["Content-Length: 100", "Transfer-Encoding: chunked"])
async def test_a_broken_upload_leaves_the_former_file(framing: str, tree: Path) -> None:
    async with House("http://127.0.0.1:0", Files(tree), accounts=["ann:x"]) as house:
        stream = await house.raw()
        head = f"PUT /a.txt HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YW5uOng=\r\n{framing}\r\n\r\n4\r\nhalf\r\n"
        await stream.write(head.encode())
        while not any(path.name.startswith(".a.txt") for path in tree.iterdir()):  # noqa: ASYNC110  # a folder tells nobody
            await asyncio.sleep(0)
        said = await answer(
            house, "GET /" + next(p.name for p in tree.iterdir() if p.name.startswith(".a.txt")) + " HTTP/1.1"
        )
        assert int(said[9:12]) in (403, 404), "what isn't whole yet isn't shown"
        await stream.close()
    assert (tree / "a.txt").read_bytes() == b"inside"
    assert {entry.name for entry in await Files(tree).list("/")} == {"a.txt", "inner"}


# Downloads: a server may say what it likes, and writes to the file that was named


def served(head: bytes, body: bytes, *, whole: bool) -> Any:
    async def handle(link: Stream) -> None:
        await link.read_until(b"\r\n\r\n")
        await link.write(head + b"\r\n\r\n" + body)
        if whole:
            await link.read()
        link.abort() if not whole else None

    return handle


LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 100"
CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"
BROKEN = {
    "short": (LENGTH, b"half"),
    "chunks without an end": (CHUNKS, b"4\r\nhalf\r\n"),
    "no chunk": (CHUNKS, b"4\r\nhalf\r\nzz\r\n"),
    "no gzip": (LENGTH + b"\r\nContent-Encoding: gzip", b"\x1f\x8b\x08\0" + b"x" * 96),
}


@pytest.mark.parametrize("former", [b"former", None])
@pytest.mark.parametrize(("head", "body"), BROKEN.values(), ids=BROKEN)
async def test_a_broken_download_leaves_the_former_file(
    head: bytes, body: bytes, former: bytes | None, tmp_path: Path
) -> None:
    place = tmp_path / "kept"
    if former is not None:
        place.write_bytes(former)
    async with peer(served(head, body, whole=False)) as house:
        found = await record(house.network, "get", f"http://127.0.0.1:{house.port}/x", save=str(place), deadline=HANG)
        assert found.status is not Status.SUCCESS
        assert not found.saved_to
    assert (place.read_bytes() if place.exists() else None) == former


@pytest.mark.parametrize(
    "path",
    [
        "/..",
        "/../evil",
        "/%2e%2e",
        "/%2e%2e%2fevil",
        "/a/..%2f..%2fevil",
        "/%2fevil",
        "/.",
        "/",
        "/a%00b",
        "/..%5cevil",
    ],
)
async def test_a_download_into_a_folder_stays_in_it(path: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    head = b'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Disposition: attachment; filename="../evil"'
    async with peer(served(head, b"evil", whole=True)) as house:
        target = Endpoint.parse(f"http://127.0.0.1:{house.port}/").replace(path=path)
        found = await record(house.network, "get", target, save=str(folder), deadline=HANG)
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]
    if found.status is Status.SUCCESS:
        (written,) = folder.iterdir()
        assert written.read_bytes() == b"evil"


async def test_a_redirect_does_not_choose_the_files_name(tmp_path: Path) -> None:
    async def handle(link: Stream) -> None:
        await link.read_until(b"\r\n\r\n")
        await link.write(b"HTTP/1.1 302 Found\r\nLocation: /.bashrc\r\nContent-Length: 0\r\n\r\n")
        await link.read_until(b"\r\n\r\n")
        await link.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        await link.read()

    async with peer(handle) as house:
        await record(house.network, "get", f"http://127.0.0.1:{house.port}/good", save=str(tmp_path), deadline=HANG)
    assert [entry.name for entry in tmp_path.iterdir()] == ["good"]


@pytest.mark.parametrize(
    "said", [b"Content-Range: bytes 1000000000-1000000003/2000000000", b"Content-Range: bytes 0-3/4", b""]
)
async def test_a_server_does_not_choose_where_it_is_written(said: bytes, tmp_path: Path) -> None:
    """A 206 that nobody asked for isn't written in the middle of a file."""
    place = tmp_path / "kept"
    place.write_bytes(b"former")
    head = b"HTTP/1.1 206 Partial Content\r\nContent-Length: 4" + (b"\r\n" + said if said else b"")
    async with peer(served(head, b"evil", whole=True)) as house:
        found = await record(house.network, "get", f"http://127.0.0.1:{house.port}/x", save=str(place), deadline=HANG)
    assert found.status is Status.PROTOCOL_ERROR
    assert place.read_bytes() == b"former"


async def test_a_part_is_written_as_what_it_is(tmp_path: Path) -> None:
    """Bytes that were asked for from some place on are a file of their own, wherever the server says they begin."""
    place = tmp_path / "kept"
    head = b"HTTP/1.1 206 Partial Content\r\nContent-Length: 4\r\nContent-Range: bytes 1000000000-1000000003/2000000000"
    async with peer(served(head, b"part", whole=True)) as house:
        target = f"http://127.0.0.1:{house.port}/x#range=2-5"
        found = await record(house.network, "get", target, save=str(place), deadline=HANG)
    assert found.status is Status.SUCCESS
    assert place.read_bytes() == b"part"


async def test_what_somebody_laid_in_the_way_is_not_followed(tmp_path: Path) -> None:
    """In a folder that others write to, a link with the temporary name would lead anywhere."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"former")
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in (".x.part", ".x.part.json"):
        (folder / name).symlink_to(victim)
    async with peer(served(LENGTH.replace(b"100", b"4"), b"evil", whole=True)) as house:
        with pytest.raises(UsageError):
            await record(house.network, "get", f"http://127.0.0.1:{house.port}/x", save=str(folder), deadline=HANG)
    assert victim.read_bytes() == b"former"


class TestRecordings:
    def test_they_are_for_their_owner_alone(self, tmp_path: Path) -> None:
        old = os.umask(0)
        try:
            Recording(tmp_path / "a.pcapng").close()
        finally:
            os.umask(old)
        assert (tmp_path / "a.pcapng").stat().st_mode & 0o777 == 0o600

    def test_they_overwrite_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "a.pcapng").write_bytes(b"former")
        (tmp_path / "b.pcapng").symlink_to(tmp_path / "elsewhere")
        for name in ("a.pcapng", "b.pcapng"):
            with pytest.raises(UsageError):
                Recording(tmp_path / name)
        assert (tmp_path / "a.pcapng").read_bytes() == b"former"
        assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("path", ["", "/", "/..", "/.", "/a/..", "/a/."])
def test_a_place_without_a_name_is_called_index(path: str, tmp_path: Path) -> None:
    sink = sink_for(str(tmp_path), Endpoint.parse(f"http://h{path}"))
    assert sink._place == tmp_path / "index"  # type: ignore[attr-defined]  # a file's sink
