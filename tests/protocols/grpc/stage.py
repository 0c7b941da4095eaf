"""A gRPC server in memory, attempts at it, and calls of it as plain requests of HTTP/2."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import msgspec

from netloom.accounts import Accounts
from netloom.contents.service import Service, loom
from netloom.endpoint import Endpoint
from netloom.links.dial import Dialler
from netloom.links.http.client import open_http
from netloom.links.http.h2_client import H2Connection
from netloom.links.http.messages import Headers, Request, Response, header
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.trace import Trace
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from netloom.wire.grpc import framing
from netloom.wire.grpc.framing import Deframer, Frame

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from netloom.attempts import Attempt
    from netloom.records import AccessRecord, Record

GRPC = (("content-type", "application/grpc"), ("te", "trailers"))
ECHO, COUNT, SUM, CHAT = (f"/netloom.Loom/{name}" for name in ("Echo", "Count", "Sum", "Chat"))


class Answered(msgspec.Struct, frozen=True):
    """What a plain request got: `frames` are the messages, `said` the fields that have the status."""

    response: Response
    frames: list[Frame]
    said: Headers

    @property
    def status(self) -> str | None:
        return header(self.said, "grpc-status")

    @property
    def words(self) -> str:
        return header(self.said, "grpc-message") or ""


class Stage:
    """`url` is where it listens; `records` are what peers did there."""

    def __init__(self, network: MemoryNetwork, service: Service) -> None:
        self.network = network
        self.service = service
        self.records: list[AccessRecord] = []
        self.serving: Serving
        self._toolbox = Toolbox(self._emit, network=network)

    @property
    def url(self) -> str:
        return str(self.serving.endpoint)

    async def _emit(self, record: Record) -> None:
        raise AssertionError(f"nobody asked for {record}")

    def attempt(self, place: str = "", **options: str) -> Attempt:
        endpoint = Endpoint.parse(self.url + place).with_options(options.items())
        return self._toolbox.attempt(endpoint, 1e6)

    async def run(self, command: str, place: str = "", **options: str) -> Any:
        """The reply to a command. Raises what the attempt ended with."""
        reply = None
        async with self.attempt(place, **options) as talk:
            client: Any = talk.client
            reply = await client.run(command)
        if talk.error is not None:
            raise talk.error
        return reply

    async def connection(self, **options: Any) -> H2Connection:
        """HTTP/2 without gRPC's client."""
        trace = Trace(self.network.clock)
        opened = await open_http(
            Dialler(self.network, self.serving.endpoint, LinkOptions(**options), trace), version="2-prior"
        )
        assert isinstance(opened, H2Connection)
        return opened

    async def ask(
        self, path: str, body: bytes | AsyncIterator[bytes], headers: Headers = GRPC, method: str = "POST"
    ) -> Answered:
        """One plain request, and all of the answer."""
        connection = await self.connection()
        try:
            request = Request(method=method, target=path, headers=headers, authority="a")
            answer = await connection.request(request, body)
            deframer = Deframer(1 << 24)
            frames = []
            if (header(answer.response.headers, "content-type") or "").startswith("application/grpc"):
                while piece := await answer.next():
                    frames += list(deframer.feed(piece))
                deframer.finish()
            trailers = answer.trailers
            said = trailers if header(trailers, "grpc-status") is not None else answer.response.headers
            return Answered(answer.response, frames, said)
        finally:
            await connection.close()


def framed(*messages: bytes) -> bytes:
    """Messages as they pass."""
    return b"".join(framing.emit(Frame(message)) for message in messages)


@contextlib.asynccontextmanager
async def serving(
    handlers: Mapping[str, Any] | Service | None = None, *, accounts: Accounts | None = None, **options: str
) -> AsyncIterator[Stage]:
    """One server: of these functions, by their names in netloom.Loom; without any the default service."""
    service = handlers if isinstance(handlers, Service) else Service(handlers, loom.catalogue())
    stage = Stage(MemoryNetwork(), service)
    endpoint = Endpoint.parse("grpc://127.0.0.1:0").with_options(options.items())
    stage.serving = Serving(
        [endpoint], [service], accounts or Accounts(), network=stage.network, report=stage.records.append
    )
    async with stage.serving:
        yield stage


@contextlib.asynccontextmanager
async def answering(*answers: Any) -> AsyncIterator[Stage]:
    """A server that isn't gRPC's: each request gets the next of these functions, which take the exchange."""
    from tests.links.http.lab import serving as place_of

    left = list(answers)

    async def handle(exchange: Any) -> None:
        await exchange.read(1 << 20)
        await left.pop(0)(exchange)

    async with place_of(handle) as place:
        network: Any = place.network
        stage = Stage(network, Service())
        stage.serving = _At(place.endpoint.replace(scheme="grpc"))  # type: ignore[assignment]  # where it is
        yield stage


class _At(msgspec.Struct):
    endpoint: Endpoint


def status(*said: tuple[str, str], body: bytes = b"", code: str = "0", first: Headers = GRPC[:1]) -> Any:
    """An answer with this body and this status, as `answering` has them."""

    async def answer(exchange: Any) -> None:
        await exchange.start(200, first)
        await exchange.send(body)
        await exchange.finish([("grpc-status", code), *said] if code else said)

    return answer
