"""One file a door to the outside; each fulfils one port, none imports another."""
