"""Every protocol meets every operation that has targets: it works on its own server, or has a reason."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING, Any

import pytest

from netloom import registry
from netloom.accounts import Accounts
from netloom.contents.bus import Bus
from netloom.endpoint import Endpoint
from netloom.errors import CapabilityError, Status, Unsupported
from netloom.links.authority import Authority
from netloom.operations.demo import PASSWORD, USER, known, try_sample
from netloom.records import Cell, MessageRecord, ProbeRecord, Record, ReplyRecord, ServingRecord
from netloom.serving import Serving
from netloom.toolbox import Toolbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

PROTOCOLS = registry.names("protocols")
TARGETED = [
    operation.name
    for operation in registry.operations()
    if {"target", "targets"} & set(operation.request.__struct_fields__)
]
BOUND = 20.0


async def _records(name: str, **fields: Any) -> list[Record]:
    toolbox = Toolbox(_drop)
    async with asyncio.timeout(BOUND):
        return [record async for record in toolbox.call(name, **fields)]


async def _drop(record: Record) -> None:
    """The records that count come through `call`."""


@contextlib.asynccontextmanager
async def _served(name: str, folder: Path, *contents: Any) -> AsyncIterator[Endpoint]:
    """The protocol's own server with the demo's account, and an endpoint that trusts it."""
    authority = Authority.create()
    trust = folder / "authority.pem"
    trust.write_bytes(authority.certificate_pem)
    scheme = next(iter(registry.protocol(name).schemes))
    place = f"unix://{folder}/m.sock" if scheme == "unix" else f"{scheme}://127.0.0.1:0"
    accounts = Accounts.from_texts([f"{USER}:{PASSWORD}"])
    async with Serving([Endpoint.parse(place)], contents, accounts, authority=authority) as serving:
        yield known(serving, serving.endpoint, trust)


@pytest.fixture(scope="module")
def cells() -> dict[tuple[str, str], Cell]:
    found = asyncio.run(_records("matrix"))
    return {(cell.protocol, cell.operation): cell for cell in found if isinstance(cell, Cell)}


def test_the_matrix_has_every_cell(cells: dict[tuple[str, str], Cell]) -> None:
    assert set(cells) == {(protocol, operation) for protocol in PROTOCOLS for operation in TARGETED}
    assert all(cell.reason for cell in cells.values() if cell.status == "unsupported")
    assert {cell.status for cell in cells.values()} == {"works", "unsupported"}


@pytest.mark.parametrize("operation", TARGETED)
@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_cell(
    protocol: str, operation: str, cells: dict[tuple[str, str], Cell], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    request.node.user_properties.append(("cell", (protocol, operation, cells[protocol, operation].status)))
    with _capable():
        if cells[protocol, operation].status == "unsupported":
            with pytest.raises(Unsupported) as refused:
                await _try(protocol, operation, tmp_path)
            assert refused.value.hint or protocol in refused.value.message
        else:
            await _try(protocol, operation, tmp_path)


@contextlib.contextmanager
def _capable() -> Iterator[None]:
    """What takes a privilege that we lack is skipped; root, and so CI, lacks nothing."""
    try:
        yield
    except CapabilityError as exc:
        if os.environ.get("CI") == "1":
            raise
        pytest.skip(f"{exc.message}: {exc.hint}")


async def _try(protocol: str, operation: str, folder: Path) -> None:
    """Do it for real; raise what the operation raises."""
    if operation == "serve":
        await _serve(protocol, folder)
    elif operation == "listen":
        await _listen(protocol, folder)
    else:
        async with _served(protocol, folder) as endpoint:
            if operation == "probe":
                (record,) = await _records("probe", targets=[endpoint])
                assert isinstance(record, ProbeRecord)
                assert record.status is Status.SUCCESS, record
                assert record.summary
            elif operation == "connect":
                await _connect(endpoint)
            elif operation == "relay":
                await _relay(endpoint, folder)
            else:
                await _verb(protocol, operation, endpoint)


async def _verb(protocol: str, operation: str, endpoint: Endpoint) -> None:
    samples = [sample for sample in registry.protocol(protocol).samples if sample.verb == operation]
    if not samples:  # the client lacks the verb; the operation says so
        first = {"run": {"command": "true"}, "send": {"message": "x"}}.get(operation, {})
        target = {"targets": [endpoint]} if operation in ("get", "list") else {"target": endpoint}
        if operation == "put":
            first = {"source": __file__}
        await _records(operation, **target, **first)
        pytest.fail(f"{protocol} {operation} works and has no sample in its declaration")
    toolbox = Toolbox(_drop)
    for sample in registry.protocol(protocol).samples:  # in their order: what is put first can be got afterwards
        async with asyncio.timeout(BOUND):
            records: list[Any] = [record async for record in try_sample(sample, endpoint, toolbox)]
        if sample.verb == operation:
            assert records
            assert [record.status for record in records] == [Status.SUCCESS] * len(records), records


async def _serve(protocol: str, folder: Path) -> None:
    scheme = next(iter(registry.protocol(protocol).schemes))
    place = f"unix://{folder}/s.sock" if scheme == "unix" else f"{scheme}://127.0.0.1:0"
    toolbox = Toolbox(_drop)
    async with asyncio.timeout(BOUND), contextlib.aclosing(toolbox.call("serve", targets=[place])) as records:
        record = await anext(records)
        assert isinstance(record, ServingRecord)
        assert record.protocol == protocol
        assert ":0" not in record.endpoint


async def _relay(endpoint: Endpoint, folder: Path) -> None:
    """What asks a relay is answered by the server behind it."""
    plain = endpoint.replace(options=(), beside=(), user="", password=None)
    listen = plain.replace(socket=f"{folder}/r.sock") if plain.socket else plain.replace(port=0)
    targets = [listen, plain.with_options([("verify", "no")])]
    toolbox = Toolbox(_drop)
    async with asyncio.timeout(BOUND), contextlib.aclosing(toolbox.call("relay", targets=targets)) as records:
        stands = await anext(records)
        assert isinstance(stands, ServingRecord)
        bound = Endpoint.parse(stands.endpoint)
        there = endpoint.replace(host=bound.host, port=bound.port, socket=bound.socket).with_options([("verify", "no")])
        (record,) = await _records("probe", targets=[there])
        assert isinstance(record, ProbeRecord)
        assert record.status is Status.SUCCESS, record


async def _connect(endpoint: Endpoint) -> None:
    """Join a listener with the endpoint, and talk through it; raw links echo, a shell obeys."""
    toolbox = Toolbox(_drop)
    listening: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def joined() -> None:
        async for record in toolbox.call("connect", target="tcp://127.0.0.1:0#listen", other=endpoint):
            if isinstance(record, ServingRecord):
                listening.set_result(record.endpoint)
            else:
                assert isinstance(record, ReplyRecord)
                assert record.status is Status.SUCCESS, record

    async with asyncio.timeout(BOUND):
        join = asyncio.ensure_future(joined())
        both: set[asyncio.Future[Any]] = {join, listening}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if join.done():
            await join
        place = Endpoint.parse(listening.result())
        reader, writer = await asyncio.open_connection(place.host, place.port)
        try:
            writer.write(b"echo loom\n")
            heard = b""
            while b"loom" not in heard:
                chunk = await reader.read(4096)
                if not chunk:
                    await join
                assert chunk, heard
                heard += chunk
        finally:
            writer.close()
            join.cancel()
            await asyncio.wait({join})


async def _listen(protocol: str, folder: Path) -> None:
    declared = registry.protocol(protocol)
    if not hasattr(registry.load(declared, "client"), "listen"):
        scheme = next(iter(declared.schemes))
        place = f"unix://{folder}/l.sock" if scheme == "unix" else f"{scheme}://127.0.0.1:0"
        await _hear(protocol, place)
        return
    async with _served(protocol, folder, *([Bus()] if "bus" in declared.contents else [])) as endpoint:
        await _hear(protocol, endpoint)


async def _hear(protocol: str, target: Any) -> None:
    """One message is sent, again and again until the listener stands, and heard."""
    toolbox = Toolbox(_drop)
    async with asyncio.timeout(BOUND), contextlib.aclosing(toolbox.call("listen", target=target, count=1)) as records:
        heard: list[Record] = []
        where = target if isinstance(target, Endpoint) else None
        if where is None:
            first = await anext(records)
            assert isinstance(first, ServingRecord)
            where = Endpoint.parse(first.endpoint).with_options([("verify", "no")])

        declared = registry.protocol(protocol)
        sends = hasattr(registry.load(declared, "client"), "send")
        # What is only put somewhere is heard by those who listen there.
        put = next((sample for sample in declared.samples if sample.verb == "put"), None)
        said = "loom" if sends or put is None else put.text.strip().rpartition("\n")[2]

        async def speak() -> None:
            for _ in range(100):
                if sends or put is None:
                    await _records("send", target=where, message=said)
                else:
                    assert [record async for record in try_sample(put, where, toolbox)]
                await asyncio.sleep(0.05)

        speaking = asyncio.ensure_future(speak())
        try:
            heard = [record async for record in records]
        finally:
            speaking.cancel()
            await asyncio.wait({speaking})
    messages = [record.heard for record in heard if isinstance(record, MessageRecord) and record.heard is not None]
    (payload,) = [message.payload.strip().decode() for message in messages]
    assert payload.endswith(said) if put is not None and not sends else payload == said
