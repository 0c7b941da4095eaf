"""Passwords in command lines are dots."""

from __future__ import annotations

import pytest

from netloom.wire.redaction import redacted


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("enable secret can4ry", "enable secret •••"),
        ("enable secret 5 $1$can4ry", "enable secret 5 •••"),
        ("username ann privilege 15 secret 0 can4ry pass", "username ann privilege 15 secret 0 •••"),
        ("edge(config)#username ann password can4ry", "edge(config)#username ann password •••"),
        ("super password level 15 cipher can4ry", "super password •••"),
        ("local-user ann password irreversible-cipher can4ry", "local-user ann password irreversible-cipher •••"),
        ('set system login user ann authentication encrypted-password "$6$can4ry"',
         "set system login user ann authentication encrypted-password •••"),
        ("snmp-server community can4ry ro", "snmp-server community •••"),
        ("show running-config | include secret", "show running-config | include secret"),
        ("show clock", "show clock"),
    ],
)  # fmt: skip
def test_lines(line: str, shown: str) -> None:
    assert redacted(line) == shown
