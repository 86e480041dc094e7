"""Byline beside other systems: the same documents, model and questions, each system in its own process."""
