"""One record's data, or more, of every type that dnspython can spell: what it makes of the text is the reference."""

from __future__ import annotations

import dns.name
import dns.rdata

TEXTS: dict[str, tuple[str, ...]] = {
    "A": ("192.0.2.1", "0.0.0.0", "255.255.255.255"),
    "NS": ("ns1.example.com.", "."),
    "CNAME": ("www.example.com.", r"a\.b\032c.example."),
    "SOA": ("ns1.example.com. hostmaster.example.com. 2026112001 3600 900 604800 4294967295",),
    "PTR": ("host.example.com.",),
    "HINFO": ('"PC" "Linux 6.1"',),
    "MX": ("10 mail.example.com.", "0 ."),
    "TXT": ('"v=spf1 -all"', '"a" "b \\"c\\" \\\\ \\007\\255"', '""', '"' + "x" * 255 + '" "y"'),
    "RP": ("admin.example.com. text.example.com.",),
    "AFSDB": ("1 afs.example.com.",),
    "X25": ('"311061700956"',),
    "ISDN": ('"150862028003217" "004"', '"150862028003217"'),
    "RT": ("10 relay.example.com.",),
    "NSAP": ("0x47000580005a0000000001e133ffffff00016100",),
    "NSAP-PTR": ("foo.example.com.",),
    "SIG": ("NXT 1 3 3600 20200101000000 20030101000000 2143 foo. MxFcby9k/yvedMfQgKzhH5er0Mu/vILz",),
    "KEY": ("512 255 1 AQMFD5raczCJHViKtLYhWGz8hMY9UGRuniJDBzC7w0aR",),
    "PX": ("65535 foo.example.com. bar.example.com.",),
    "GPOS": ("-22.6882 116.8652 250.0",),
    "AAAA": (
        "2001:db8::1", "::", "::1", "1::", "::ffff:192.0.2.1", "::192.0.2.1", "1:0:0:2:0:0:0:3", "1:0:2:0:3:0:4:0",
        "1:2:3:4:5:6:7:8", "0:0:1::", "::1:0", "1:0:0:2::",
    ),
    "LOC": ("60 9 0.000 N 24 39 0.000 E 10.00m 20.00m 2000.00m 20.00m",),
    "SRV": ("10 60 5060 sip.example.com.", "0 0 0 ."),
    "NAPTR": ('100 50 "s" "http+I2L+I2C+I2R" "" _http._tcp.example.com.',),
    "KX": ("10 kx.example.com.",),
    "CERT": ("65534 65535 PRIVATEOID MxFcby9k/yvedMfQgKzhH5er0Mu/vILz",),
    "DNAME": ("other.example.com.",),
    "APL": ("1:192.168.32.0/21 !1:192.168.38.0/28 2:ff00::/8",),
    "DS": ("12345 3 1 123456789abcdef67890123456789abcdef67890",),
    "SSHFP": ("1 1 aa549bfe898489c02d1715d97d79c57ba2fa76ab",),
    "IPSECKEY": ("10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==",),
    "RRSIG": ("A 8 2 3600 20300101000000 20260101000000 2143 example.com. MxFcby9k/yvedMfQgKzhH5er0Mu/vILz",),
    "NSEC": ("a.example.com. A NS SOA MX RRSIG NSEC TYPE1234",),
    "DNSKEY": ("257 3 8 AwEAAaetidLzsKWUt4swWR8yu0wPHPiUi8LU",),
    "DHCID": ("AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=",),
    "NSEC3": ("1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr A RRSIG",),
    "NSEC3PARAM": ("1 0 12 aabbccdd",),
    "TLSA": ("3 1 1 a9cdf989b504fe5dca90c0d2167b6550570734f7c763e09fdf88904e06157065",),
    "SMIMEA": ("3 0 1 a9cdf989b504fe5dca90c0d2167b6550570734f7c763e09fdf88904e06157065",),
    "HIP": ("2 200100107b1a74df365639cc39f1d578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cIvM4p rvs.example.com.",),
    "NINFO": ('"info"',),
    "CDS": ("12345 3 1 123456789abcdef67890123456789abcdef67890",),
    "CDNSKEY": ("257 3 8 AwEAAaetidLzsKWUt4swWR8yu0wPHPiUi8LU",),
    "OPENPGPKEY": ("mDMEXEcE6RYJKwYBBAHaRw8BAQdA",),
    "CSYNC": ("12345 0 A MX RRSIG NSEC",),
    "ZONEMD": ("2018031900 1 1 " + "62e6cf51b02e54b9b5f967d547ce4313" * 3,),
    "SVCB": ("1 . alpn=\"h2,h3\" port=\"8443\" ipv4hint=\"192.0.2.1\"", "0 pool.example.com."),
    "HTTPS": ('1 . alpn="h2,http/1.1"', "0 www.example.com."),
    "DSYNC": ("CDS NOTIFY 5359 scanner.example.com.",),
    "SPF": ('"v=spf1 -all"',),
    "NID": ("10 0014:4fff:ff20:ee64",),
    "L32": ("10 10.1.2.0",),
    "L64": ("10 2001:0db8:1140:1000",),
    "LP": ("10 l64-subnet1.example.com.",),
    "EUI48": ("00-00-5e-00-53-2a",),
    "EUI64": ("00-00-5e-ef-10-00-00-2a",),
    "URI": ('10 1 "ftp://ftp.example.com/public"',),
    "CAA": ('0 issue "ca.example.net"', '128 iodef "mailto:security@example.com"', '0 issue ";"'),
    "AVC": ('"app-name:WOLFGANG|app-class:OAM"',),
    "AMTRELAY": ("10 0 1 203.0.113.15",),
    "RESINFO": ('"qnamemin" "exterr=15-17"',),
    "WALLET": ('"ETH" "0x0000"',),
    "DLV": ("12345 3 1 123456789abcdef67890123456789abcdef67890",),
}  # fmt: skip
"""WKS is left out: its text depends on the system's list of services."""

EVERY = [(name, text) for name, texts in TEXTS.items() for text in texts]


def wire_of(name: str, text: str) -> bytes:
    """dnspython's wire form of a text."""
    return dns.rdata.from_text("IN", name, text, dns.name.root, relativize=False).to_wire() or b""
