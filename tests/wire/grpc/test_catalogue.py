from __future__ import annotations

import itertools
import types
from typing import Any

import pytest
from google.protobuf import any_pb2, timestamp_pb2
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet

from netloom.contents.service import loom
from netloom.errors import RemoteProtocolError
from netloom.wire.grpc import catalogue, schema
from netloom.wire.grpc.catalogue import Catalogue
from tests.fuzzing import hammer

TEXT, ONE = FieldDescriptorProto.TYPE_STRING, FieldDescriptorProto.LABEL_OPTIONAL


def chain(*names: str, closed: bool = False) -> list[FileDescriptorProto]:
    """Files each of which imports the next."""
    files = [FileDescriptorProto(name=name, package=name.removesuffix(".proto")) for name in names]
    for file, after in itertools.pairwise(files):
        file.dependency.append(after.name)
    if closed:
        files[-1].dependency.append(files[0].name)
    return files


def as_set(files: list[FileDescriptorProto]) -> bytes:
    return FileDescriptorSet(file=files).SerializeToString()


def extended() -> Catalogue:
    """proto2, with something to extend, and an extension within a message."""
    file = FileDescriptorProto(name="e.proto", package="e", syntax="proto2")
    base = file.message_type.add(name="Base")
    base.extension_range.add(start=100, end=200)
    nested = FieldDescriptorProto(name="inner", number=101, type=TEXT, label=ONE, extendee=".e.Base")
    file.message_type.add(name="Holder").extension.append(nested)
    file.extension.append(
        FieldDescriptorProto(
            name="outer", number=100, type=FieldDescriptorProto.TYPE_INT32, label=ONE, extendee=".e.Base"
        )
    )
    file.enum_type.add(name="Colour").value.add(name="RED", number=0)
    return Catalogue.of_protos([file])


class TestMethods:
    def test_by_path(self) -> None:
        known = loom.catalogue()
        method = known.method("/netloom.Loom/Chat")
        assert method is not None
        assert method is known.method("/netloom.Loom/Chat")
        assert (method.service, method.name, method.path) == ("netloom.Loom", "Chat", "/netloom.Loom/Chat")
        assert method.request is method.response

    @pytest.mark.parametrize(
        "path", ["", "/", "netloom.Loom/Chat", "/netloom.Loom", "/netloom.Loom/", "/netloom.Loom/echo", "//", "/a/b/c"]
    )
    def test_what_isnt_there(self, path: str) -> None:
        assert loom.catalogue().method(path) is None

    def test_kinds(self) -> None:
        kinds = {method.name: method.kind for method in loom.catalogue().methods()}
        assert kinds == {
            "Echo": "unary", "Count": "server streaming", "Sum": "client streaming", "Chat": "both streaming",
        }  # fmt: skip
        assert list(loom.catalogue().methods("no.Such")) == []


class TestSources:
    def test_a_module(self) -> None:
        found = Catalogue.of_modules([timestamp_pb2, any_pb2])
        assert set(found.files) == {"google/protobuf/timestamp.proto", "google/protobuf/any.proto"}
        with pytest.raises(RemoteProtocolError):
            Catalogue.of_modules([types.ModuleType("x")])

    def test_a_set_in_any_order(self) -> None:
        files = [file for name in ("b", "a", "c") for file in chain(f"{name}.proto")]
        files[1].dependency.extend(["c.proto", "b.proto"])
        for order in (files, files[::-1], [*files, files[0]]):
            assert set(Catalogue.of_set(as_set(order)).files) == {"a.proto", "b.proto", "c.proto"}

    def test_a_long_chain(self) -> None:
        assert len(Catalogue.of_protos(chain(*[f"f{number}.proto" for number in range(1000)])).files) == 1000

    @pytest.mark.parametrize(
        "octets",
        [
            b"",
            b"\xff",
            b"\x0a\xff\xff\xff\xff\x0f",
            as_set(chain("a.proto", "b.proto")[:1]),
            as_set(chain("a.proto", "b.proto", closed=True)),
            as_set(chain("a.proto", closed=True)),
            as_set([schema.file("a.proto", "a", [schema.message("M", schema.field("f", 1, ".no.Such"))])]),
            as_set([schema.file("a.proto", "a", [schema.message("M"), schema.message("M")])]),
            as_set([schema.file("a.proto", "a", [schema.message("M", schema.field("f", 0, schema.STRING))])]),
            as_set(chain(*[f"f{number}.proto" for number in range(catalogue.FILES + 1)])),
        ],
        ids=["empty", "junk", "cut", "missing", "circle", "itself", "type", "twice", "zero", "many"],
    )
    def test_what_doesnt_fit(self, octets: bytes) -> None:
        with pytest.raises(RemoteProtocolError):
            Catalogue.of_set(octets)

    def test_too_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(catalogue, "SIZE", 10)
        with pytest.raises(RemoteProtocolError, match="10 bytes"):
            Catalogue.of_set(bytes(11))

    def test_both(self) -> None:
        both = loom.catalogue() | schema.known()
        assert "netloom.Loom" in both.services
        assert schema.HEALTH in both.services

    def test_hostile_octets(self) -> None:
        files = [FileDescriptorProto.FromString(file.serialized_pb) for file in schema.known().files.values()]

        def read(octets: bytes) -> None:
            found = Catalogue.of_set(octets)
            assert isinstance(found.symbols, dict)
            assert isinstance(found.extensions, dict)
            for method in found.methods():
                made: Any = method.request
                made()

        hammer(read, [as_set(files[:1]), as_set(files[1:])], count=2000)


class TestReflection:
    def test_symbols(self) -> None:
        known = loom.catalogue()
        names = ("netloom.Loom", "netloom.Loom.Echo", "netloom.Thread", "netloom.Thread.text")
        assert {known.symbols[name].name for name in names} == {"netloom/loom.proto"}
        assert "netloom" not in known.symbols

    def test_nested_ones(self) -> None:
        symbols = schema.known().symbols
        assert "grpc.health.v1.HealthCheckResponse.ServingStatus" in symbols
        assert "grpc.health.v1.HealthListResponse.StatusesEntry" in symbols

    def test_extensions(self) -> None:
        known = extended()
        assert set(known.extensions["e.Base"]) == {100, 101}
        assert {"e.outer", "e.Holder.inner", "e.Colour"} <= set(known.symbols)

    def test_imports(self) -> None:
        known = Catalogue.of_protos(chain("a.proto", "b.proto", "c.proto"))
        assert [file.name for file in known.with_imports(known.files["a.proto"])] == ["a.proto", "b.proto", "c.proto"]
        assert [file.name for file in known.with_imports(known.files["c.proto"])] == ["c.proto"]
        assert catalogue.proto_of(known.files["c.proto"]).startswith(b"\x0a\x07c.proto")
