"""SFTP: nobody leaves the tree, changes it without the right, or makes either side keep more than it should."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.files import Files, Limits
from netloom.errors import ConnectionLost, NetloomError, PeerRefused, RemoteProtocolError
from netloom.wire.sftp import codes, packets
from netloom.wire.sftp.attributes import Attributes
from tests.fuzzing import mutate
from tests.protocols.places import body, places
from tests.protocols.sftp.scenes import HELLO, begun, meet, raw
from tests.security.parsers.sftp import ANSWERS, INIT, REQUESTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from netloom.protocols.sftp.dialogue import Dialogue
    from netloom.wire.sftp.packets import Packet

URL = "sftp://127.0.0.1:0#host_key=none"
SECRET = b"c4n4ry-outside"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """`served`, and around it what isn't to be seen."""
    served = tmp_path / "served"
    (served / "inner").mkdir(parents=True)
    (served / "a.txt").write_bytes(b"inside")
    for place in ("secret", "served-too/secret", "folder/secret"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_bytes(SECRET)
    return served


def outside(tree: Path) -> dict[str, tuple[bytes, int]]:
    """Everything around the tree: bytes and modes."""
    return {
        str(path): (path.read_bytes() if path.is_file() else b"", path.lstat().st_mode)
        for path in tree.parent.rglob("*")
        if path != tree and tree not in path.parents
    }


def _text(path: bytes) -> bytes:
    return len(path).to_bytes(4, "big") + path


def ways(path: bytes) -> list[tuple[int, tuple[Any, ...]]]:
    """Everything that a path may be given to."""
    new = codes.FOR_WRITING | codes.CREATE
    return [
        (codes.OPEN, (path, codes.FOR_READING, Attributes())),
        (codes.OPEN, (path, codes.FOR_READING | codes.FOR_WRITING, Attributes())),
        (codes.OPEN, (path, new, Attributes(permissions=0o4777))),
        (codes.OPEN, (path, new | codes.TRUNCATE, Attributes())),
        (codes.OPEN, (path, new | codes.APPEND, Attributes())),
        (codes.OPEN, (path, new | codes.EXCLUSIVE, Attributes())),
        (codes.STAT, (path,)), (codes.LSTAT, (path,)), (codes.OPENDIR, (path,)), (codes.READLINK, (path,)),
        (codes.SETSTAT, (path, Attributes(size=0))), (codes.SETSTAT, (path, Attributes(permissions=0))),
        (codes.MKDIR, (path, Attributes())), (codes.RENAME, (b"/a.txt", path)), (codes.RENAME, (path, b"/stolen")),
        (codes.SYMLINK, (path, b"/stolen")), (codes.SYMLINK, (b"/stolen", path)),
        (codes.EXTENDED, (codes.POSIX_RENAME, _text(path) + _text(b"/stolen"))),
        (codes.EXTENDED, (codes.POSIX_RENAME, _text(b"/a.txt") + _text(path))),
        (codes.EXTENDED, (b"hardlink@openssh.com", _text(path) + _text(b"/stolen"))),
        (codes.EXTENDED, (b"copy-data", _text(path))), (codes.EXTENDED, (b"lsetstat@openssh.com", _text(path))),
        (codes.EXTENDED, (codes.EXPAND_PATH, _text(path))), (codes.REALPATH, (path,)),
        (codes.REMOVE, (path,)), (codes.RMDIR, (path,)),
    ]  # fmt: skip


async def tried(dialogue: Dialogue, kind: int, values: tuple[Any, ...]) -> bytes:
    """Ask, and use the handle where one is given: everything that comes back."""
    packet = await _answer(dialogue, kind, *values)
    heard = packet.body
    if packet.kind == codes.HANDLE:
        (handle,) = packets.fields(packet)
        for used in (
            (codes.READ, 0, 1000),
            (codes.READDIR,),
            (codes.FSTAT,),
            (codes.WRITE, 0, b"evil"),
            (codes.CLOSE,),
        ):
            heard += (await _answer(dialogue, used[0], handle, *used[1:])).body
    return heard


async def _answer(dialogue: Dialogue, kind: int, *values: Any) -> Packet:
    number = await dialogue.send(kind, *values)
    while number not in dialogue._arrived:
        await dialogue._read()
    return dialogue._arrived.pop(number)


UP = [b"..", b"%2e%2e", b"..\0", b"...", b".. ", b"\xc0\xae\xc0\xae", b"\xef\xbc\x8e\xef\xbc\x8e", b"..\\..", b"~root"]
PATHS = [
    *(b"/" + up + b"/secret" for up in UP), *(b"/inner/" + up + b"/" + up + b"/secret" for up in UP),
    b"../secret", b"../../../../../../../../etc/passwd", b"/../served-too/secret", b"//etc/passwd",
    b"/a.txt/../../secret",
    b"./../secret", b"inner/../../secret", b"/..", b"..", b"..\\secret", b"/etc/passwd", b"~/../secret", b"~",
    b"a.txt\0", b"/inner\n/../../secret", b"", b"/" * 5000, b"x" * 5000, b"/" + b"x/" * 500, b"\xff\xfe",
]  # fmt: skip


class TestTheTree:
    @pytest.mark.parametrize("path", PATHS, ids=lambda path: repr(path[:30]))
    async def test_no_spelling_leads_out(self, path: bytes, tree: Path) -> None:
        before = outside(tree)
        async with places(URL, contents=[Files(tree)], accounts=["ann:secret"]) as place:
            dialogue = await begun(place)
            for kind, values in ways(path):
                heard = await tried(dialogue, kind, values)
                assert SECRET not in heard, (kind, values)
                assert b"root:" not in heard, (kind, values)
                assert str(tree).encode() not in heard, (kind, values)
        assert outside(tree) == before

    @pytest.mark.parametrize(
        "path",
        [
            "absolute", "relative", "folder", "folder/secret", "folder/new", "up/secret", "up", "up/new",
            "root/etc/passwd", "twice", "inner/deep", "loop", "dangling", "inner/../up/secret",
        ],
    )  # fmt: skip
    async def test_no_link_leads_out(self, path: str, tree: Path) -> None:
        for name, to in {
            "absolute": tree.parent / "secret", "relative": "../secret", "folder": tree.parent / "folder", "up": "..",
            "root": "/", "twice": "absolute", "inner/deep": "../../secret", "loop": "loop",
            "dangling": tree.parent / "new",
        }.items():  # fmt: skip
            (tree / name).symlink_to(str(to))
        before = outside(tree)
        async with places(URL, contents=[Files(tree)], accounts=["ann:secret"]) as place:
            dialogue = await begun(place)
            for kind, values in ways(b"/" + path.encode()):
                heard = await tried(dialogue, kind, values)
                assert SECRET not in heard, (kind, values)
                assert b"root:" not in heard, (kind, values)
        assert outside(tree) == before

    async def test_nobody_makes_a_link(self, tree: Path) -> None:
        async with places(URL, contents=[Files(tree)], accounts=["ann:secret"]) as place:
            dialogue = await begun(place)
            rest = _text(b"/etc/passwd") + _text(b"/link")
            for kind, values in (
                (codes.SYMLINK, (b"/etc/passwd", b"/link")), (codes.SYMLINK, (b"/link", b"/etc/passwd")),
                (codes.EXTENDED, (b"hardlink@openssh.com", rest)),
            ):  # fmt: skip
                with pytest.raises(PeerRefused) as caught:
                    await dialogue.ask(kind, *values)
                assert caught.value.code == codes.OP_UNSUPPORTED
        assert sorted(os.listdir(tree)) == ["a.txt", "inner"]  # noqa: PTH208  # names

    @pytest.mark.parametrize("kind", ["fifo", "device"])
    async def test_what_is_no_file_is_not_opened(self, kind: str, tree: Path) -> None:
        if kind == "fifo":
            os.mkfifo(tree / "odd")
        else:
            (tree / "odd").symlink_to("/dev/zero")
        async with places(URL, contents=[Files(tree)], accounts=["ann:secret"]) as place:
            dialogue = await begun(place)
            for flags in (codes.FOR_READING, codes.FOR_WRITING, codes.FOR_READING | codes.FOR_WRITING):
                with pytest.raises(PeerRefused):
                    await dialogue.close(await dialogue.open(b"/odd", flags))


@pytest.mark.parametrize(
    ("accounts", "user"), [([], ""), (["ann:secret:read"], "ann:secret")], ids=["nobody", "reader"]
)
async def test_nothing_is_changed_without_the_right(accounts: list[str], user: str) -> None:
    files = Files(files={"a.txt": b"former", "b/c": b""})
    async with places(URL, contents=[files], accounts=accounts) as place:
        dialogue: Dialogue = await place.client("sftp", user=user).dialogue()
        for path in (b"/a.txt", b"/b", b"/new", b"/b/c"):
            for kind, values in ways(path):
                await tried(dialogue, kind, values)
        assert await body(await place.client("sftp", user=user).get("/a.txt")) == b"former"
        assert [entry.name for entry in await files.list("/")] == ["a.txt", "b"]
        assert [entry.name for entry in await files.list("/b")] == ["c"]
        for verb in ("PUT", "DELETE", "MKDIR", "RENAME", "SETSTAT"):
            assert {status for _, _, status in place.said(verb)} == {"permission denied"}


# Bytes of every kind, at every stage

STAGES = {
    "at once": b"",
    "greeted": INIT,
    "a file open": INIT + packets.emit(codes.OPEN, 1, b"/x", codes.FOR_WRITING | codes.CREATE, Attributes()),
    "reading": INIT + packets.emit(codes.OPEN, 1, b"/hello.txt", codes.FOR_READING, Attributes()),
    "listing": INIT + packets.emit(codes.OPENDIR, 1, b"/"),
    "half a packet": INIT + REQUESTS[0][:9],
}


@pytest.mark.parametrize("stage", STAGES)
async def test_the_server_bears_anything(stage: str) -> None:
    generator = random.Random(stage)
    files = Files(files={"hello.txt": b"warp and weft\n"}, limits=Limits(file=10_000, total=100_000))
    async with places(URL, contents=[files], accounts=["ann:secret"]) as place:
        client = place.client("sftp", user="ann:secret")
        await client.dialogue()
        for number in range(120):
            stream = await client.connection.session(subsystem="sftp")
            said = (
                generator.randbytes(200)
                if number % 6 == 0
                else b"".join(mutate(generator, [said for said in REQUESTS if said]) for _ in range(5))
            )
            with contextlib.suppress(NetloomError):
                await stream.write(STAGES[stage] + said)
                await stream.write_eof()
                async for _ in stream.chunks():
                    pass
            stream.abort()
        assert (await (await begun(place)).stat(b"/")).kind == "directory"


def cuts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    for at in range(1, len(data), 7):
        yield data[:at], data[at:]


async def test_cutting_changes_nothing() -> None:
    """What is said to the server in two pieces is answered as in one."""
    said = INIT + b"".join(one for one in REQUESTS if one[4] != codes.READDIR)  # whose answer tells times
    found = set()
    for first, second in [(said, b""), *cuts(said)]:
        files = Files(files={"b": b"x"})
        async with places(URL, contents=[files], accounts=["ann:secret"]) as place:
            stream = await raw(place)
            await stream.write(first)
            await asyncio.sleep(0)
            if second:
                await stream.write(second)
            await stream.write_eof()
            found.add(b"".join([chunk async for chunk in stream.chunks()]))
    assert len(found) == 1


@pytest.mark.parametrize("verb", ["get", "put", "list", "run", "probe"])
async def test_the_client_bears_anything(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = random.Random(verb)

    def answer(packet: Any) -> bytes:
        said = mutate(generator, ANSWERS) if generator.random() < 0.4 else generator.choice(ANSWERS)
        if generator.random() < 0.9:  # otherwise nobody would get any further
            said = said[:5] + packet.number.to_bytes(4, "big") + said[9:]
        return said

    async def act(client: Any) -> None:
        async def content() -> Any:
            yield b"x" * 100_000

        if verb == "get":
            await body(await client.get("/x"))
        elif verb == "put":
            await client.put("/x", content())
        elif verb == "list":
            count = 0
            async for _ in client.list("/x"):
                count += 1
                if count > 1000:
                    break
        elif verb == "run":
            await client.run("stat /x")
        else:
            from netloom.protocols.sftp.probe import Facts, probe

            await probe(client, Facts())

    for number in range(60):
        hello = HELLO if number % 4 else mutate(generator, [HELLO])

        async def one(client: Any) -> None:
            with contextlib.suppress(RemoteProtocolError, PeerRefused, ConnectionLost, TimeoutError):
                async with asyncio.timeout(0.05):  # a packet may be announced that never comes
                    await act(client)

        await meet(monkeypatch, hello, answer, one)


# What grows


async def test_what_is_announced_is_not_made_room_for() -> None:
    async with places(URL, contents=[Files(files={})], accounts=["ann:secret"]) as place:
        dialogue = await begun(place)
        for kind, rest in (
            (codes.WRITE, b"\0\0\0\1x" + bytes(8) + b"\xff\xff\xff\xff"), (codes.OPEN, b"\xff\xff\xff\xff"),
            (codes.SETSTAT, b"\0\0\0\1x\x80\0\0\0\xff\xff\xff\xff"), (codes.NAME, b"\xff\xff\xff\xff"),
        ):  # fmt: skip
            await dialogue.stream.write((5 + len(rest)).to_bytes(4, "big") + bytes((kind, 0, 0, 3, 231)) + rest)
            size = packets.parse_size(await dialogue.stream.read_exactly(4))
            packet = packets.parse_packet(await dialogue.stream.read_exactly(size))
            assert packets.fields(packet)[0] in (codes.BAD_MESSAGE, codes.OP_UNSUPPORTED)
        handle = await dialogue.open(b"/x", codes.FOR_WRITING | codes.CREATE)
        for at in (2**64 - 4, 2**63, 2**40):
            await dialogue.ask(codes.WRITE, handle, at, b"far")
        for size in (2**64 - 1, 2**40, 1):
            with pytest.raises(PeerRefused):
                await dialogue.ask(codes.FSETSTAT, handle, Attributes(size=size))
        with pytest.raises(PeerRefused, match="are missing"):
            await dialogue.close(handle)


async def test_what_is_kept_for_who_is_gone_is_let_go() -> None:
    """Handles and pieces of a session end with it, however it ends."""
    files = Files(files={"a": b"x"}, limits=Limits(file=10_000_000, total=20_000_000))
    async with places(URL, contents=[files], accounts=["ann:secret"]) as place:
        for number in range(30):
            dialogue = await begun(place)
            for other in range(50):
                await dialogue.open(b"/n%d-%d" % (number, other), codes.FOR_WRITING | codes.CREATE)
            handle = await dialogue.open(b"/a", codes.FOR_WRITING | codes.CREATE)
            await dialogue.ask(codes.WRITE, handle, 10, bytes(200_000))
            dialogue.stream.abort()
        handle = await (dialogue := await begun(place)).open(b"/a", codes.FOR_READING)
        assert await dialogue.ask(codes.READ, handle, 0, 9, wanted=codes.DATA) == (b"x",)
        while len(place.said("PUT")) < 30 * 51:  # noqa: ASYNC110  # the server's work
            await asyncio.sleep(0)
        assert {status for _, _, status in place.said("PUT")} == {"failed"}
        assert [entry.name for entry in await files.list("/")] == ["a"]


async def test_a_flood_holds_up_nobody() -> None:
    async with places(URL, contents=[Files(files={"a": b"x"})], accounts=["ann:secret"]) as place:
        stream = await raw(place)
        await stream.write(INIT)

        async def shout() -> None:
            with contextlib.suppress(NetloomError):
                for number in range(1_000_000):
                    await stream.write(packets.emit(codes.STAT, number, b"/a"))

        shouting = asyncio.ensure_future(shout())
        try:
            for _ in range(3):
                assert (await (await begun(place)).stat(b"/a")).size == 1
            assert not shouting.done()  # nobody reads what it is answered: it waits
        finally:
            shouting.cancel()
            await asyncio.wait({shouting})
            stream.abort()
