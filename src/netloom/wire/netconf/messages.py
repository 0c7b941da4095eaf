"""NETCONF's messages: hello, rpc, its reply with errors, and notifications (RFC 6241 §4, §8.1; RFC 5277)."""

from __future__ import annotations

import msgspec

from netloom.errors import RemoteProtocolError
from netloom.wire.netconf import xml
from netloom.wire.netconf.xml import Node, container, leaf

BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"
NOTIFICATION = "urn:ietf:params:xml:ns:netconf:notification:1.0"
BASE_10 = "urn:ietf:params:netconf:base:1.0"
BASE_11 = "urn:ietf:params:netconf:base:1.1"
CAPABILITY = "urn:ietf:params:netconf:capability:"
CAPABILITIES = 4096
_TAGS = {
    "in-use", "invalid-value", "too-big", "missing-attribute", "bad-attribute", "unknown-attribute",
    "missing-element", "bad-element", "unknown-element", "unknown-namespace", "access-denied", "lock-denied",
    "resource-denied", "rollback-failed", "data-exists", "data-missing", "operation-not-supported",
    "operation-failed", "malformed-message",
}  # fmt: skip


class Hello(msgspec.Struct, frozen=True):
    """What a side can do. The server's has the session's number."""

    capabilities: tuple[str, ...]
    session: int | None = None

    def has(self, name: str) -> bool:
        """Whether a capability is there in any version, by its short name: `candidate`, `confirmed-commit` …"""
        return any(said.startswith(f"{CAPABILITY}{name}:") for said in self.capabilities)

    @property
    def is_chunked(self) -> bool:
        return BASE_11 in self.capabilities


class RpcError(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that went wrong (RFC 6241 §4.3)."""

    tag: str
    type: str = "application"
    severity: str = "error"
    app_tag: str = ""
    path: str = ""
    message: str = ""
    info: tuple[Node, ...] = ()

    def __str__(self) -> str:
        where = f" at {self.path}" if self.path else ""
        what = self.message or (f"{self.app_tag}" if self.app_tag else "")
        return f"{self.tag}{where}{f': {what}' if what else ''}"


class Fault(Exception):
    """Raised where an operation can't be done: the errors of its reply."""

    def __init__(self, *errors: RpcError) -> None:
        super().__init__("; ".join(map(str, errors)))
        self.errors = errors


class Rpc(msgspec.Struct, frozen=True):
    """An operation that is asked for. `attributes` are those of the rpc element; its reply repeats them."""

    operation: Node
    attributes: dict[str, str]


class Reply(msgspec.Struct, frozen=True):
    """What came of it: nothing more than ok, what was asked for, or errors (and warnings)."""

    attributes: dict[str, str]
    content: tuple[Node, ...] = ()
    errors: tuple[RpcError, ...] = ()
    is_ok: bool = False


class Notification(msgspec.Struct, frozen=True):
    """Something happened, at a moment (RFC 3339)."""

    at: str
    event: Node


# What is said


def emit_hello(hello: Hello) -> bytes:
    capabilities = container("capabilities", BASE, *(leaf("capability", BASE, said) for said in hello.capabilities))
    session = leaf("session-id", BASE, hello.session) if hello.session is not None else None
    return xml.emit(container("hello", BASE, capabilities, session), declaration=True)


def emit_rpc(rpc: Rpc) -> bytes:
    return xml.emit(Node("rpc", BASE, children=[rpc.operation], attributes=rpc.attributes), declaration=True)


def emit_reply(reply: Reply) -> bytes:
    children = [_emit_error(error) for error in reply.errors]
    children += [Node("ok", BASE)] if reply.is_ok else list(reply.content)
    return xml.emit(Node("rpc-reply", BASE, children=children, attributes=reply.attributes), declaration=True)


def emit_notification(notification: Notification) -> bytes:
    at = leaf("eventTime", NOTIFICATION, notification.at)
    return xml.emit(container("notification", NOTIFICATION, at, notification.event), declaration=True)


def _emit_error(error: RpcError) -> Node:
    message = leaf("error-message", BASE, error.message) if error.message else None
    if message is not None:
        message.attributes = {"{http://www.w3.org/XML/1998/namespace}lang": "en"}
    return container(
        "rpc-error",
        BASE,
        leaf("error-type", BASE, error.type),
        leaf("error-tag", BASE, error.tag),
        leaf("error-severity", BASE, error.severity),
        leaf("error-app-tag", BASE, error.app_tag) if error.app_tag else None,
        leaf("error-path", BASE, error.path) if error.path else None,
        message,
        container("error-info", BASE, *error.info) if error.info else None,
    )


# What is heard


def parse_hello(data: bytes) -> Hello:
    """Raises RemoteProtocolError."""
    node = xml.parse(data)
    if (node.name, node.ns) != ("hello", BASE):
        raise RemoteProtocolError(f"<hello> is expected first, not <{node.name}>", rule="RFC 6241 §8.1", seen=data[:64])
    listed = node.find("capabilities", BASE)
    said = tuple(child.text.strip() for child in listed.all("capability", BASE)) if listed is not None else ()
    if len(said) > CAPABILITIES:
        raise RemoteProtocolError(f"more than {CAPABILITIES} capabilities", rule="RFC 6241 §8.1")
    if BASE_10 not in said and BASE_11 not in said:
        raise RemoteProtocolError("a hello without any version that is spoken here", rule="RFC 6241 §8.1")
    number = node.value("session-id")
    if number and not (number.isascii() and number.isdigit() and 1 <= int(number[:11]) < 2**32):
        raise RemoteProtocolError(f"a session-id is a number from 1 on, not {number[:20]!r}", rule="RFC 6241 §8.1")
    return Hello(said, int(number) if number else None)


def parse(data: bytes) -> Rpc | Reply | Notification:
    """Any message after the hello. Raises RemoteProtocolError."""
    node = xml.parse(data)
    if (node.name, node.ns) == ("rpc", BASE):
        if len(node.children) != 1:
            raise RemoteProtocolError(f"an rpc has one operation, not {len(node.children)}", rule="RFC 6241 §4.1")
        return Rpc(node.children[0], node.attributes)
    if (node.name, node.ns) == ("rpc-reply", BASE):
        errors = tuple(_parse_error(child) for child in node.all("rpc-error", BASE))
        content = tuple(child for child in node.children if child.ns != BASE or child.name not in ("rpc-error", "ok"))
        return Reply(node.attributes, content, errors, node.find("ok", BASE) is not None)
    if (node.name, node.ns) == ("notification", NOTIFICATION):
        events = [child for child in node.children if child.name != "eventTime"]
        if len(events) != 1 or not node.value("eventTime"):
            raise RemoteProtocolError("a notification has its time and one event", rule="RFC 5277 §4")
        return Notification(node.value("eventTime"), events[0])
    raise RemoteProtocolError(f"<{node.name}> is no message", rule="RFC 6241 §4", seen=data[:64])


def _parse_error(node: Node) -> RpcError:
    info = node.find("error-info", BASE)
    return RpcError(
        tag=node.value("error-tag") or "operation-failed",
        type=node.value("error-type") or "application",
        severity=node.value("error-severity") or "error",
        app_tag=node.value("error-app-tag"),
        path=node.value("error-path"),
        message=" ".join(node.value("error-message").split()),
        info=tuple(info.children) if info is not None else (),
    )


def fault(tag: str, message: str = "", *, kind: str = "application", path: str = "", **info: str) -> Fault:
    """A fault with one error; `info` are texts of its error-info, `bad_element` being bad-element."""
    assert tag in _TAGS, tag  # noqa: S101  # RFC 6241, appendix A, has no others
    nodes = tuple(leaf(name.replace("_", "-"), BASE, value) for name, value in info.items())
    return Fault(RpcError(tag=tag, type=kind, path=path, message=message, info=nodes))
