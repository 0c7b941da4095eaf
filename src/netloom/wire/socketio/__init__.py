"""Socket.IO as bytes: Engine.IO's packets and payloads, and Socket.IO's packets inside them (revisions 4 and 5)."""
