"""Articles, revisions, passages with their vectors, and the change feed."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "articles",
        sa.Column("id", sa.String(96), primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("url_key", sa.Text, unique=True),
        sa.Column("retracted", sa.Boolean, nullable=False),
        sa.Column("retracted_reason", sa.Text),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
    )
    op.create_table(
        "revisions",
        sa.Column("article_id", sa.String(96), sa.ForeignKey("articles.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("headline", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("source", sa.Text),
        sa.Column("author", sa.Text),
        sa.Column("published_at", sa.BigInteger),
        sa.Column("updated_at", sa.BigInteger),
        sa.Column("url", sa.Text),
        sa.Column("section", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("stored_at", sa.BigInteger, nullable=False),
        sa.Column("corrected", sa.Boolean, nullable=False),
    )
    op.create_table(
        "passages",
        sa.Column("id", sa.String(128), primary_key=True),
        sa.Column("article_id", sa.String(96), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("sentences", sa.Text, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("sentence_vectors", sa.LargeBinary, nullable=False),
    )
    op.create_index("passages_by_article", "passages", ["article_id", "revision"])
    op.create_table(
        "made",
        sa.Column("article_id", sa.String(96), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
    )
    op.create_table(
        "graves",
        sa.Column("passage_id", sa.String(128), primary_key=True),
        sa.Column("article_id", sa.String(96), nullable=False, index=True),
    )
    op.create_table(
        "changes",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("article_id", sa.String(96), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
