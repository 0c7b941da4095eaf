"""What an SFTP probe learns of our own server."""

from __future__ import annotations

import pytest

from netloom.contents.files import Files
from netloom.errors import Unauthenticated
from netloom.protocols.sftp.probe import Facts, probe
from tests.protocols.places import places

URL = "sftp://127.0.0.1:0#host_key=none"


async def test_with_a_password() -> None:
    async with places(URL, contents=[Files(files={"a": b"", "b": b""})], accounts=["ann:secret"]) as place:
        facts = Facts()
        await probe(place.client("sftp", user="ann:secret"), facts)
        assert (facts.version, facts.home, facts.entries, facts.user) == (3, "/", 2, "ann")
        assert (facts.reads, facts.handles) == (255 * 1024, 100)
        assert "limits@openssh.com" in facts.extensions
        assert facts.host_key.startswith("SHA256:")
        assert facts.summary == "netloom · version 3, 4 extensions · requests to 255 KiB · ann at /"
        facts = Facts()
        with pytest.raises(Unauthenticated):
            await probe(place.client("sftp", user="ann:wrong"), facts)
        assert facts.logged_in is False


async def test_without_one() -> None:
    async with places(URL, contents=[Files(files={})], accounts=["ann:secret"]) as place:
        facts = Facts()
        await probe(place.client("sftp"), facts)
        assert (facts.logged_in, facts.version) == (False, 0)
        assert "password" in facts.auth_methods
        assert facts.summary.startswith("netloom · SSH answers, login by ")
        assert not place.said("LOGIN")


async def test_where_none_is_needed() -> None:
    async with places(URL, contents=[Files(files={})]) as place:
        facts = Facts()
        await probe(place.client("sftp"), facts)
        assert (facts.logged_in, facts.version, facts.entries) == (True, 3, 0)
