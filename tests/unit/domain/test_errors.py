"""The error tree and its drawing."""

import re

from service.domain import errors
from service.domain.errors import ServiceError


def classes() -> dict[str, type[ServiceError]]:
    return {n: c for n, c in vars(errors).items() if isinstance(c, type) and issubclass(c, ServiceError)}


def test_the_drawing_names_every_error_and_no_other():
    drawn = set(re.findall(r"^[ │├└─]+([A-Z]\w+)$", errors.__doc__ or "", re.MULTILINE))
    assert drawn == set(classes())


def test_each_error_has_a_code_of_its_own():
    codes = [cls.code for cls in classes().values()]
    assert len(set(codes)) == len(codes)
    assert errors.EmbeddingSpaceMismatch.code == "embedding_space_mismatch"
