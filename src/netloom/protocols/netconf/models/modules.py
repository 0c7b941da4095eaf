"""The YANG modules that the simulated device speaks, their names and revisions, and the text of our own."""

from __future__ import annotations

from importlib.resources import files

import msgspec

SYSTEM = "urn:ietf:params:xml:ns:yang:ietf-system"
INTERFACES = "urn:ietf:params:xml:ns:yang:ietf-interfaces"
IP = "urn:ietf:params:xml:ns:yang:ietf-ip"
IANA_IF_TYPE = "urn:ietf:params:xml:ns:yang:iana-if-type"
ROUTING = "urn:ietf:params:xml:ns:yang:ietf-routing"
IPV4_ROUTING = "urn:ietf:params:xml:ns:yang:ietf-ipv4-unicast-routing"
IPV6_ROUTING = "urn:ietf:params:xml:ns:yang:ietf-ipv6-unicast-routing"
MONITORING = "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"
NOTIFICATIONS = "urn:ietf:params:xml:ns:yang:ietf-netconf-notifications"
DEVICE = "urn:netloom:yang:netloom-device"


class Module(msgspec.Struct, frozen=True):
    """A module: its name, namespace and revision."""

    name: str
    namespace: str
    revision: str

    @property
    def capability(self) -> str:
        """As a hello names it (RFC 6020 §5.6.4)."""
        return f"{self.namespace}?module={self.name}&revision={self.revision}"


MODULES = (
    Module("ietf-system", SYSTEM, "2014-08-06"),
    Module("ietf-interfaces", INTERFACES, "2018-02-20"),
    Module("ietf-ip", IP, "2018-02-22"),
    Module("iana-if-type", IANA_IF_TYPE, "2023-01-26"),
    Module("ietf-routing", ROUTING, "2018-03-13"),
    Module("ietf-ipv4-unicast-routing", IPV4_ROUTING, "2018-03-13"),
    Module("ietf-ipv6-unicast-routing", IPV6_ROUTING, "2018-03-13"),
    Module("ietf-netconf-monitoring", MONITORING, "2010-10-04"),
    Module("ietf-netconf-notifications", NOTIFICATIONS, "2012-02-06"),
    Module("netloom-device", DEVICE, "2026-11-01"),
)
OWN = "netloom-device"


def text(name: str, revision: str = "") -> str | None:
    """A module's text, where it is ours: the IETF's are published elsewhere."""
    module = next((module for module in MODULES if module.name == name), None)
    if module is None or name != OWN or revision not in ("", module.revision):
        return None
    return files(__package__).joinpath(f"{name}.yang").read_text(encoding="utf-8")
