"""A protocol that is dropped in as a folder, with no other file touched, is in every part of the house."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = {
    "__init__.py": '''"""Quote of the day (RFC 865)."""

from netloom.shapes import Protocol, Sample, Scheme

PROTOCOL = Protocol(
    name="qotd", rfc="RFC 865", summary="a quote, for whoever connects", schemes={"qotd": Scheme(17, "tcp")},
    contents=("handler", "echo"), client=".client:Client", serve=".server:serve", probe=".probe:probe",
    decode=".decode:Decoder", samples=(Sample(verb="get"),),
)
''',
    "client.py": '''"""Quote of the day, the client's side."""

import msgspec

from netloom.shapes import Reply


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """There is nothing to choose."""


class Client:
    """Reads a quote."""

    Options = Options

    def __init__(self, dial, endpoint, options):
        self._dial = dial

    async def get(self, path):
        stream = await self._dial.stream()
        return Reply(body=await stream.read())

    async def close(self):
        """There is no word for it."""
''',
    "server.py": '''"""Quote of the day, the server's side."""


async def serve(link, content, context):
    await link.write(b"Warp and weft.")
    await link.close()
''',
    "probe.py": '''"""Quote of the day, the probe."""

from netloom import shapes
from netloom.protocols.qotd.client import Client


class Facts(shapes.Facts, kw_only=True):
    """What it said."""

    quote: str = ""


async def probe(client: Client, facts: Facts) -> None:
    reply = await client.get("")
    async for chunk in reply.chunks():
        facts.quote += chunk.decode()
    facts.summary = facts.quote
''',
    "decode.py": '''"""Quote of the day, the passive decoder."""

from netloom.records import Said


class Decoder:
    """Words as they are."""

    def feed(self, sender, data):
        return [Said(sender=sender, words=data.decode(errors="replace"), size=len(data))]
''',
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with one folder more; `echo` is its content, since `handler` wants a name."""
    copy = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "src" / "netloom", copy / "netloom", ignore=shutil.ignore_patterns("__pycache__"))
    folder = copy / "netloom" / "protocols" / "qotd"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text.replace('("handler", "echo")', '("echo",)'))
    return copy


def _netloom(house: Path, *args: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(house), "XDG_STATE_HOME": str(house / "state"), "NETLOOM_MATRIX": ""}
    return subprocess.run(
        [sys.executable, "-m", "netloom", *args],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_is_in_the_matrix(house: Path) -> None:
    done = _netloom(house, "matrix", "-o", "json")
    assert done.returncode == 0, done.stderr
    cells = {cell["operation"]: cell["status"] for cell in json.loads(done.stdout) if cell["protocol"] == "qotd"}
    assert cells["get"] == cells["probe"] == cells["serve"] == "works"
    assert cells["put"] == "unsupported"


def test_it_is_served_probed_and_talked_to_in_the_demo(house: Path) -> None:
    done = _netloom(house, "demo", "-p", "qotd", "-o", "json")
    records = json.loads(done.stdout)
    mine = [r for r in records if r.get("protocol") == "qotd"]
    assert any(r.get("summary") == "Warp and weft." for r in mine), done.stdout
    assert [r["reply"]["body"] for r in mine if r.get("verb") == "get"] == ["Warp and weft."]


def test_help_knows_it(house: Path) -> None:
    done = _netloom(house, "help", "qotd")
    assert done.returncode == 0, done.stderr
    assert "RFC 865" in done.stdout


def test_its_schema_has_its_facts(house: Path) -> None:
    done = _netloom(house, "schema", "probe", "--protocol", "qotd", "-o", "json")
    assert done.returncode == 0, done.stderr
    assert "quote" in done.stdout


def test_the_matrix_tests_take_it_in(house: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(house), "XDG_STATE_HOME": str(house / "state"), "NETLOOM_MATRIX": ""}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", str(ROOT / "tests/matrix/test_matrix.py"), "-k", "qotd", "-q"),
            *("-p", "no:cacheprovider", "-p", "no:xdist"),
        ],
        env=environment, capture_output=True, text=True, timeout=100, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
