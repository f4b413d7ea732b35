"""Score runs and blend on the test part, with and without specks, by face and by pairs that look alike. Nothing is chosen here.

python -m competitions.characters.evaluate
"""

import numpy as np

from common import experiment, paths, run
from common.errors import DataError
from common.experiment.candidates import Gathered
from common.report import plots
from common.report.tables import show_table
from competitions.characters import ensemble, metric, train

NOISE = (0.0, 0.05, 0.15)  # shares of points set to ink, as published
SEEN = 20_000  # images of seen faces that are scored


def with_noise(glyphs, share, seed):
    """Glyphs with random points set to ink, the given share of all."""
    specks = np.random.default_rng(seed).random(glyphs.shape, dtype="float32") < share
    return np.where(specks, np.uint8(255), glyphs)


def main(config):
    """Print the tables, and draw what the blend mistakes."""
    from competitions.characters import pictures

    plan = train.plan(config)
    test, characters = plan.dataset.test, plan.dataset.characters
    if test.labels is None:
        raise DataError(f"the test part of {config.data} has no labels to score against")
    blended = ensemble.blend(plan)
    title = f"accuracy on the test part of {paths.data_name(config.data)}"
    experiment.show_rows(title, plan.metric, test.labels, blended, config.seed)
    learnt = experiment.load(blended.path)
    glyphs, found = plan.parts["test"], {}
    for share in NOISE:
        noisy = with_noise(glyphs, share, config.seed)  # in their frame: brought into it anew, specks would shrink them
        found[f"{share:.0%} noise"] = learnt.way(Gathered.of(learnt.found(noisy)))
    experiment.show_scores(f"{title}, the blend, with specks of ink", plan.metric, test.labels, found, config.seed)
    show_seen(plan, learnt)
    if test.writers is not None and len(np.unique(test.writers)) > 1:
        show_faces(test, found)
    show_lookalikes(test.labels, found[f"{NOISE[1]:.0%} noise"], characters)
    with plots.drawing("mistakes"):
        path = blended.plots / "test_mistakes.png"
        rows, clean = np.arange(len(glyphs)), found[f"{NOISE[0]:.0%} noise"]
        pictures.mistakes(glyphs, rows, test.labels, clean, characters, path)
        print(f"Drew {path}")


def show_seen(plan, learnt):
    """Accuracy of each model on images that it has learnt from, which is no score: how well it knows the faces it saw."""
    seed = plan.config.seed
    rows = np.random.default_rng(seed).permutation(np.flatnonzero(plan.valid() != 0))[:SEEN]
    glyphs = with_noise(plan.parts["train"][rows], NOISE[1], seed)
    answers = {name: models[0].predict(glyphs) for name, (_, models) in learnt.models.items()}
    title = f"accuracy on images of the training part that fold 0 learnt from, {NOISE[1]:.0%} noise"
    experiment.show_scores(title, plan.metric, plan.truth[rows], answers, seed)


def show_faces(test, found):
    """Accuracy of each face or writer."""
    right = {name: answers[:, 0, 0] == test.labels for name, answers in found.items()}
    rows = []
    for writer in np.unique(test.writers):
        own = test.writers == writer
        name = test.faces[writer] if test.faces else f"writer {writer}"
        rows.append([name, str(own.sum()), *(f"{values[own].mean():.4f}" for values in right.values())])
    show_table("by face or writer", ["face", "images", *right], rows)


def show_lookalikes(labels, answers, characters):
    """How often each of some characters that look alike is taken for each of the others."""
    rows = []
    for alike in metric.LOOKALIKES:
        places = [characters.index(one) for one in alike if one in characters]
        for true in places if len(places) > 1 else ():
            taken = answers[labels == true, 0, 0].astype(int)
            for other in places:
                if len(taken) and other != true:
                    rows.append([characters[true], characters[other], str(np.sum(taken == other)), str(len(taken))])
    if rows:
        show_table(f"characters that look alike, {NOISE[1]:.0%} noise", ["true", "taken for", "times", "of"], rows)


if __name__ == "__main__":
    run.stage(__spec__)
