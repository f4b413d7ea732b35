"""Write `submissions/ppd.csv`: the header `y_pre`, then one probability for each row of test.csv, in its order.

python -m competitions.ppd.submit
"""

from functools import partial

import numpy as np

from common import run
from common.experiment.submission import publish
from competitions.ppd import embeddings, ensemble, train

HEADER = "y_pre"


def main(config):
    """Answer the test set with the ensemble; without a test set, the validation part."""
    plan = train.plan(config)
    dataset, blended = plan.dataset, ensemble.blend(plan)
    if dataset.test_pairs is not None:
        probability = blended.load_arrays("test")["probability"]
    else:
        print("There is no test set: the submission answers the validation part, from out-of-fold predictions.")
        _, probability = blended.validated()
    lines = [HEADER, *map(str, probability)]  # as many digits as float32 has: none becomes an exact 0 or 1 in writing
    path = publish("ppd", ".csv", lines, partial(check, rows=len(probability)), blended)
    if certain := int(np.isin(probability, (0, 1)).sum()):
        print(f"Warning: {certain} probabilities are exactly 0 or 1; each that is wrong costs {34.5 / len(probability):.6f}")
    print(f"Wrote {path} ({len(probability)} probabilities, mean {probability.mean():.4f}) and a copy in {blended.path}")


def check(path, rows):
    """Faults of a submission file that must hold `rows` probabilities, each with its line; empty where it keeps the rules."""
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        return [f"not UTF-8: {error}"]
    header, *answers = text.removesuffix("\n").split("\n")
    faults = [] if header == HEADER else [f"line 1: the header must be '{HEADER}', found '{header[:60]}'"]
    for number, answer in enumerate(answers, start=2):
        if not is_probability(answer):
            faults.append(f"line {number}: expected a number from 0 to 1, found '{answer[:60]}'")
    if len(answers) != rows:
        faults.append(f"expected {rows} probabilities, one for each row of test.csv, found {len(answers)}")
    return faults


def is_probability(text):
    """Whether a text spells a number from 0 to 1."""
    return embeddings.NUMBER.fullmatch(text) is not None and 0 <= float(text) <= 1


if __name__ == "__main__":
    run.stage(__spec__)
