"""What may be configured, for edits: the modules' data nodes, as far as the device goes."""

from __future__ import annotations

from netloom.protocols.netconf.models.modules import DEVICE, INTERFACES, IP, IPV4_ROUTING, IPV6_ROUTING, ROUTING, SYSTEM
from netloom.wire.netconf.schema import Schema, container, leaf, leaf_list, leaves, listed

_BOOLEAN = ("true", "false")


def _family(name: str) -> Schema:
    return container(
        name,
        IP,
        leaf("enabled", IP, *_BOOLEAN),
        leaf("mtu", IP),
        listed("address", IP, "ip", *leaves(IP, "ip prefix-length")),
    )


def _static(name: str, ns: str) -> Schema:
    hop = leaf("next-hop-address", ns)
    several = container("next-hop-list", ns, listed("next-hop", ns, "index", leaf("index", ns), hop))
    route = listed(
        "route", ns, "destination-prefix", leaf("destination-prefix", ns), container("next-hop", ns, hop, several)
    )
    return container(name, ns, route)


_SYSTEM = container(
    "system",
    SYSTEM,
    *leaves(SYSTEM, "contact hostname location"),
    container(
        "ntp",
        SYSTEM,
        leaf("enabled", SYSTEM, *_BOOLEAN),
        listed(
            "server", SYSTEM, "name", leaf("name", SYSTEM), container("udp", SYSTEM, *leaves(SYSTEM, "address")),
        ),
    ),
    container(
        "dns-resolver",
        SYSTEM,
        leaf_list("search", SYSTEM),
        listed(
            "server",
            SYSTEM,
            "name",
            leaf("name", SYSTEM),
            container("udp-and-tcp", SYSTEM, *leaves(SYSTEM, "address")),
        ),
    ),
    container(
        "authentication",
        SYSTEM,
        listed("user", SYSTEM, "name", *leaves(SYSTEM, "name password"), leaf("level", DEVICE)),
    ),
    leaf("enable-secret", DEVICE),
)  # fmt: skip
_INTERFACES = container(
    "interfaces",
    INTERFACES,
    listed(
        "interface",
        INTERFACES,
        "name",
        *leaves(INTERFACES, "name description type"),
        leaf("enabled", INTERFACES, *_BOOLEAN),
        _family("ipv4"),
        _family("ipv6"),
        leaf("access-vlan", DEVICE),
    ),
)
_ROUTING = container(
    "routing",
    ROUTING,
    container(
        "control-plane-protocols",
        ROUTING,
        listed(
            "control-plane-protocol",
            ROUTING,
            "type name",
            *leaves(ROUTING, "type name"),
            container("static-routes", ROUTING, _static("ipv4", IPV4_ROUTING), _static("ipv6", IPV6_ROUTING)),
        ),
    ),
)
_VLANS = container("vlans", DEVICE, listed("vlan", DEVICE, "id", *leaves(DEVICE, "id name")))
_LOGGING = container("logging", DEVICE, leaf_list("host", DEVICE))

ROOT = container("config", "", _SYSTEM, _INTERFACES, _ROUTING, _VLANS, _LOGGING)
TOPS = {"system": SYSTEM, "interfaces": INTERFACES, "routing": ROUTING, "vlans": DEVICE, "logging": DEVICE}
"""The namespaces of what stands at the top."""
