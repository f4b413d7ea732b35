"""Cards and reports say what the runs say, from the runs' folders alone."""

import dataclasses
import json
import re

import numpy as np
import pytest

from common import experiment
from common.experiment import card, judged, report
from common.experiment.blend import of_probabilities
from common.experiment.evaluate import margin
from common.experiment.metric import Metric
from common.report import page
from tests.common.experiment.test_frame import ACCURACY, Config, fake, make_plan, problem  # noqa: F401  a fixture


@pytest.fixture
def blended(fake):  # noqa: F811
    every = of_probabilities(ACCURACY, 0, 0.001)
    quick = dataclasses.replace(every, ways={name: every.ways[name] for name in ("mean", "hill climbing")})
    return experiment.ensemble(make_plan(Config(width=2), classes=("left", "right")), quick)


def test_a_finished_ensemble_has_a_card_and_an_interval(blended):
    text, metrics = (blended.path / card.FILE).read_text(encoding="utf-8"), blended.metrics
    low, high = metrics["interval"]
    assert low <= metrics["score"] <= high
    assert f"**{metrics['score']:.4f}**, 95 % interval {low:.4f} to {high:.4f}" in text
    assert "- `width=2`" in text and "`folds" not in text, "the defaults are not told"
    assert f"make export COMP=fake run={blended.name} to=FOLDER" in text and "fingerprint `abc`" in text
    labels, answer = problem()[1], blended.load_arrays("oof")["probability"].argmax(axis=1)
    missed = int(((labels == 0) & (answer == 1)).sum())
    assert re.search(rf"\| left \| right \| {missed} \| {missed / (labels == 0).sum():.1%} \|", text)


def test_an_export_holds_the_card_also_of_an_older_ensemble(blended, tmp_path):
    (blended.path / card.FILE).unlink()
    (blended.path / "judged.npz").unlink()
    stored = blended.stored
    del stored["name"]  # it listed no files, either
    blended.write_json("config.json", stored)
    folder = experiment.export("fake", tmp_path / "to")
    assert "# fake, ensemble-" in (folder / card.FILE).read_text(encoding="utf-8")
    assert not (folder / judged.MISTAKES).exists()


def test_the_surest_mistakes_are_kept_and_told_by_name(blended):
    kept = judged.Judged.load(blended)
    answer = kept.probability.argmax(axis=1)
    found = json.loads((blended.path / judged.MISTAKES).read_text())["mistakes"]
    assert found and len(found) <= 2 * judged.OF_A_PAIR
    shares = [one["probability"] for one in found]
    wrong = np.flatnonzero(answer != kept.truth)
    assert shares == sorted(shares, reverse=True) and shares[0] == round(float(kept.probability[wrong].max()), 4)
    for one in found:
        assert (one["truth"], one["answer"]) in {("left", "right"), ("right", "left")}
        assert one["row"] in wrong


def test_a_report_has_paired_margins_that_agree_with_those_of_the_answers(blended):
    text, labels = report.of(blended, ACCURACY), problem()[1]
    member = blended.members[0]
    own, nested = (run.load_arrays("oof")["probability"] for run in (member, blended))
    difference, low, high = margin(ACCURACY, labels, own, nested, Config().seed)
    assert f"{difference:+.4f} ({low:+.4f} to {high:+.4f})" in text
    assert text.count("data:image/png;base64,") >= 3, "curves of both models, and the calibration"
    kept = judged.Judged.load(blended)
    assert set(kept.without) == {one.name for one in blended.members}
    alone = {one.name: one.load_arrays("oof")["probability"] for one in blended.members}
    for name, counts in kept.without.items():
        (other,) = alone.keys() - {name}
        if blended.metrics["method"] == "mean":
            np.testing.assert_array_equal(counts, ACCURACY.count(labels, alone[other]), "the mean of one is that one")
    assert "http" not in re.sub(r"<a href=[^>]+>[^<]+</a>", "", text.replace("http-equiv", "")), "nothing from elsewhere"


def test_a_report_without_data_says_what_is_missing(blended):
    assert "No intervals: the data of these runs are not there any more" in report.of(blended)
    (blended.path / "judged.npz").unlink()
    assert "made by an earlier version" in report.of(blended, ACCURACY)


def test_mistakes_of_answers_that_are_no_classes_are_those_that_another_has_right():
    metric = Metric("share", lambda truth, found: found, lambda counts: float(np.mean(counts)))
    counts = np.array([[1, 0, 1, 0.5], [0, 0, 0.5, 1.0]])
    kept = judged.Judged(("member", "nested choice"), counts, {}, None, None, None)
    assert [int(place) for place, _ in judged.worst(metric, kept)] == [0, 1, 2]

    def score(counts):
        raise ValueError("one record has no score")

    assert judged.worst(Metric("whole", lambda truth, found: found, score), kept) == []


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("甲" * 500, {"text": "甲" * judged.LONGEST + "…"}),
        (np.arange(4.0), {"curve": [0.0, 1.0, 2.0, 3.0]}),
        (None, {}),
        (3, {}),
    ],
)
def test_records_are_shown_as_what_they_are(record, expected):
    assert judged.displayed(record) == expected
    assert list(judged.displayed(np.zeros((3, 4), np.uint8))) == ["picture"]


def test_what_stands_on_a_page_is_text_and_no_markup():
    found = page.page("<b>", [page.section("a & b", page.table(("x", "y"), [("<script>", "1.5"), ("https://a.b/c", "2")]))])
    assert "<script>" not in found and "&lt;script&gt;" in found and "<title>&lt;b&gt;</title>" in found
    assert '<a href="https://a.b/c">' in found and '<th class="number">y</th>' in found
    assert page.linked('https://a" onclick="x').startswith("https://a&quot;")
