"""HTTP and nothing else: wire in, one pipeline call, wire out."""
