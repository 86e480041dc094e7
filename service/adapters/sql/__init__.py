"""The door to SQLAlchemy: the truth, in SQLite by default."""
