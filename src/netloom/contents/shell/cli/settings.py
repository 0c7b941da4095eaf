"""What commands configure, whatever the dialect calls them: each function takes the line and its arguments."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from netloom.contents.shell.cli.line import Refused
from netloom.contents.shell.device import config as configs
from netloom.contents.shell.device import crypt
from netloom.contents.shell.device.config import Config, ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.contents.shell.cli.dialect import Arguments
    from netloom.contents.shell.cli.grammar import Handler
    from netloom.contents.shell.cli.line import CommandLine

_TEXTS: dict[str, Callable[[str], str]] = {
    "hostname": configs.host_name,
    "domain": configs.domain_name,
    "contact": lambda text: configs.free_text(text, "contact"),
    "location": lambda text: configs.free_text(text, "location"),
}


def text(field: str) -> Handler:
    """A handler that sets one of the texts of a configuration to `value`, or to what it is by default."""

    def handle(cli: CommandLine, arguments: Arguments) -> None:
        usual = getattr(Config(), field)
        value = _TEXTS[field](arguments["value"]) if "value" in arguments else usual
        cli.configure(lambda config: replace(config, **{field: value}))

    return handle


def listed(field: str, *, gone: bool = False) -> Handler:
    """A handler that adds a server to one of the lists, or takes it away (all of them, where none is named)."""

    def handle(cli: CommandLine, arguments: Arguments) -> None:
        value = configs.server(arguments["value"], field) if "value" in arguments else None

        def change(config: Config) -> Config:
            present = getattr(config, field)
            kept = tuple(known for known in present if known != value) if value is not None else ()
            return replace(config, **{field: kept if gone else (*kept, value) if value not in present else present})

        cli.configure(change)

    return handle


# Interfaces: `cli.place` is the one that is configured


def of_interface(**changes: Any) -> Handler:
    """A handler that sets fields of an interface to fixed values."""

    def handle(cli: CommandLine, arguments: Arguments) -> None:
        cli.configure(lambda config: config.with_interface(cli.place, **changes))

    return handle


def description(cli: CommandLine, arguments: Arguments) -> None:
    """What an interface is for."""
    said = configs.free_text(arguments["value"], "interfaces", cli.place, "description")
    cli.configure(lambda config: config.with_interface(cli.place, description=said))


def mtu(cli: CommandLine, arguments: Arguments) -> None:
    size = configs.within(arguments["value"], 68, 10_000, "interfaces", cli.place, "mtu")
    cli.configure(lambda config: config.with_interface(cli.place, mtu=size))


def set_address(cli: CommandLine, text: str, *, more: bool = False) -> None:
    """Give an interface an address in place of the primary one of its family, or `more` beside those that it has."""
    value = configs.address(text, "interfaces", cli.place)
    version = ipaddress.ip_interface(value).version

    def change(config: Config) -> Config:
        present = config.interface(cli.place).addresses
        same = [known for known in present if ipaddress.ip_interface(known).version == version and known != value]
        others = [known for known in present if ipaddress.ip_interface(known).version != version]
        kept = [*same, value] if more else [value, *same[1:]]
        found = [*kept, *others] if version == 4 else [*others, *kept]
        return config.with_interface(cli.place, addresses=tuple(found))

    cli.configure(change)


def address(cli: CommandLine, arguments: Arguments) -> None:
    """`ip` and `length`, or `cidr`."""
    said = arguments.get("cidr") or f"{arguments['ip']}/{arguments['length']}"
    set_address(cli, said, more=arguments.get("more", False))


def no_address(cli: CommandLine, arguments: Arguments) -> None:
    """Without one address, or without all of a family (`version`)."""
    version = arguments.get("version", 4)
    said = arguments.get("cidr") or (f"{arguments['ip']}/{arguments['length']}" if "ip" in arguments else "")

    def change(config: Config) -> Config:
        present = config.interface(cli.place).addresses
        if said and str(ipaddress.ip_interface(said)) not in present:
            raise ConfigError(f"{said} isn't configured", "interfaces", cli.place)
        kept = tuple(
            known
            for known in present
            if ipaddress.ip_interface(known).version != version or (said and known != str(ipaddress.ip_interface(said)))
        )
        return config.with_interface(cli.place, addresses=kept)

    cli.configure(change)


def make_interface(cli: CommandLine, name: str) -> None:
    """What is virtual is made when it is named first."""
    if not cli.hardware.is_port(name) and name not in cli.configured.interfaces:
        cli.configure(lambda config: config.with_interface(name))


def no_interface(cli: CommandLine, arguments: Arguments) -> None:
    """Ports stay, as they are by default."""
    name = arguments["name"]
    if name not in cli.configured.interfaces:
        raise Refused("% Interface does not exist\n")
    cli.configure(lambda config: config.without_interface(name))
    if cli.place == name:
        cli.place = None


# VLANs, users, routes


def vlan_name(cli: CommandLine, arguments: Arguments) -> None:
    """The name of the VLAN that is configured."""
    name = configs.vlan_name(arguments["value"]) if "value" in arguments else configs.usual_vlan_name(cli.place)
    cli.configure(lambda config: config.with_vlan(cli.place, name))


def no_vlan(cli: CommandLine, arguments: Arguments) -> None:
    """Ports that were in it are in none then. VLAN 1 stays."""
    number = arguments["number"]
    if number == 1:
        raise Refused("% Default VLAN 1 may not be deleted.\n")

    def change(config: Config) -> Config:
        for interface in list(config.interfaces.values()):
            if interface.vlan == number:
                config = config.with_interface(interface.name, vlan=None)
        return config.without_vlan(number)

    cli.configure(change)


def access_vlan(cli: CommandLine, arguments: Arguments) -> str:
    """The port is in a VLAN, which is made where it isn't there."""
    number = arguments["number"]
    is_new = number not in cli.configured.vlans
    cli.configure(
        lambda config: (config.with_vlan(number) if is_new else config).with_interface(cli.place, vlan=number)
    )
    return f"% Access VLAN does not exist. Creating vlan {number}\n" if is_new else ""


def default_vlan(cli: CommandLine, arguments: Arguments) -> None:
    """The port is in a VLAN that is there."""
    cli.configure(lambda config: config.with_interface(cli.place, vlan=arguments["number"]))


def user(cli: CommandLine, arguments: Arguments) -> None:
    """A user's `level`, and the `password` as it was typed or as it was hashed before."""
    name = configs.user_name(arguments["name"])
    changes: dict[str, Any] = {}
    if "level" in arguments:
        changes["level"] = arguments["level"]
    if "password" in arguments:
        changes["password"] = hashed(arguments["password"], arguments.get("kind"))
    cli.configure(lambda config: config.with_user(name, **changes))


def no_user(cli: CommandLine, arguments: Arguments) -> None:
    cli.configure(lambda config: config.without_user(arguments["name"]))


def enable_secret(cli: CommandLine, arguments: Arguments) -> None:
    """What `enable` asks for; nothing, where there is no `password`."""
    secret = hashed(arguments["password"], arguments.get("kind")) if "password" in arguments else ""
    cli.configure(lambda config: replace(config, enable_secret=secret))


def hashed(password: str, kind: object = None) -> str:
    """A password as it is kept. `kind` says how it was hashed already: not at all for None, 0 and an empty text."""
    if kind in (None, 0, "", "0"):
        try:
            return crypt.hashed(password)
        except ValueError as error:
            raise ConfigError(str(error), "password") from None
    if not crypt.is_hash(password):
        raise Refused("ERROR: The secret you entered is not a valid encrypted secret.\n")
    return password


def cipher(handler: Handler) -> Handler:
    """The same with a password that may be hashed already, which shows by itself."""

    def handle(cli: CommandLine, arguments: Arguments) -> object:
        kind = "6" if crypt.is_hash(arguments["password"]) else None
        return handler(cli, {**arguments, "kind": kind})

    return handle


def route(cli: CommandLine, arguments: Arguments) -> None:
    """`prefix`, or `ip` and `length`, and a `next_hop`."""
    found = _destination(arguments), configs.next_hop(arguments["next_hop"], "routes")
    cli.configure(lambda config: config.with_route(*found))


def no_route(cli: CommandLine, arguments: Arguments) -> None:
    found = _destination(arguments)
    hop = arguments.get("next_hop", "")
    if not any(route.prefix == found and hop in ("", route.next_hop) for route in cli.configured.routes):
        raise Refused("%No matching route to delete\n")
    cli.configure(lambda config: config.without_route(found, hop))


def _destination(arguments: Arguments) -> str:
    if "prefix" in arguments:
        return str(arguments["prefix"])
    try:
        return str(ipaddress.ip_network(f"{arguments['ip']}/{arguments['length']}"))
    except ValueError:
        raise Refused("%Inconsistent address and mask\n") from None
