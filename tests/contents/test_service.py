from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf import any_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from netloom import registry
from netloom.contents.service import CONTENT, Call, Code, Refused, Service, loom
from netloom.contents.service.handlers import find
from netloom.errors import UsageError
from netloom.wire.grpc import schema, values

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

LOOM = loom.catalogue()
ECHO: Any = LOOM.method("/netloom.Loom/Echo")
COUNT: Any = LOOM.method("/netloom.Loom/Count")
SUM: Any = LOOM.method("/netloom.Loom/Sum")
CHAT: Any = LOOM.method("/netloom.Loom/Chat")


def as_set() -> bytes:
    files = [FileDescriptorProto.FromString(file.serialized_pb) for file in LOOM.files.values()]
    return FileDescriptorSet(file=files).SerializeToString()


async def said(*values: Any) -> AsyncIterator[Any]:
    for value in values:
        yield value


async def one(service: Service, path: str, asked: Any, call: Call | None = None) -> Any:
    bound = service.find(path)
    assert bound is not None
    return await bound.one(asked, call or Call(bound.method))


async def many(service: Service, path: str, asked: Any) -> list[Any]:
    bound = service.find(path)
    assert bound is not None
    return [reply async for reply in bound.many(asked, Call(bound.method))]


class TestDefault:
    async def test_each_kind(self) -> None:
        service = Service.from_argument("")
        thread, number = ECHO.request, COUNT.response
        assert await one(service, "/netloom.Loom/Echo", thread(text="a")) == thread(text="a")
        asked = COUNT.request(first=-1, last=1)
        assert [reply.value for reply in await many(service, "/netloom.Loom/Count", asked)] == [-1, 0, 1]
        total = await one(service, "/netloom.Loom/Sum", said(number(value=2), number(value=40)))
        assert (total.count, total.sum) == (2, 42.0)
        asked = said(thread(text="a"), thread(text="b"))
        assert [reply.text for reply in await many(service, "/netloom.Loom/Chat", asked)] == ["a", "b"]

    @pytest.mark.parametrize("asked", [{"last": loom.MOST}, {"pause": -1.0}, {"pause": float("nan")}, {"pause": 1e9}])
    async def test_bounds(self, asked: dict[str, Any]) -> None:
        with pytest.raises(Refused):
            await many(Service(), "/netloom.Loom/Count", COUNT.request(**asked))

    def test_described(self) -> None:
        assert Service().describe() == "service netloom.Loom"
        assert registry.content("service").KIND == CONTENT.KIND == "service"


class TestHandlers:
    async def test_a_mapping_by_path_service_and_name(self) -> None:
        async def echo(request: Any) -> Any:
            return {"text": f"{request.text}!"}

        for handlers in (
            {"Echo": echo},
            {"netloom.Loom/Echo": echo},
            {"Loom": {"Echo": echo}},
            {"netloom.Loom": {"Echo": echo}},
            {"Echo": functools.partial(echo)},
        ):
            service = Service(handlers, LOOM)
            assert (await one(service, "/netloom.Loom/Echo", ECHO.request(text="a"))).text == "a!"
            assert service.find("/netloom.Loom/Chat") is None

    async def test_an_object_that_can_be_called(self) -> None:
        class Echo:
            async def __call__(self, request: Any) -> None:
                """Nothing is an empty message."""

        assert (
            await one(Service({"Echo": Echo()}, LOOM), "/netloom.Loom/Echo", ECHO.request(text="a")) == ECHO.request()
        )

    async def test_dicts(self) -> None:
        heard: list[Any] = []

        async def total(requests: AsyncIterator[dict[str, Any]]) -> dict[str, Any]:
            heard.extend([request async for request in requests])
            return {"count": len(heard)}

        async def echo(request: dict[str, Any]) -> dict[str, Any]:
            heard.append(request)
            return request

        service = Service({"Sum": total, "Echo": echo}, LOOM)
        assert (await one(service, "/netloom.Loom/Sum", said(COUNT.response(value=1), COUNT.response()))).count == 2
        assert (await one(service, "/netloom.Loom/Echo", ECHO.request(text="a"))).text == "a"
        assert heard == [{"value": 1}, {"value": 0}, {"text": "a"}]

    async def test_a_dict_that_cant_be_made(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def echo(request: dict[str, Any]) -> Any:
            return request

        monkeypatch.setattr(values, "VALUES", 1)
        with pytest.raises(Refused) as refused:
            await one(Service({"Echo": echo}, LOOM), "/netloom.Loom/Echo", ECHO.request())
        assert refused.value.code is Code.RESOURCE_EXHAUSTED

    async def test_the_call(self) -> None:
        async def echo(request: Any, call: Call) -> Any:
            call.headers.append(("a", "b"))
            return {"text": f"{call.user} {call.get('x')!r} {call.get_all('x')} {call.get('y')!r}"}

        service = Service({"Echo": echo}, LOOM)
        call = Call(ECHO, metadata=(("x", "1"), ("x", "2")), user="ann")
        assert (await one(service, "/netloom.Loom/Echo", ECHO.request(), call)).text == "ann '1' ['1', '2'] None"
        assert call.headers == [("a", "b")]

    async def test_a_reply_that_doesnt_fit(self) -> None:
        async def echo(request: Any) -> Any:
            return {"no": 1} if request.text else SUM.response()

        service = Service({"Echo": echo}, LOOM)
        for text in ("", "a"):
            with pytest.raises(UsageError):
                await one(service, "/netloom.Loom/Echo", ECHO.request(text=text))

    async def test_stopping_ends_the_function(self) -> None:
        ended: list[bool] = []

        async def chat(requests: Any) -> AsyncIterator[Any]:
            try:
                async for request in requests:
                    yield request
            finally:
                ended.append(True)

        bound = Service({"Chat": chat}, LOOM).find("/netloom.Loom/Chat")
        assert bound is not None
        replies = bound.many(said(ECHO.request(), ECHO.request()), Call(CHAT))
        await anext(replies)
        await replies.aclose()
        assert ended == [True]

    def test_functions_that_cant_be_it(self) -> None:
        def sync(request: Any) -> Any: ...
        async def nothing() -> None: ...
        async def three(a: Any, b: Any, c: Any) -> None: ...
        async def single(request: Any) -> None: ...
        async def several(request: Any) -> AsyncIterator[Any]:
            yield request

        for name, function in (
            ("Echo", sync), ("Echo", nothing), ("Echo", three), ("Echo", several), ("Echo", 3), ("Count", single),
        ):  # fmt: skip
            with pytest.raises(UsageError):
                Service({name: function}, LOOM)

    def test_no_function_at_all(self) -> None:
        with pytest.raises(UsageError) as refused:
            Service({"Nothing": 1}, LOOM)
        assert "/netloom.Loom/Echo" in refused.value.hint
        assert find({}, ECHO) is None


class TestDescriptors:
    async def echo(self, request: Any) -> Any:
        return request

    def test_whatever_they_are_given_as(self, tmp_path: Path) -> None:
        file = tmp_path / "loom.protoset"
        file.write_bytes(as_set())
        for given in (as_set(), str(file), file, FileDescriptorSet.FromString(as_set()), LOOM, [file, any_pb2]):
            service = Service({"Echo": self.echo}, given)
            assert service.name == "netloom.Loom"
            assert Service({"Echo": self.echo, "descriptors": given}).find("/netloom.Loom/Echo")

    @pytest.mark.parametrize("given", [None, [], b"\xff", "/no/such/file", 3, any_pb2, FileDescriptorSet(), [3]])
    def test_what_they_arent(self, given: Any) -> None:
        with pytest.raises(UsageError):
            Service({"Echo": self.echo}, given)

    def test_a_module_from_the_command_line(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "loom.protoset").write_bytes(as_set())
        (tmp_path / "nl_weaver.py").write_text(
            "descriptors = 'loom.protoset'\nasync def Echo(request): return request\n"
            "class Other:\n    descriptors = descriptors\n    async def Echo(self, request): return {'text': 'other'}\n"
        )
        (tmp_path / "nl_loomed.py").write_text(
            "from netloom.contents.service import Service\nfrom nl_weaver import Other\nservice = Service(Other())\n"
        )
        monkeypatch.chdir(tmp_path)
        for argument in ("nl_weaver", "nl_weaver:Other()", "nl_loomed", "nl_loomed:service"):
            service = Service.from_argument(argument)
            assert service.find("/netloom.Loom/Echo")
            assert service.describe() in (f"service {argument}", "service netloom.Loom")
        for argument in ("nl_nowhere", "nl_weaver:nothing", "json"):
            with pytest.raises(UsageError):
                Service.from_argument(argument)


class TestHealth:
    async def test_check_and_list(self) -> None:
        service = Service()
        method = schema.known().method(f"/{schema.HEALTH}/Check")
        assert method is not None
        for name in ("", "netloom.Loom"):
            assert (await one(service, method.path, method.request(service=name))).status == 1
        service.health.set("netloom.Loom", "NOT_SERVING")
        assert (await one(service, method.path, method.request(service="netloom.Loom"))).status == 2
        with pytest.raises(Refused) as refused:
            await one(service, method.path, method.request(service="no.Such"))
        assert refused.value.code is Code.NOT_FOUND
        listed = await one(service, f"/{schema.HEALTH}/List", None)
        assert {name: each.status for name, each in listed.statuses.items()} == {"": 1, "netloom.Loom": 2}
        with pytest.raises(ValueError, match="SERVING"):
            service.health.set("", "well")

    async def test_watch(self) -> None:
        service = Service()
        bound = service.find(f"/{schema.HEALTH}/Watch")
        assert bound is not None
        replies: Any = bound.many(bound.method.request(service="new"), Call(bound.method))
        assert (await anext(replies)).status == 3
        following = asyncio.ensure_future(anext(replies))
        await asyncio.sleep(0)
        service.health.set("", "NOT_SERVING")  # another one's affair
        service.health.set("new", "SERVING")
        assert (await following).status == 1
        await replies.aclose()
        assert not service.health._watching


class TestReflection:
    @pytest.fixture(params=schema.REFLECTIONS)
    def method(self, request: pytest.FixtureRequest) -> Any:
        return schema.known().method(f"/{request.param}/ServerReflectionInfo")

    async def ask(self, method: Any, *questions: dict[str, Any]) -> list[Any]:
        return await many(Service(), method.path, said(*[method.request(**question) for question in questions]))

    async def test_services(self, method: Any) -> None:
        (answer,) = await self.ask(method, {"host": "h", "list_services": ""})
        names = [service.name for service in answer.list_services_response.service]
        assert names == sorted(["netloom.Loom", schema.HEALTH, *schema.REFLECTIONS])
        assert answer.valid_host == "h"
        assert answer.original_request.host == "h"

    async def test_files(self, method: Any) -> None:
        answers = await self.ask(
            method,
            {"file_by_filename": "netloom/loom.proto"},
            {"file_containing_symbol": "netloom.Loom.Echo"},
            {"file_containing_symbol": "netloom.Thread"},
        )
        for answer in answers:  # also where it was sent before
            (file,) = answer.file_descriptor_response.file_descriptor_proto
            assert file == LOOM.files["netloom/loom.proto"].serialized_pb

    async def test_imports_come_once(self, method: Any) -> None:
        file = schema.file("a.proto", "a", [schema.message("M")], [schema.service("S")])
        file.service[0].method.append(schema.method("M", ".a.M", ".google.protobuf.Any"))
        file.dependency.append("google/protobuf/any.proto")
        imported = FileDescriptorProto.FromString(any_pb2.DESCRIPTOR.serialized_pb)
        service = Service({"M": self.echo}, FileDescriptorSet(file=[file, imported]))
        asked = said(*[method.request(file_containing_symbol="a.M")] * 2)
        first, second = await many(service, method.path, asked)
        assert len(first.file_descriptor_response.file_descriptor_proto) == 2
        assert len(second.file_descriptor_response.file_descriptor_proto) == 1

    async def echo(self, request: Any) -> Any:
        return request

    async def test_extensions(self, method: Any) -> None:
        file = FileDescriptorProto(name="e.proto", package="e", syntax="proto2")
        file.message_type.add(name="Base").extension_range.add(start=100, end=200)
        file.extension.add(name="x", number=100, type=schema.STRING, label=1, extendee=".e.Base")
        file.service.add(name="S").method.append(schema.method("M", ".e.Base", ".e.Base"))
        service = Service({"M": self.echo}, FileDescriptorSet(file=[file]))
        wanted = {"containing_type": "e.Base", "extension_number": 100}
        asked = said(
            method.request(file_containing_extension=wanted),
            method.request(all_extension_numbers_of_type="e.Base"),
            method.request(file_containing_extension=wanted | {"extension_number": 101}),
        )
        found, numbers, missing = await many(service, method.path, asked)
        (told,) = found.file_descriptor_response.file_descriptor_proto
        assert FileDescriptorProto.FromString(told).extension == file.extension
        assert list(numbers.all_extension_numbers_response.extension_number) == [100]
        assert missing.error_response.error_code == Code.NOT_FOUND

    @pytest.mark.parametrize(
        ("question", "code"),
        [
            ({"file_by_filename": "x"}, Code.NOT_FOUND),
            ({"file_containing_symbol": "x"}, Code.NOT_FOUND),
            ({"all_extension_numbers_of_type": "x"}, Code.NOT_FOUND),
            ({}, Code.INVALID_ARGUMENT),
        ],
    )
    async def test_what_isnt_there(self, method: Any, question: dict[str, Any], code: Code) -> None:
        answer, after = await self.ask(method, question, {"list_services": ""})
        assert answer.error_response.error_code == code
        assert after.list_services_response.service


def test_refused() -> None:
    assert Refused("NOT_FOUND").message == "NOT_FOUND"
    assert Refused(Code.ABORTED, "no").code is Code.ABORTED
    with pytest.raises(KeyError):
        Refused("NO_SUCH_CODE")
    with pytest.raises(ValueError, match="OK"):
        Refused("OK")
