"""Wrong certificates: each wrong in one thing only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from netloom.links.authority import Authority
from netloom.links.faults.flawed import issue

if TYPE_CHECKING:
    from netloom.links.faults.kinds.certificate import Flaw


@pytest.mark.parametrize("flaw", ["expired", "early", "name", "untrusted"])
def test_wrong_in_one_thing_only(flaw: Flaw) -> None:
    authority = Authority.create()
    own = x509.load_pem_x509_certificate(authority.certificate_pem)
    certificate_pem, key_pem = issue(flaw, authority, ["host.example"])
    certificate, now = x509.load_pem_x509_certificate(certificate_pem), datetime.now(UTC)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    wrong = {
        "expired": certificate.not_valid_after_utc < now,
        "early": certificate.not_valid_before_utc > now,
        "name": names.get_values_for_type(x509.DNSName) != ["host.example"],
        "untrusted": certificate.issuer != own.subject,
    }
    assert [each for each, is_so in wrong.items() if is_so] == [flaw]
    key = load_pem_private_key(key_pem, None)
    assert key.public_key() == certificate.public_key()
