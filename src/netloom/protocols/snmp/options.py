"""What SNMP can be told, by name, and who is meant by an endpoint's user (RFC 3411 §4, RFC 3584 §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from netloom.endpoint import Secret
from netloom.errors import UsageError

if TYPE_CHECKING:
    from netloom.endpoint import Endpoint

PUBLIC = "public"
Hex = Annotated[str, Meta(pattern="^(0x)?([0-9A-Fa-f]{2})*$")]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What SNMP can be told. Times are seconds."""

    version: Annotated[
        Literal["", "1", "2c", "3"],
        Meta(description="version to speak; without it 3 where the endpoint has user and password, otherwise 2c"),
    ] = ""
    community: Annotated[
        Secret | None,
        Meta(description="1, 2c: the community, which may stand as the user as well; serving: the one that reads"),
    ] = None
    auth: Annotated[
        Literal["sha256", "sha512", "sha384", "sha224", "sha", "md5", "none"],
        Meta(description="3: how a user proves who it is, and who answers"),
    ] = "sha256"
    priv: Annotated[
        Literal["aes", "aes192", "aes256", "aes192c", "aes256c", "des", "none"],
        Meta(description="3: how messages are encrypted (aes192c, aes256c: keys as Cisco extends them)"),
    ] = "aes"
    auth_password: Annotated[Secret | None, Meta(description="3: password, instead of the endpoint's")] = None
    priv_password: Annotated[Secret | None, Meta(description="3: password that encrypts, where it is another one")] = (
        None
    )
    context: Annotated[str, Meta(max_length=255, description="3: name of the context")] = ""
    context_engine: Annotated[Hex, Meta(description="3: engine of the context, in hex; without it the peer's")] = ""
    engine_id: Annotated[Hex, Meta(description="3, sending traps and serving: our own engine's identifier, in hex")] = (
        ""
    )
    request: Annotated[
        Literal["get", "next", "bulk"], Meta(description="get: ask for the values themselves, or for those after them")
    ] = "get"
    max_repetitions: Annotated[
        int, Meta(ge=0, le=1000, description="list, bulk: values a round (0: one by one, with get-next)")
    ] = 25
    non_repeaters: Annotated[int, Meta(ge=0, le=1000, description="bulk: how many are asked for once")] = 0
    retries: Annotated[int, Meta(ge=0, le=20, description="how often to ask again while no answer comes")] = 3
    patience: Annotated[float, Meta(gt=0, le=3600, description="seconds until it asks again")] = 1.0
    inform: Annotated[bool, Meta(description="send: have the notification confirmed")] = False
    agent_address: Annotated[str, Meta(description="send, version 1: IPv4 address that the trap is from")] = "0.0.0.0"  # noqa: S104  # RFC 3584 §3.2: none
    mibs: Annotated[tuple[str, ...], Meta(description="a file or folder with MIB modules (repeat it)")] = ()
    numeric: Annotated[bool, Meta(description="show identifiers as numbers")] = False
    communities: Annotated[
        Literal["none", "tokens", "names"],
        Meta(description="serving: what of an account is a community with its rights, sent in the clear"),
    ] = "none"
    amplify: Annotated[
        int,
        Meta(
            ge=0,
            le=65535,
            description="serving udp: an answer to somebody unproven is at most so many times as long (0: any length)",
        ),
    ] = 3
    notify: Annotated[
        tuple[str, ...],
        Meta(description="serving udp: tell of starts, wrong communities, changes: snmptrap://COMMUNITY@HOST (repeat)"),
    ] = ()

    def __post_init__(self) -> None:
        """Raises UsageError at once for a place to tell that is none, and not when there is something to tell."""
        if self.notify:
            from netloom.protocols.snmp.notifier import receiver

            for place in self.notify:
                receiver(place)


class Identity(msgspec.Struct, frozen=True):
    """As whom one speaks: in v1 and v2c a community, in v3 a user with passwords or without."""

    version: str
    community: bytes = b""
    user: str = ""
    password: Secret | None = None
    priv_password: Secret | None = None

    @property
    def proves(self) -> bool:
        """Whether a user of v3 has something to prove it with."""
        return self.password is not None


def identity(endpoint: Endpoint, options: Options) -> Identity:
    """Who is meant. Raises UsageError for what can't be."""
    password = options.auth_password or endpoint.password
    version = options.version or ("3" if endpoint.user and password is not None else "2c")
    if version != "3":
        given = options.community
        if given is None:
            given = Secret(endpoint.user) if endpoint.user else endpoint.password or Secret(PUBLIC)
        return Identity(version, given.reveal().encode("utf-8", "surrogateescape"))
    if options.auth == "none" or not endpoint.user:
        password = None
    if endpoint.user and options.auth != "none" and password is None and options.version == "3":
        raise UsageError(
            f"{endpoint.user} has no password", hint="snmp://USER:PASSWORD@HOST, or auth=none to prove nothing"
        )
    if password is not None and not password:
        raise UsageError("an empty password proves nothing", hint="auth=none goes without")
    if len(endpoint.user.encode()) > 32:
        raise UsageError("a user's name has at most 32 octets (RFC 3414 §2.4)")
    private = (options.priv_password or password) if options.priv != "none" and password is not None else None
    return Identity("3", b"", endpoint.user, password, private)


def octets(text: str) -> bytes:
    """An option that is hex."""
    return bytes.fromhex(text.removeprefix("0x"))
