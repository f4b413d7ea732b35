"""Score the runs and their blend on the test, or any file of segmented lines. Nothing is chosen here.

python -m competitions.segmentation.evaluate
make evaluate COMP=segmentation answers=FILE
"""

from common import experiment, paths, run
from common.errors import DataError
from competitions.segmentation import data, ensemble, inference, train


def main(config):
    """Print F1, precision, recall, and recall of words that the training list lacks and holds.

    Raises:
        DataError: the test has no truth, or the file given is not of its text.
    """
    plan = train.plan(config)
    gold, test = plan.dataset.gold, plan.dataset.test
    if gold is None:
        raise DataError(f"{config.data} has no *_test.utf8 with *_test_gold.utf8 to score against")
    if config.answers:
        place = config.answers
        found = {place.name: data.truth_of(place, data.find(config.data, config.name, "test"), test)}
    else:
        blended = ensemble.blend(plan)
        found = {member.model: own(plan, member) for member in blended.members} | {
            "blend": ensemble.read_answers(blended, "test")
        }
        found = {name: inference.by_line(test, words) for name, words in found.items()}
    experiment.show_scores(f"test of {paths.data_name(config.data)}", plan.metric, gold, found, config.seed)


def own(plan, member):
    """The words of one member alone."""
    return plan.answer(member.model, plan.kind(member.model).unpack(member.load_arrays("test")), "test")


if __name__ == "__main__":
    run.stage(__spec__)
