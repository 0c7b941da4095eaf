from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from netloom.contents.service import Call, Refused, Service, loom
from netloom.errors import (
    LocalProtocolError,
    PeerRefused,
    RemoteProtocolError,
    Unsupported,
    UsageError,
)
from netloom.protocols.grpc import client as client_module
from netloom.wire.grpc import schema
from tests.protocols.grpc.stage import Stage, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

ECHO = 'netloom.Loom/Echo {"text": "a"}'


@pytest.fixture
def protoset(tmp_path: Path) -> str:
    """A file with the descriptors of netloom.Loom."""
    file = tmp_path / "loom.protoset"
    files = [FileDescriptorProto.FromString(each.serialized_pb) for each in loom.catalogue().files.values()]
    file.write_bytes(FileDescriptorSet(file=files).SerializeToString())
    return str(file)


class TestRun:
    @pytest.mark.parametrize(
        ("command", "value"),
        [
            (ECHO, {"text": "a"}),
            ("/netloom.Loom/Echo", {}),
            ("netloom.Loom.Echo{}", {}),
            ('netloom.Loom/Count {"first": 1, "last": 3}', [{"value": 1}, {"value": 2}, {"value": 3}]),
            ("netloom.Loom/Sum", {}),
            ('netloom.Loom/Sum {"value": 1}{"value": 2}', {"count": 2, "sum": 3.0}),
            ('netloom.Loom/Chat {"text": "a"} {}', [{"text": "a"}, {}]),
            ('Echo {"text": "of the only service"}', {"text": "of the only service"}),
        ],
    )
    async def test_every_kind(self, command: str, value: Any) -> None:
        async with serving() as stage:
            assert (await stage.run(command)).value == value

    async def test_the_endpoint_may_name_the_service(self) -> None:
        async with serving() as stage:
            assert (await stage.run("Check", f"/{schema.HEALTH}")).value == {"status": "SERVING"}
            assert (await stage.run("Check", f"/{schema.HEALTH}/Watch")).value == {"status": "SERVING"}

    async def test_defaults(self) -> None:
        async with serving() as stage:
            assert (await stage.run("Sum", defaults="yes")).value == {"count": 0, "sum": 0.0}

    async def test_some_of_many(self) -> None:
        async with serving() as stage:
            asked = 'Count {"first": 1, "last": 9, "pause": 0.001}'
            assert (await stage.run(asked, count="2")).value == [{"value": 1}, {"value": 2}]
            assert (await stage.run("Echo", count="1")).value == {}
        assert [record.status for record in stage.records if "Loom" in record.target] == ["CANCELLED", "OK"]

    async def test_metadata(self) -> None:
        heard: list[Any] = []

        async def echo(request: Any, call: Call) -> Any:
            heard.extend(call.metadata)
            call.headers += [("x", "1"), ("x", "2")]
            call.trailers.append(("y-bin", b"\0"))
            return request

        async with serving({"Echo": echo}) as stage:
            talk = stage.attempt(metadata="x-bin: AAEC")
            async with talk:
                reply = await talk.client.run("Echo")
            assert talk.error is None
        assert heard == [("x-bin", b"\0\1\2")]
        assert reply.meta == {
            "status": "OK",
            "headers": {"x": "1, 2"},
            "trailers": {"y-bin": base64.b64encode(b"\0").decode()},
        }

    @pytest.mark.parametrize("metadata", ["x", "x: a\nb", "x: ä", "grpc-timeout: 1S", "x-bin: *", ": a"])
    async def test_metadata_that_cant_be_said(self, metadata: str) -> None:
        async with serving() as stage:
            with pytest.raises(LocalProtocolError):
                await stage.run(ECHO, metadata=metadata)
        assert not stage.records

    @pytest.mark.parametrize(
        "command",
        [
            "", "{}", "a b/c", "netloom.Loom/Echo {", "netloom.Loom/Echo {} {}", 'netloom.Loom/Echo {"no": 1}',
            "netloom.Loom/Echo x", "netloom.Loom/Count {\"first\": \"x\"}", "netloom.Loom/Sum {} []",
        ],
    )  # fmt: skip
    async def test_what_cant_be_asked(self, command: str) -> None:
        async with serving() as stage:
            with pytest.raises(UsageError):
                await stage.run(command)
        assert not [record for record in stage.records if "Loom" in record.target]

    @pytest.mark.parametrize("command", ["netloom.Loom/Nothing", "Nothing"])
    async def test_what_the_server_hasnt(self, command: str) -> None:
        async with serving() as stage:
            with pytest.raises(Unsupported) as refused:
                await stage.run(command)
            assert "Echo" in refused.value.hint
            with pytest.raises(PeerRefused):
                await stage.run("no.Such/Echo")

    async def test_more_than_a_record_holds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(client_module, "GATHERED", 100)
        async with serving() as stage:
            with pytest.raises(RemoteProtocolError, match="100 bytes") as refused:
                await stage.run('Count {"last": 1000}')
        assert "count" in refused.value.hint

    async def test_which_service(self) -> None:
        file = schema.file("a.proto", "a", [schema.message("M")], [])
        for name in ("One", "Two"):
            file.service.append(schema.service(name, schema.method("Go", ".a.M", ".a.M")))

        async def go(request: Any) -> Any:
            return request

        async with serving(Service({"Go": go}, FileDescriptorSet(file=[file]))) as stage:
            with pytest.raises(UsageError, match="of which service") as refused:
                await stage.run("Go")
            assert "a.One, a.Two" in refused.value.hint
            assert (await stage.run("a.Two/Go")).value == {}


class TestGet:
    async def get(self, stage: Stage, place: str, **options: str) -> Any:
        talk = stage.attempt(place, **options)
        async with talk:
            reply = await talk.client.get(talk.endpoint.path)
            body = b"".join([chunk async for chunk in reply.chunks()])
        if talk.error is not None:
            raise talk.error
        return reply.value if not reply.has_body else body

    async def test_a_value(self) -> None:
        async with serving() as stage:
            place = "/netloom.Loom/Echo?json=%7B%22text%22:%22a%26%E2%82%AC%22%7D"
            assert await self.get(stage, place) == {"text": "a&€"}
            assert await self.get(stage, "/netloom.Loom/Echo") == {}
            several = "/netloom.Loom/Sum?json=%7B%22value%22:1%7D&json=%7B%7D%7B%7D"
            assert await self.get(stage, several) == {"count": 3, "sum": 1.0}

    async def test_lines(self) -> None:
        async with serving() as stage:
            place = "/netloom.Loom/Count?json=%7B%22last%22:2%7D"
            assert await self.get(stage, place) == b'{}\n{"value": 1}\n{"value": 2}\n'
            assert await self.get(stage, place, count="1") == b"{}\n"

    @pytest.mark.parametrize("place", ["", "/netloom.Loom", "/a/b/c", "/netloom.Loom/Echo?x=1", "/1/2"])
    async def test_what_is_no_method(self, place: str) -> None:
        async with serving() as stage:
            with pytest.raises(UsageError):
                await self.get(stage, place)


class TestList:
    async def entries(self, stage: Stage, place: str, **options: str) -> list[Any]:
        talk = stage.attempt(place, **options)
        found = []
        async with talk:
            found = [entry async for entry in talk.client.list(talk.endpoint.path)]
        if talk.error is not None:
            raise talk.error
        return found

    async def test_services_methods_fields(self) -> None:
        async with serving() as stage:
            services = await self.entries(stage, "")
            assert [(entry.name, entry.path, entry.kind) for entry in services][-1] == (
                "netloom.Loom", "/netloom.Loom", "service",
            )  # fmt: skip
            methods = await self.entries(stage, "/netloom.Loom")
            assert [entry.path for entry in methods] == [
                f"/netloom.Loom/{name}" for name in ("Echo", "Count", "Sum", "Chat")
            ]
            assert [entry.name for entry in await self.entries(stage, "/netloom.Loom/Count")] == [
                "first", "last", "pause",
            ]  # fmt: skip
            with pytest.raises(Unsupported):
                await self.entries(stage, "/netloom.Loom/Nothing")

    async def test_from_a_file_nothing_is_asked(self, protoset: str) -> None:
        async with serving() as stage:
            assert [entry.name for entry in await self.entries(stage, "", descriptors=protoset)] == ["netloom.Loom"]
            assert len(await self.entries(stage, "/netloom.Loom", descriptors=protoset)) == 4
        assert not stage.records


class TestDescriptors:
    async def test_a_file(self, protoset: str) -> None:
        async with serving() as stage:
            assert (await stage.run(ECHO, descriptors=protoset)).value == {"text": "a"}
            assert (await stage.run("Echo", descriptors=protoset)).value == {}
            for command in ("no.Such/Echo", "netloom.Loom/Nothing"):
                with pytest.raises(UsageError):
                    await stage.run(command, descriptors=protoset)
        assert {record.target for record in stage.records} == {"/netloom.Loom/Echo"}

    @pytest.mark.parametrize("content", [None, b"\xff", b""])
    async def test_a_file_that_cant_be_read(self, content: bytes | None, tmp_path: Path) -> None:
        file = tmp_path / "x"
        if content is not None:
            file.write_bytes(content)
        async with serving() as stage:
            with pytest.raises(UsageError):
                await stage.run(ECHO, descriptors=str(file))


class TestBothWays:
    async def test_alternately(self) -> None:
        answered: asyncio.Queue[Any] = asyncio.Queue()

        async def asked() -> AsyncIterator[Any]:
            for text in "abc":
                yield {"text": text}
                assert await answered.get() == {"text": text}

        async with serving() as stage:
            talk = stage.attempt()
            heard = []
            async with talk:
                client: Any = talk.client
                async for reply in client.call(await client.method("netloom.Loom", "Chat"), asked()):
                    heard.append(reply)
                    answered.put_nowait(reply)
            assert talk.error is None
            assert heard == [{"text": text} for text in "abc"]

    @pytest.mark.parametrize("first", [True, False])
    async def test_what_cant_be_sent_ends_the_call(self, first: bool) -> None:
        async def asked() -> AsyncIterator[Any]:
            if first:
                yield {"text": "a"}
                await said.wait()
            yield {"no": 1}

        said = asyncio.Event()
        async with serving() as stage:

            async def talk() -> None:
                async with stage.attempt() as attempt:
                    client: Any = attempt.client
                    async for _ in client.call(await client.method("netloom.Loom", "Chat"), asked()):
                        said.set()

            with pytest.raises(UsageError):
                await talk()
            await asyncio.sleep(0.01)
        assert [record.status for record in stage.records if "Chat" in record.target] == ["CANCELLED"]

    async def test_a_server_that_has_heard_enough(self) -> None:
        """It says its status while we still speak."""

        async def total(requests: AsyncIterator[Any]) -> Any:
            await anext(requests)
            raise Refused("OUT_OF_RANGE", "enough")

        def asked() -> Iterable[Any]:
            return ({"value": number} for number in range(1000))

        async with serving({"Sum": total}) as stage:
            talk = stage.attempt()
            async with talk:
                client: Any = talk.client
                method = await client.method("netloom.Loom", "Sum")
                assert not [reply async for reply in client.call(method, asked())]
            assert isinstance(talk.error, PeerRefused)
            assert talk.error.code == "OUT_OF_RANGE"


async def test_one_connection_for_all_calls_and_another_after_it() -> None:
    async with serving() as stage:
        talk = stage.attempt()
        async with talk:
            client: Any = talk.client
            await client.run(ECHO)
            first = client._opened._connection
            await client.run(ECHO)
            assert client._opened._connection is first
            first._wire.stream.abort()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await client.run(ECHO)
            assert client._opened._connection is not first
        assert talk.error is None
