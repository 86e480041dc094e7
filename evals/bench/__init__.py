"""Benchmarks: the speed of the service, and retrieval and reading on public sets that a user has."""
