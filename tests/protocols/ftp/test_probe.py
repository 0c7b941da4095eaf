"""The probe: what it learns, however far it comes."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from netloom.accounts import NONE, Accounts
from netloom.errors import ConnectionLost, Status
from netloom.links.memory import MemoryNetwork
from tests.protocols.ftp.lab import ANN, PLAIN, Lab, Scripted, converse
from tests.worlds import record

if TYPE_CHECKING:
    from netloom.links.stream import Stream


async def test_what_is_there() -> None:
    async with Lab("ftp://127.0.0.1:0", ANN) as lab:
        found = await record(lab.network, "probe", f"ftp://127.0.0.1:{lab.port}#verify=no")
        assert found.status is Status.SUCCESS
        assert found.facts["code"] == 220
        assert all(found.facts[name] for name in ("starttls", "tls", "protected", "anonymous"))
        assert found.facts["features"]["REST"] == "STREAM"
        assert (found.facts["system"], found.facts["directory"]) == ("UNIX Type: L8", "/")
        assert found.summary.startswith("220 ready · TLS, data too · anonymous · 12 features · UNIX Type: L8")
        named = await record(lab.network, "probe", f"ftp://ann:can4ry-pa55@127.0.0.1:{lab.port}#verify=no")
        assert "anonymous" not in named.facts
        assert named.facts["entered"]
        assert "logged in" in named.summary


async def test_only_who_has_an_account() -> None:
    lab = Lab(PLAIN, ANN)
    lab.serving.accounts = Accounts([ANN], anonymous=NONE)
    async with lab:
        found = await record(lab.network, "probe", f"ftp://127.0.0.1:{lab.port}")
        assert found.status is Status.SUCCESS
        assert found.facts["anonymous"] is False
        assert "accounts only" in found.summary
        wrong = await record(lab.network, "probe", f"ftp://ann:wrong@127.0.0.1:{lab.port}")
        assert wrong.status is Status.UNAUTHENTICATED
        assert wrong.facts["banner"] == "netloom FTP ready"


@pytest.mark.parametrize(
    ("said", "status", "summary"),
    [
        (("421 full today",), Status.REFUSED_BY_PEER, "421 full today"),
        (("220 x", "500 x", "331 x", "530 x", "500 x", "500 x", "221 x"), Status.SUCCESS, "220 ready · accounts only"),
        (("220 x", "500 x", "421 busy"), Status.REFUSED_BY_PEER, "220 ready"),
        (("220 smtp.example ESMTP",), Status.TIMEOUT, "220 ready"),
    ],
)
async def test_however_far_it_comes(said: tuple[str, ...], status: Status, summary: str) -> None:
    network = MemoryNetwork()

    async def script(stream: Stream) -> None:
        with contextlib.suppress(ConnectionLost):
            await converse(stream, *said)
            await stream.read(1)
            await stream.read(1)

    async with Scripted(network, script) as port:
        found = await record(network, "probe", f"ftp://127.0.0.1:{port}", deadline=0.3)
        assert (found.status, found.summary) == (status, summary)
