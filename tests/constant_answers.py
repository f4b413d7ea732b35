"""Whether a contest's runs are better than answers that need no learning."""

import dataclasses
import importlib
from collections import Counter

import numpy as np

MARGINS = {  # of the networks of the tiny plans, and of what else learns
    "baidu_ie": {"pointers": 0.4, "linker": 0.03},
    "captcha": {"columns": 0.2},
    "characters": {"vgg": 0.15},
    "fashion_mnist": {"wide_resnet": 0.05},
    "generation": {"vae": 10.0},
    "lamost": {"dilated": 0.02},
    "power_vocab": {"vectors": 0.05, "ensemble": 0.2},
    "ppd": {"trees": 0.03},  # its networks learn in test_model.py and test_cosine.py: 300 hard pairs teach them nothing
    "segmentation": {"dictionary": 0.3, "tagger": 0.3},
    "sentiment": {"linear": 0.1, "convolution": 0.05},
    "web_text": {"classifier": 0.3},
    "webqa": {"reader": 0.01, "ranker": 0.04},
    "word_similarity": {"counted": 0.4, "skip_gram": 0.4},
}


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


def gain_over_one_answer(contest, finished):
    """By how much a run is better than any one answer for all records: out of fold, as it lies in the run's folder.

    Of rankings, over a random order; of samples, how much nearer they are to the mean of the training pictures than a grey of
    its brightness is, in grey values.
    """
    if contest == "power_vocab":
        known = finished.metrics["scores"]["precision@10000"] * 10_000
        return finished.metrics["score"] - known / (len((finished.path / "words.csv").read_text().splitlines()) - 1)
    if contest == "generation":
        dataset = importlib.import_module("competitions.generation.data").load(finished.config(config_of("generation")))
        mean, made = dataset.train.mean(axis=0), finished.load_arrays("samples")["samples"].mean(axis=0)
        return np.abs(mean.mean() - mean).mean() - np.abs(made - mean).mean()
    if contest == "baidu_ie":  # one triple for all sentences is right nowhere twice
        return finished.metrics["score"]
    plan = importlib.import_module(f"competitions.{contest}.train").plan(finished.config(config_of(contest)))
    metric, truth, classes, score = plan.metric, plan.truth, None, finished.metrics["score"]
    if contest == "webqa":  # its predictions are candidates, a constant is a text
        metric = dataclasses.replace(metric, count=importlib.import_module("competitions.webqa.metric").per_question)
    elif contest not in ("web_text", "segmentation"):
        arrays = finished.load_arrays("oof")
        seen = arrays["fold"] >= 0
        truth, classes = truth[seen], arrays["probability"].shape[-1]
        score = metric.of(truth, arrays["probability"][seen])
    return min(metric.gain(score, metric.of(truth, answers)) for answers in one_answer_for_all(contest, truth, classes))
