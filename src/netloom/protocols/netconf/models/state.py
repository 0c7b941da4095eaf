"""What a device tells of itself beside its configuration (RFC 7317, RFC 8343, RFC 6022)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from netloom.protocols.netconf.models import convert, modules
from netloom.protocols.netconf.models.modules import INTERFACES, MONITORING, SYSTEM
from netloom.wire.netconf.xml import Node, container, leaf

if TYPE_CHECKING:
    from netloom.contents.shell.device import Config, Device, Session
    from netloom.contents.shell.device.config import Interface


def moment(seconds: float) -> str:
    """A moment as RFC 3339 has it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def with_state(device: Device, capabilities: tuple[str, ...]) -> Node:
    """What runs, and what is going on."""
    made = convert.tree(device.running, device.hardware)
    for at, top in enumerate(made.children):
        if top.name == "interfaces":
            every = [_interface(device, one) for one in device.running.interfaces.values()]
            made.children[at] = container("interfaces", INTERFACES, *every)
    made.children += [_system(device), _monitoring(device, capabilities)]
    return made


def _system(device: Device) -> Node:
    hardware = device.hardware
    platform = container(
        "platform",
        SYSTEM,
        leaf("os-name", SYSTEM, hardware.system),
        leaf("os-release", SYSTEM, hardware.release),
        leaf("os-version", SYSTEM, "simulated by netloom"),
        leaf("machine", SYSTEM, hardware.model),
    )
    clock = container(
        "clock",
        SYSTEM,
        leaf("current-datetime", SYSTEM, moment(device.clock())),
        leaf("boot-datetime", SYSTEM, moment(device.booted)),
    )
    return container("system-state", SYSTEM, platform, clock)


def _interface(device: Device, found: Interface) -> Node:
    hardware, traffic = device.hardware, device.traffic
    counted = traffic.counters(found.name, device.clock())
    statistics = container(
        "statistics",
        INTERFACES,
        leaf("discontinuity-time", INTERFACES, moment(device.booted)),
        leaf("in-octets", INTERFACES, counted.in_octets),
        leaf("in-unicast-pkts", INTERFACES, counted.in_packets),
        leaf("in-errors", INTERFACES, counted.in_errors),
        leaf("out-octets", INTERFACES, counted.out_octets),
        leaf("out-unicast-pkts", INTERFACES, counted.out_packets),
    )
    loopback = hardware.is_loopback(found.name)
    return convert.interface(
        found,
        hardware,
        leaf("admin-status", INTERFACES, "up" if found.enabled else "down"),
        leaf("oper-status", INTERFACES, "up" if traffic.is_up(device.running, found.name) else "down"),
        leaf("if-index", INTERFACES, hardware.number(found.name)),
        *([] if loopback else [leaf("phys-address", INTERFACES, hardware.mac(found.name))]),
        *([] if loopback else [leaf("speed", INTERFACES, hardware.speed)]),
        statistics,
    )


def _monitoring(device: Device, capabilities: tuple[str, ...]) -> Node:
    stores = ("running", "candidate", "startup") if device.startup is not None else ("running", "candidate")
    return container(
        "netconf-state",
        MONITORING,
        container("capabilities", MONITORING, *(leaf("capability", MONITORING, one) for one in capabilities)),
        container("datastores", MONITORING, *(_store(device, name) for name in stores)),
        container(
            "schemas", MONITORING, *(_schema(module) for module in modules.MODULES if module.name == modules.OWN)
        ),
        container("sessions", MONITORING, *(_session(one) for one in device.sessions.values() if one.via == "netconf")),
    )


def _store(device: Device, name: str) -> Node:
    holder = device.locks.get(name)
    lock = None
    if holder is not None:
        number = holder.number if holder.via == "netconf" else 0
        told = leaf("locked-by-session", MONITORING, number), leaf("locked-time", MONITORING, moment(holder.since))
        lock = container("locks", MONITORING, container("global-lock", MONITORING, *told))
    return container("datastore", MONITORING, leaf("name", MONITORING, name), lock)


def _schema(module: modules.Module) -> Node:
    return container(
        "schema",
        MONITORING,
        leaf("identifier", MONITORING, module.name),
        leaf("version", MONITORING, module.revision),
        Node("format", MONITORING, "ncm:yang", prefixes={"ncm": MONITORING}),
        leaf("namespace", MONITORING, module.namespace),
        leaf("location", MONITORING, "NETCONF"),
    )


def _session(session: Session) -> Node:
    host = session.peer.rpartition(":")[0].strip("[]")
    return container(
        "session",
        MONITORING,
        leaf("session-id", MONITORING, session.number),
        Node("transport", MONITORING, "ncm:netconf-ssh", prefixes={"ncm": MONITORING}),
        leaf("username", MONITORING, session.user),
        leaf("source-host", MONITORING, host) if host else None,
        leaf("login-time", MONITORING, moment(session.since)),
    )


def configured(config: Config, device: Device) -> Node:
    """A datastore's configuration."""
    return convert.tree(config, device.hardware)
