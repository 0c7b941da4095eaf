"""SSH on our streams, both sides: connections, channels, jump hosts, and what a server's port carries (RFC 4251)."""

from __future__ import annotations

from netloom.links.ssh.client import Connection, Terminal, connect
from netloom.links.ssh.jump import jump, located
from netloom.links.ssh.options import SSHOptions
from netloom.links.ssh.server import carry
from netloom.links.ssh.session import Session

__all__ = ["Connection", "SSHOptions", "Session", "Terminal", "carry", "connect", "jump", "located"]
