"""gRPC, the client's side: methods by name with JSON in and out, by reflection or from a file of descriptors."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import AsyncIterable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from netloom.errors import NetloomError, RemoteProtocolError, UsageError
from netloom.protocols.grpc.channel import Channel, Conversation
from netloom.protocols.grpc.command import fitting, of_path, parse
from netloom.protocols.grpc.listing import fields_of, method_entry
from netloom.protocols.grpc.options import Options as GrpcOptions
from netloom.protocols.grpc.reflection import Reflection
from netloom.protocols.grpc.refusal import NotHere
from netloom.shapes import Entry, Reply
from netloom.wire.grpc import schema, values
from netloom.wire.grpc.catalogue import Catalogue

if TYPE_CHECKING:
    import builtins
    from collections.abc import AsyncGenerator, AsyncIterator, Iterable

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.wire.grpc.catalogue import Method
    from netloom.wire.grpc.metadata import Metadata

GATHERED = 64 << 20
"""Octets of replies that `run` gives as one value; `get` gives any number, as they come."""


class Client:
    """Calls methods. What they take and give is asked of the server, once a service, unless a file tells."""

    Options = GrpcOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: GrpcOptions) -> None:
        self.endpoint = endpoint
        self.options = options
        self._dial = dial
        self._opened: Channel | None = None
        self._asked: Reflection | None = None
        self._catalogue: Catalogue | None = None

    # Verbs

    async def run(self, command: str) -> Reply:
        """Call `Service/Method`, with JSON values after it. The value is the reply, or a list of them if they stream.

        Raises UsageError for values that don't fit; PeerRefused, Unauthenticated, Unsupported, DeadlineExceeded for
        a status other than OK.
        """
        place, asked = parse(command)
        service, name = await self._named(place)
        method = await self.method(service, name)
        conversation = await self.converse(method, fitting(method, asked))
        if not method.server_streaming:
            return await self._single(method, conversation)
        gathered: list[Any] = []
        size = 0
        async for reply in (replies := self._replies(method, conversation, self.options.count)):
            gathered.append(reply)
            size += len(json.dumps(reply))
            if size > GATHERED:
                await replies.aclose()
                raise RemoteProtocolError(
                    f"more than {GATHERED} bytes of replies", hint="-O count=NUMBER, or get --save FILE"
                )
        return Reply(_meta(conversation), value=gathered)

    async def get(self, path: str) -> Reply:
        """Call the method that the path names with the query's `json`: a value, or lines of JSON if they stream."""
        service, name = of_path(path or self.endpoint.path)
        if not name:
            raise UsageError(
                "a method is needed", hint=f"{self.endpoint.scheme}://{self.endpoint.authority}/SERVICE/METHOD?json=…"
            )
        method = await self.method(service, name)
        query = parse_qs(self.endpoint.query, keep_blank_values=True)
        if set(query) - {"json"}:
            raise UsageError(f"the query has {', '.join(sorted(set(query) - {'json'}))}; it may have json=VALUE")
        asked = [value for text in query.get("json", []) for value in values.read_values(text)]
        conversation = await self.converse(method, fitting(method, asked))
        if not method.server_streaming:
            return await self._single(method, conversation)
        return Reply({"headers": shown(conversation.headers)}, body=self._lines(method, conversation))

    async def list(self, path: str) -> AsyncIterator[Entry]:
        """The services; of one its methods; of a method the fields that it takes."""
        service, name = of_path(path or self.endpoint.path)
        if not service:
            for each in await self.services():
                yield Entry(name=each, path=f"/{each}", kind="service")
        elif not name:
            for method in (await self.catalogue(service)).methods(service):
                yield method_entry(method)
        else:
            for entry in fields_of((await self.method(service, name)).descriptor.input_type):
                yield entry

    async def close(self) -> None:
        """Hang up."""
        if self._opened is not None:
            await self._opened.close()

    # For Python, and the probe

    async def call(self, method: Method, asked: Iterable[Any] | AsyncIterable[Any]) -> AsyncIterator[Any]:
        """The replies as JSON values while `asked` still gives values to send: both sides may stream."""
        conversation = await self.converse(method, asked)
        async with contextlib.aclosing(self._replies(method, conversation)) as replies:
            async for reply in replies:
                yield reply

    async def converse(self, method: Method, asked: Iterable[Any] | AsyncIterable[Any]) -> Conversation:
        """Begin a call with JSON values, all of which are checked before the first is sent unless they come by and by.

        Raises UsageError, and what a refused call raises.
        """
        if isinstance(asked, AsyncIterable):
            return await self._channel().begin(method.path, self._sent(method, asked))
        made = [self._octets(method, value) for value in asked]
        if method.client_streaming:
            return await self._channel().begin(method.path, _each(made))
        return await self._channel().begin(method.path, made[0])

    async def method(self, service: str, name: str) -> Method:
        """The method of a service. Raises UsageError for one that isn't there, with those that are."""
        catalogue = await self.catalogue(service)
        found = catalogue.method(f"/{service}/{name}")
        if found is None:
            there = [method.name for method in catalogue.methods(service)]
            raise self._missing(f"{service} has no method {name!r}", there)
        return found

    async def catalogue(self, service: str) -> Catalogue:
        """The descriptors of a service: of the file where one is named, or as the server tells. Raises UsageError."""
        if self.options.descriptors:
            found = self._from_file()
            if service not in found.services:
                raise self._missing(f"{self.options.descriptors} has no service {service!r}", found.services)
            return found
        if self._catalogue is None or service not in self._catalogue.services:
            known = schema.known()
            told = known if service in known.services else await self.reflection.catalogue(service)
            self._catalogue = told
            if service not in told.services:
                raise self._missing(f"{service} is no service")
        return self._catalogue

    async def services(self) -> builtins.list[str]:
        """The names of all services."""
        return list(self._from_file().services) if self.options.descriptors else await self.reflection.services()

    @property
    def reflection(self) -> Reflection:
        """What the server tells of itself."""
        if self._asked is None:
            self._asked = Reflection(self._channel())
        return self._asked

    # Inside

    def _missing(self, words: str, there: Iterable[str] = ()) -> NetloomError:
        """What isn't in our own file is our mistake; what a server hasn't is its answer."""
        hint = f"it has {', '.join(there)}" if there else "netloom list shows what there is"
        return UsageError(words, hint=hint) if self.options.descriptors else NotHere(words, hint=hint)

    def _channel(self) -> Channel:
        if self._opened is None:
            self._opened = Channel(self._dial, self.endpoint, self.options)
        return self._opened

    def _from_file(self) -> Catalogue:
        if self._catalogue is None:
            path = self.options.descriptors
            try:
                self._catalogue = Catalogue.of_set(Path(path).read_bytes())
            except OSError as error:
                raise UsageError(f"descriptors {path} can't be read: {error.strerror}") from None
            except RemoteProtocolError as error:
                raise UsageError(f"descriptors {path}: {error.message}", hint=error.hint) from None
        return self._catalogue

    async def _named(self, place: str) -> tuple[str, str]:
        """Service and method of a command. The service may be the endpoint's, or the server's only one."""
        service, name = of_path(place)
        if not name and "." in service:
            service, _, name = service.rpartition(".")
        elif not name:
            service, name = of_path(self.endpoint.path)[0], service
        if not service:
            own = [each for each in await self.services() if each not in schema.known().services]
            if len(own) != 1:
                raise UsageError(f"{place}: of which service?", hint=f"SERVICE/{name}; services: {', '.join(own)}")
            service = own[0]
        return service, name

    async def _single(self, method: Method, conversation: Conversation) -> Reply:
        found = [reply async for reply in self._replies(method, conversation)]
        if len(found) != 1:
            raise RemoteProtocolError(f"{method.path} gives one reply, and {len(found)} came")
        return Reply(_meta(conversation), value=found[0])

    async def _replies(self, method: Method, conversation: Conversation, most: int = 0) -> AsyncGenerator[Any, None]:
        count = 0
        messages = conversation.messages()
        try:
            async for octets in messages:
                message = values.parse(method.response, octets)
                yield values.to_json(message, defaults=self.options.defaults, pool=method.pool)
                count += 1
                if count == most:
                    return
        finally:
            await messages.aclose()

    async def _lines(self, method: Method, conversation: Conversation) -> AsyncIterator[bytes]:
        async with contextlib.aclosing(self._replies(method, conversation, self.options.count)) as replies:
            async for reply in replies:
                yield json.dumps(reply, ensure_ascii=False).encode() + b"\n"

    def _octets(self, method: Method, value: Any) -> bytes:
        return values.emit(values.from_json(value, method.request, method.pool))

    async def _sent(self, method: Method, asked: AsyncIterable[Any]) -> AsyncIterator[bytes]:
        async for value in asked:
            yield self._octets(method, value)


async def _each(made: Iterable[bytes]) -> AsyncIterator[bytes]:
    for octets in made:
        yield octets


def _meta(conversation: Conversation) -> dict[str, Any]:
    return {"status": "OK", "headers": shown(conversation.headers), "trailers": shown(conversation.trailers)}


def shown(metadata: Metadata) -> dict[str, str]:
    """Metadata by name, as fields have it: those of one name joined by a comma, octets in base64."""
    made: dict[str, str] = {}
    for name, value in metadata:
        text = base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value
        made[name] = f"{made[name]}, {text}" if name in made else text
    return made
