"""What a lab's file describes: servers and relays, what they serve to whom, and the networks that they live in."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Option = str | int | float | bool


class Account(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may log in, and do what."""

    password: Annotated[str, Meta(min_length=1)]
    rights: Literal["write", "read"] = "write"


class Network(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A network of its own, with a namespace for each that lives in it."""

    cidr: str


class Router(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Passes packets on between networks."""

    networks: Annotated[list[str], Meta(min_length=1)]


class Server(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One content, or each protocol's own, behind some endpoints.

    `content` is a name of the lab's contents or KIND[:ARGUMENT]. `accounts` are names: all where it isn't said.
    `network` is where it lives, with an `address` there or the next one that is free.
    """

    endpoints: Annotated[list[str], Meta(min_length=1)]
    content: str = ""
    accounts: list[str] | None = None
    faults: list[str] = []
    options: dict[str, Option] = {}
    network: str = ""
    address: str = ""


class Relay(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Carries what comes to `listen` on to `target`: an endpoint, or a server of the lab by its name.

    `names` are other targets for server names that TLS asks for.
    """

    listen: str
    target: str
    names: dict[str, str] = {}
    faults: list[str] = []
    options: dict[str, Option] = {}
    network: str = ""
    address: str = ""


class Town(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it. `contents` are KIND[:ARGUMENT] by names that servers share."""

    title: str = ""
    accounts: dict[str, Account] = {}
    contents: dict[str, str] = {}
    networks: dict[str, Network] = {}
    routers: dict[str, Router] = {}
    servers: dict[str, Server] = {}
    relays: dict[str, Relay] = {}
