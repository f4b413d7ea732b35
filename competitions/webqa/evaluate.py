"""Score the answers of the runs and of their ensemble on the validation part. Nothing is chosen here.

python -m competitions.webqa.evaluate
"""

from dataclasses import replace

from common import experiment, paths, run
from common.errors import DataError
from common.report.tables import show_table
from competitions.webqa import data, decode, ensemble, metric, train


def main(config):
    """Print accuracy, F1 and their mean with its bootstrap interval, of every model and of the ensemble.

    Where annotated and retrieved passages are at hand, the ensemble answers from both, and from each kind alone.
    """
    plan = train.plan(config)
    answered = [part for part in train.SCORED if any(question.answers for question in getattr(plan.dataset, part))]
    if not answered:
        raise DataError(f"{config.data} has no answered validation or test questions (me_validation.*.json): nothing to score")
    blended = ensemble.blend(plan)
    of_texts = replace(metric.ANSWERS, count=metric.per_question)
    for part in answered:
        questions = getattr(plan.dataset, part)
        answers = {member.name: member_answers(plan, member, part) for member in blended.members}
        known = ensemble.read_answers(blended, part)
        answers[blended.name] = [known[question.id] for question in questions]
        files, name = data.find_files(config.data, config.evidence, report=False)[part], train.SCORED[part]
        for evidence, shown in data.read_apart(files).items():
            print(f"{blended.name}: answering the {name} part from {evidence} passages alone", flush=True)
            answers[f"{blended.name}, {evidence} alone"] = answers_from(shown, questions, blended)
        title = f"scores on the {name} part of {paths.data_name(config.data)}, passages of {data.named(files)}"
        experiment.show_scores(title, of_texts, questions, answers, config.seed)
        show_kinds(questions, answers[blended.name])


def show_kinds(questions, answers):
    """Print accuracy and F1 of the ensemble by what the questions ask for."""
    rows = [
        [kind, str(len(scores)), *(f"{score:.3f}" for score in scores.mean(axis=0))]
        for kind, scores in metric.by_kind(questions, answers).items()
    ]
    show_table("the ensemble by what a question asks for", ("asks for", "questions", "accuracy", "F1"), rows)


def answers_from(shown, questions, blended):
    """What an ensemble answers to questions from other passages than theirs, those of the same questions in `shown`."""
    passages = {question.id: question.passages for question in shown}
    asked = [replace(question, passages=passages.get(question.id, ())) for question in questions]
    return decode.best_answers(experiment.load(blended.path).predict(asked))


def member_answers(plan, member, part):
    """What one model answers, its folds averaged, by the plain vote; a list of texts."""
    found = plan.kind(member.model).unpack(member.load_arrays(part))
    return decode.best_answers(plan.answer(member.model, found, part))


if __name__ == "__main__":
    run.stage(__spec__)
