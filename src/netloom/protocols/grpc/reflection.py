"""Asking a server what it has: services, and the descriptors they are made of (grpc.reflection.v1, else v1alpha)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.message import DecodeError

from netloom.errors import PeerRefused, RemoteProtocolError, Unsupported
from netloom.protocols.grpc.refusal import NotHere
from netloom.wire.grpc import schema, values
from netloom.wire.grpc.catalogue import FILES, SIZE, Catalogue
from netloom.wire.grpc.status import RULE, Code

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.protocols.grpc.channel import Channel
    from netloom.wire.grpc.catalogue import Method

_SERVICES = 10_000
_METHOD = "ServerReflectionInfo"


class Reflection:
    """What one server tells of itself. `version` is the reflection's own, once something was asked."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._method: Method | None = None
        self._files: dict[str, FileDescriptorProto] = {}
        self._size = 0

    @property
    def version(self) -> str:
        """v1, v1alpha, or nothing."""
        return self._method.service.split(".")[2] if self._method is not None else ""

    async def services(self) -> list[str]:
        """The services' names. Raises Unsupported where the server doesn't tell."""
        (answer,) = await self._ask({"list_services": "*"})
        listed = answer.list_services_response.service
        if len(listed) > _SERVICES:
            raise RemoteProtocolError(f"more than {_SERVICES} services", rule=RULE)
        return [service.name for service in listed]

    async def catalogue(self, symbol: str) -> Catalogue:
        """The descriptors of a service or a type with all that they need. Raises Unsupported, PeerRefused."""
        wanted: list[dict[str, str]] = [{"file_containing_symbol": symbol}]
        while wanted:
            for answer in await self._ask(*wanted):
                self._take(answer)
            missing = {name for file in self._files.values() for name in file.dependency if name not in self._files}
            wanted = [{"file_by_filename": name} for name in sorted(missing)]
        return Catalogue.of_protos(self._files.values())

    def _take(self, answer: Any) -> None:
        before = len(self._files)
        for octets in answer.file_descriptor_response.file_descriptor_proto:
            self._size += len(octets)
            if self._size > SIZE or len(self._files) > FILES:
                raise RemoteProtocolError("the server tells more descriptors than anything could need", rule=RULE)
            try:
                file = FileDescriptorProto.FromString(octets)
            except (DecodeError, ValueError) as error:
                raise RemoteProtocolError(f"that is no descriptor of a file: {error}", rule=RULE) from None
            self._files.setdefault(file.name, file)
        asked = answer.original_request.file_by_filename
        if asked and asked not in self._files and len(self._files) == before:
            raise RemoteProtocolError(f"the file {asked[:100]} was asked for, and another came", rule=RULE)

    async def _ask(self, *questions: dict[str, str]) -> list[Any]:
        """The answers to these questions, in one dialogue. Raises Unsupported, PeerRefused, RemoteProtocolError."""
        methods = [known for known in schema.known().methods() if known.name == _METHOD]
        for method in methods if self._method is None else [self._method]:
            try:
                answers = await self._converse(method, questions)
            except NotHere:
                continue
            self._method = method
            return answers
        raise Unsupported(
            "the server doesn't tell of its services: it has no reflection",
            hint="-O descriptors=FILE names them: protoc --include_imports --descriptor_set_out=FILE",
        )

    async def _converse(self, method: Method, questions: tuple[dict[str, str], ...]) -> list[Any]:
        async def asked() -> AsyncIterator[bytes]:
            for question in questions:
                yield values.emit(values.from_json(question, method.request))

        conversation = await self._channel.begin(method.path, asked())
        answers: list[Any] = []
        async for octets in conversation.messages():
            answer: Any = values.parse(method.response, octets)
            if answer.WhichOneof("message_response") == "error_response":
                said = answer.error_response
                code = Code(said.error_code) if said.error_code in list(Code) else Code.UNKNOWN
                raise PeerRefused(
                    f"reflection: {code.name}: {said.error_message[:500]}",
                    code=code.name,
                    text=said.error_message[:500],
                    hint="netloom list shows what there is",
                )
            answers.append(answer)
            if len(answers) > len(questions):
                raise RemoteProtocolError("reflection answers more than was asked", rule=RULE)
        if len(answers) < len(questions):
            raise RemoteProtocolError("reflection answers less than was asked", rule=RULE)
        return answers
