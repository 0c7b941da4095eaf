"""Foreign CoAP programs, each on a port of 127.0.0.1: libcoap's server and client, and aiocoap."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.interop.peers import free_port, need, running, wait_for_udp, wait_for_words

if TYPE_CHECKING:
    from collections.abc import Iterator

AIOCOAP = """
import asyncio, sys
import aiocoap, aiocoap.resource as resource
from aiocoap.numbers.contentformat import ContentFormat

class Value(resource.ObservableResource):
    def __init__(self, value, **attributes):
        super().__init__()
        self.value = value
        self.attributes = attributes
    def get_link_description(self):
        return {**super().get_link_description(), **self.attributes}
    async def render_get(self, request):
        return aiocoap.Message(payload=self.value, content_format=ContentFormat.TEXT)
    async def render_put(self, request):
        self.value = request.payload
        self.updated_state()
        return aiocoap.Message(code=aiocoap.CHANGED)
    async def render_post(self, request):
        return await self.render_put(request)

class Slow(resource.Resource):
    async def render_get(self, request):
        await asyncio.sleep(1)
        return aiocoap.Message(payload=b"at last")

class Picky(resource.Resource):
    async def render_get(self, request):
        if request.opt.echo != b"prove it":
            return aiocoap.Message(code=aiocoap.UNAUTHORIZED, echo=b"prove it")
        return aiocoap.Message(payload=b"shown")

async def main():
    site = resource.Site()
    site.add_resource([".well-known", "core"], resource.WKCResource(site.get_resources_as_linkheader))
    site.add_resource(["value"], Value(b"21.5", rt="number"))
    site.add_resource(["large"], Value(b"".join(b"%06d " % n for n in range(1000))))
    site.add_resource(["slow"], Slow())
    site.add_resource(["picky"], Picky())
    await aiocoap.Context.create_server_context(site, bind=("127.0.0.1", int(sys.argv[1])), transports=["udp6"])
    print("ready", flush=True)
    await asyncio.get_running_loop().create_future()

asyncio.run(main())
"""


@contextlib.contextmanager
def aiocoap() -> Iterator[int]:
    """A server of aiocoap's, and its port."""
    with tempfile.TemporaryDirectory(prefix="netloom-coap-") as root:
        port, log = free_port(socket.SOCK_DGRAM), Path(root, "log")
        with running([sys.executable, "-c", AIOCOAP, str(port)], log) as process:
            wait_for_words(process, log, "ready")
            yield port


@contextlib.contextmanager
def libcoap() -> Iterator[int]:
    """libcoap's example server, to which resources are added by PUT, and its port."""
    program = need("coap-server-notls", "libcoap3-bin")
    with tempfile.TemporaryDirectory(prefix="netloom-coap-") as root:
        port, log = free_port(socket.SOCK_DGRAM), Path(root, "log")
        with running([program, "-A", "127.0.0.1", "-p", str(port), "-d", "10", "-v", "4"], log) as process:
            wait_for_udp(process, log, port)
            yield port


async def coap_client(*arguments: str) -> str:
    """What libcoap's client prints."""
    process = await asyncio.create_subprocess_exec(
        need("coap-client-notls", "libcoap3-bin"), *arguments, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT, stdin=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    return said.decode(errors="replace")
