"""NETCONF's operations on the simulated device: each is given its element, and gives what its reply holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.contents import Forbidden, NotFound
from netloom.contents.shell.device import Busy, Config, ConfigError
from netloom.contents.shell.device import config as configs
from netloom.protocols.netconf.models import convert, modules, state
from netloom.protocols.netconf.models.modules import MONITORING
from netloom.protocols.netconf.models.schema import ROOT
from netloom.wire.netconf import edit, subtree
from netloom.wire.netconf.messages import BASE, NOTIFICATION, Fault, fault
from netloom.wire.netconf.xml import Node, leaf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from netloom.contents.shell.device import Device, Session

CAPABILITIES = (
    "urn:ietf:params:netconf:base:1.0",
    "urn:ietf:params:netconf:base:1.1",
    "urn:ietf:params:netconf:capability:writable-running:1.0",
    "urn:ietf:params:netconf:capability:candidate:1.0",
    "urn:ietf:params:netconf:capability:confirmed-commit:1.1",
    "urn:ietf:params:netconf:capability:rollback-on-error:1.0",
    "urn:ietf:params:netconf:capability:validate:1.1",
    "urn:ietf:params:netconf:capability:startup:1.0",
    "urn:ietf:params:netconf:capability:notification:1.0",
    "urn:ietf:params:netconf:capability:interleave:1.0",
    *(module.capability for module in modules.MODULES),
)
CONFIRM_WITHIN = 600.0
"""Seconds in which a confirmed commit has to be confirmed, where nothing else is said (RFC 6241 §8.4.5)."""
PERSIST_LIMIT = 256
_STORES = ("running", "candidate", "startup")
_TEST_OPTIONS = ("test-then-set", "set", "test-only")
_ERROR_OPTIONS = ("stop-on-error", "continue-on-error", "rollback-on-error")


class Operations:
    """What one session may ask for. `closing` is set once it has said goodbye, `subscribed` once it wants events."""

    def __init__(self, device: Device, session: Session, *, may_read: bool) -> None:
        self.device = device
        self.session = session
        self.closing = False
        self.subscribed = False
        self._may_read = may_read

    def knows(self, operation: Node) -> bool:
        """Whether it is one of ours."""
        return (operation.ns, operation.name) in self._HANDLERS

    def run(self, operation: Node) -> tuple[Node, ...] | None:
        """Carry out an operation; None is ok without more. Raises Fault."""
        handler = self._HANDLERS.get((operation.ns, operation.name))
        if handler is None:
            raise fault(
                "operation-not-supported", f"<{operation.name}> isn't known here", kind="protocol",
                bad_element=operation.name,
            )  # fmt: skip
        if not self._may_read and operation.name != "close-session":
            raise fault("access-denied", f"{self.session.user} may not read here", kind="protocol")
        try:
            return handler(self, operation)
        except Busy as error:
            raise _busy(error, operation) from None
        except Forbidden as error:
            raise fault("access-denied", str(error), kind="protocol") from None
        except ConfigError as error:
            path = "/" + "/".join(error.path) if error.path else ""
            raise fault("invalid-value", str(error), path=path) from None
        except NotFound as error:
            raise fault("data-missing", str(error)) from None

    # What there is

    def _get(self, operation: Node) -> tuple[Node, ...]:
        return self._filtered(state.with_state(self.device, CAPABILITIES), operation)

    def _get_config(self, operation: Node) -> tuple[Node, ...]:
        found = self.device.get(_store(operation, "source"))
        return self._filtered(convert.tree(found, self.device.hardware), operation)

    def _filtered(self, data: Node, operation: Node) -> tuple[Node, ...]:
        wanted = operation.find("filter", BASE)
        if wanted is not None:
            kind = wanted.attributes.get("type", wanted.attributes.get(f"{{{BASE}}}type", "subtree"))
            if kind != "subtree":
                raise fault("bad-attribute", "filters are subtrees here", bad_attribute="type", bad_element="filter")
            data = subtree.select(data, wanted)
        return (Node("data", BASE, children=data.children),)

    def _get_schema(self, operation: Node) -> tuple[Node, ...]:
        if operation.value("format").rpartition(":")[2] not in ("", "yang"):
            raise fault("invalid-value", "schemas are YANG here", path="/format")
        text = modules.text(operation.value("identifier"), operation.value("version"))
        if text is None:
            raise fault("invalid-value", f"there is no schema {operation.value('identifier')!r} here")
        return (leaf("data", MONITORING, text),)

    # What is changed

    def _edit_config(self, operation: Node) -> None:
        target = _store(operation, "target", ("running", "candidate"))
        default = _option(operation, "default-operation", ("merge", "replace", "none"))
        test = _option(operation, "test-option", _TEST_OPTIONS)
        goes_on = _option(operation, "error-option", _ERROR_OPTIONS) == "continue-on-error"
        wanted = operation.find("config", BASE)
        if wanted is None:
            raise fault("missing-element", "there is no <config>", kind="protocol", bad_element="config")
        problems: list[Fault] = []

        def change(config: Config) -> Config:
            data = convert.tree(config, self.device.hardware)
            try:
                made = edit.apply(data, wanted, ROOT, default, goes_on=goes_on)
            except edit.Partial as partial:
                problems.append(partial)
                made = partial.data
            return convert.config_of(made, self.device.hardware)

        if test == "test-only":
            self.device.guard(self.session, target)
            self._check(change(self.device.get(target)))
        else:
            self.device.edit(self.session, target, change, check=test == "test-then-set" and target == "running")
        if problems:
            raise Fault(*problems[0].errors)

    def _copy_config(self, operation: Node) -> None:
        target = _store(operation, "target")
        source = operation.find("source", BASE)
        inline = source.find("config", BASE) if source is not None else None
        if inline is not None:
            empty = Node("data")
            made = convert.config_of(edit.apply(empty, inline, ROOT, "merge"), self.device.hardware)
        else:
            made = self.device.get(_store(operation, "source"))
            if _store(operation, "source") == target:
                raise fault("invalid-value", "a datastore can't be copied to itself", kind="protocol")
        if target == "startup" and self.device.startup is None:
            self.device.guard(self.session, target)
            self.device.startup = self.device.hardware.complete(made)
            return
        self.device.edit(self.session, target, lambda _: made, check=target != "candidate")

    def _delete_config(self, operation: Node) -> None:
        _store(operation, "target", ("startup",))
        self.device.delete_startup(self.session)

    def _validate(self, operation: Node) -> None:
        source = operation.find("source", BASE)
        inline = source.find("config", BASE) if source is not None else None
        if inline is not None:
            self._check(convert.config_of(edit.apply(Node("data"), inline, ROOT, "merge"), self.device.hardware))
        else:
            self._check(self.device.get(_store(operation, "source")))

    def _check(self, config: Config) -> None:
        configs.check(self.device.hardware.complete(config))

    # Locks and commits

    def _lock(self, operation: Node) -> None:
        self.device.lock(self.session, _store(operation, "target"))

    def _unlock(self, operation: Node) -> None:
        store = _store(operation, "target")
        if self.device.locks.get(store) is not self.session:
            raise fault("operation-failed", f"{store} isn't locked by this session", kind="protocol")
        self.device.unlock(self.session, store)

    def _commit(self, operation: Node) -> None:
        if operation.find("confirmed", BASE) is None:
            for name in ("confirm-timeout", "persist"):
                if operation.find(name, BASE) is not None:
                    raise fault("bad-element", f"{name} goes with confirmed", kind="protocol", bad_element=name)
            self.device.commit(self.session, persist_id=operation.value("persist-id"))
            return
        text = operation.value("confirm-timeout")
        if text and not (text.isascii() and text.isdigit() and 1 <= int(text[:11]) < 2**32):
            raise fault("invalid-value", "confirm-timeout is a number of seconds from 1 on", kind="protocol")
        persist = operation.value("persist")
        if len(persist) > PERSIST_LIMIT:
            raise fault("too-big", f"persist has no more than {PERSIST_LIMIT} characters", kind="protocol")
        self.device.commit(
            self.session,
            confirm_within=float(text) if text else CONFIRM_WITHIN,
            persist=persist,
            persist_id=operation.value("persist-id"),
        )

    def _cancel_commit(self, operation: Node) -> None:
        self.device.cancel_commit(self.session, operation.value("persist-id"))

    def _discard_changes(self, operation: Node) -> None:
        self.device.discard(self.session)

    # Sessions

    def _close_session(self, operation: Node) -> None:
        self.closing = True

    def _kill_session(self, operation: Node) -> None:
        text = operation.value("session-id")
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 11 else 0
        other = self.device.sessions.get(number)
        if other is None or other is self.session or other.end is None:
            raise fault("invalid-value", f"there is no other session {text[:20]!r}", kind="protocol")
        if not self.session.may_write and other.user != self.session.user:
            raise fault("access-denied", "that is somebody else's session", kind="protocol")
        other.end()

    def _create_subscription(self, operation: Node) -> None:
        if operation.value("stream") not in ("", "NETCONF"):
            raise fault("invalid-value", "there is one stream: NETCONF", kind="protocol")
        for name in ("startTime", "stopTime", "filter"):
            if operation.find(name, NOTIFICATION) is not None:
                raise fault(
                    "operation-not-supported",
                    f"{name} isn't taken into account here",
                    kind="protocol",
                    bad_element=name,
                )
        if self.subscribed:
            raise fault("in-use", "this session is subscribed already", kind="protocol")
        self.subscribed = True

    _HANDLERS: dict[tuple[str, str], Callable[[Operations, Node], tuple[Node, ...] | None]] = {  # noqa: RUF012  # a table
        (BASE, "get"): _get,
        (BASE, "get-config"): _get_config,
        (BASE, "edit-config"): _edit_config,
        (BASE, "copy-config"): _copy_config,
        (BASE, "delete-config"): _delete_config,
        (BASE, "validate"): _validate,
        (BASE, "lock"): _lock,
        (BASE, "unlock"): _unlock,
        (BASE, "commit"): _commit,
        (BASE, "cancel-commit"): _cancel_commit,
        (BASE, "discard-changes"): _discard_changes,
        (BASE, "close-session"): _close_session,
        (BASE, "kill-session"): _kill_session,
        (MONITORING, "get-schema"): _get_schema,
        (NOTIFICATION, "create-subscription"): _create_subscription,
    }


def _store(operation: Node, role: str, allowed: Iterable[str] = _STORES) -> str:
    """The datastore that an operation names as its source or target."""
    named = operation.find(role, BASE)
    if named is None or len(named.children) != 1:
        raise fault("missing-element", f"<{role}> names a datastore", kind="protocol", bad_element=role)
    name = named.children[0].name
    if name in _STORES and name not in allowed:
        raise fault("operation-not-supported", f"{operation.name} can't be done to {name}", kind="protocol")
    if name not in allowed:
        raise fault("bad-element", f"there is no datastore {name}", kind="protocol", bad_element=name)
    return name


def _option(operation: Node, name: str, values: tuple[str, ...]) -> str:
    """An option's value; the first is the usual one."""
    said = operation.value(name) or values[0]
    if said not in values:
        raise fault("bad-element", f"{name} is one of {', '.join(values)}", kind="protocol", bad_element=name)
    return said


def _busy(error: Busy, operation: Node) -> Fault:
    """Somebody else holds it; sessions of other kinds than NETCONF's have the number 0 (RFC 6241 §7.5)."""
    number = error.holder.number if error.holder is not None and error.holder.via == "netconf" else 0
    tag = "lock-denied" if operation.name == "lock" else "in-use"
    return fault(tag, str(error), kind="protocol", session_id=str(number))
