"""grpcio on 127.0.0.1: its server and its client, as tests/interop/test_grpc.py meets them."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from concurrent import futures
from typing import TYPE_CHECKING, Any

import grpc  # type: ignore[import-untyped]  # they have no types
from google.protobuf import descriptor_pool
from grpc_health.v1 import health, health_pb2, health_pb2_grpc  # type: ignore[import-untyped]
from grpc_reflection.v1alpha import reflection  # type: ignore[import-untyped]
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (  # type: ignore[import-untyped]
    ProtoReflectionDescriptorDatabase,
)

from tests.interop.grpc_peers import AUTHORITY, BIG, CERTIFICATE, METHODS, OCTETS, WORDS, Number, Range, Thread, Total

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.interop.grpc_peers import Heard


def _handlers() -> Any:
    def echo(request: Any, context: Any) -> Any:
        if request.text == "refuse":
            context.abort(grpc.StatusCode.NOT_FOUND, WORDS)
        given = dict(context.invocation_metadata())
        context.send_initial_metadata([("x-loom", given.get("x-loom", ""))])
        context.set_trailing_metadata([("loom-bin", given.get("loom-bin", b""))])
        if request.text == "wait":
            over = threading.Event()
            context.add_callback(over.set)
            over.wait(30)
        return request

    def count(request: Any, context: Any) -> Any:
        yield from (Number(value=value) for value in range(request.first, request.last + 1))

    def total(requests: Any, context: Any) -> Any:
        numbers = [request.value for request in requests]
        return Total(count=len(numbers), sum=sum(numbers))

    def chat(requests: Any, context: Any) -> Any:
        for request in requests:
            if request.text == "abort":
                context.abort(grpc.StatusCode.ABORTED, "as asked")
            yield request

    functions = {"Echo": echo, "Count": count, "Sum": total, "Chat": chat}
    return grpc.method_handlers_generic_handler(
        "netloom.Loom",
        {
            name: getattr(grpc, f"{kind}_rpc_method_handler")(
                functions[name], request_deserializer=takes.FromString, response_serializer=gives.SerializeToString
            )
            for name, (kind, takes, gives) in METHODS.items()
        },
    )


@contextlib.asynccontextmanager
async def grpcio_server(folder: Path | None = None) -> AsyncIterator[str]:
    """grpcio's server with health and reflection (v1alpha); with a folder over TLS."""
    server = grpc.server(
        futures.ThreadPoolExecutor(8), options=[("grpc.so_reuseport", 0)], compression=grpc.Compression.Gzip
    )
    server.add_generic_rpc_handlers((_handlers(),))
    well = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(well, server)
    well.set("", health_pb2.HealthCheckResponse.SERVING)
    well.set("netloom.Down", health_pb2.HealthCheckResponse.NOT_SERVING)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(OCTETS)
    reflection.enable_server_reflection(("netloom.Loom", reflection.SERVICE_NAME), server, pool=pool)
    if folder is None:
        port = server.add_insecure_port("127.0.0.1:0")
    else:
        pair = (CERTIFICATE.key_pem, CERTIFICATE.cert_pem)
        port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair]))
    server.start()
    try:
        yield f"grpc{'s' if folder else ''}://127.0.0.1:{port}"
    finally:
        await asyncio.to_thread(server.stop(None).wait)


async def grpcio_client(place: str, folder: Path | None) -> Heard:
    """grpcio's client, in a thread of its own; with a folder over TLS."""
    return await asyncio.to_thread(_dialogue, place, folder is not None)


def _channel(place: str, secure: bool) -> Any:
    if not secure:
        return grpc.insecure_channel(place)
    return grpc.secure_channel(place, grpc.ssl_channel_credentials(AUTHORITY.certificate_pem))


def _dialogue(place: str, secure: bool) -> Heard:
    with _channel(place, secure) as channel:
        call = {
            name: getattr(channel, kind)(
                f"/netloom.Loom/{name}",
                request_serializer=takes.SerializeToString,
                response_deserializer=gives.FromString,
            )
            for name, (kind, takes, gives) in METHODS.items()
        }
        given = [("x-loom", "weft"), ("loom-bin", b"\0\xff\n")]
        reply, ended = call["Echo"].with_call(Thread(text="hällo"), metadata=given, compression=grpc.Compression.Gzip)
        came = dict(ended.initial_metadata()) | dict(ended.trailing_metadata())
        heard: Heard = {
            "echo": reply.text,
            "metadata": {"x-loom": came["x-loom"], "loom-bin": came["loom-bin"].hex()},
            "count": [number.value for number in call["Count"](Range(first=1, last=3))],
            "chat": [thread.text for thread in call["Chat"](iter([Thread(text=text) for text in "abc"]))],
            "big": len(call["Echo"](Thread(text="x" * BIG)).text),
        }
        total = call["Sum"](iter([Number(value=value) for value in (1, 2, 3)]))
        heard["sum"] = [total.count, total.sum]
        heard["refused"] = list(_failure(lambda: call["Echo"](Thread(text="refuse"))))
        heard["deadline"] = _failure(lambda: call["Echo"](Thread(text="wait"), timeout=0.3))[0]
        one: list[str] = []
        replies = call["Chat"](iter([Thread(text="one"), Thread(text="abort")]))
        code, _ = _failure(lambda: one.extend(thread.text for thread in replies))
        heard["midway"] = [one, code]
        unknown = channel.unary_unary("/netloom.Loom/Nothing", request_serializer=bytes, response_deserializer=bytes)
        heard["unknown"] = _failure(lambda: unknown(b""))[0]
        checked = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service="netloom.Loom"))
        heard["health"] = health_pb2.HealthCheckResponse.ServingStatus.Name(checked.status)
        return heard


def _failure(work: Any) -> tuple[str, str]:
    try:
        work()
    except grpc.RpcError as error:
        told: Any = error
        return told.code().name, told.details()
    return "OK", ""


def grpcio_reflection(place: str) -> tuple[list[str], list[str]]:
    """The services that grpcio's reflection client finds (it asks v1alpha), and the methods of netloom.Loom."""
    with grpc.insecure_channel(place) as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        pool = descriptor_pool.DescriptorPool(database)
        found = pool.FindServiceByName("netloom.Loom")
        return sorted(database.get_services()), [method.name for method in found.methods]


def grpcio_cancels(place: str) -> None:
    """Begin an endless call, hear the first reply, and give the rest up."""
    with grpc.insecure_channel(place) as channel:
        count = channel.unary_stream(
            "/netloom.Loom/Count", request_serializer=Range.SerializeToString, response_deserializer=Number.FromString
        )
        replies = count(Range(first=1, last=2, pause=3000.0))
        assert next(replies).value == 1
        replies.cancel()
