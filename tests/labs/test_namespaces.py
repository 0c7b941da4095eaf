"""Networks of a lab's own: real namespaces, in which servers live that nobody else reaches. They need root."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from netloom.errors import UsageError
from netloom.labs.file import LabFile
from netloom.labs.lab import Lab
from netloom.labs.namespaces import Networks
from netloom.labs.town import Network, Relay, Router, Server, Town
from netloom.links.system import SystemNetwork

root = pytest.mark.skipif(os.geteuid() != 0 or shutil.which("ip") is None, reason="networks of a lab need root and ip")

TOWN = """\
[networks]
office = { cidr = "10.77.1.0/24" }
hall = { cidr = "10.77.2.0/29" }
attic = { cidr = "fd00:77::/64" }
cellar = { cidr = "10.77.3.0/24" }

[routers.stairs]
networks = ["office", "hall"]

[routers.hatch]
networks = ["hall", "cellar"]

[servers.web]
endpoints = ["http://:80"]
network = "office"

[servers.store]
endpoints = ["tcp://:7"]
network = "cellar"
address = "10.77.3.99"

[servers.owl]
endpoints = ["tcp://:7"]
network = "attic"

[relays.door]
listen = "http://:8080"
target = "web"
network = "cellar"
"""

FAR = "import socket as s; c = s.create_connection(('10.77.3.99', 7), 10)"
SERVER = Server(endpoints=["tcp://:7"], network="n")


def towns(cidr: str, **servers: Server) -> Town:
    return Town(networks={"n": Network(cidr=cidr)}, routers={"r": Router(networks=["n"])}, servers=servers)


def test_everybody_has_an_address() -> None:
    fixed = Server(endpoints=["tcp://:7"], network="n", address="10.0.0.10")
    relay = Relay(listen="tcp://:8", target="a", network="n")
    town = towns("10.0.0.0/24", a=SERVER, b=fixed, c=Server(endpoints=["tcp://:7"]))
    town = Town(**{name: getattr(town, name) for name in town.__struct_fields__} | {"relays": {"d": relay}})
    found = Networks(town, "t").addresses
    assert {name: str(interface) for name, (_, interface) in found.items()} == {
        "a": "10.0.0.11/24", "b": "10.0.0.10/24", "d": "10.0.0.12/24"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("town", "message"),
    [
        (towns("10.0.0.0/29", a=SERVER), "has no address left"),
        (towns("10.0.0.0/32", a=SERVER), "has no room for a router"),
        (
            towns("10.0.0.0/24", a=Server(endpoints=["tcp://:7"], network="n", address="10.0.0.1")),
            "10.0.0.1 is router r's already, and a wants it, too",
        ),
    ],
)
def test_what_does_not_fit(town: Town, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Networks(town, "t")


@root
async def test_servers_live_there_and_routers_lead_there(tmp_path: Path) -> None:
    name = f"lab{os.getpid()}"
    path = tmp_path / f"{name}.toml"
    path.write_text(TOWN)
    stood: list[Any] = []
    heard: list[Any] = []

    async def announce(record: Any) -> None:
        stood.append(record)

    lab = Lab(SystemNetwork(), announce, heard.append)
    file = LabFile(str(path))
    try:
        await lab.start(file)
        assert {each.name: (each.endpoints, each.namespace) for each in stood} == {
            "web": (["http://10.77.1.10:80"], f"{name}-web"),
            "store": (["tcp://10.77.3.99:7"], f"{name}-store"),
            "owl": (["tcp://[fd00:77::a]:7"], f"{name}-owl"),
            "door": (["http://10.77.3.10:8080"], f"{name}-door"),
        }
        through = "import urllib.request as u; print(u.urlopen('http://10.77.3.10:8080/', timeout=10).status)"
        assert await inside(f"{name}-store", through) == "200"
        assert await inside(f"{name}-web", f"{FAR}; c.send(b'hi'); print(c.recv(9).decode())") == "hi"
        assert await inside(f"{name}-owl", f"try: {FAR}\nexcept OSError: print('no way')") == "no way"
        peers = {record.peer.rpartition(":")[0] for record in heard}
        assert "10.77.3.99" in peers, "the door's client"
        with pytest.raises(UsageError, match="is there already") as caught:
            await Lab(SystemNetwork(), announce, heard.append).start(file)
        assert caught.value.hint.endswith(f"ip netns del {name}-office")
    finally:
        await lab.stop()
    assert not list(Path("/var/run/netns").glob(f"{name}-*"))


async def inside(namespace: str, code: str) -> str:
    """What a program says that runs in a namespace."""
    process = await asyncio.create_subprocess_exec(
        "ip", "netns", "exec", namespace, "python3", "-c", code, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    return out.decode().strip()
