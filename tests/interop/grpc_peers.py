"""Foreign gRPC on 127.0.0.1: what all peers have in common, grpc-js, and grpclib in a process of its own."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from netloom.contents.service import Call, Refused, loom
from netloom.links.authority import Authority
from tests.interop.peers import free_port, need, running, wait_for_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

AUTHORITY = Authority.create()
CERTIFICATE = AUTHORITY.issue(["localhost", "127.0.0.1"])
FILE = "netloom/loom.proto"
DESCRIPTORS = FileDescriptorSet()
OCTETS = loom.catalogue().files[FILE].serialized_pb
DESCRIPTORS.file.add().ParseFromString(OCTETS)
TYPES = {
    name: message_factory.GetMessageClass(kind)
    for name, kind in loom.catalogue().files[FILE].message_types_by_name.items()
}
Thread, Range, Number, Total = (TYPES[name] for name in ("Thread", "Range", "Number", "Total"))
METHODS = {
    "Echo": ("unary_unary", Thread, Thread),
    "Count": ("unary_stream", Range, Number),
    "Sum": ("stream_unary", Number, Total),
    "Chat": ("stream_stream", Thread, Thread),
}
WORDS = "nö: 100 % \n sure"
BIG = 1_000_000

_GRPCLIB = [sys.executable, "-m", "tests.interop.grpc_grpclib"]

Heard = dict[str, Any]
"""What a client heard in the dialogue that all of them have."""
EXPECTED: Heard = {
    "echo": "hällo",
    "metadata": {"x-loom": "weft", "loom-bin": "00ff0a"},
    "count": [1, 2, 3],
    "sum": [3, 6.0],
    "chat": ["a", "b", "c"],
    "refused": ["NOT_FOUND", WORDS],
    "midway": [["one"], "ABORTED"],
    "deadline": "DEADLINE_EXCEEDED",
    "unknown": "UNIMPLEMENTED",
    "big": BIG,
    "health": "SERVING",
}


def write_certificate(folder: Path) -> tuple[Path, Path, Path]:
    """The authority, and a certificate with its key for localhost and 127.0.0.1."""
    paths = folder / "ca.pem", folder / "cert.pem", folder / "key.pem"
    parts = AUTHORITY.certificate_pem, CERTIFICATE.cert_pem, CERTIFICATE.key_pem
    for path, content in zip(paths, parts, strict=True):
        path.write_bytes(content)
    return paths


class Tried:
    """Our own service, which says no where it is told so: what the foreign servers here do as well."""

    Count = loom.Loom.Count
    Sum = loom.Loom.Sum

    async def Echo(self, request: Any, call: Call) -> Any:  # noqa: N802  # the methods' names
        if request.text == "refuse":
            raise Refused("NOT_FOUND", WORDS)
        if request.text == "wait":
            await asyncio.Event().wait()
        call.headers += [pair for pair in call.metadata if pair[0] == "x-loom"]
        call.trailers += [pair for pair in call.metadata if pair[0] == "loom-bin"]
        return request

    async def Chat(self, requests: AsyncIterator[Any]) -> AsyncIterator[Any]:  # noqa: N802
        async for thread in requests:
            if thread.text == "abort":
                raise Refused("ABORTED", "as asked")
            yield thread


# grpclib: in a process of its own, as one process can't have its schemas and grpcio's


@contextlib.asynccontextmanager
async def grpclib_server(folder: Path | None = None) -> AsyncIterator[str]:
    """grpclib's server with health and reflection (v1 and v1alpha); with a folder over TLS."""
    port = free_port()
    with tempfile.TemporaryDirectory() as made:
        log = Path(made, "grpclib.log")
        with running([*_GRPCLIB, "serve", str(port), str(folder or "")], log) as process:
            await asyncio.to_thread(wait_for_port, process, log, port)
            yield f"grpc{'s' if folder else ''}://127.0.0.1:{port}"


async def grpclib_client(place: str, folder: Path | None) -> Heard:
    """grpclib's client; with a folder over TLS."""
    command = [*_GRPCLIB, "ask", place.rpartition(":")[2], str(folder or "")]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    heard: Heard = json.loads(done.stdout)
    return heard


# grpc-js

_LOAD = """
const grpc = require("@grpc/grpc-js"), loader = require("@grpc/proto-loader"), fs = require("fs");
const set = Buffer.from(process.env.DESCRIPTORS, "base64");
const Loom = grpc.loadPackageDefinition(loader.loadFileDescriptorSetFromBuffer(set, {defaults: true})).netloom.Loom;
const words = process.env.WORDS;
"""
_SERVER = (
    _LOAD
    + """
const server = new grpc.Server();
server.addService(Loom.service, {
  Echo(call, done) {
    if (call.request.text === "refuse") return done({code: grpc.status.NOT_FOUND, details: words});
    const first = new grpc.Metadata(), last = new grpc.Metadata();
    for (const value of call.metadata.get("x-loom")) first.add("x-loom", value);
    for (const value of call.metadata.get("loom-bin")) last.add("loom-bin", value);
    call.sendMetadata(first);
    done(null, call.request, last);
  },
  Count(call) {
    for (let value = call.request.first; value <= call.request.last; value++) call.write({value});
    call.end();
  },
  Sum(call, done) {
    let count = 0, sum = 0;
    call.on("data", number => { count++; sum += number.value; });
    call.on("end", () => done(null, {count, sum}));
  },
  Chat(call) {
    call.on("data", thread => {
      if (thread.text === "abort") call.emit("error", {code: grpc.status.ABORTED, details: "as asked"});
      else call.write(thread);
    });
    call.on("end", () => call.end());
  },
});
const secure = process.env.CERT;
const credentials = secure
  ? grpc.ServerCredentials.createSsl(null,
      [{cert_chain: fs.readFileSync(process.env.CERT), private_key: fs.readFileSync(process.env.KEY)}])
  : grpc.ServerCredentials.createInsecure();
server.bindAsync("127.0.0.1:" + process.env.PORT, credentials, error => { if (error) throw error; });
"""
)
_CLIENT = (
    _LOAD
    + """
const names = Object.fromEntries(Object.entries(grpc.status).map(([name, code]) => [code, name]));
const credentials = process.env.CA
  ? grpc.credentials.createSsl(fs.readFileSync(process.env.CA)) : grpc.credentials.createInsecure();
const client = new Loom(process.env.PLACE, credentials);
const unary = (request, metadata = new grpc.Metadata(), options = {}) => new Promise(done => {
  const came = {};
  const call = client.Echo(request, metadata, options, (error, reply) => { came.error = error; came.reply = reply; });
  call.on("metadata", first => came.first = first);
  call.on("status", status => { came.status = status; done(came); });
});
const all = (call, pick) => new Promise(done => {
  const replies = [];
  call.on("data", reply => replies.push(pick(reply)));
  call.on("error", error => done([replies, names[error.code]]));
  call.on("end", () => done([replies, "OK"]));
});
(async () => {
  const heard = {}, metadata = new grpc.Metadata();
  metadata.add("x-loom", "weft");
  metadata.add("loom-bin", Buffer.from("00ff0a", "hex"));
  const echo = await unary({text: "hällo"}, metadata);
  heard.echo = echo.reply.text;
  heard.metadata = {"x-loom": echo.first.get("x-loom")[0],
                    "loom-bin": echo.status.metadata.get("loom-bin")[0].toString("hex")};
  heard.count = (await all(client.Count({first: 1, last: 3}), number => number.value))[0];
  heard.sum = await new Promise(done => {
    const call = client.Sum((error, total) => done([total.count, total.sum]));
    for (const value of [1, 2, 3]) call.write({value});
    call.end();
  });
  const chat = client.Chat(), said = all(chat, thread => thread.text);
  for (const text of "abc") chat.write({text});
  chat.end();
  heard.chat = (await said)[0];
  const refused = await unary({text: "refuse"});
  heard.refused = [names[refused.status.code], refused.status.details];
  const broken = client.Chat(), midway = all(broken, thread => thread.text);
  broken.write({text: "one"});
  broken.once("data", () => broken.write({text: "abort"}));
  heard.midway = await midway;
  heard.deadline = names[(await unary({text: "wait"}, undefined, {deadline: Date.now() + 300})).status.code];
  const plain = buffer => buffer;
  heard.unknown = await new Promise(done => client.makeUnaryRequest("/netloom.Loom/Nothing", plain, plain,
    Buffer.alloc(0), error => done(names[error.code])));
  heard.big = (await unary({text: "x".repeat(+process.env.BIG)})).reply.text.length;
  heard.health = await new Promise(done => client.makeUnaryRequest("/grpc.health.v1.Health/Check", plain, plain,
    Buffer.alloc(0), (error, reply) => done(reply.toString("hex") === "0801" ? "SERVING" : String(error))));
  console.log(JSON.stringify(heard));
  client.close();
})();
"""
)


def grpc_js(folder: Path) -> Path:
    """A folder with grpc-js and its loader, from npm."""
    npm = need("npm", "npm")
    command = [
        npm,
        "install",
        "--no-audit",
        "--no-fund",
        "--prefix",
        str(folder),
        "@grpc/grpc-js",
        "@grpc/proto-loader",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False, cwd=folder)
    if done.returncode:
        told = f"npm installs no @grpc/grpc-js: {done.stderr[-300:]}"
        if os.environ.get("CI") == "1":
            pytest.fail(told)
        pytest.skip(told)
    return folder


def _node_environment(modules: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "NODE_PATH": str(modules / "node_modules"),
        "DESCRIPTORS": base64.b64encode(DESCRIPTORS.SerializeToString()).decode(),
        "WORDS": WORDS,
        "BIG": str(BIG),
        **more,
    }


@contextlib.contextmanager
def grpc_js_server(modules: Path, folder: Path, *, secure: bool = False) -> Iterator[str]:
    """grpc-js's server: it has neither health nor reflection of its own."""
    port, log = free_port(), folder / "node.log"
    more = {"PORT": str(port)}
    if secure:
        _, cert, key = write_certificate(folder)
        more |= {"CERT": str(cert), "KEY": str(key)}
    command = [need("node", "nodejs"), "-e", _SERVER]
    with running(command, log, env=_node_environment(modules, **more)) as process:
        wait_for_port(process, log, port)
        yield f"grpc{'s' if secure else ''}://127.0.0.1:{port}"


def grpc_js_client(modules: Path, place: str, folder: Path | None) -> Heard:
    """grpc-js's client; with a folder over TLS."""
    more = {"PLACE": place}
    if folder is not None:
        more["CA"] = str(write_certificate(folder)[0])
    command: Sequence[str] = [need("node", "nodejs"), "-e", _CLIENT]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env=_node_environment(modules, **more)
    )
    assert done.returncode == 0, done.stderr
    heard: Heard = json.loads(done.stdout)
    return heard
