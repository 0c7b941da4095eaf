"""What services are made of: files of descriptors, from a module, a file or a server, and the methods in them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from google.protobuf import descriptor_pb2, message_factory
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError

from netloom.errors import RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import ModuleType

    from google.protobuf.descriptor import (
        Descriptor,
        FieldDescriptor,
        FileDescriptor,
        MethodDescriptor,
        ServiceDescriptor,
    )
    from google.protobuf.message import Message

RULE = "Protocol Buffers, descriptors"
FILES = 2000
SIZE = 32 << 20
"""Files, and octets of them, that a set of descriptors may have."""
_MISTAKES = (TypeError, ValueError, KeyError, DecodeError, RecursionError, SystemError)


class Method:
    """A method of a service. `path` is what is asked for: /package.Service/Method."""

    def __init__(self, descriptor: MethodDescriptor) -> None:
        self.descriptor = descriptor
        self.name = descriptor.name
        self.service: str = descriptor.containing_service.full_name
        self.path = f"/{self.service}/{self.name}"
        self.client_streaming: bool = descriptor.client_streaming
        self.server_streaming: bool = descriptor.server_streaming

    @property
    def kind(self) -> str:
        """unary, client streaming, server streaming or both streaming."""
        if self.client_streaming:
            return "both streaming" if self.server_streaming else "client streaming"
        return "server streaming" if self.server_streaming else "unary"

    @property
    def pool(self) -> DescriptorPool:
        """Where the types are known that an Any may hold."""
        return self.descriptor.input_type.file.pool

    @functools.cached_property
    def request(self) -> type[Message]:
        """The class of what is sent."""
        return _class(self.descriptor.input_type)

    @functools.cached_property
    def response(self) -> type[Message]:
        """The class of what is answered."""
        return _class(self.descriptor.output_type)


def _class(descriptor: Descriptor) -> type[Message]:
    made: type[Message] = message_factory.GetMessageClass(descriptor)
    return made


class Catalogue:
    """Files of descriptors with all that they import, and the services in them."""

    def __init__(self, files: Iterable[FileDescriptor]) -> None:
        self.files: dict[str, FileDescriptor] = {}
        for file in files:
            self._take(file)
        self.services: Mapping[str, ServiceDescriptor] = {
            service.full_name: service for file in self.files.values() for service in file.services_by_name.values()
        }
        self._methods: dict[str, Method] = {}

    @classmethod
    def of_modules(cls, modules: Iterable[ModuleType]) -> Catalogue:
        """From `*_pb2` modules. Raises RemoteProtocolError for another kind of module."""
        found: list[Any] = []
        for module in modules:
            descriptor = getattr(module, "DESCRIPTOR", None)
            if not hasattr(descriptor, "services_by_name"):
                raise RemoteProtocolError(f"{module.__name__} is no module of Protocol Buffers", rule=RULE)
            found.append(descriptor)
        return cls(found)

    @classmethod
    def of_set(cls, octets: bytes) -> Catalogue:
        """From a FileDescriptorSet, as protoc writes it with --include_imports. Raises RemoteProtocolError."""
        if len(octets) > SIZE:
            raise RemoteProtocolError(f"descriptors of more than {SIZE} bytes", rule=RULE)
        found = descriptor_pb2.FileDescriptorSet()
        try:
            found.ParseFromString(octets)
        except (DecodeError, ValueError) as error:
            raise RemoteProtocolError(f"that is no set of descriptors: {error}", rule=RULE) from None
        if not found.file:
            raise RemoteProtocolError("a set of descriptors without any file", rule=RULE)
        return cls.of_protos(found.file)

    @classmethod
    def of_protos(cls, protos: Iterable[descriptor_pb2.FileDescriptorProto]) -> Catalogue:
        """From files in any order, of which each may come twice. Raises RemoteProtocolError for what doesn't fit."""
        try:
            by_name = {proto.name: proto for proto in protos}
            pool = DescriptorPool()
            for proto in _in_order(by_name):
                pool.Add(proto)
            return cls([pool.FindFileByName(name) for name in by_name])
        except RemoteProtocolError:
            raise
        except _MISTAKES as error:
            raise RemoteProtocolError(f"these descriptors don't fit together: {error}", rule=RULE) from None

    def __or__(self, other: Catalogue) -> Catalogue:
        """Both; where they share a file's name, this one's counts."""
        return Catalogue([*self.files.values(), *other.files.values()])

    def method(self, path: str) -> Method | None:
        """The method that /package.Service/Method means, if there is one."""
        known = self._methods.get(path)
        if known is None:
            before, _, rest = path.partition("/")
            service, _, name = rest.partition("/")
            found = self.services.get(service) if not before else None
            descriptor = found.methods_by_name.get(name) if found is not None else None
            if descriptor is None:
                return None
            known = self._methods[path] = Method(descriptor)
        return known

    def methods(self, service: str = "") -> Iterator[Method]:
        """The methods of one service, or of all."""
        for name, descriptor in self.services.items():
            if service in ("", name):
                for method in descriptor.methods:
                    known = self.method(f"/{name}/{method.name}")
                    if known is not None:
                        yield known

    # What reflection asks for

    @functools.cached_property
    def symbols(self) -> Mapping[str, FileDescriptor]:
        """Every full name that is defined, and its file."""
        found: dict[str, FileDescriptor] = {}
        for file in self.files.values():
            for name in _names(file):
                found.setdefault(name, file)
        return found

    @functools.cached_property
    def extensions(self) -> Mapping[str, Mapping[int, FileDescriptor]]:
        """The type that is extended, each extension's number, and its file."""
        found: dict[str, dict[int, FileDescriptor]] = {}
        for file in self.files.values():
            for extension in _extensions(file):
                extended: Any = extension.containing_type
                found.setdefault(extended.full_name, {})[extension.number] = file
        return found

    def with_imports(self, file: FileDescriptor) -> Iterator[FileDescriptor]:
        """A file, then all that it imports."""
        seen: set[str] = set()
        waiting = [file]
        while waiting:
            taken = waiting.pop(0)
            if taken.name not in seen:
                seen.add(taken.name)
                yield taken
                waiting += list(taken.dependencies)

    def _take(self, file: FileDescriptor) -> None:
        waiting = [file]
        while waiting:
            taken = waiting.pop()
            if taken.name not in self.files:
                self.files[taken.name] = taken
                waiting += list(taken.dependencies)


def _in_order(
    by_name: Mapping[str, descriptor_pb2.FileDescriptorProto],
) -> Iterator[descriptor_pb2.FileDescriptorProto]:
    """Each after what it imports. Raises RemoteProtocolError for a circle, a missing file, or too many of them."""
    if len(by_name) > FILES:
        raise RemoteProtocolError(f"more than {FILES} files of descriptors", rule=RULE)
    done: set[str] = set()
    for first in by_name:
        path = [first]
        while path:
            name = path[-1]
            if name in done:
                path.pop()
                continue
            missing = next((wanted for wanted in by_name[name].dependency if wanted not in done), None)
            if missing is None:
                done.add(name)
                yield by_name[name]
                path.pop()
            elif missing not in by_name:
                raise RemoteProtocolError(
                    f"{name} imports {missing}, which isn't there", rule=RULE, hint="protoc --include_imports"
                )
            elif missing in path:
                raise RemoteProtocolError(f"{missing} imports itself by way of {name}", rule=RULE)
            else:
                path.append(missing)


def proto_of(file: FileDescriptor) -> bytes:
    """A file's descriptor as octets."""
    octets: bytes = file.serialized_pb
    return octets


def _names(file: FileDescriptor) -> Iterator[str]:
    for service in file.services_by_name.values():
        yield service.full_name
        yield from (method.full_name for method in service.methods)
    yield from (enum.full_name for enum in file.enum_types_by_name.values())
    yield from (extension.full_name for extension in file.extensions_by_name.values())
    for message in _messages(file):
        yield message.full_name
        yield from (enum.full_name for enum in message.enum_types)
        yield from (field.full_name for field in message.fields)
        yield from (extension.full_name for extension in message.extensions)


def _messages(file: FileDescriptor) -> Iterator[Descriptor]:
    waiting: list[Any] = list(file.message_types_by_name.values())
    while waiting:
        message = waiting.pop(0)
        yield message
        waiting += message.nested_types


def _extensions(file: FileDescriptor) -> Iterator[FieldDescriptor]:
    yield from file.extensions_by_name.values()
    for message in _messages(file):
        yield from message.extensions
