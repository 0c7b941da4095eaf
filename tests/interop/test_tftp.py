"""TFTP meets others: our client and tftpd-hpa, tftpy; our server and tftp-hpa, atftp, curl, tftpy."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import netloom
from netloom.contents.files import Files
from netloom.errors import Status
from tests.interop.peers import need
from tests.interop.tftp_peers import tftpd_hpa, tftpy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.interop

BIG = os.urandom(1_500_001)
TEXT = b"one\ntwo\r\nthree\n"


@pytest.fixture
def big(tmp_path: Path) -> str:
    path = tmp_path / "big.bin"
    path.write_bytes(BIG)
    return str(path)


# Our client


@pytest.mark.meets(server="tftpd-hpa")
@pytest.mark.parametrize("options", ["", "#blksize=512,windowsize=1,tsize=no", "#blksize=8192,timeout=2"])
def test_our_client_at_tftpd_hpa(options: str, big: str) -> None:
    with tftpd_hpa() as place:
        all_verbs(f"tftp://127.0.0.1:{place.port}", options, place.root, big)


@pytest.mark.meets(server="tftpy")
@pytest.mark.parametrize("options", ["", "#blksize=512,windowsize=1,tsize=no"])
def test_our_client_at_tftpy(options: str, big: str) -> None:
    with tftpy() as place:
        all_verbs(f"tftp://127.0.0.1:{place.port}", options, place.root, big)


def all_verbs(url: str, options: str, root: Path, big: str) -> None:
    """Store, get, look: the same bytes must come out."""
    put = netloom.put(f"{url}/new.bin{options}", big, deadline=60).one()
    assert put.status is Status.SUCCESS, put
    got = netloom.get(f"{url}/new.bin{options}", deadline=60).one()
    assert got.status is Status.SUCCESS, got
    assert got.body == BIG == (root / "new.bin").read_bytes()
    missing = netloom.get(f"{url}/nothing{options}").one()
    assert (missing.status, missing.phase) == (Status.REFUSED_BY_PEER, "transfer"), missing
    found = netloom.probe(f"{url}/new.bin{options}").one()
    assert found.status is Status.SUCCESS, found
    if "tsize=no" not in options:
        assert found.facts["size"] == len(BIG)
    assert netloom.probe(url).one().facts["answer"] == "refusal"


@pytest.mark.meets(server="tftpd-hpa")
def test_text_at_tftpd_hpa(tmp_path: Path) -> None:
    with tftpd_hpa() as place:
        text = tmp_path / "text"
        text.write_bytes(TEXT)
        url = f"tftp://127.0.0.1:{place.port}/text#mode=netascii"
        assert netloom.put(url, str(text)).one().status is Status.SUCCESS
        assert (place.root / "text").read_bytes() == TEXT
        assert netloom.get(url).one().body == TEXT


# Our server


@pytest.fixture(params=["memory", "disk"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    if request.param == "memory":
        return Files(files={"hello.txt": b"hello\n", "big.bin": BIG})
    root = tmp_path / "served"
    root.mkdir()
    (root / "hello.txt").write_bytes(b"hello\n")
    (root / "big.bin").write_bytes(BIG)
    return Files(root)


def met(files: Files, meet: Callable[[int], None]) -> list[str]:
    """What our server tells of what a client did."""
    told: list[str] = []

    def heard(record: Any) -> None:
        told.append(f"{record.verb} {record.target} {record.status}")

    with netloom.serve("tftp://127.0.0.1:0", files, on_access=heard, write="yes") as server:
        meet(server.endpoint.port or 0)
    return told


def ran(*command: str, cwd: Path) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, cwd=cwd, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


@pytest.mark.meets(client="curl")
@pytest.mark.parametrize("ways", [(), ("--tftp-blksize", "1024"), ("--tftp-no-options",)], ids=str)
def test_curl(ways: tuple[str, ...], files: Files, tmp_path: Path, big: str) -> None:
    def meet(port: int) -> None:
        curl = [need("curl", "curl"), "-sS", *ways]
        ran(*curl, "-o", "back.bin", f"tftp://127.0.0.1:{port}/big.bin", cwd=tmp_path)
        assert (tmp_path / "back.bin").read_bytes() == BIG
        ran(*curl, "-T", big, f"tftp://127.0.0.1:{port}/new.bin", cwd=tmp_path)
        assert ran(*curl, f"tftp://127.0.0.1:{port}/hello.txt", cwd=tmp_path) == "hello\n"
        ran(*curl, "-o", "new.bin", f"tftp://127.0.0.1:{port}/new.bin", cwd=tmp_path)
        assert (tmp_path / "new.bin").read_bytes() == BIG
        missing = subprocess.run(
            [*curl, f"tftp://127.0.0.1:{port}/nothing"], capture_output=True, timeout=60, check=False
        )
        assert missing.returncode == 68, "curl's number for a file that isn't there"

    assert met(files, meet).count("READ nothing 1") == 1


@pytest.mark.meets(client="tftp-hpa")
def test_tftp_hpa(files: Files, tmp_path: Path, big: str) -> None:
    def meet(port: int) -> None:
        tftp = [need("tftp", "tftp-hpa"), "-m", "octet", "127.0.0.1", str(port), "-c"]
        ran(*tftp, "get", "big.bin", "back.bin", cwd=tmp_path)
        assert (tmp_path / "back.bin").read_bytes() == BIG
        ran(*tftp, "put", big, "new.bin", cwd=tmp_path)
        ran(*tftp, "get", "new.bin", "new.bin", cwd=tmp_path)
        assert (tmp_path / "new.bin").read_bytes() == BIG
        (tmp_path / "text").write_bytes(TEXT)
        text = [tftp[0], "-m", "netascii", *tftp[3:]]
        ran(*text, "put", "text", "text", cwd=tmp_path)
        ran(*text, "get", "text", "text.back", cwd=tmp_path)
        assert (tmp_path / "text.back").read_bytes() == TEXT

    assert all(line.endswith("ok") for line in met(files, meet))


@pytest.mark.meets(client="atftp")
@pytest.mark.parametrize("ways", [(), ("--option", "blksize 1428", "--option", "windowsize 8", "--option", "tsize 0")])
def test_atftp(ways: tuple[str, ...], files: Files, tmp_path: Path, big: str) -> None:
    def meet(port: int) -> None:
        atftp = [need("atftp", "atftp"), *ways]
        ran(*atftp, "-g", "-r", "big.bin", "-l", "back.bin", "127.0.0.1", str(port), cwd=tmp_path)
        assert (tmp_path / "back.bin").read_bytes() == BIG
        ran(*atftp, "-p", "-l", big, "-r", "new.bin", "127.0.0.1", str(port), cwd=tmp_path)
        ran(*atftp, "-g", "-r", "new.bin", "-l", "new.bin", "127.0.0.1", str(port), cwd=tmp_path)
        assert (tmp_path / "new.bin").read_bytes() == BIG

    assert all(line.endswith("ok") for line in met(files, meet))


@pytest.mark.meets(client="tftpy")
@pytest.mark.parametrize("options", ["{}", "{'blksize': 1024, 'tsize': 0}"])
def test_tftpy(options: str, files: Files, tmp_path: Path, big: str) -> None:
    def meet(port: int) -> None:
        script = (
            f"import tftpy; client = tftpy.TftpClient('127.0.0.1', {port}, {options}); "
            f"client.download('big.bin', 'back.bin'); client.upload('new.bin', {big!r}); "
            "client.download('new.bin', 'new.bin')"
        )
        ran(sys.executable, "-c", script, cwd=tmp_path)
        assert (tmp_path / "back.bin").read_bytes() == (tmp_path / "new.bin").read_bytes() == BIG

    assert all(line.endswith("ok") for line in met(files, meet))
