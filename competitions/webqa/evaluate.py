"""Score the answers of the runs and of their ensemble on the validation part. Nothing is chosen here.

python -m competitions.webqa.evaluate
"""

import numpy as np

from common import paths, run
from common.errors import DataError
from common.report.tables import show_table
from competitions.webqa import data, ensemble, features, metric, train

RESAMPLES = 1000  # of the bootstrap


def main(config):
    """Print accuracy, F1 and their mean with its bootstrap interval, of every model and of the ensemble."""
    dataset = data.load(config.data)
    answered = [part for part in ("valid", "test") if any(question.answers for question in getattr(dataset, part))]
    if not answered:
        raise DataError(f"{config.data} has no answered validation or test questions (me_validation.*.json): nothing to score")
    blended = ensemble.main(config)
    members = train.train_models(config, dataset)
    prepared = features.prepare(config, dataset)
    for part in answered:
        questions = getattr(dataset, part)
        gold = metric.gold_of(questions)
        answers = {member.name: member_answers(member, part, questions, prepared, config) for member in members}
        answers[blended.name] = ensemble.read_answers(blended, part)
        show_table(
            f"scores on the {'validation' if part == 'valid' else part} part of {paths.data_name(config.data)}",
            ("run", "accuracy", "F1", "mean", "95 % interval"),
            [row(name, gold, found, config.seed) for name, found in answers.items()],
        )


def member_answers(member, part, questions, prepared, config):
    """What one model answers, its folds averaged, by the plain vote."""
    found = ensemble.scored_part([member], part, questions, prepared.parts[part])
    (candidates, *_) = ensemble.plain_ways(found, config).values()
    return ensemble.answers_of(questions, candidates)


def row(name, gold, answers, seed):
    """One row of the table."""
    total = metric.score(gold, answers)
    low, high = np.percentile(bootstrap(gold, answers, seed), [2.5, 97.5])
    return [name, f"{total.accuracy:.4f}", f"{total.f1:.4f}", f"{total.mean:.4f}", f"{low:.3f} - {high:.3f}"]


def bootstrap(gold, answers, seed):
    """Mean of accuracy and F1 on resampled questions, `(1000,)`; two predictions resampled with one seed are paired."""
    scores = per_question(gold, answers)
    draws = np.random.default_rng(seed).integers(len(scores), size=(RESAMPLES, len(scores)))
    return scores[draws].mean(axis=1)


def per_question(gold, answers):
    """Mean of accuracy and F1 of each question, `(questions,)`."""
    return np.array(
        [(metric.accuracy_of(answers[name], truth) + metric.f1_of(answers[name], truth)) / 2 for name, truth in gold.items()]
    )


if __name__ == "__main__":
    run.stage(__spec__)
