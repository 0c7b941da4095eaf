"""grpclib on 127.0.0.1, as a program: `serve PORT [FOLDER]`, or `ask PORT [FOLDER]`; with a folder over TLS."""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from pathlib import Path
from typing import Any

import grpclib
from google.protobuf import descriptor_pool
from grpclib.client import Channel
from grpclib.const import Cardinality, Handler, Status
from grpclib.health.check import ServiceStatus
from grpclib.health.service import OVERALL, Health
from grpclib.health.v1 import health_pb2
from grpclib.reflection.service import ServerReflection
from grpclib.server import Server

from tests.interop.grpc_peers import BIG, METHODS, OCTETS, WORDS, Heard, Number, Range, Thread, Total


class _Loom:
    async def echo(self, stream: Any) -> None:
        request = await stream.recv_message()
        if request.text == "refuse":
            raise grpclib.GRPCError(Status.NOT_FOUND, WORDS)
        given = stream.metadata
        await stream.send_initial_metadata(metadata={name: given[name] for name in ("x-loom",) if name in given})
        await stream.send_message(request)
        await stream.send_trailing_metadata(metadata={name: given[name] for name in ("loom-bin",) if name in given})

    async def count(self, stream: Any) -> None:
        request = await stream.recv_message()
        for value in range(request.first, request.last + 1):
            await stream.send_message(Number(value=value))

    async def total(self, stream: Any) -> None:
        numbers = [message.value async for message in stream]
        await stream.send_message(Total(count=len(numbers), sum=sum(numbers)))

    async def chat(self, stream: Any) -> None:
        async for message in stream:
            if message.text == "abort":
                raise grpclib.GRPCError(Status.ABORTED, "as asked")
            await stream.send_message(message)

    def __mapping__(self) -> dict[str, Handler]:
        functions = {"Echo": self.echo, "Count": self.count, "Sum": self.total, "Chat": self.chat}
        return {
            f"/netloom.Loom/{name}": Handler(functions[name], Cardinality[kind.upper()], takes, gives)
            for name, (kind, takes, gives) in METHODS.items()
        }


async def serve(port: int, folder: str) -> None:
    """Until it is ended."""
    status = ServiceStatus()
    status.set(True)
    descriptor_pool.Default().AddSerializedFile(OCTETS)  # grpclib's reflection knows no other pool
    server = Server(ServerReflection.extend([_Loom(), Health({OVERALL: [status]})]))
    tls = None
    if folder:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(Path(folder, "cert.pem"), Path(folder, "key.pem"))
        tls.set_alpn_protocols(["h2"])
    await server.start("127.0.0.1", port, ssl=tls)
    await server.wait_closed()


async def ask(port: int, folder: str) -> None:
    """Have the dialogue, and print what was heard."""
    tls = None
    if folder:
        tls = ssl.create_default_context(cafile=str(Path(folder, "ca.pem")))
        tls.set_alpn_protocols(["h2"])
    channel = Channel("127.0.0.1", port, ssl=tls)
    try:
        print(json.dumps(await _dialogue(channel)))
    finally:
        channel.close()


async def _dialogue(channel: Channel) -> Heard:
    def request(name: str, **more: Any) -> Any:
        kind, takes, gives = METHODS[name]
        return channel.request(f"/netloom.Loom/{name}", Cardinality[kind.upper()], takes, gives, **more)

    async def talk(name: str, *messages: Any, into: list[Any] | None = None, **more: Any) -> list[Any]:
        replies = into if into is not None else []
        async with request(name, **more) as stream:
            for number, message in enumerate(messages, 1):
                await stream.send_message(message, end=number == len(messages))
            async for reply in stream:
                replies.append(reply)
        return replies

    async def failure(name: str, *messages: Any, **more: Any) -> list[str]:
        try:
            await talk(name, *messages, **more)
        except grpclib.GRPCError as error:
            return [error.status.name, error.message or ""]
        except TimeoutError:
            return ["DEADLINE_EXCEEDED", ""]
        return ["OK", ""]

    async with request("Echo", metadata={"x-loom": "weft", "loom-bin": b"\0\xff\n"}) as stream:
        await stream.send_message(Thread(text="hällo"), end=True)
        reply = await stream.recv_message()
        await stream.recv_trailing_metadata()
        came = dict(stream.initial_metadata) | dict(stream.trailing_metadata)
    chat: list[str] = []
    async with request("Chat") as stream:
        for text in "abc":  # each is answered before the next is said
            await stream.send_message(Thread(text=text), end=text == "c")
            chat.append((await stream.recv_message()).text)
        await stream.recv_trailing_metadata()
    one: list[Any] = []
    aborted = await failure("Chat", Thread(text="one"), Thread(text="abort"), into=one)
    (total,) = await talk("Sum", *[Number(value=value) for value in (1, 2, 3)])
    METHODS["Nothing"] = METHODS["Echo"]
    try:
        unknown = await failure("Nothing", Thread())
    finally:
        del METHODS["Nothing"]
    checked = channel.request(
        "/grpc.health.v1.Health/Check",
        Cardinality.UNARY_UNARY,
        health_pb2.HealthCheckRequest,
        health_pb2.HealthCheckResponse,
    )
    async with checked as stream:
        await stream.send_message(health_pb2.HealthCheckRequest(service="netloom.Loom"), end=True)
        well: Any = await stream.recv_message()
        await stream.recv_trailing_metadata()
    return {
        "echo": reply.text,
        "metadata": {"x-loom": came["x-loom"], "loom-bin": came["loom-bin"].hex()},
        "count": [number.value for number in await talk("Count", Range(first=1, last=3))],
        "sum": [total.count, total.sum],
        "chat": chat,
        "refused": await failure("Echo", Thread(text="refuse")),
        "midway": [[thread.text for thread in one], aborted[0]],
        "deadline": (await failure("Echo", Thread(text="wait"), timeout=0.3))[0],
        "unknown": unknown[0],
        "big": len((await talk("Echo", Thread(text="x" * BIG)))[0].text),
        "health": health_pb2.HealthCheckResponse.ServingStatus.Name(well.status),
    }


if __name__ == "__main__":
    what, given, *rest = sys.argv[1:]
    asyncio.run({"serve": serve, "ask": ask}[what](int(given), *rest))
