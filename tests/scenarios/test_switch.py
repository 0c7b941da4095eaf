"""One switch behind SSH, Telnet and NETCONF: what is configured in one is read in the others."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import defusedxml.ElementTree as ET  # noqa: N817  # as everybody calls it
import netmiko
import pytest
from ncclient import manager  # type: ignore[import-untyped]  # it has no types

from netloom.accounts import Account, Accounts
from netloom.contents.shell import Shell
from netloom.endpoint import Endpoint, Secret
from netloom.runs import Run
from netloom.serving import Serving
from tests.links.ssh.conftest import home
from tests.protocols.netconf.scenes import DEVICE, INTERFACES
from tests.protocols.places import body, pieces, places

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["home"]
pytestmark = pytest.mark.usefixtures("home")

PASSWORD = "s3cret of ann"
PORTS = {
    "ios": "GigabitEthernet0/3",
    "eos": "Ethernet3",
    "junos": "ge-0/0/2",
    "vrp": "GigabitEthernet0/0/3",
}
CONFIGURED = ["description desk 3", "switchport access vlan 30"]
COMMANDS = {
    "ios": ["hostname core", "vlan 30", "name voice", "interface Gi0/3", *CONFIGURED],
    "eos": ["hostname core", "vlan 30", "name voice", "interface Et3", *CONFIGURED],
    "junos": [
        "set system host-name core",
        "set vlans voice vlan-id 30",
        'set interfaces ge-0/0/2 description "desk 3"',
        "set interfaces ge-0/0/2 unit 0 family ethernet-switching vlan members voice",
    ],
    "vrp": [
        "vlan 30", "name voice", "quit", "interface GigabitEthernet0/0/3", "description desk 3",
        "port link-type access", "port default vlan 30",
    ],
}  # fmt: skip
KINDS = {"ios": "cisco_ios", "eos": "arista_eos", "junos": "juniper_junos", "vrp": "huawei"}
SHOWN = {
    "ios": "show interfaces description",
    "eos": "show interfaces description",
    "junos": "show configuration interfaces ge-0/0/2",
    "vrp": "display current-configuration interface GigabitEthernet0/0/3",
}


def configured(dialect: str, port: int) -> None:
    """By netmiko, as somebody would who has a thousand of them."""
    with netmiko.ConnectHandler(
        device_type=KINDS[dialect], host="127.0.0.1", port=port, username="ann", password=PASSWORD
    ) as one:
        if dialect in ("ios", "eos"):
            one.enable()
        if dialect == "junos":
            one.send_config_set(COMMANDS[dialect], exit_config_mode=False)
            one.commit()
            one.exit_config_mode()
        else:
            one.send_config_set(COMMANDS[dialect])


def read(port: int) -> str:
    """The running configuration, by ncclient."""
    with manager.connect(
        host="127.0.0.1", port=port, username="ann", password=PASSWORD, hostkey_verify=False, allow_agent=False,
        look_for_keys=False,
    ) as one:  # fmt: skip
        return str(one.get_config("running").data_xml)


def value(text: str, port: str) -> tuple[str | None, str | None]:
    """An interface's description and VLAN."""
    found = next(
        one for one in ET.fromstring(text).iter(f"{{{INTERFACES}}}interface")
        if one.findtext(f"{{{INTERFACES}}}name") == port
    )  # fmt: skip
    return found.findtext(f"{{{INTERFACES}}}description"), found.findtext(f"{{{DEVICE}}}access-vlan")


@contextlib.asynccontextmanager
async def switch(dialect: str) -> AsyncIterator[tuple[Shell, dict[str, int]]]:
    """It, served in all three: SSH and NETCONF share a port."""
    shell = Shell("edge", dialect=dialect)
    accounts = Accounts([Account(name="ann", password=Secret(PASSWORD))])
    wanted = [Endpoint.parse(f"{name}://127.0.0.1:0") for name in ("ssh", "telnet", "netconf")]
    wanted = [one.with_options([("host_key", "none")]) if one.scheme != "telnet" else one for one in wanted]
    async with Serving(wanted, [shell] * 3, accounts) as serving:
        yield shell, {one.scheme: one.port or 0 for one in serving.endpoints}


@pytest.mark.interop
@pytest.mark.parametrize("dialect", COMMANDS)
async def test_configured_by_ssh_and_read_by_netconf_and_telnet(dialect: str) -> None:
    async with switch(dialect) as (shell, ports):
        await asyncio.to_thread(configured, dialect, ports["ssh"])
        assert value(await asyncio.to_thread(read, ports["netconf"]), PORTS[dialect]) == ("desk 3", "30")
        login = f"ann:{quote(PASSWORD)}@127.0.0.1"
        record: Any = await Run.prepare("run", (f"telnet://{login}:{ports['telnet']}", SHOWN[dialect]), {})
        assert "desk 3" in record.body.decode(), record
        assert shell.device.running.vlans[30] == "voice"


# The same in memory, with our own clients, and the other way round


@pytest.mark.parametrize("dialect", COMMANDS)
async def test_configured_by_netconf_and_shown_elsewhere(dialect: str) -> None:
    shell = Shell("edge", dialect=dialect)
    told = asyncio.Event()
    shell.device.watch(lambda change: told.set() if change.kind == "config" else None)
    urls = ("netconf://127.0.0.1:0#host_key=none", "ssh://127.0.0.1:0#host_key=none", "telnet://127.0.0.1:0")
    async with places(*urls, contents=[shell] * 3, accounts=["ann:secret"]) as place:
        netconf = place.client("netconf", user="ann:secret")
        change = (
            f'<vlans xmlns="{DEVICE}"><vlan><id>30</id><name>voice</name></vlan></vlans>'
            f'<interfaces xmlns="{INTERFACES}"><interface><name>{PORTS[dialect]}</name>'
            f'<description>desk 3</description><access-vlan xmlns="{DEVICE}">30</access-vlan></interface></interfaces>'
        )
        await netconf.put("", pieces(change.encode()))
        assert told.is_set()
        for scheme in ("ssh", "telnet"):
            shown = await body(await place.client(scheme, user="ann:secret").run(SHOWN[dialect]))
            assert b"desk 3" in shown, (scheme, shown)


async def test_a_lock_holds_whoever_comes_by_another_way() -> None:
    shell = Shell("edge", dialect="ios")
    urls = ("netconf://127.0.0.1:0#host_key=none", "telnet://127.0.0.1:0")
    async with places(*urls, contents=[shell] * 2, accounts=["ann:secret", "bob:secret"]) as place:
        netconf = place.client("netconf", user="ann:secret")
        await netconf.run("lock running")
        telnet = place.client("telnet", user="bob:secret")
        await telnet.run("enable")
        await telnet.run("configure terminal")
        assert b"running is locked by ann" in await body(await telnet.run("hostname taken"))
        assert shell.device.running.hostname == "edge"
        await netconf.run("unlock running")
        await telnet.run("configure terminal")
        await telnet.run("hostname core")
        assert b"<hostname>core</hostname>" in await body(await netconf.get("/running"))
