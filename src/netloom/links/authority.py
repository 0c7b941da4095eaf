"""A small certificate authority for local use: what serve, demo and tests show as certificates (RFC 5280)."""

from __future__ import annotations

import stat
import threading
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct

from netloom.errors import UsageError
from netloom.links import private

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

COMMON_NAME = "netloom local authority"
AUTHORITY_DAYS = 3650
LEAF_DAYS = 90
CACHE_LIMIT = 256
"""Certificates that are kept to be given again: names may come from a peer's SNI."""

_SKEW = timedelta(hours=1)  # a peer's clock may be a little behind
_SECRET_FILE = "authority-key.pem"  # noqa: S105 - a file's name: key and certificate in one, so both are always there
_PUBLIC_FILE = "authority.pem"


class Issued(Struct, frozen=True):
    """A certificate and its key, both PEM; the key isn't shown."""

    cert_pem: bytes
    key_pem: bytes
    not_after: datetime

    def __repr__(self) -> str:
        return f"Issued(cert_pem=<{len(self.cert_pem)} octets>, key_pem=***, not_after={self.not_after.isoformat()})"


class Validity(Struct, frozen=True):
    """When a certificate is valid."""

    not_before: datetime
    not_after: datetime


class Authority:
    """Issues certificates that OpenSSL's strict checks accept, to whoever trusts `certificate_pem`."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self.certificate_pem = certificate.public_bytes(Encoding.PEM)
        self.not_after = certificate.not_valid_after_utc
        self._key = key
        self._certificate = certificate
        self._identifier = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
            certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        )
        self._cache: OrderedDict[tuple[tuple[str, ...], int, bool], Issued] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def create(cls, common_name: str = COMMON_NAME, *, now: datetime | None = None) -> Authority:
        """A new authority, valid for ten years from an hour before `now`."""
        key = ec.generate_private_key(ec.SECP256R1())
        start = (now or datetime.now(UTC)) - _SKEW
        name = _name(common_name)
        builder = _builder(name, name, key.public_key(), Validity(start, start + timedelta(days=AUTHORITY_DAYS)))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_key_usage("key_cert_sign", "crl_sign"), critical=True)
        return cls(key, builder.sign(key, SHA256()))

    @classmethod
    def open(cls, directory: str | os.PathLike[str]) -> Authority:
        """The authority that lives in a directory; made there (0700, its files 0600) if there is none yet.

        The certificate to trust is in `authority.pem`. UsageError if others could read or replace the key, if it has
        expired, or if what is there is something else.
        """
        folder = Path(directory)
        secret = folder / _SECRET_FILE
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not secret.exists():
                private.store(secret, cls.create()._pem())
            _check_private(folder, secret)
            authority = cls._load(secret)
            public = folder / _PUBLIC_FILE
            if not public.exists() or public.read_bytes() != authority.certificate_pem:
                private.store(public, authority.certificate_pem, replace=True)
        except OSError as error:
            raise UsageError(f"can't keep an authority in {folder}: {error.strerror}") from error
        return authority

    @classmethod
    def _load(cls, path: Path) -> Authority:
        pem = path.read_bytes()
        hint = f"move {path.parent} away: a new authority is made, which has to be trusted anew"
        try:
            key = load_pem_private_key(pem, None)
            certificate = x509.load_pem_x509_certificate(pem)
        except (ValueError, TypeError):
            raise UsageError(f"{path} holds no authority's key and certificate", hint=hint) from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
            raise UsageError(f"{path} holds a key and a certificate that don't belong together", hint=hint)
        if certificate.not_valid_after_utc < datetime.now(UTC):
            raise UsageError(f"the authority in {path} expired on {certificate.not_valid_after_utc:%F}", hint=hint)
        return cls(key, certificate)

    def _pem(self) -> bytes:
        return _key_pem(self._key) + self.certificate_pem

    def issue(
        self,
        names: Sequence[str],
        *,
        days: int = LEAF_DAYS,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        client: bool = False,
    ) -> Issued:
        """A certificate for DNS names (wildcards too) and IP addresses, for a server or else a `client`.

        It is valid for `days` from an hour ago, or as told: an expired one is had by a `not_after` in the past. The
        same question is answered with the same certificate until a third of its life is left, unless times are told.
        """
        if not names:
            raise UsageError("a certificate needs a name")
        if not_before is None and not_after is None:
            return self._cached((tuple(names), days, client))
        if not_before is None:
            before_the_end = min(not_after or datetime.now(UTC), datetime.now(UTC))
            not_before = before_the_end - timedelta(days=days)
        if not_after is None:
            not_after = not_before + timedelta(days=days)
        return self._sign(names, Validity(not_before, not_after), client=client)

    def _cached(self, question: tuple[tuple[str, ...], int, bool]) -> Issued:
        names, days, client = question
        now = datetime.now(UTC)
        life = timedelta(days=days)
        with self._lock:
            issued = self._cache.get(question)
            if issued is None or issued.not_after - now < life / 3:
                issued = self._sign(names, Validity(now - _SKEW, now - _SKEW + life), client=client)
                self._cache[question] = issued
            self._cache.move_to_end(question)
            if len(self._cache) > CACHE_LIMIT:
                self._cache.popitem(last=False)
        return issued

    def _sign(self, names: Sequence[str], validity: Validity, *, client: bool) -> Issued:
        if validity.not_after <= validity.not_before:
            raise UsageError("a certificate ends after it begins")
        alternatives = [_alternative(name) for name in names]
        # A common name is for people to read: the names that count are the alternatives
        subject = _name(next((name for name in names if len(name) <= 64), "netloom"))
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(subject, self._certificate.subject, key.public_key(), validity)
        for extension, critical in (
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (_key_usage("digital_signature"), True),
            (x509.ExtendedKeyUsage([_CLIENT if client else _SERVER]), False),
            (x509.SubjectAlternativeName(alternatives), False),
            (self._identifier, False),
        ):
            builder = builder.add_extension(extension, critical=critical)
        certificate = builder.sign(self._key, SHA256())
        return Issued(certificate.public_bytes(Encoding.PEM), _key_pem(key), certificate.not_valid_after_utc)


_SERVER, _CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH


def _name(common_name: str) -> x509.Name:
    try:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    except ValueError as error:
        raise UsageError(f"{common_name!r} is no name for a certificate: {error}") from None


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, validity: Validity
) -> x509.CertificateBuilder:
    try:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(validity.not_before)
            .not_valid_after(validity.not_after)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )
    except ValueError as error:
        raise UsageError(f"a certificate can't be valid then: {error}") from None


def _key_usage(*usages: str) -> x509.KeyUsage:
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{usage: usage in usages for usage in every})


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name.partition("%")[0]))
    except ValueError:
        pass
    try:
        ascii_name = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        ascii_name = ""
    labels = ascii_name.removesuffix(".").removeprefix("*.").split(".")
    if len(ascii_name) > 253 or not all(_is_label(label) for label in labels):
        raise UsageError(f"{name!r} is no DNS name and no IP address")
    return x509.DNSName(ascii_name.removesuffix("."))


def _is_label(label: str) -> bool:
    return 0 < len(label) <= 63 and all(letter.isalnum() or letter in "-_" for letter in label)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _check_private(folder: Path, secret: Path) -> None:
    if stat.S_IMODE(folder.stat().st_mode) & 0o022:
        raise UsageError(f"others can write to {folder}", hint=f"chmod 700 {folder}")
    private.check(secret, "the key of an authority")
