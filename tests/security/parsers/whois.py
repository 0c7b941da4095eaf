"""WHOIS."""

from __future__ import annotations

from netloom.wire import whois
from tests.security.parsers.parser import Parser, text

_ANSWER = (
    b"% remark\r\n\r\ndomain:   example.test\r\nrefer:    whois.example.net\r\nReferralServer: rwhois://[2001:db8::1]:43\r\n"
    b"%referral whois://a.test:4343/x\r\n[Name Server] ns1.example.test\r\n%ERROR:201: no\r\n"
)


def _answer(said: str) -> object:
    return whois.fields(said), whois.referrals(said), whois.refusal(said), whois.is_nothing(said)


PARSERS = {
    "whois, a query": Parser(whois.parse_query, [b"example.test\r\n", b"n + 192.0.2.1\n"]),
    "whois, an answer": Parser(text(_answer), [_ANSWER]),
}
SAID = {"whois": [b"example.test\r\n", _ANSWER]}
