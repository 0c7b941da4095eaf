"""One tree of files behind FTP, HTTP, SFTP and TFTP: what one puts all others get, and so do foreign clients."""

from __future__ import annotations

import asyncio
import ftplib
import io
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

import netloom
from netloom.contents.files import Files
from netloom.errors import PeerRefused
from tests.interop.peers import need
from tests.protocols.places import body, pieces, places

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.protocols.places import Places

PLACES = {
    "ftp": "ftp://127.0.0.1:0#tls=never",
    "http": "http://127.0.0.1:0",
    "sftp": "sftp://127.0.0.1:0",
    "tftp": "tftp://127.0.0.1:69#write=yes",
}
TEXT = b"warp and weft\n" * 5000
ANN = "ann:secret"


@pytest.fixture(params=["memory", "disk"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    if request.param == "memory":
        return Files(files={"looms/old.txt": b"old"})
    (tmp_path / "served" / "looms").mkdir(parents=True)
    (tmp_path / "served" / "looms" / "old.txt").write_bytes(b"old")
    return Files(tmp_path / "served")


def client(house: Places, scheme: str, path: str, *, user: str = "") -> Any:
    """A client that takes FTP as it is; SSH lets nobody in whom it doesn't know."""
    user = user or (ANN if scheme == "sftp" else "")
    return house.client(scheme, path, user=user, options="tls=never" if scheme == "ftp" else "")


async def put(house: Places, scheme: str, path: str, data: bytes) -> None:
    user = "" if scheme == "tftp" else ANN  # which knows no accounts
    await client(house, scheme, path, user=user).put(path, pieces(data[:100], data[100:]))


async def got(house: Places, path: str) -> dict[str, bytes]:
    """What each of them gives."""
    return {scheme: await body(await client(house, scheme, path).get(path)) for scheme in PLACES}


@pytest.mark.parametrize("writer", PLACES)
async def test_ours(writer: str, files: Files) -> None:
    async with places(*PLACES.values(), contents=[files] * len(PLACES), accounts=[ANN]) as house:
        for path, data in (("/looms/new.txt", TEXT), ("/looms/old.txt", b"new"), ("/empty", b"")):
            await put(house, writer, path, data)
            assert await got(house, path) == dict.fromkeys(PLACES, data)
        for lister in ("ftp", "http", "sftp"):
            entries = [entry async for entry in client(house, lister, "/looms/").list("/looms/")]
            assert {entry.name: entry.size for entry in entries} == {"new.txt": len(TEXT), "old.txt": 3}, lister


@pytest.mark.parametrize("writer", PLACES)
async def test_what_is_under_way_is_seen_nowhere(writer: str, files: Files) -> None:
    """A file appears when it is whole; who reads meanwhile gets the former one."""
    path, user = "/looms/old.txt", "" if writer == "tftp" else ANN
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield TEXT * 50
        begun.set()
        await goes_on.wait()
        yield TEXT

    async with places(*PLACES.values(), contents=[files] * len(PLACES), accounts=[ANN]) as house:
        writing = asyncio.create_task(client(house, writer, path, user=user).put(path, slow()))
        await begun.wait()
        assert await got(house, path) == dict.fromkeys(PLACES, b"old")
        goes_on.set()
        await writing
        assert await got(house, path) == dict.fromkeys(PLACES, TEXT * 51)


async def test_what_is_gone_is_gone_everywhere(files: Files) -> None:
    async with places(*PLACES.values(), contents=[files] * len(PLACES), accounts=[ANN]) as house:
        assert await got(house, "/looms/old.txt") == dict.fromkeys(PLACES, b"old")
        await files.delete("/looms/old.txt")
        for scheme in PLACES:
            with pytest.raises(PeerRefused):
                await body(await client(house, scheme, "/looms/old.txt").get("/looms/old.txt"))


# Foreign clients

BIG = os.urandom(1_200_003)


def by_ftplib(port: int, folder: Path) -> None:
    """Stores `big.bin` in `looms`."""
    with ftplib.FTP(timeout=20) as client:  # noqa: S321  # that's the point
        client.connect("127.0.0.1", port)
        client.login("ann", "secret")
        client.cwd("looms")
        client.storbinary("STOR big.bin", io.BytesIO(BIG))


def by_curl(scheme: str) -> Callable[[int, Path], None]:
    def act(port: int, folder: Path) -> None:
        given = folder / "given"
        given.write_bytes(BIG)
        login = [] if scheme == "tftp" else ["-k", "-u", ANN]
        url = f"{scheme}://127.0.0.1:{port}/looms/big.bin"
        subprocess.run([need("curl", "curl"), "-sSf", *login, "-T", given, url], check=True, timeout=60)

    return act


WRITERS = {"ftp": by_ftplib, "http": by_curl("http"), "sftp": by_curl("sftp"), "tftp": by_curl("tftp")}


@pytest.mark.interop
@pytest.mark.parametrize("writer", WRITERS)
def test_foreign(writer: str, files: Files, tmp_path: Path) -> None:
    urls = [url.replace(":69", ":0") for url in PLACES.values()]  # in memory ports are given
    with netloom.serve(*urls, files, accounts=[ANN]) as serving:
        ports = {place.scheme: place.port or 0 for place in serving.endpoints}
        WRITERS[writer](ports[writer], tmp_path)
        for reader, port in ports.items():
            back = tmp_path / f"back.{reader}"
            url = f"{reader}://127.0.0.1:{port}/looms/big.bin"
            login = ["-k", "-u", ANN] if reader == "sftp" else []
            subprocess.run([need("curl", "curl"), "-sSf", *login, "-o", back, url], check=True, timeout=60)
            assert back.read_bytes() == BIG, reader
