"""Nobody's own keys, hosts and agents come into these tests."""

from __future__ import annotations

from tests.links.ssh.conftest import home

__all__ = ["home"]
