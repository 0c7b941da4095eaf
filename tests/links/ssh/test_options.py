"""What SSH can be told, as a URL's fragment says it."""

from __future__ import annotations

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.links.ssh.options import SSHOptions
from netloom.options import split


def told(fragment: str) -> SSHOptions:
    return split(Endpoint.parse(f"ssh://h#{fragment}"), SSHOptions)[1]


@pytest.mark.parametrize("word", ["yes", "no", "accept-new", "SHA256:" + "x" * 43])
def test_words_for_a_host_key(word: str) -> None:
    assert told(f"hostkey={word}").hostkey == word


@pytest.mark.parametrize("word", ["maybe", "SHA256:short", "MD5:00", ""])
def test_other_words_are_refused(word: str) -> None:
    with pytest.raises(UsageError, match="option hostkey"):
        told(f"hostkey={word}")


def test_a_passphrase_is_a_secret() -> None:
    assert repr(told("passphrase=hunter2").passphrase) == "•••"
    assert "hunter2" not in str(Endpoint.parse("ssh://h#passphrase=hunter2"))


def test_lists_repeat() -> None:
    assert told("identity=a,identity=b,known_hosts=c").identity == ("a", "b")


@pytest.mark.parametrize("fragment", ["max_auth_tries=0", "rekey_bytes=10", "login_grace=-1", "forward=all"])
def test_bounds(fragment: str) -> None:
    with pytest.raises(UsageError):
        told(fragment)
