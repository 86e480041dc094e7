"""Byline: questions and summaries over news articles, on exact words or not at all."""

__version__ = "0.1.0"
