"""The pictures of a run, in `runs/word_similarity/<run>/plots/`."""

import numpy as np
from scipy import stats

from common.report import fonts, plots
from common.text.similarity import FOUND
from competitions.word_similarity.metric import rho

MAPPED = 150  # frequent words of the map
PASSED = 50  # the most frequent ones say little


def draw_run(plan, run, model):
    """All pictures of a run whose predictions are written, the learning curves apart.

    Args:
        plan: the `Plan`.
        run: the finished `Run`.
        model: its first fold's `inference.Similarity`.
    """
    rows, answers = run.validated()
    ratings(plan.truth[rows], answers, run.plots / "ratings.png")
    word_map(model, run.plots / "words.png", plan.config.seed)


def ratings(truth, answers, path):
    """Ranks of ratings against ranks of similarities, a panel for each file."""
    from matplotlib.figure import Figure

    files = np.unique(truth[:, 1])
    figure = Figure(figsize=(4.5 * len(files), 4.5), layout="constrained")
    for panel, number in zip(np.atleast_1d(figure.subplots(1, len(files))), files, strict=True):
        own = truth[:, 1] == number
        ranks = [stats.rankdata(column[own]) for column in (truth[:, 0], answers[:, 0])]
        known = answers[own, 1] >= FOUND
        for kind, label in ((known, "both words have vectors"), (~known, "one or both have none")):
            panel.scatter(ranks[0][kind], ranks[1][kind], s=8, alpha=0.6, label=label)
        counts = np.concatenate([truth[own], answers[own]], axis=1)
        panel.set(xlabel="rank of the rating", ylabel="rank of the similarity", title=f"Spearman {rho(counts):.3f}")
    panel.legend(fontsize=8)
    plots.save(figure, path)


def word_map(model, path, seed):
    """Frequent words, near where their vectors are near (t-SNE); of names that would cover each other the more frequent."""
    from matplotlib.figure import Figure
    from sklearn.manifold import TSNE

    words = model.words.vectors.words
    start = PASSED if len(words) > PASSED + MAPPED else 0
    shown = [word for word in words[start:] if len(word) > 1][:MAPPED]
    vectors = np.stack([model.vector(word)[0] for word in shown])
    settings = {"perplexity": min(15, (len(shown) - 1) / 3), "metric": "cosine", "init": "random"}
    places = TSNE(**settings, random_state=seed).fit_transform(vectors)
    figure = Figure(figsize=(10, 10))
    panel = figure.add_axes((0.02, 0.02, 0.9, 0.94))  # names stand at the right of their dots
    panel.scatter(*places.T, s=2)
    panel.set_axis_off()
    panel.set_title("Frequent words (t-SNE of their vectors)")
    font = fonts.chinese()
    hide_covered(
        figure,
        [panel.text(*place, word, fontproperties=font, fontsize=9) for word, place in zip(shown, places, strict=True)],
    )
    plots.save(figure, path)


def hide_covered(figure, names):
    """Hide each name that would be written over one before it, which is more frequent; its dot stays."""
    figure.draw_without_rendering()
    written = []
    for name in names:
        box = name.get_window_extent()
        name.set_visible(not box.count_overlaps(written))
        written += [box] * name.get_visible()
