"""TFTP as bytes: packets, options, netascii, and the two ends of a transfer (RFC 1350, 2347, 2348, 2349, 7440)."""
