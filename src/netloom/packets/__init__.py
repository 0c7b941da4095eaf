"""The packet engine: capture formats, composed frames, recordings."""
