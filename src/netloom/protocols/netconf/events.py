"""What happens to a device, as notifications (RFC 6470)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.protocols.netconf.models.modules import NOTIFICATIONS
from netloom.protocols.netconf.models.state import moment
from netloom.wire.netconf.messages import Notification
from netloom.wire.netconf.xml import Node, container, leaf

if TYPE_CHECKING:
    from netloom.contents.shell.device import Change, Session

_NAMES = {
    "config": "netconf-config-change",
    "session-start": "netconf-session-start",
    "session-end": "netconf-session-end",
    "confirmed-commit": "netconf-confirmed-commit",
}


def notification(change: Change, at: float) -> Notification:
    """A change as a notification."""
    children: list[Node | None] = []
    if change.kind == "config":
        children = [_changed_by(change.session), leaf("datastore", NOTIFICATIONS, change.store)]
    elif change.kind == "confirmed-commit":
        children = [*_who(change.session), leaf("confirm-event", NOTIFICATIONS, change.detail)]
        if change.pending is not None:
            left = max(0, round(change.pending.until - at))
            children.append(leaf("timeout", NOTIFICATIONS, left))
    else:
        children = [*_who(change.session)]
        if change.kind == "session-end":
            children.append(leaf("termination-reason", NOTIFICATIONS, change.detail))
    return Notification(moment(at), container(_NAMES[change.kind], NOTIFICATIONS, *children))


def _changed_by(session: Session | None) -> Node:
    return container("changed-by", NOTIFICATIONS, *_who(session))


def _who(session: Session | None) -> list[Node]:
    """Who did it; sessions of other kinds than NETCONF's have the number 0."""
    if session is None:
        return [Node("server", NOTIFICATIONS)]
    number = session.number if session.via == "netconf" else 0
    told = [leaf("username", NOTIFICATIONS, session.user), leaf("session-id", NOTIFICATIONS, number)]
    host = session.peer.rpartition(":")[0].strip("[]")
    return [*told, leaf("source-host", NOTIFICATIONS, host)] if host else told
