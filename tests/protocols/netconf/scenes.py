"""Sessions at a server of ours: operations by name or as XML, and what they are answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom.protocols.netconf import requests
from netloom.wire.netconf.messages import BASE

if TYPE_CHECKING:
    from netloom.protocols.netconf.dialogue import Dialogue
    from netloom.wire.netconf.messages import Reply
    from tests.protocols.places import Places

SYSTEM = "urn:ietf:params:xml:ns:yang:ietf-system"
INTERFACES = "urn:ietf:params:xml:ns:yang:ietf-interfaces"
IP = "urn:ietf:params:xml:ns:yang:ietf-ip"
DEVICE = "urn:netloom:yang:netloom-device"


class Session:
    """One session of a user."""

    def __init__(self, dialogue: Dialogue) -> None:
        self.dialogue = dialogue

    @classmethod
    async def of(cls, place: Places, user: str = "ann", options: str = "") -> Session:
        return cls(await place.client("netconf", user=f"{user}:secret", options=options).dialogue())

    async def __call__(self, command: str) -> Reply:
        """An operation in words or as XML. Raises PeerRefused."""
        return await self.dialogue.ask(requests.operation(command))

    async def edit(self, config: str, target: str = "running", more: str = "") -> Reply:
        """An edit of a datastore."""
        return await self(edit(config, target, more))

    async def value(self, *path: str, store: str = "running") -> str:
        """The text at a path of elements in a datastore."""
        reply = await self(f"get-config {store}")
        return reply.content[0].value(*path)


def edit(config: str, target: str = "running", more: str = "") -> str:
    """An edit-config element."""
    return (
        f'<edit-config xmlns="{BASE}" xmlns:nc="{BASE}"><target><{target}/></target>{more}'
        f"<config>{config}</config></edit-config>"
    )


def system(inner: str) -> str:
    """Something below the system container."""
    return f'<system xmlns="{SYSTEM}">{inner}</system>'


def interface(name: str, inner: str, attributes: str = "") -> str:
    """Something below one interface."""
    return (
        f'<interfaces xmlns="{INTERFACES}"><interface{attributes}><name>{name}</name>{inner}</interface></interfaces>'
    )


def contact(text: str) -> str:
    return system(f"<contact>{text}</contact>")


def tags(error: Any) -> list[str]:
    """A refusal's tags, first the one that is its code."""
    return [part.split()[0].rstrip(":") for part in error.message.split("; ")]
