"""What a simulated device is configured to be when it begins, where nothing else is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.contents.shell.device.config import Config, Interface

if TYPE_CHECKING:
    from netloom.contents.shell.device.hardware import Hardware


def example(hardware: Hardware, hostname: str, enable_secret: str = "") -> Config:
    """A small access switch: an uplink, a loopback, two VLANs. Addresses are those of documentation (RFC 5737)."""
    first, second = hardware.ports[:2]
    loopback = f"{hardware.loopback}0"
    interfaces = {
        first: Interface(name=first, description="uplink", addresses=("192.0.2.2/24",)),
        second: Interface(name=second, description="desk 2", vlan=20),
        loopback: Interface(name=loopback, description="router id", addresses=("198.51.100.7/32",)),
    }
    made = Config(
        hostname=hostname,
        domain="example.net",
        contact="noc@example.net",
        location="rack 4, building 1",
        name_servers=("192.0.2.53",),
        ntp_servers=("192.0.2.123",),
        enable_secret=enable_secret,
        vlans={1: "default", 20: "office"},
    )
    for name, interface in interfaces.items():
        made = made.with_interface(
            name, description=interface.description, addresses=interface.addresses, vlan=interface.vlan
        )
    return hardware.complete(made.with_route("0.0.0.0/0", "192.0.2.1"))
