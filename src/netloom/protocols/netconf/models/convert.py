"""A configuration as a tree of YANG's, and back (RFC 7317, RFC 8343, RFC 8344, RFC 8349)."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from netloom.contents.shell.device import Config, ConfigError, config, crypt
from netloom.protocols.netconf.models.modules import (
    DEVICE,
    IANA_IF_TYPE,
    INTERFACES,
    IP,
    IPV4_ROUTING,
    IPV6_ROUTING,
    ROUTING,
    SYSTEM,
)
from netloom.wire.netconf.messages import Fault, fault
from netloom.wire.netconf.xml import Node, container, leaf

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netloom.contents.shell.device.config import Interface, User
    from netloom.contents.shell.device.hardware import Hardware

_STATIC = "static"
_FIRST_VLAN = (1, config.usual_vlan_name(1))
"""It is always there, and said only where it has another name."""


def tree(found: Config, hardware: Hardware) -> Node:
    """The tree, below a root without a name of its own."""
    return container(
        "data",
        "",
        _system(found),
        container("interfaces", INTERFACES, *(interface(one, hardware) for one in found.interfaces.values())),
        _routing(found),
        _filled(
            "vlans",
            DEVICE,
            (_vlan(number, name) for number, name in found.vlans.items() if (number, name) != _FIRST_VLAN),
        ),
        _filled("logging", DEVICE, (leaf("host", DEVICE, host) for host in found.log_hosts)),
    )


def _filled(name: str, ns: str, children: Iterable[Node]) -> Node | None:
    """A container, unless nothing is in it."""
    made = container(name, ns, *children)
    return made if made.children else None


def _text(name: str, ns: str, value: object) -> Node | None:
    return leaf(name, ns, value) if value not in ("", None) else None


def _system(found: Config) -> Node:
    return container(
        "system",
        SYSTEM,
        _text("contact", SYSTEM, found.contact),
        leaf("hostname", SYSTEM, found.hostname),
        _text("location", SYSTEM, found.location),
        _filled("ntp", SYSTEM, (_server(one, "udp") for one in found.ntp_servers)),
        _filled(
            "dns-resolver",
            SYSTEM,
            [
                *([leaf("search", SYSTEM, found.domain)] if found.domain else []),
                *(_server(one, "udp-and-tcp") for one in found.name_servers),
            ],
        ),
        _filled("authentication", SYSTEM, (_user(user) for user in found.users.values())),
        _text("enable-secret", DEVICE, found.enable_secret),
    )


def _server(address: str, way: str) -> Node:
    return container(
        "server", SYSTEM, leaf("name", SYSTEM, address), container(way, SYSTEM, leaf("address", SYSTEM, address))
    )


def _user(user: User) -> Node:
    return container(
        "user",
        SYSTEM,
        leaf("name", SYSTEM, user.name),
        _text("password", SYSTEM, user.password),
        leaf("level", DEVICE, user.level) if user.level != 1 else None,
    )


def interface(found: Interface, hardware: Hardware, *more: Node) -> Node:
    """One interface; `more` is what stands beside its configuration."""
    kind = _kind(found.name, hardware)
    return container(
        "interface",
        INTERFACES,
        leaf("name", INTERFACES, found.name),
        _text("description", INTERFACES, found.description),
        Node("type", INTERFACES, f"ianaift:{kind}", prefixes={"ianaift": IANA_IF_TYPE}),
        leaf("enabled", INTERFACES, found.enabled),
        *more,
        _family(found, 4, found.mtu),
        _family(found, 6, None),
        _text("access-vlan", DEVICE, found.vlan),
    )


def _kind(name: str, hardware: Hardware) -> str:
    if hardware.is_loopback(name):
        return "softwareLoopback"
    return "l3ipvlan" if hardware.is_vlan(name) else "ethernetCsmacd"


def _family(found: Interface, version: int, mtu: int | None) -> Node | None:
    addresses = []
    for text in found.of_family(version):
        address, _, length = text.partition("/")
        addresses.append(container("address", IP, leaf("ip", IP, address), leaf("prefix-length", IP, int(length))))
    return _filled(f"ipv{version}", IP, [*([leaf("mtu", IP, mtu)] if mtu is not None else []), *addresses])


def _vlan(number: int, name: str) -> Node:
    return container("vlan", DEVICE, leaf("id", DEVICE, number), leaf("name", DEVICE, name))


def _routing(found: Config) -> Node | None:
    families = []
    for version, ns in ((4, IPV4_ROUTING), (6, IPV6_ROUTING)):
        hops: dict[str, list[str]] = {}
        for route in found.routes:
            if ipaddress.ip_network(route.prefix).version == version:
                hops.setdefault(route.prefix, []).append(route.next_hop)
        if hops:
            families.append(container(f"ipv{version}", ns, *(_route(prefix, ns, to) for prefix, to in hops.items())))
    if not families:
        return None
    static = container(
        "control-plane-protocol",
        ROUTING,
        Node("type", ROUTING, f"rt:{_STATIC}", prefixes={"rt": ROUTING}),
        leaf("name", ROUTING, _STATIC),
        container("static-routes", ROUTING, *families),
    )
    return container("routing", ROUTING, container("control-plane-protocols", ROUTING, static))


def _route(prefix: str, ns: str, hops: list[str]) -> Node:
    if len(hops) == 1:
        to = leaf("next-hop-address", ns, hops[0])
    else:
        listed = [
            container("next-hop", ns, leaf("index", ns, number), leaf("next-hop-address", ns, hop))
            for number, hop in enumerate(hops, 1)
        ]
        to = container("next-hop-list", ns, *listed)
    return container("route", ns, leaf("destination-prefix", ns, prefix), container("next-hop", ns, to))


# And back


def config_of(root: Node, hardware: Hardware) -> Config:
    """The configuration that a tree means. Raises Fault, which names what is wrong and where."""
    try:
        return _config_of(root, hardware)
    except ConfigError as error:
        raise fault("invalid-value", str(error), path=_path(error)) from None


def _path(error: ConfigError) -> str:
    return "/" + "/".join(error.path) if error.path else ""


def _config_of(root: Node, hardware: Hardware) -> Config:
    system = root.find("system", SYSTEM) or Node("system")
    made = Config(
        hostname=config.host_name(system.value("hostname")) if system.value("hostname") else Config().hostname,
        contact=config.free_text(system.value("contact"), "system", "contact"),
        location=config.free_text(system.value("location"), "system", "location"),
        domain=_domain(system),
        name_servers=_servers(system.find("dns-resolver"), "udp-and-tcp"),
        ntp_servers=_servers(system.find("ntp"), "udp"),
        log_hosts=tuple(
            config.server(host.text.strip(), "logging", "host") for host in _children(root, "logging", "host")
        ),
        enable_secret=_hash(system.value("enable-secret")),
        vlans={1: "default"},
    )
    for user in _few("users", _children(system, "authentication", "user")):
        made = made.with_user(
            config.user_name(user.value("name")),
            level=config.within(_number(user, "level", 1), 0, 15, "system", "authentication", "user", "level"),
            password=_hash(user.value("password")),
        )
    for vlan in _few("vlans", _children(root, "vlans", "vlan")):
        number = config.within(_number(vlan, "id", 0), 1, 4094, "vlans", "vlan", "id")
        name = vlan.value("name")
        made = made.with_vlan(number, config.vlan_name(name) if name else None)
    for one in _few("interfaces", _children(root, "interfaces", "interface")):
        made = _with_interface(made, one, hardware)
    return _with_routes(made, root)


def _children(node: Node, *path: str) -> list[Node]:
    """The children of a name at the end of a path."""
    *above, name = path
    found: Node | None = node
    for step in above:
        found = found.find(step) if found is not None else None
    return list(found.all(name)) if found is not None else []


def _few(what: str, found: list[Node]) -> list[Node]:
    """No more than a device has room for, before any of it is looked at."""
    config.few(what, found, config.ENTRIES[what])
    return found


def _domain(system: Node) -> str:
    found = [one.text.strip() for one in _children(system, "dns-resolver", "search")]
    if len(found) > 1:
        raise fault("invalid-value", "there is one domain to search here", path="/system/dns-resolver/search")
    return config.domain_name(found[0], "system", "dns-resolver", "search") if found else ""


def _servers(parent: Node | None, way: str) -> tuple[str, ...]:
    found = []
    for one in parent.all("server") if parent is not None else ():
        address = one.value(way, "address")
        if not address:
            raise _missing("address", f"/system/{parent.name if parent is not None else ''}/server")
        found.append(config.server(address, "system", "server", "address"))
    return tuple(dict.fromkeys(found))


def _hash(text: str) -> str:
    """A password as crypt(5) has it; `$0$` stands before one that is to be hashed (RFC 7317 §3.5)."""
    if not text or crypt.is_hash(text):
        return text
    if text.startswith("$0$"):
        try:
            return crypt.hashed(text[3:])
        except ValueError as error:
            raise ConfigError(str(error), "password") from None
    raise ConfigError("a password is hashed, or stands behind $0$", "system", "authentication", "user", "password")


def _number(node: Node, name: str, usual: int) -> int:
    text = node.value(name)
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 11):
        raise ConfigError(f"{text[:32]!r} is no number", node.name, name)
    return int(text)


def _missing(name: str, path: str) -> Fault:
    return fault("missing-element", f"{name} is needed there", path=path, bad_element=name)


def _with_interface(made: Config, node: Node, hardware: Hardware) -> Config:
    name = node.value("name")
    place = f"/interfaces/interface[name='{name[:64]}']"
    if hardware.interface(name) != name:
        raise fault("invalid-value", f"{name[:64]!r} is no interface of this device", path=f"{place}/name")
    kind = node.find("type")
    if kind is None:
        raise _missing("type", place)
    if kind.identity[1] != _kind(name, hardware):
        raise fault("invalid-value", f"{name} is of type {_kind(name, hardware)}", path=f"{place}/type")
    changes: dict[str, Any] = {
        "description": config.free_text(node.value("description"), "interfaces", name, "description"),
        "enabled": node.value("enabled") != "false",
        "vlan": _within(node, "access-vlan", 4094, name),
        "addresses": (*_addresses(node, 4, name), *_addresses(node, 6, name)),
    }
    family = node.find("ipv4")
    if family is not None and family.value("mtu"):
        changes["mtu"] = config.within(_number(family, "mtu", 0), 68, 10_000, "interfaces", name, "mtu")
    return made.with_interface(name, **changes)


def _within(node: Node, leaf_name: str, most: int, name: str) -> int | None:
    if not node.value(leaf_name):
        return None
    return config.within(_number(node, leaf_name, 0), 1, most, "interfaces", name, leaf_name)


def _addresses(node: Node, version: int, name: str) -> list[str]:
    found = []
    for one in _children(node, f"ipv{version}", "address"):
        length = one.value("prefix-length")
        if not length:
            raise _missing("prefix-length", f"/interfaces/interface[name='{name}']/ipv{version}/address")
        text = config.address(f"{one.value('ip')}/{length}", "interfaces", name, f"ipv{version}")
        if ipaddress.ip_interface(text).version != version:
            raise ConfigError(f"{text} is no address of IPv{version}", "interfaces", name)
        found.append(text)
    return found


def _with_routes(made: Config, root: Node) -> Config:
    for protocol in _children(root, "routing", "control-plane-protocols", "control-plane-protocol"):
        kind = protocol.find("type")
        if kind is None or kind.identity[1] != _STATIC or protocol.value("name") != _STATIC:
            raise fault("invalid-value", "only rt:static, named static, is configured here", path="/routing")
        for version in (4, 6):
            for route in _few("routes", _children(protocol, "static-routes", f"ipv{version}", "route")):
                made = _with_route(made, route, version)
    return made


def _with_route(made: Config, route: Node, version: int) -> Config:
    to = config.prefix(route.value("destination-prefix"), "routing", "route")
    if ipaddress.ip_network(to).version != version:
        raise ConfigError(f"{to} is no prefix of IPv{version}", "routing", "route")
    hops = [route.value("next-hop", "next-hop-address")]
    hops += [hop.value("next-hop-address") for hop in _children(route, "next-hop", "next-hop-list", "next-hop")]
    if not any(hops):
        raise _missing("next-hop-address", f"/routing/route[destination-prefix='{to}']")
    for hop in filter(None, hops):
        made = made.with_route(to, config.next_hop(hop, "routing", "route", "next-hop"))
    return made
