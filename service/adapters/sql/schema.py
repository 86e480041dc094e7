"""The tables as the newest migration leaves them; a test holds the two together.

Times are whole microseconds since 1970 in UTC: they sort, filter and survive any database. Vectors are
float16 rows, so that an index can be rebuilt without a model.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata: Final = MetaData()

articles: Final = Table(
    "articles",
    metadata,
    Column("id", String(96), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("url_key", Text, unique=True),
    Column("retracted", Boolean, nullable=False, default=False),
    Column("retracted_reason", Text),
    # A deleted article leaves this row, so that its id goes on counting.
    Column("deleted", Boolean, nullable=False, default=False),
    Column("seq", Integer, nullable=False),
)

revisions: Final = Table(
    "revisions",
    metadata,
    Column("article_id", String(96), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("headline", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("source", Text),
    Column("author", Text),
    Column("published_at", BigInteger),
    Column("updated_at", BigInteger),
    Column("url", Text),
    Column("section", Text),
    Column("language", Text),
    Column("stored_at", BigInteger, nullable=False),
    Column("corrected", Boolean, nullable=False, default=False),
    ForeignKeyConstraint(["article_id"], ["articles.id"]),
)

passages: Final = Table(
    "passages",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("article_id", String(96), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    # A JSON list with a row for each sentence: start, end, paragraph, speaker or null.
    Column("sentences", Text, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("sentence_vectors", LargeBinary, nullable=False),
    Index("passages_by_article", "article_id", "revision"),
)

made: Final = Table(
    # Revisions whose passages were made: a text without a sentence has none, and still is done.
    "made",
    metadata,
    Column("article_id", String(96), primary_key=True),
    Column("revision", Integer, primary_key=True),
)

graves: Final = Table(
    # Ids of passages of deleted articles, so that an index that is behind can still take them out.
    "graves",
    metadata,
    Column("passage_id", String(128), primary_key=True),
    Column("article_id", String(96), nullable=False, index=True),
)

changes: Final = Table(
    "changes",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("article_id", String(96), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

answers: Final = Table(
    # What was answered, for as long as feedback is taken: the body is the JSON object of POST /ask.
    "answers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("question", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
)

feedback: Final = Table(
    "feedback",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("answer_id", String(64), nullable=False, index=True),
    Column("value", String(8), nullable=False),
    # A JSON list of words.
    Column("reasons", Text, nullable=False),
    Column("comment", Text),
    Column("at", BigInteger, nullable=False),
    ForeignKeyConstraint(["answer_id"], ["answers.id"]),
)

facts: Final = Table(
    # What the database knows of itself: the embedding space of its vectors.
    "facts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
