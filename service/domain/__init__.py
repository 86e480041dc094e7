"""Frozen values and pure functions: no I/O, nothing third-party but numpy."""
