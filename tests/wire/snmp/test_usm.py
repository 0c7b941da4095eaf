"""Keys, digests and privacy, by the vectors of the RFCs."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.endpoint import Secret
from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.snmp import usm
from netloom.wire.snmp.usm import Keys, User

ENGINE = bytes.fromhex("000000000000000000000002")
MAPLE = Secret("maplesyrup")


class TestKeys:
    @pytest.mark.parametrize(
        ("auth", "key", "local"),
        [
            ("md5", "9faf3283884e92834ebc9847d8edd963", "526f5eed9fcce26f8964c2930787d82b"),
            ("sha", "9fb5cc0381497b3793528939ff788d5d79145211", "6695febc9288e36282235fc7151f128497b38f3f"),
        ],
    )
    def test_rfc_3414_a3(self, auth: str, key: str, local: str) -> None:
        assert usm.password_key(auth, MAPLE).hex() == key
        assert usm.localized(auth, usm.password_key(auth, MAPLE), ENGINE).hex() == local

    def test_a_password_that_doesnt_divide_a_megabyte(self) -> None:
        long = "netloom" * 19
        octets = (long * 10_000).encode()[: 1 << 20]
        import hashlib

        assert usm.password_key("sha256", Secret(long)) == hashlib.sha256(octets).digest()

    def test_an_empty_password_proves_nothing(self) -> None:
        with pytest.raises(LocalProtocolError):
            usm.password_key("sha", Secret(""))

    @pytest.mark.parametrize(("auth", "priv"), list(itertools.product(usm.DIGESTS, usm.CIPHERS)))
    def test_every_pair_has_keys_that_are_long_enough(self, auth: str, priv: str) -> None:
        found = usm.keys(User(b"ann", auth, MAPLE, priv, Secret("another one")), ENGINE)
        assert found is not None
        assert len(found.priv_key) == usm.CIPHERS[priv][0]
        assert len(set(found.priv_key)) > 4

    def test_blumenthal_and_reeder_extend_otherwise(self) -> None:
        """Both begin with the localized key, which SHA-1 makes too short for 192 bits."""
        short = usm.keys(User(b"ann", "sha", MAPLE, "aes", MAPLE), ENGINE)
        ours = [usm.keys(User(b"ann", "sha", MAPLE, priv, MAPLE), ENGINE) for priv in ("aes256", "aes256c")]
        assert short is not None
        assert ours[0] is not None
        assert ours[1] is not None
        assert ours[0].priv_key[:20] == ours[1].priv_key[:20]
        assert ours[0].priv_key[:16] == short.priv_key
        assert ours[0].priv_key[20:] != ours[1].priv_key[20:]

    def test_who_proves_nothing_has_none(self) -> None:
        assert usm.keys(User(b"ann"), ENGINE) is None
        bare = usm.keys(User(b"ann", "sha", MAPLE), ENGINE)
        assert bare is not None
        assert (bare.priv, bare.priv_key) == ("", b"")

    def test_they_dont_show_themselves(self) -> None:
        found = usm.keys(User(b"ann", "sha", MAPLE, "aes", MAPLE), ENGINE)
        assert found is not None
        assert found.auth_key.hex() not in repr(found)
        assert repr(found.auth_key) not in repr(found)
        assert "maple" not in repr(User(b"ann", "sha", MAPLE))


def keys(auth: str = "sha", priv: str = "aes") -> Keys:
    found = usm.keys(User(b"ann", auth, MAPLE, priv, MAPLE), ENGINE)
    assert found is not None
    return found


class TestDigests:
    @pytest.mark.parametrize(
        ("auth", "size"), [("md5", 12), ("sha", 12), ("sha224", 16), ("sha256", 24), ("sha384", 32), ("sha512", 48)]
    )
    def test_whatever_is_changed_shows(self, auth: str, size: int) -> None:
        key = keys(auth)
        assert key.digest_size == size
        data = b"before" + bytes(size) + b"after"
        made = usm.signed(data, 6, key)
        assert len(made) == len(data)
        digest = made[6 : 6 + size]
        assert usm.is_signed(made, 6, digest, key)
        for at in range(len(made)):
            bad = bytearray(made)
            bad[at] ^= 1
            assert not usm.is_signed(bytes(bad), 6, bytes(bad[6 : 6 + size]), key)

    def test_a_digest_of_another_length(self) -> None:
        key = keys("sha")
        made = usm.signed(bytes(12), 0, key)
        assert not usm.is_signed(made, 0, made[:11], key)
        assert not usm.is_signed(made, 0, b"", key)


class TestPrivacy:
    @pytest.mark.parametrize("priv", usm.CIPHERS)
    @given(data=st.binary(min_size=1, max_size=100), number=st.integers(0, 2**64 - 1))
    def test_read_back(self, priv: str, data: bytes, number: int) -> None:
        key = keys("sha", priv)
        secret, salt = usm.encrypt(data, key, (7, 1000), number)
        opened = usm.decrypt(secret, key, (7, 1000), salt)
        assert opened[: len(data)] == data
        assert len(opened) - len(data) < 8
        assert not opened[len(data) :].strip(b"\0")

    @pytest.mark.parametrize("priv", usm.CIPHERS)
    def test_no_two_are_alike(self, priv: str) -> None:
        key = keys("sha", priv)
        assert len({usm.encrypt(b"the same words", key, (7, 1000), number) for number in range(50)}) == 50

    def test_aes_depends_on_the_clock(self) -> None:
        key = keys("sha", "aes")
        secret, salt = usm.encrypt(b"words", key, (7, 1000), 1)
        assert usm.decrypt(secret, key, (7, 1001), salt) != b"words"

    @pytest.mark.parametrize(
        ("priv", "data", "salt"),
        [("des", bytes(7), bytes(8)), ("des", b"", bytes(8)), ("des", bytes(8), bytes(7)), ("aes", bytes(8), b""),
         ("aes", bytes(8), bytes(9))],
    )  # fmt: skip
    def test_what_cant_have_been_encrypted(self, priv: str, data: bytes, salt: bytes) -> None:
        with pytest.raises(RemoteProtocolError):
            usm.decrypt(data, keys("sha", priv), (1, 1), salt)
