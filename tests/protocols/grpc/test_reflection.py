from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from netloom.contents.service import Service, loom
from netloom.errors import PeerRefused, RemoteProtocolError, Unsupported
from netloom.protocols.grpc import reflection
from netloom.wire.grpc import catalogue, schema, values
from tests.protocols.grpc.stage import answering, framed, serving, status

V1: Any = schema.known().method("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")
LOOM = loom.catalogue().files["netloom/loom.proto"].serialized_pb
UNKNOWN = status(code="12")


def said(**fields: Any) -> Any:
    """An answer of a server's reflection."""
    return status(body=framed(values.emit(V1.response(**fields))))


def files(*octets: bytes) -> Any:
    return said(file_descriptor_response={"file_descriptor_proto": list(octets)})


def importing(name: str, *names: str) -> FileDescriptorProto:
    file = FileDescriptorProto(name=name, package="p", syntax="proto3")
    file.dependency.extend(names)
    return file


async def test_versions() -> None:
    async with answering(UNKNOWN, files(LOOM), status(body=framed(b"\x0a\x01a"))) as stage:
        talk = stage.attempt()
        async with talk:
            client: Any = talk.client
            assert (await client.run('netloom.Loom/Echo {"text": "a"}')).value == {"text": "a"}
            assert client.reflection.version == "v1alpha"
        assert talk.error is None


async def test_none() -> None:
    async with answering(UNKNOWN, UNKNOWN) as stage:
        with pytest.raises(Unsupported, match="no reflection") as refused:
            await stage.run("netloom.Loom/Echo")
        assert "descriptors" in refused.value.hint


async def test_imports_are_asked_for() -> None:
    """A server may send a file without what it imports."""
    base = importing("base.proto")
    base.message_type.add(name="M")
    top = importing("top.proto", "base.proto")
    top.service.append(schema.service("S", schema.method("Go", ".p.M", ".p.M")))
    answers = (files(top.SerializeToString()), files(base.SerializeToString()), status(body=framed(b"")))
    async with answering(*answers) as stage:
        assert (await stage.run("p.S/Go")).value == {}


async def test_well_known_types_and_several_files() -> None:
    from google.protobuf import any_pb2, timestamp_pb2

    top = importing("top.proto", "google/protobuf/any.proto", "google/protobuf/timestamp.proto")
    kinds = (".google.protobuf.Timestamp", ".google.protobuf.Any")
    top.service.append(schema.service("S", schema.method("Go", *kinds)))
    imported = [FileDescriptorProto.FromString(each.DESCRIPTOR.serialized_pb) for each in (any_pb2, timestamp_pb2)]

    async def go(request: Any) -> Any:
        return {"@type": "type.googleapis.com/google.protobuf.Timestamp", "value": request.ToJsonString()}

    async with serving(Service({"Go": go}, FileDescriptorSet(file=[top, *imported]))) as stage:
        assert (await stage.run('p.S/Go "2026-11-21T00:00:00Z"')).value == {
            "@type": "type.googleapis.com/google.protobuf.Timestamp",
            "value": "2026-11-21T00:00:00Z",
        }


@pytest.mark.parametrize(
    "answer",
    [
        files(b"\xff"),
        files(LOOM[:-5]),
        files(importing("a.proto", "a.proto").SerializeToString()),
        said(),
        said(list_services_response={"service": []}),
        status(body=framed(values.emit(V1.response())) * 2),
        status(body=b""),
        status(body=framed(b"\xff")),
    ],
    ids=["junk", "cut", "circle", "nothing", "services", "twice", "none", "message"],
)
async def test_wrongly(answer: Any) -> None:
    async with answering(answer) as stage:
        with pytest.raises((RemoteProtocolError, Unsupported)):
            await stage.run("netloom.Loom/Echo")


@pytest.mark.parametrize(("count", "words"), [(0, "less than"), (2, "more than")])
async def test_as_many_answers_as_questions(count: int, words: str) -> None:
    told = {"file_descriptor_proto": [LOOM]}
    answer = framed(values.emit(V1.response(file_descriptor_response=told)))
    async with answering(status(body=answer * count)) as stage:
        with pytest.raises(RemoteProtocolError, match=words):
            await stage.run("netloom.Loom/Echo")


async def test_a_file_that_imports_what_never_comes() -> None:
    missing = files(importing("a.proto", "b.proto").SerializeToString())
    other = said(
        original_request={"file_by_filename": "b.proto"},
        file_descriptor_response={"file_descriptor_proto": [importing("a.proto", "b.proto").SerializeToString()]},
    )
    async with answering(missing, other) as stage:
        with pytest.raises(RemoteProtocolError, match=r"b\.proto was asked for"):
            await stage.run("netloom.Loom/Echo")


async def test_files_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each imports another one."""
    monkeypatch.setattr(reflection, "FILES", 20)
    asked: list[int] = []

    async def answer(exchange: Any) -> None:
        number = len(asked)
        asked.append(number)
        await files(importing(f"{number}.proto", f"{number + 1}.proto").SerializeToString())(exchange)

    async with answering(*[answer] * 100) as stage:
        with pytest.raises(RemoteProtocolError, match="more descriptors"):
            await stage.run("netloom.Loom/Echo")
    assert len(asked) < 30


async def test_descriptors_of_too_many_octets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reflection, "SIZE", 100)
    async with answering(files(LOOM)) as stage:
        with pytest.raises(RemoteProtocolError, match="more descriptors"):
            await stage.run("netloom.Loom/Echo")
    assert catalogue.SIZE > 100


async def test_services_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reflection, "_SERVICES", 3)
    async with answering(said(list_services_response={"service": [{"name": "a"}] * 4})) as stage:
        with pytest.raises(RemoteProtocolError, match="3 services"):
            await stage.run("Echo")


async def test_an_error() -> None:
    async with answering(said(error_response={"error_code": 5, "error_message": "no such thing"})) as stage:
        with pytest.raises(PeerRefused, match="no such thing") as refused:
            await stage.run("netloom.Loom/Echo")
        assert refused.value.code == "NOT_FOUND"
    async with answering(said(error_response={"error_code": 99})) as stage:
        with pytest.raises(PeerRefused) as refused:
            await stage.run("netloom.Loom/Echo")
        assert refused.value.code == "UNKNOWN"
