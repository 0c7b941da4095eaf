"""What a simulated device is made of: its ports and their names, its software and its serial number."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from netloom.contents.shell.device.config import Config, Interface, ordered


class Hardware(msgspec.Struct, frozen=True, kw_only=True):
    """A make. `ports` are there always, `virtual` kinds can be made with numbers up to the given ones; `kinds` are all
    of their names, longest form first written, as they may be shortened. `system` names the software for people.
    """

    maker: str
    model: str
    system: str
    release: str
    serial: str
    ports: tuple[str, ...]
    virtual: Mapping[str, int]
    loopback: str = "Loopback"
    vlan_interface: str = "Vlan"
    speed: int = 1_000_000_000

    def interface(self, text: str) -> str | None:
        """The whole name of an interface from what was typed (`gi0/1`, `Ethernet 1`), or None where there is none."""
        found = re.fullmatch(r"([A-Za-z-]+?)\s?(\d[\d/.:]*)?", text.strip())
        if found is None or len(text) > 64:
            return None
        kind, number = found[1].lower(), found[2] or ""
        exact = [port for port in self.ports if port.lower() == text.strip().lower()]
        if exact:
            return exact[0]
        ports = [port for port in self.ports if _kind(port).lower().startswith(kind) and port == _kind(port) + number]
        made = [
            f"{name}{int(number)}"
            for name, most in self.virtual.items()
            if name.lower().startswith(kind) and number.isdigit() and len(number) < 6 and int(number) <= most
        ]
        candidates = ports + made
        return candidates[0] if len(candidates) == 1 else None

    def is_port(self, name: str) -> bool:
        return name in self.ports

    def is_loopback(self, name: str) -> bool:
        return _kind(name) == self.loopback

    def is_vlan(self, name: str) -> bool:
        return _kind(name) == self.vlan_interface

    def complete(self, config: Config) -> Config:
        """The configuration with every port in it: what isn't configured is there as well."""
        missing = {name: Interface(name=name) for name in self.ports if name not in config.interfaces}
        if not missing:
            return config
        return msgspec.structs.replace(config, interfaces=ordered({**config.interfaces, **missing}))

    def number(self, name: str) -> int:
        """An interface's index, from 1: ports first, what is made later by its number."""
        if name in self.ports:
            return self.ports.index(name) + 1
        digits = re.findall(r"\d+", name)
        kinds = list(self.virtual)
        return 100_000 * (kinds.index(_kind(name)) + 1 if _kind(name) in kinds else 9) + int(
            digits[-1] if digits else 0
        )

    def mac(self, name: str) -> str:
        """An interface's address, `02:00:5e:…`: locally administered, so that it is nobody's (RFC 9542 §2.1)."""
        number = self.number(name)
        return ":".join(f"{byte:02x}" for byte in (2, 0, 0x5E, *number.to_bytes(3, "big")))


def _kind(name: str) -> str:
    """`Ethernet` of `Ethernet1`, `ge-` of `ge-0/0/0`."""
    return re.sub(r"[\d/.:]+$", "", name)


IOS = Hardware(
    maker="Cisco",
    model="C1000-8T-2G-L",
    system="IOS",
    release="15.2(7)E3",
    serial="NLM0001A0B1",
    ports=tuple(f"GigabitEthernet0/{number}" for number in range(1, 9)),
    virtual={"Loopback": 2_147, "Vlan": 4094},
)
EOS = Hardware(
    maker="Arista",
    model="vEOS-lab",
    system="EOS",
    release="4.30.1F",
    serial="NLM0002A0B2",
    ports=(*(f"Ethernet{number}" for number in range(1, 9)), "Management1"),
    virtual={"Loopback": 1000, "Vlan": 4094},
    speed=10_000_000_000,
)
JUNOS = Hardware(
    maker="Juniper",
    model="ex3400-24t",
    system="Junos",
    release="22.4R1.10",
    serial="NLM0003A0B3",
    ports=(*(f"ge-0/0/{number}" for number in range(8)), "me0"),
    virtual={"lo": 0},
    loopback="lo",
    vlan_interface="irb",
)
VRP = Hardware(
    maker="Huawei",
    model="S5735-L8T4S-A1",
    system="VRP",
    release="5.170 (V200R019C10SPC500)",
    serial="NLM0004A0B4",
    ports=tuple(f"GigabitEthernet0/0/{number}" for number in range(1, 9)),
    virtual={"LoopBack": 1023, "Vlanif": 4094},
    loopback="LoopBack",
    vlan_interface="Vlanif",
)
POSIX = Hardware(
    maker="netloom",
    model="simulated device",
    system="Netloom",
    release="1.0",
    serial="NLM0000A0B0",
    ports=("eth0", "eth1"),
    virtual={"lo": 0, "vlan": 4094},
    loopback="lo",
    vlan_interface="vlan",
)
