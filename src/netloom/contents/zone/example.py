"""The zone that is served when no other is named; its addresses are for documentation (RFC 5737, RFC 3849)."""

from __future__ import annotations

EXAMPLE = """\
$ORIGIN example.test.
$TTL 300
@           IN SOA   ns1 hostmaster 1 3600 900 604800 60
            IN NS    ns1
            IN NS    ns2
            IN A     192.0.2.1
            IN AAAA  2001:db8::1
            IN MX    10 mail
            IN MX    20 mail2
            IN TXT   "v=spf1 mx -all"
            IN CAA   0 issue "ca.example.test"
ns1         IN A     192.0.2.53
            IN AAAA  2001:db8::53
ns2         IN A     192.0.2.54
mail        IN A     192.0.2.25
            IN AAAA  2001:db8::25
mail2       IN A     192.0.2.26
www         IN A     192.0.2.80
            IN AAAA  2001:db8::80
            IN HTTPS 1 . alpn="h2,http/1.1"
alias       IN CNAME www
elsewhere   IN CNAME www.example.net.
*.wild      IN A     192.0.2.42
            IN TXT   "any name"
_http._tcp  IN SRV   10 5 80 www
_sip._udp   IN SRV   10 5 5060 www
_dmarc      IN TXT   "v=DMARC1; p=reject"
delegated   IN NS    ns.delegated
ns.delegated IN A    192.0.2.99
"""
