"""Links: channels of bytes and datagrams, resolved, connected, secured, timed and tapped; no protocol's meaning."""
