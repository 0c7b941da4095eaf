"""A chain of certificates that another engine's handshake brought, judged and shown as ours is (RFC 5280, RFC 9525)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import crypto

from netloom.links.tls import client
from netloom.links.tls.describe import certificate_record
from netloom.links.tls.explain import certificate_problem
from netloom.records import Certificate

if TYPE_CHECKING:
    from collections.abc import Sequence

_FOR_SERVERS = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)


class Verdict(msgspec.Struct, frozen=True):
    """What is wrong with a chain (nothing, where it is to be trusted), what to try, and the chain, leaf first."""

    problem: str
    hint: str
    chain: list[Certificate]


def judge(shown: Sequence[bytes], name: str, config: client.ClientTLS) -> Verdict:
    """Judge a server's certificates, DER and leaf first, by what the configuration trusts. Raises UsageError."""
    try:
        chain = [x509.load_der_x509_certificate(each) for each in shown]
    except ValueError as exc:
        return Verdict(f"a certificate that can't be read: {exc}", "", [])
    records = [certificate_record(each) for each in chain]
    if not chain:
        return Verdict("the server showed no certificate", "", records)
    problem, hint = _distrust(chain, config)
    if not problem and not client.is_for(chain[0], name):
        names = ", ".join(records[0].names)
        problem = f"certificate is for {names or 'nobody by name'}, not for {name}"
        hint = "is that the right host? Look anyway: #verify=no"
    return Verdict(problem, hint, records)


def _distrust(chain: list[x509.Certificate], config: client.ClientTLS) -> tuple[str, str]:
    store = client.trusted(config)
    leaf, *issuers = [crypto.X509.from_cryptography(each) for each in chain]
    try:
        crypto.X509StoreContext(store, leaf, issuers).verify_certificate()
    except crypto.X509StoreContextError as exc:
        number, depth = exc.errors[0], exc.errors[1]
        return certificate_problem(exc.certificate, number, depth)
    try:
        usage = chain[0].extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return "", ""
    if not any(each in usage for each in _FOR_SERVERS):
        return "certificate isn't for servers (its extended key usage)", "look anyway: #verify=no"
    return "", ""
