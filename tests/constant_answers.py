"""Whether a contest's runs are better than answers that need no learning."""

import dataclasses
import importlib
from collections import Counter

import numpy as np


def config_of(contest):
    return importlib.import_module(f"competitions.{contest}.config").Config


def one_answer_for_all(contest, truth, classes=None):
    """Answers that need no learning: the same one to every record."""
    if contest == "webqa":
        common = Counter(answer for question in truth for answer in question.answers).most_common(3)
        return [[answer] * len(truth) for answer, _ in common]
    if contest == "captcha":  # style, then the signs; the answer that each style gives most often, to all its pictures
        common = {style: np.unique(truth[truth[:, 0] == style, 1:], axis=0, return_counts=True) for style in set(truth[:, 0])}
        return [np.eye(classes)[np.array([common[style][0][common[style][1].argmax()] for style in truth[:, 0]])]]
    if contest == "web_text":  # the whole page, and one post that holds all of it
        return [
            [[{"post_text": text}] if sheet.record.kind == "posts" else text for sheet, text in zip(truth, pages, strict=True)]
            for pages in [["\n".join(sheet.texts) for sheet in truth]]
        ]
    if contest == "segmentation":  # each character for itself, or all of them one word
        return [[list("".join(words)) for words in truth], [["".join(words)] for words in truth]]
    if contest == "ppd":
        return [np.full(len(truth), truth.mean())]
    if contest == "word_similarity":  # similarity, and how it is known
        return [np.ones((len(truth), 2))]
    if contest == "characters":  # the best candidates of each, class and probability
        return [np.full((len(truth), 1, 2), (label, 1.0)) for label in range(truth.max() + 1)]
    return [np.eye(truth.max() + 1)[np.full(len(truth), label)] for label in range(truth.max() + 1)]


def beats_one_answer(contest, finished):
    """Whether predictions out of fold, as they lie in the run's folder, score better than any one answer for all records."""
    if contest == "baidu_ie":  # one triple for all sentences is hardly ever right
        return finished.metrics["score"] > 0.05
    plan = importlib.import_module(f"competitions.{contest}.train").plan(finished.config(config_of(contest)))
    if contest == "webqa":  # its predictions are candidates, a constant is a text
        of_texts = importlib.import_module("competitions.webqa.metric").per_question
        score, metric = finished.metrics["score"], dataclasses.replace(plan.metric, count=of_texts)
        truth, classes = plan.truth, None
    elif contest in ("web_text", "segmentation"):  # the blend's are written as its answers
        score, metric, truth, classes = finished.metrics["score"], plan.metric, plan.truth, None
    else:
        arrays, metric = finished.load_arrays("oof"), plan.metric
        seen = arrays["fold"] >= 0
        truth, classes = plan.truth[seen], arrays["probability"].shape[-1]
        score = metric.of(truth, arrays["probability"][seen])
    return all(metric.gain(score, metric.of(truth, answers)) > 0 for answers in one_answer_for_all(contest, truth, classes))


def beats_a_random_order(finished):
    """Whether the average precision of a ranking is above the share of known words in it."""
    known = finished.metrics["scores"]["precision@10000"] * 10_000
    return finished.metrics["score"] > known / (len((finished.path / "words.csv").read_text().splitlines()) - 1)


def learnt_the_light(finished):
    """Whether samples are nearer to the training pictures' mean than a grey of its brightness is."""
    dataset = importlib.import_module("competitions.generation.data").load(finished.config(config_of("generation")))
    mean, made = dataset.train.mean(axis=0), finished.load_arrays("samples")["samples"].mean(axis=0)
    return np.abs(made - mean).mean() < np.abs(mean.mean() - mean).mean()
