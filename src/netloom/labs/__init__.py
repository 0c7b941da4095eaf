"""Labs: a whole network from one file, with servers, contents, accounts, relays and faults."""
