"""Several protocols at one port: each with its own content, its samples and its probe."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom import registry
from netloom.accounts import Accounts
from netloom.endpoint import Endpoint
from netloom.links.authority import Authority
from netloom.operations.demo import PASSWORD, USER, known, try_sample
from netloom.records import ProbeRecord, Record
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from tests.interop.peers import free_port

if TYPE_CHECKING:
    from pathlib import Path

BOUND = 60.0
OVER_TLS = ("https", "wss", "doh", "sses", "socketios", "grpcs")
PLAIN = ("http", "ws", "sse", "socketio", "grpc")
OVER_SSH = ("ssh", "sftp", "netconf")


async def drop(record: Record) -> None:
    """The records that count come through `call`."""


@pytest.mark.parametrize("schemes", [OVER_TLS, OVER_TLS[::-1], PLAIN, OVER_SSH, OVER_SSH[::-1]])
async def test_all_work_at_one_port(schemes: tuple[str, ...], tmp_path: Path) -> None:
    authority, port = Authority.create(), free_port()
    trust = tmp_path / "authority.pem"
    trust.write_bytes(authority.certificate_pem)
    wanted = [Endpoint.parse(f"{scheme}://127.0.0.1:{port}") for scheme in schemes]
    accounts = Accounts.from_texts([f"{USER}:{PASSWORD}"])
    async with asyncio.timeout(BOUND), Serving(wanted, (), accounts, authority=authority) as serving:
        assert [place.port for place in serving.endpoints] == [port] * len(schemes)
        for place in serving.endpoints:
            endpoint = known(serving, place, trust)
            toolbox = Toolbox(drop)
            for sample in registry.for_scheme(place.scheme)[0].samples:
                records: list[Any] = [record async for record in try_sample(sample, endpoint, toolbox)]
                usual = "unsupported" if place.scheme == "doh" and sample.verb != "get" else "success"  # by dot
                assert [record.status.value for record in records] == [usual] * len(records), records
                assert records
            (probed,) = [record async for record in toolbox.call("probe", targets=[endpoint])]
            assert isinstance(probed, ProbeRecord)
            assert probed.status.value == "success", probed
