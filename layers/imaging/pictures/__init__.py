"""Everything that reads untrusted bytes: formats, preflight, decoders, colors, limits."""
