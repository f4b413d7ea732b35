"""The pictures of a LAMOST run, in `runs/lamost/<run>/plots/`."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import LineCollection
from scipy.ndimage import gaussian_filter1d
from sklearn.isotonic import IsotonicRegression

from common.report import plots
from competitions.lamost import lines, metric

COLOURS = {"star": "tab:orange", "galaxy": "tab:blue", "qso": "tab:purple", "unknown": "tab:grey"}
MISTAKES = 8  # drawn
NAME_WIDTH = 0.09  # inches of a line's name, which stands upright


def draw_run(run, spectra, prepared, grid, explain):
    """All pictures of a run whose predictions are written, the learning curves apart.

    Args:
        run: the `Run`.
        spectra: `data.Spectra` of the training part.
        prepared: `features.Prepared` of it.
        grid: the `Grid` of the spectra.
        explain: `explain(row, label)` gives the saliency of a spectrum `(2600,)`; `None` where no network was trained.
    """
    oof = run.load_arrays("oof")
    rows = np.flatnonzero(oof["fold"] >= 0)
    truth, probability = spectra.labels[rows], oof["probability"][rows]
    prediction = probability.argmax(axis=1)
    plots.confusion_matrix(truth, prediction, metric.LABELS, run.plots / "confusion_matrix.png")
    scores_by_quality(truth, prediction, prepared.quality(rows), run.plots / "f1_by_signal_to_noise.png")
    examples(spectra, prepared, grid, run.plots / "examples.png")
    confident_mistakes(spectra, rows, probability, grid, run.plots / "confident_mistakes.png")
    for label, name in enumerate(metric.LABELS if explain else ()):
        right = rows[(truth == label) & (prediction == label) & (oof["fold"][rows] == 0)]
        if len(right):
            row = right[np.argsort(prepared.quality(right))[len(right) // 2]]  # of middling quality
            title, path = f"{name} {spectra.ids[row]}", run.plots / f"saliency_{name}.png"
            shares = explain(row, label)
            single_spectrum(spectra.flux[row], grid, oof["probability"][row], path, title, prepared.significance(row), shares)


def scores_by_quality(truth, prediction, signal_to_noise, path):
    """F1 by class, and by class within fifths of the spectra by signal-to-noise."""
    figure, (by_class, by_quality) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    scores = metric.class_scores(truth, prediction)
    bars = by_class.bar(metric.LABELS, scores, color=[COLOURS[label] for label in metric.LABELS])
    by_class.bar_label(bars, fmt="%.3f", padding=3, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # over the line
    by_class.axhline(scores.mean(), color="black", linestyle="--", linewidth=1, label=f"macro-F1 {scores.mean():.3f}")
    by_class.set(ylim=(0, 1.2), ylabel="F1", title="F1 by class")
    by_class.legend(loc="upper right")

    edges = np.quantile(signal_to_noise, np.linspace(0, 1, 6))
    part = np.clip(np.searchsorted(edges, signal_to_noise, side="right") - 1, 0, 4)
    names = [f"{low:.1f}-{high:.1f}" for low, high in pairwise(edges)]
    for number, label in enumerate(metric.LABELS):
        inside = [part == index for index in range(5)]
        values = [
            metric.class_scores(truth[rows], prediction[rows])[number] if np.any(truth[rows] == number) else np.nan
            for rows in inside
        ]
        by_quality.plot(names, values, marker="o", color=COLOURS[label], label=label)
    by_quality.set(
        ylim=(0, 1.05), xlabel="signal to noise (fifths of the spectra)", ylabel="F1", title="F1 by class and signal to noise"
    )
    by_quality.legend(fontsize="small")
    plots.save(figure, path)


def examples(spectra, prepared, grid, path, each=2):
    """Spectra of every class, of high and of middling signal-to-noise, with line markers."""
    figure, axes = plt.subplots(len(metric.LABELS), each, figsize=(14, 9), layout="constrained")
    for number, label in enumerate(metric.LABELS):
        rows = np.flatnonzero(spectra.labels == number)[:400]
        quality = prepared.quality(rows)
        order = np.argsort(-quality)
        for axis, place in zip(axes[number], (order[len(rows) // 20], order[len(rows) // 2]), strict=True):
            row = rows[place]
            draw_spectrum(axis, spectra.flux[row], grid, COLOURS[label])
            axis.set_title(f"{label} {spectra.ids[row]}, signal to noise {quality[place]:.0f}", fontsize="medium")
            mark_class_lines(axis, grid, label, prepared.significance(row))
    figure.supxlabel(
        "wavelength (Angstrom); red: lines of the class, moved to the redshift where they fit best; green: night sky"
    )
    plots.save(figure, path)


def confident_mistakes(spectra, rows, probability, grid, path):
    """The spectra that were classified wrongly with the greatest probability."""
    prediction, truth = probability.argmax(axis=1), spectra.labels[rows]
    wrong = np.flatnonzero(prediction != truth)
    worst = wrong[np.argsort(-probability[wrong].max(axis=1))][:MISTAKES]
    figure, axes = plt.subplots(MISTAKES // 2, 2, figsize=(14, 10), layout="constrained", squeeze=False)
    for axis in axes.flat[len(worst) :]:
        axis.set_axis_off()
    for axis, place in zip(axes.flat, worst, strict=False):
        predicted, true = metric.LABELS[prediction[place]], metric.LABELS[truth[place]]
        draw_spectrum(axis, spectra.flux[rows[place]], grid, COLOURS[true])
        axis.set_title(
            f"{spectra.ids[rows[place]]}: labelled {true}, predicted {predicted} ({probability[place].max():.3f})",
            fontsize="medium",
        )
    figure.suptitle("Most confident mistakes (out of fold)")
    figure.supxlabel("wavelength (Angstrom); colours are of the label, green: night sky")
    plots.save(figure, path)


def single_spectrum(raw, grid, probability, path, title, significance, saliency=None):
    """One spectrum with its probabilities and, from a network, a saliency strip along the wavelength.

    The strip shows which lines and edges speak for the predicted class (red) and which against it (blue).

    Args:
        raw: flux `(2600,)`.
        grid: the `Grid` of the spectrum.
        probability: of the four classes `(4,)`.
        path: PNG file to write.
        title: heading.
        significance: of its lines, `(2600,)`.
        saliency: how much each point speaks for the class, `(2600,)`; `None` for a picture without the strip.
    """
    label = metric.LABELS[int(np.argmax(probability))]
    figure, axis = plt.subplots(figsize=(13, 4), layout="constrained")
    draw_spectrum(axis, raw, grid, COLOURS[label])
    mark_class_lines(axis, grid, label, significance)
    odds = ", ".join(f"{name} {share:.2f}" for name, share in zip(metric.LABELS, probability, strict=True))
    axis.set_title(f"{title}: {label} ({odds})")
    axis.set_xlabel("wavelength (Angstrom)")
    if saliency is not None:
        share = gaussian_filter1d(saliency, 6)  # single points are noise
        limit = max(np.abs(share).max(), 1e-12)
        strip = axis.inset_axes([0, -0.28, 1, 0.1], sharex=axis)
        # a mesh, not an image: points may be evenly spaced in the logarithm
        edges = np.interp(np.arange(share.size + 1) - 0.5, np.arange(share.size), grid.wavelengths)
        strip.pcolormesh(edges, [0, 1], share[None], cmap="RdBu_r", vmin=-limit, vmax=limit)
        strip.set(yticks=[], ylabel="saliency", xlabel="red: speaks for the class; blue: against it")
        axis.set_xlabel("")
    plots.save(figure, path)


def draw_spectrum(axis, raw, grid, colour):
    """Raw flux in pale, smoothed flux on top, the night sky's lines marked; spikes do not set the scale."""
    smoothed = gaussian_filter1d(raw, 3)
    axis.plot(grid.wavelengths, raw, color=colour, alpha=0.25, linewidth=0.5)
    axis.plot(grid.wavelengths, smoothed, color=colour, linewidth=0.9)
    low, high = np.percentile(smoothed, [0.2, 99.8])
    margin = 0.2 * max(high - low, 1e-12)
    axis.set(ylim=(low - margin, high + 2 * margin), xlim=(grid.wavelengths[0], grid.wavelengths[-1]), ylabel="flux")
    mark_lines(
        axis, {name: lines.SKY[name] for name in ("[O I] 5579", "Na 5892", "[O I] 6302")}, grid, "tab:green", named=False
    )


def mark_class_lines(axis, grid, label, significance):
    """Lines that are typical of a class: at rest for a star, at the redshift where they fit best for a galaxy or quasar."""
    if label == "unknown":
        return
    redshift = 0.0
    if label != "star":
        redshift = lines.fit_redshift(significance, grid, label)
        axis.text(0.99, 0.03, f"lines at z = {redshift:.3f}", transform=axis.transAxes, ha="right", fontsize=7, color="tab:red")
    mark_lines(axis, {name: value * (1 + redshift) for name, value in lines.OF_CLASS[label].items()}, grid, "tab:red")


def mark_lines(axis, wavelengths, grid, colour, named=True):
    """Thin vertical markers at the wavelengths that the grid covers, with names."""
    first, last = grid.wavelengths[0], grid.wavelengths[-1]
    inside = {name: value for name, value in sorted(wavelengths.items(), key=lambda line: line[1]) if first < value < last}
    transform = axis.get_xaxis_transform()
    segments = [[(value, 0.0), (value, 0.8)] for value in inside.values()]
    axis.add_collection(LineCollection(segments, colors=colour, linewidths=0.5, alpha=0.5, transform=transform), autolim=False)
    if named and inside:
        inches = axis.get_figure().get_figwidth() * axis.get_position().width
        places = apart(np.array(list(inside.values())), (last - first) * NAME_WIDTH / inches)
        for name, place in zip(inside, places, strict=True):
            axis.text(place, 0.98, name, rotation=90, fontsize=5, ha="center", va="top", transform=transform, color=colour)


def apart(places, gap):
    """Sorted places moved as little as possible, in squares, so that neighbours are a gap apart."""
    steps = gap * np.arange(len(places))
    return IsotonicRegression().fit_transform(np.arange(len(places)), places - steps) + steps
