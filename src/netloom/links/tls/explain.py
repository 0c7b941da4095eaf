"""TLS failures in words: what the engine said, what the certificate lacks, and what to try."""

from __future__ import annotations

import datetime

from OpenSSL import SSL, crypto

from netloom.errors import TLSError

_NOTHING_COMMON = "the peer found nothing in common with what we offered (ciphers, groups or a certificate)"
_ALERTS = {
    "tlsv1 alert protocol version": "the peer accepts no TLS version that we offered",
    "sslv3 alert handshake failure": _NOTHING_COMMON,
    "ssl/tls alert handshake failure": _NOTHING_COMMON,
    "tlsv13 alert certificate required": "the peer wants a client certificate",
    "tlsv1 unrecognized name": "the peer serves no host of that name (SNI)",
    "tlsv1 alert unknown ca": "the peer doesn't trust our certificate's issuer",
    "ssl/tls alert unknown ca": "the peer doesn't trust our certificate's issuer",
    "ssl/tls alert bad certificate": "the peer doesn't accept our certificate",
    "tlsv1 alert no application protocol": "the peer speaks none of the offered application protocols (ALPN)",
    "no application protocol": "no application protocol in common (ALPN)",
    "wrong version number": "the peer doesn't speak TLS",
    "http request": "the peer speaks plain HTTP, not TLS",
    "unsupported protocol": "the peer's TLS version is below the minimum",
    "no shared cipher": "no cipher in common",
    "peer did not return a certificate": "the client sent no certificate",
    "unexpected eof while reading": "the peer closed the connection without a word",
}

_LOOK = "look anyway: #verify=no"
_TRUST = f"trust it: #ca=FILE, or {_LOOK}"
_X509_EXPIRED, _X509_NOT_YET, _X509_SELF_SIGNED, _X509_SELF_SIGNED_IN_CHAIN = 10, 9, 18, 19
_X509_NO_ISSUER = (2, 20, 21)


def explain(exc: Exception) -> str:
    """The engine's reasons in words."""
    if isinstance(exc, ValueError):
        return f"a certificate that can't be read: {exc}"
    reasons = [str(part[-1]) for part in (exc.args[0] if exc.args and isinstance(exc.args[0], list | tuple) else ())]
    if isinstance(exc, SSL.SysCallError):
        return "the connection ended"
    return "; ".join(_ALERTS.get(reason, reason) for reason in reasons) or "closed without a reason"


def looks_like_plaintext(first: bytes) -> TLSError | None:
    """An error that quotes the peer where its first bytes aren't a TLS record (RFC 8446 §5.1: types 20 to 24)."""
    if not first or 20 <= first[0] <= 24:
        return None
    said = first.split(b"\r")[0].split(b"\n")[0][:40].decode("ascii", "backslashreplace")
    error = TLSError(f'TLS to a server that speaks something else: it answered "{said}"')
    error.seen = first[:64]
    return error


def certificate_problem(certificate: crypto.X509, number: int, depth: int) -> tuple[str, str]:
    """What is wrong with a certificate, and what to try. `number` is the engine's verification error."""
    which = "certificate" if depth == 0 else f"issuer's certificate (number {depth} of the chain)"
    try:
        cert = certificate.to_cryptography()
        issuer = cert.issuer.rfc4514_string() or "an unnamed issuer"
        subject = cert.subject.rfc4514_string() or "it"
    except ValueError as exc:  # a peer may show what no authority would issue
        return f"{which}: {_words(number)}; it can't be read: {exc}", _LOOK
    now = datetime.datetime.now(datetime.UTC)
    if number == _X509_EXPIRED:
        end = cert.not_valid_after_utc
        return f"{which} expired {_ago(now - end)} ago ({end:%Y-%m-%d}), issued by {issuer}", _LOOK
    if number == _X509_NOT_YET:
        return (
            f"{which} isn't valid before {cert.not_valid_before_utc:%Y-%m-%d %H:%M} UTC",
            "is this machine's clock right?",
        )
    if number == _X509_SELF_SIGNED:
        return f"{which} is self-signed: nobody vouches for {subject}", _TRUST
    if number == _X509_SELF_SIGNED_IN_CHAIN or number in _X509_NO_ISSUER:
        return f"{which} is issued by {issuer}, whom this system doesn't trust", _TRUST
    return f"{which}: {_words(number)}", _LOOK


def _words(number: int) -> str:
    from OpenSSL._util import ffi, lib

    text: bytes = ffi.string(lib.X509_verify_cert_error_string(number))
    return text.decode()


def _ago(span: datetime.timedelta) -> str:
    days = span.days
    if days:
        return f"{days} day{'s' if days != 1 else ''}"
    hours = span.seconds // 3600
    return f"{hours} hours" if hours else f"{span.seconds // 60} minutes"
