"""Which articles a corrected one has replaced: the same text but for what was wrong in it."""

from collections.abc import Sequence

from service.domain.article import Revision
from service.domain.duplicates import contradict, fingerprint, share_text, states_correction


def superseded(revisions: Sequence[Revision]) -> dict[str, str]:
    """The articles whose text another one carries corrected.

    Copies of one text are no copies where a figure or a "not" differs (`domain/duplicates.py`). Where one
    of the two is marked as corrected, or says so itself, and is not the older one, it wins.

    Args:
        revisions: Of different articles, no two of them copies.

    Returns:
        By the id of an article that is replaced the id of the one that replaces it.
    """
    corrected = [r for r in revisions if r.corrected or states_correction(r.article.text)]
    replaced: dict[str, str] = {}
    if not corrected:
        return replaced
    prints = {revision.article.id: fingerprint(revision.article.text) for revision in revisions}
    for new in corrected:
        mine = prints[new.article.id]
        for old in revisions:
            other = prints[old.article.id]
            if (
                old is not new
                and old not in corrected
                and not _older(new, old)
                and share_text(mine, other)
                and contradict(mine, other)
            ):
                replaced[old.article.id] = new.article.id
    return replaced


def _older(a: Revision, b: Revision) -> bool:
    """Whether `a` was last changed before `b` was published."""
    changed = a.article.updated_at or a.article.published_at
    published = b.article.published_at
    return changed is not None and published is not None and changed < published
