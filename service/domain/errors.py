"""What can go wrong, by name.

    ServiceError
    ├── InvalidInput
    │   ├── EmptyText
    │   ├── ArticleTooLong
    │   ├── QuestionTooLong
    │   ├── BadFilter
    │   ├── BodyTooLarge
    │   └── UnsupportedMedia
    ├── Unauthorised
    ├── Forbidden
    ├── Conflict
    ├── NotFound
    │   ├── ArticleNotFound
    │   └── AnswerNotFound
    ├── Overloaded
    ├── UpstreamError
    │   ├── ModelUnavailable
    │   │   ├── TimedOut
    │   │   └── RateLimited
    │   ├── ModelRefused
    │   ├── ModelMisbehaved
    │   ├── OverBudget
    │   └── IndexUnavailable
    └── Misconfigured
        ├── ModelRejected
        ├── PromptInvalid
        ├── EmbeddingSpaceMismatch
        ├── SchemaTooNew
        └── DataFolderInUse

Not answering is no error: an abstention is returned (`domain/answer.py`), a `ServiceError` is raised.
The HTTP status of each stands in one table, `api/problems.py`. Two tests hold this page: every class
stands in the drawing, and every class has a status and a code of its own.
"""

import re
from typing import ClassVar


class ServiceError(Exception):
    """The root: whatever Byline raises on purpose.

    Args:
        detail: One sentence for the caller; never a provider's message, a key, or the input itself.
        field: The name of the request's field that is at fault, or None.
        retry_after_s: Seconds after which a retry makes sense, or None.
    """

    retryable: ClassVar[bool] = False
    code: ClassVar[str] = "service_error"

    def __init_subclass__(cls) -> None:
        """Give each class its code: the name in snake case."""
        super().__init_subclass__()
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def __init__(self, detail: str, *, field: str | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.retry_after_s = retry_after_s


class InvalidInput(ServiceError):
    """The caller sent something that cannot be used."""


class EmptyText(InvalidInput):
    """A text without a single letter or digit."""


class ArticleTooLong(InvalidInput):
    """An article, or a text to summarise, over the limit."""


class QuestionTooLong(InvalidInput):
    """A question or query over the limit."""


class BadFilter(InvalidInput):
    """Filters that are unknown, out of order or contradict each other."""


class BodyTooLarge(InvalidInput):
    """A request body over the limit."""


class UnsupportedMedia(InvalidInput):
    """A request body that is not JSON."""


class Unauthorised(ServiceError):
    """No key, or a wrong one."""


class Forbidden(ServiceError):
    """A key that does not open this door, or a host or page that may not ask."""


class Conflict(ServiceError):
    """The request contradicts what is stored."""


class NotFound(ServiceError):
    """There is nothing by that name."""


class ArticleNotFound(NotFound):
    """No article, or no such revision of it."""


class AnswerNotFound(NotFound):
    """No answer is kept by that id."""


class Overloaded(ServiceError):
    """The service, or the caller's share of it, is full; said before any work starts."""

    retryable = True


class UpstreamError(ServiceError):
    """Something that Byline asks did not do its part."""


class ModelUnavailable(UpstreamError):
    """The model could not be reached or failed."""

    retryable = True


class TimedOut(ModelUnavailable):
    """The model did not answer within the deadline."""


class RateLimited(ModelUnavailable):
    """The model's provider asks to wait."""


class ModelRefused(UpstreamError):
    """The model, or its provider's filter, would not answer."""


class ModelMisbehaved(UpstreamError):
    """The model's reply cannot be used: empty, cut, or no reply at all."""

    retryable = True


class OverBudget(UpstreamError):
    """The day's budget for model calls, or the number of calls at once, is spent."""


class IndexUnavailable(UpstreamError):
    """An index cannot be read and nothing can stand in for it."""

    retryable = True


class Misconfigured(ServiceError):
    """The settings cannot work; found at start where possible."""


class ModelRejected(Misconfigured):
    """The provider refuses the model's name, key or parameters."""


class PromptInvalid(Misconfigured):
    """A prompt file is missing, malformed, or not the one that was locked."""


class EmbeddingSpaceMismatch(Misconfigured):
    """The stored vectors come from another model than the settings name."""


class SchemaTooNew(Misconfigured):
    """The database was written by a newer Byline."""


class DataFolderInUse(Misconfigured):
    """Another process owns the data folder."""
