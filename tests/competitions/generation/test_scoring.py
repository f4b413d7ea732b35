import numpy as np

from competitions.generation import data, scoring
from competitions.generation.config import Config


def test_of_more_samples_than_real_records_some_of_all_kinds_are_compared():
    few = data.Dataset("sentences", ("a b",) * 30, ("a c",) * 20, None, None, (), "", ())
    scorer = scoring.Scorer(few, Config(samples=1000), few.valid)
    kinds = [f"kind {number // 100}" for number in range(1000)]
    assert len(scorer.some(kinds)) == 20 and len(set(scorer.some(kinds))) > 5
    np.testing.assert_array_equal(scorer.some(np.array(kinds)), scorer.some(kinds))
