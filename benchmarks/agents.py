"""SNMP agents with the same values: net-snmp's, and ours with what net-snmp's was found to have."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

from benchmarks.programs import Program, Worker, free_port, need

if TYPE_CHECKING:
    from benchmarks.bench import Bench

USER, PASSWORD = "ann", "looking-glass"
CONFIG = f"""engineID looking-glass
rocommunity public 127.0.0.1
createUser {USER} SHA-256 {PASSWORD} AES {PASSWORD}
rouser {USER} priv
sysDescr A switch that switches nothing, with a description of an ordinary length
sysContact Ann <ann@example.com>
sysName switch-1
sysLocation A rack in a room, second floor
sysServices 72
"""
SYSTEM = "1.3.6.1.2.1.1"


def snmpd(bench: Bench, core: int) -> tuple[Program, int]:
    """It reads and writes nothing but what it is given here."""
    program = need("snmpd", "snmpd")
    port = free_port(socket.SOCK_DGRAM)
    config = bench.write("snmpd.conf", f"agentaddress udp:127.0.0.1:{port}\n{CONFIG}")
    environment = {"SNMP_PERSISTENT_DIR": str(bench.folder / "state"), "SNMPCONFPATH": str(bench.folder), "MIBS": ""}
    command = [program, "-f", "-LE", "0", "-C", "-c", str(config), "-p", str(bench.folder / "snmpd.pid"), "-r"]
    return bench.start(Program(command, core, env=environment)).wait_for_udp(port), port


def ours(bench: Bench, core: int, like: int) -> tuple[Worker, int]:
    """Our agent, whose values are those that the agent at port `like` has below `system`.

    It may say as much as it likes to whoever asks, as net-snmp's does.
    """
    place = bench.write("system.snmprec", asyncio.run(recorded(like)))
    accounts = bench.write("accounts.toml", f'[accounts.{USER}]\npassword = "{PASSWORD}"\n')
    endpoint = "snmp://127.0.0.1:0#amplify=0,auth=sha256,priv=aes"
    made = bench.worker("server", core, endpoint, f"registers:{place}", f"accounts:{accounts}")
    return made, int(made.hear()["port"])


async def recorded(port: int) -> str:
    """What an agent has below `system`, as .snmprec: a line `oid|tag|value` each."""
    from netloom import connect
    from netloom.protocols.snmp.walk import walk
    from netloom.wire.oid import parse_oid, show_oid

    lines = []
    async with connect(f"snmp://public@127.0.0.1:{port}#version=2c", deadline=20) as client:
        async for bind in walk(client.session, parse_oid(SYSTEM), client.shown):
            if isinstance(bind.value, bytes):
                said = f"{bind.tag}x|{bind.value.hex()}"
            else:
                said = f"{bind.tag}|{show_oid(bind.value) if isinstance(bind.value, tuple) else bind.value}"
            lines.append(f"{show_oid(bind.oid)}|{said}\n")
    return "".join(lines)
