"""What happens, as notifications."""

from __future__ import annotations

from netloom.contents.shell.device import Change, Session
from netloom.protocols.netconf.events import notification

ANN = Session(number=7, user="ann", via="netconf", peer="192.0.2.9:1234")


def test_each_kind() -> None:
    found = notification(Change(kind="config", store="running", session=ANN), 0.0)
    assert found.at == "1970-01-01T00:00:00Z"
    assert found.event.value("changed-by", "session-id") == "7"
    assert found.event.value("changed-by", "source-host") == "192.0.2.9"
    assert found.event.value("datastore") == "running"
    assert notification(Change(kind="config", store="running"), 0.0).event.find("changed-by").find("server") is not None  # type: ignore[union-attr]
    ended = notification(Change(kind="session-end", session=ANN, detail="killed"), 0.0).event
    assert (ended.name, ended.value("termination-reason")) == ("netconf-session-end", "killed")
    other = Session(number=8, user="bob", via="ssh")
    assert notification(Change(kind="session-start", session=other), 0.0).event.value("session-id") == "0"
    assert (
        notification(Change(kind="confirmed-commit", detail="timeout"), 0.0).event.value("confirm-event") == "timeout"
    )
