"""The simulated devices meet those who automate real ones: netmiko and scrapli, over SSH and Telnet, each dialect."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import msgspec
import netmiko
import pytest
import scrapli

from netloom.accounts import Account, Accounts
from netloom.contents.shell import Shell
from netloom.endpoint import Endpoint, Secret
from netloom.serving import Serving
from tests.interop.ssh_peers import PASSWORD, USER
from tests.links.ssh.conftest import home

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.records import AccessRecord

__all__ = ["home"]
pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("home")]

SECRET = "s3 secr3t"


class Make(msgspec.Struct, frozen=True, kw_only=True):
    """One dialect, as those who automate it call it, and what they say to it."""

    dialect: str
    netmiko: str
    scrapli: str
    version: str
    shows: str
    port: str
    rename: str
    describe: tuple[str, ...]
    search: str
    nonsense: str


MAKES = [
    Make(
        dialect="ios",
        netmiko="cisco_ios",
        scrapli="cisco_iosxe",
        version="show version",
        shows="show running-config",
        port="GigabitEthernet0/3",
        rename="hostname core",
        describe=("interface Gi0/3", "description by a program"),
        search="show running-config | include description",
        nonsense="% Invalid input detected",
    ),
    Make(
        dialect="eos",
        netmiko="arista_eos",
        scrapli="arista_eos",
        version="show version",
        shows="show running-config",
        port="Ethernet3",
        rename="hostname core",
        describe=("interface Et3", "description by a program"),
        search="show running-config | include description",
        nonsense="% Invalid input",
    ),
    Make(
        dialect="junos",
        netmiko="juniper_junos",
        scrapli="juniper_junos",
        version="show version",
        shows="show configuration",
        port="ge-0/0/2",
        rename="set system host-name core",
        describe=('set interfaces ge-0/0/2 description "by a program"',),
        search="show configuration | match description",
        nonsense="unknown command",
    ),
    Make(
        dialect="vrp",
        netmiko="huawei",
        scrapli="huawei_vrp",
        version="display version",
        shows="display current-configuration",
        port="GigabitEthernet0/0/3",
        rename="sysname core",
        describe=("interface GigabitEthernet0/0/3", "description by a program"),
        search="display current-configuration | include description",
        nonsense="Error: Unrecognized command",
    ),
]


class Device:
    """A device that is served."""

    def __init__(self, serving: Serving, shell: Shell, reports: list[AccessRecord]) -> None:
        self.port = serving.endpoint.port or 0
        self.shell = shell
        self.reports = reports

    def is_as_wanted(self, make: Make) -> None:
        """What the programs configure runs, and no password was reported."""
        running = self.shell.device.running
        assert running.hostname == "core"
        assert running.interface(make.port).description == "by a program"
        assert SECRET not in str(self.reports)
        assert PASSWORD not in str(self.reports)


@contextlib.asynccontextmanager
async def device(make: Make, scheme: str, secret: str = SECRET) -> AsyncIterator[Device]:
    accounts = Accounts([Account(name=USER, password=Secret(PASSWORD))])
    reports: list[AccessRecord] = []
    shell = Shell("edge", dialect=make.dialect, secret="" if make.dialect == "junos" else secret)
    place = f"{scheme}://127.0.0.1:0{'#host_key=none' if scheme == 'ssh' else ''}"
    async with Serving([Endpoint.parse(place)], [shell], accounts, report=reports.append) as serving:
        yield Device(serving, shell, reports)


def by_netmiko(make: Make, port: int, kind: str) -> None:
    """What somebody who automates a device does in a day."""
    with netmiko.ConnectHandler(
        device_type=kind, host="127.0.0.1", port=port, username=USER, password=PASSWORD, secret=SECRET,
    ) as one:  # fmt: skip
        assert "edge" in one.find_prompt()
        if make.dialect in ("ios", "eos"):
            one.enable()
            assert one.check_enable_mode()
        if make.dialect == "vrp":
            one.send_command("super", expect_string="assword")
            one.send_command(SECRET, expect_string="<edge>", cmd_verify=False)
        assert str(one.send_command(make.version)).strip()
        assert str(one.send_command(make.shows)).count("\n") > 24, "all of it, and no page is turned"
        if make.dialect == "junos":
            one.send_config_set([make.rename, *make.describe], exit_config_mode=False)
            assert "commit complete" in one.commit()
            one.exit_config_mode()
        elif make.dialect == "vrp":  # a program for which a prompt that changes is none
            one.send_config_set(make.describe)
            one.config_mode()
            one.send_command(make.rename, expect_string=r"\[core\]")
            one.send_command("return", expect_string="<core>")
        else:
            one.send_config_set([make.rename, *make.describe])
        one.set_base_prompt()
        assert "core" in one.base_prompt
        if make.dialect != "junos":
            assert one.save_config()
        assert "by a program" in one.send_command(make.search)
        assert make.nonsense in one.send_command("bogus")


def over_both(client: str) -> pytest.MarkDecorator:
    """A test for each protocol that shows a device's shell."""
    return pytest.mark.parametrize(
        "scheme",
        [pytest.param(name, marks=pytest.mark.meets(client=client, protocol=name)) for name in ("ssh", "telnet")],
    )


@over_both("netmiko")
@pytest.mark.parametrize("make", MAKES, ids=[make.dialect for make in MAKES])
async def test_netmiko(make: Make, scheme: str) -> None:
    async with device(make, scheme) as one:
        await asyncio.to_thread(by_netmiko, make, one.port, make.netmiko + ("_telnet" if scheme == "telnet" else ""))
        one.is_as_wanted(make)
        if make.dialect != "junos":
            assert one.shell.device.startup == one.shell.device.running


@pytest.mark.filterwarnings("ignore:path is deprecated:DeprecationWarning")  # what looks for the templates says so
@pytest.mark.meets(client="netmiko", protocol="ssh")
async def test_netmiko_reads_tables() -> None:
    """Through ntc-templates, which know what a real IOS prints."""

    def automate(port: int) -> None:
        with netmiko.ConnectHandler(
            device_type="cisco_ios", host="127.0.0.1", port=port, username=USER, password=PASSWORD, secret=SECRET
        ) as one:
            found: Any = one.send_command("show ip interface brief", use_textfsm=True)
            assert found[0]["interface"] == "GigabitEthernet0/1"
            assert found[0]["ip_address"] == "192.0.2.2"
            version: Any = one.send_command("show version", use_textfsm=True)
            assert version[0]["hostname"] == "edge"
            interfaces: Any = one.send_command("show interfaces", use_textfsm=True)
            assert {one["interface"] for one in interfaces} >= {"GigabitEthernet0/1", "Loopback0"}

    async with device(MAKES[0], "ssh") as one:
        await asyncio.to_thread(automate, one.port)


def by_scrapli(make: Make, port: int, scheme: str) -> None:
    ways = {"ssh": scrapli.TransportSsh2Options, "telnet": scrapli.TransportTelnetOptions}
    with scrapli.Cli(
        definition_file_or_name=make.scrapli,
        host="127.0.0.1",
        port=port,
        auth_options=scrapli.AuthOptions(
            username=USER, password=PASSWORD, lookups=[scrapli.LookupKeyValue(key="enable", value=SECRET)]
        ),
        session_options=scrapli.SessionOptions(operation_timeout_s=60),
        transport_options=ways[scheme](),
    ) as one:
        assert not one.send_input(input_=make.version).failed
        commit = ["commit"] if make.dialect == "junos" else []
        done = one.send_inputs(inputs=[*make.describe, *commit], requested_mode="configuration")
        assert not done.failed, done.result
        found = one.send_input(input_=make.search)
        assert "by a program" in found.result
        wrong = one.send_input(input_="bogus")
        assert make.nonsense in wrong.result
        assert wrong.failed


@over_both("scrapli")
@pytest.mark.parametrize("make", MAKES, ids=[make.dialect for make in MAKES])
async def test_scrapli(make: Make, scheme: str) -> None:
    # Its definition for VRP knows no `super`
    async with device(make, scheme, "" if make.dialect == "vrp" else SECRET) as one:
        await asyncio.to_thread(by_scrapli, make, one.port, scheme)
        assert one.shell.device.running.interface(make.port).description == "by a program"
        assert SECRET not in str(one.reports)
