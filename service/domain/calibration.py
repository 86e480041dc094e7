"""How sure the reader has to be to answer, from a record and the share of wrong answers that is borne."""

from dataclasses import dataclass
from typing import NamedTuple


class Step(NamedTuple):
    """What a threshold did on the questions of the record.

    Of the questions whose confidence reached `least`, `answered` in number, `wrong` did not hold all of the
    answer; `bound` is the upper end of the 95 % interval of that share (Clopper and Pearson 1934,
    doi:10.1093/biomet/26.4.404).
    """

    least: float
    answered: int
    wrong: int
    bound: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """A record of thresholds, taken on questions whose stories the reader had not seen.

    `made_for` is the fingerprint of the settings that it was taken with (`Settings.reading_fingerprint`).
    """

    made_for: str
    steps: tuple[Step, ...]

    def threshold(self, wrong_at_most: float) -> float:
        """The least confidence at which the share of wrong answers stays under a target, by its bound.

        Returns:
            In [0, 1]; 1.0 where no threshold of the record keeps the target, so that nothing is answered.
        """
        return min((step.least for step in self.steps if step.bound <= wrong_at_most), default=1.0)
