"""What FTP can be told."""

from __future__ import annotations

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.options import split
from netloom.protocols.ftp.options import FtpOptions


def told(text: str) -> FtpOptions:
    return split(Endpoint.parse(f"ftp://h#{text}"), FtpOptions)[1]


def test_what_is_without_them() -> None:
    plain = told("")
    assert (plain.active, plain.epsv, plain.prot, plain.type, plain.pasv_address) == (
        False,
        True,
        "private",
        "binary",
        False,
    )
    assert not plain.allow_plain_auth


@pytest.mark.parametrize(
    "text",
    [
        "passive_ports=many", "passive_ports=5", "passive_address=here", "range=a-b", "range=-5", "data_idle=0",
        "max_logins=0", "prot=safe", "type=ebcdic", "charset=utf-16", "vhost=a b",
    ],
)  # fmt: skip
def test_what_is_none(text: str) -> None:
    with pytest.raises(UsageError):
        told(text)


def test_an_account_is_a_secret() -> None:
    assert "canary" not in repr(told("account=canary"))
