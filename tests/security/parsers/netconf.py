"""NETCONF: framing, messages, filters and edits."""

from __future__ import annotations

import contextlib

from netloom.protocols.netconf.models.schema import ROOT
from netloom.wire.netconf import edit, framing, messages, subtree, xml
from netloom.wire.netconf.messages import BASE, BASE_10, BASE_11, NOTIFICATION, Fault, Hello
from netloom.wire.netconf.xml import Node
from tests.security.parsers.parser import Parse, Parser

_SYSTEM = "urn:ietf:params:xml:ns:yang:ietf-system"
_HELLO = messages.emit_hello(Hello((BASE_10, BASE_11, "urn:x?module=a&revision=b"), 4))
_EDIT = (
    f'<rpc xmlns="{BASE}" message-id="1"><edit-config xmlns:nc="{BASE}"><target><running/></target><config>'
    f'<system xmlns="{_SYSTEM}"><contact>a</contact><ntp><server nc:operation="delete"><name>b</name></server></ntp>'
    f"</system></config></edit-config></rpc>"
).encode()
_FILTER = (
    f'<filter><system xmlns="{_SYSTEM}"><ntp><server><name>b</name><udp/></server></ntp></system></filter>'
).encode()
_REPLY = (
    f'<rpc-reply xmlns="{BASE}" message-id="1"><rpc-error><error-type>rpc</error-type><error-tag>in-use</error-tag>'
    f"<error-info><session-id>4</session-id></error-info></rpc-error><data><x>&lt;&#x41;</x></data></rpc-reply>"
).encode()
_EVENT = f'<notification xmlns="{NOTIFICATION}"><eventTime>2026-11-21T00:00:00Z</eventTime><e/></notification>'.encode()
_DATA = xml.parse(b'<data xmlns:n="u"><n:a><n:b>1</n:b></n:a></data>')


def _framed(chunked: bool) -> Parse:
    def take(said: bytes) -> object:
        reader, found = framing.Reader(4096), []
        reader.chunked = chunked
        for at in range(0, len(said), 7):
            reader.feed(said[at : at + 7])
            while (message := reader.take()) is not None:
                found.append(message)
        return found

    return take


def _tree(said: bytes) -> object:
    """What it means is the same when it is said again."""
    node = xml.parse(said)
    assert str(xml.parse(xml.emit(node))) == str(node)
    return node


def _selected(said: bytes) -> object:
    with contextlib.suppress(Fault):
        return subtree.select(_DATA, xml.parse(said))
    return None


def _edited(said: bytes) -> object:
    config = next((one for one in _every(xml.parse(said)) if one.name == "config"), Node("config"))
    with contextlib.suppress(Fault):
        return edit.apply(Node("data"), config, ROOT, "merge", goes_on=True)
    return None


def _every(node: Node) -> list[Node]:
    return [node, *(one for child in node.children for one in _every(child))]


PARSERS = {
    "netconf, version 1.0": Parser(_framed(False), [_HELLO + framing.MARK + _EDIT + framing.MARK]),
    "netconf, version 1.1": Parser(_framed(True), [framing.emit(_EDIT, chunked=True) * 2]),
    "netconf trees": Parser(_tree, [_HELLO, _EDIT, _REPLY]),
    "netconf hellos": Parser(messages.parse_hello, [_HELLO]),
    "netconf messages": Parser(messages.parse, [_EDIT, _REPLY, _EVENT]),
    "netconf filters": Parser(_selected, [_FILTER]),
    "netconf edits": Parser(_edited, [_EDIT]),
}
SAID = {
    "netconf": [
        _HELLO + framing.MARK + framing.emit(_EDIT, chunked=True),
        _HELLO + framing.MARK + framing.emit(_REPLY, chunked=True) + framing.emit(_EVENT, chunked=True),
    ]
}
