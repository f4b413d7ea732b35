"""Score the runs and their blend on rated pairs of `test/`, and their vectors on analogies. Nothing is chosen here.

python -m competitions.word_similarity.evaluate
"""

import numpy as np

from common import experiment, paths, run
from common.errors import DataError
from common.report.tables import show_table
from common.text.word_pairs import read_analogies
from competitions.word_similarity import ensemble, inference, train
from competitions.word_similarity.metric import SPEARMAN

SHOWN = 5  # faults


def main(config):
    """Print Spearman's rho of every model and of the blend, file by file, and the accuracy on analogies.

    Raises:
        DataError: there are neither rated test pairs nor analogies.
    """
    plan = train.plan(config)
    rated = np.flatnonzero(np.isfinite(plan.dataset.test_truth[:, 0]))
    has_analogies = bool(paths.listed(config.data / "analogies", "*.txt"))
    if not len(rated) and not has_analogies:
        raise DataError(f"{config.data} has neither rated pairs in test/ nor analogies/*.txt: there is nothing to evaluate")
    blended = ensemble.blend(plan)
    if len(rated):
        score_pairs(plan, blended, rated)
    if has_analogies:
        score_analogies(plan, blended)


def score_pairs(plan, blended, rated):
    """A table for each file of rated pairs."""
    truth, runs = plan.dataset.test_truth, (*blended.members, blended)
    answers = {run.name: run.load_arrays("test")["probability"] for run in runs}
    for number in np.unique(truth[rated, 1]):
        rows = rated[truth[rated, 1] == number]
        title = f"{plan.dataset.test[rows[0]].of} of {paths.data_name(plan.config.data)}, {len(rows)} pairs"
        of_file = {name: answer[rows] for name, answer in answers.items()}
        experiment.show_scores(title, SPEARMAN, truth[rows], of_file, plan.config.seed)


def score_analogies(plan, blended):
    """Accuracy of each member's vectors on each section."""
    questions, faults = read_analogies(plan.config.data / "analogies")
    for fault in faults[:SHOWN]:
        print(f"passed over: {fault}")
    if len(faults) > SHOWN:
        print(f"and {len(faults) - SHOWN} more lines that are no questions")
    for member in blended.members:
        model = inference.load(member.folds[0], member.model, plan.config)
        rows = []
        for section, asked in questions.items():
            right, found = model.analogies(asked)
            rows.append([section, f"{right / found:.4f}" if found else "-", f"{right} of {found}", str(len(asked) - found)])
        show_table(f"analogies, {member.name}", ["section", "accuracy", "right", "without vectors"], rows)


if __name__ == "__main__":
    run.stage(__spec__)
