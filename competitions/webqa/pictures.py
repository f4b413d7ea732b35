"""Pictures: which characters carried an answer, and which kinds of questions are answered well."""

import matplotlib.pyplot as plt
import numpy as np

from common.report import fonts, plots

ACROSS = 32  # characters of a line
LINES = 14  # drawn of a passage, around the answer


def saliency(question, passage, of_question, of_passage, begin, end, path):
    """Question and passage, character by character, red where one speaks for the answer, blue where against; the answer framed.

    Args:
        question, passage: texts.
        of_question, of_passage: shares of their characters, from `Reader.saliency`.
        begin, end: the answer in the passage.
        path: PNG file to write.
    """
    first = max(0, begin // ACROSS - LINES // 2) * ACROSS
    last = first + LINES * ACROSS
    shown, shares = passage[first:last], of_passage[first:last]
    question_lines, passage_lines = -(-len(question) // ACROSS), -(-len(shown) // ACROSS)
    height = question_lines + passage_lines + 1
    figure, axis = plt.subplots(figsize=(ACROSS * 0.36, 0.45 * height + 0.9), layout="constrained")
    limit = max(np.abs(of_question).max(initial=0), np.abs(of_passage).max(initial=0), 1e-9)
    draw_text(axis, question, of_question / limit, 0)
    draw_text(axis, shown, shares / limit, question_lines + 1)
    for place in range(begin - first, min(end, last) - first):
        row, column = question_lines + 1 + place // ACROSS, place % ACROSS
        axis.add_patch(plt.Rectangle((column, row), 1, 1, fill=False, edgecolor="black", linewidth=1.6))
    axis.set(xlim=(0, ACROSS), ylim=(height, 0))
    axis.axis("off")
    axis.text(-0.4, 0.5, "Q", ha="right", va="center", fontsize=11, color="grey")
    axis.text(-0.4, question_lines + 1.5, "P", ha="right", va="center", fontsize=11, color="grey")
    cut = [side for side, missing in (("before", first > 0), ("behind", last < len(passage))) if missing]
    title = "question (Q), passage (P): red speaks for the answer, blue against; framed: the answer"
    title += f"; text {' and '.join(cut)} is left out" if cut else ""
    axis.set_title(title, fontsize=10, loc="left")
    plots.save(figure, path)


def draw_text(axis, text, shares, top):
    """Characters in cells from line `top` on, each on the colour of its share between -1 and 1."""
    font, colours = fonts.chinese(), plt.get_cmap("RdBu_r")
    for place, (character, share) in enumerate(zip(text, shares, strict=True)):
        column, row = place % ACROSS, top + place // ACROSS
        axis.add_patch(plt.Rectangle((column, row), 1, 1, color=colours(0.5 + 0.32 * float(share)), linewidth=0))
        if not character.isspace():
            drawn = character if fonts.has_letter(font, character) else "·"  # an emoji, or another script
            axis.text(column + 0.5, row + 0.53, drawn, ha="center", va="center", fontproperties=font, fontsize=13)


def scores_by_kind(scores, path):
    """Accuracy and F1 by what a question asks for, and how many ask for it.

    Args:
        scores: `{kind: (questions, 2)}`, of `metric.by_kind`.
        path: PNG file to write.
    """
    means = np.array([own.mean(axis=0) for own in scores.values()])
    places = np.arange(len(scores))
    figure, axis = plt.subplots(figsize=(9, 0.5 * len(scores) + 1.4), layout="constrained")
    axis.barh(places - 0.2, means[:, 0], 0.4, label="accuracy")
    axis.barh(places + 0.2, means[:, 1], 0.4, label="F1")
    axis.set_yticks(places, [f"{kind}  ({len(own)})" for kind, own in scores.items()])
    axis.set(xlim=(0, 1), title="out-of-fold scores by what the question asks for (number of questions)")
    axis.invert_yaxis()
    axis.legend(loc="lower center", bbox_to_anchor=(0.5, -0.32 / len(scores) - 0.12), ncols=2)
    plots.save(figure, path)
