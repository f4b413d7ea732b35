"""Training through the frame, joint and style by style; drawn letters; submissions; a person's own pictures."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from common import experiment, paths, run
from common.errors import ConfigError, DataError
from common.experiment.runs import all_runs, newest_ensemble
from common.images.writing.signs import Style, Table
from competitions.captcha import data, predict, submit, synthetic
from competitions.captcha.config import Config
from tests.common.images.writing.styles import TABLE
from tests.conftest import eager

TINY = ("steps=2", "reports=1", "batch_size=8", "height=24", "width=60", "filters=4", "blocks=1", "context=0", "sample_size=30")


def test_a_network_for_each_style_goes_through_folds_pre_training_and_answers_the_test_as_stored():
    plan = (*TINY, "joint=false", "folds=2", "styles=digits,letters", "synthetic=8", "synthetic_steps=1", "imitates=letters")
    with eager():
        run.run_stage("captcha", "submit", plan)
        blended = newest_ensemble("captcha")
        (member,) = blended.members
        assert {path.name for path in (member.path / "fold1").glob("model*")} == {"model.0.keras", "model.1.keras"}
        stages = (member.path / "log.csv").read_text()
        assert stages.count("drawn letters") == 2 and stages.count("pictures") == 4, "letters alone are drawn, in both folds"
        test = data.load(Config(data=paths.sample("captcha"), styles=("digits", "letters"), height=24, width=60)).test
        answered = experiment.load(blended.path).predict(test)
    np.testing.assert_allclose(answered, blended.load_arrays("test")["probability"], atol=2e-4)
    rows = list(csv.reader(paths.submission("captcha", ".csv").read_text().splitlines()))
    assert rows[0] == ["file", "label"] and [row[0] for row in rows[1:]] == test.names
    assert len(all_runs("captcha")) == 2


def test_a_style_that_is_not_there_cannot_be_imitated():
    with pytest.raises(ConfigError, match=r"imitates=tencent: .* has no such style; name one of digits, letters, sums"):
        run.run_stage("captcha", "train", (*TINY, "synthetic=8"))


def test_drawn_letters_repeat_stand_in_their_picture_and_no_letter_is_rare():
    style = Style("drawn", (53, 130), ("A", "B", "b", "x"), (3, 4), False)
    labels, images = synthetic.draw_some(style, (48, 160), 60, 1)
    again, same = synthetic.draw_some(style, (48, 160), 60, 1)
    assert labels == again and images.shape == (60, 48, 160, 3)
    np.testing.assert_array_equal(images, same)
    assert {len(label) for label in labels} == {3, 4} and set("".join(labels)) == {"A", "B", "b", "x"}
    letters = [sign.lower() for sign in "".join(labels)]
    assert min(letters.count(sign) for sign in "abx") > len(letters) / 5
    ink = (images.astype(int).max(axis=(1, 2)) - images.min(axis=(1, 2))).max(axis=1)
    assert (ink > 60).all(), "no picture is empty"
    held = Table((style, TABLE.styles[1]))
    config = Config(synthetic=5, imitates="drawn", height=24, width=60)
    first = synthetic.pictures_of(held, config)
    assert len(first) == 5 and set(first.styles) == {0}
    assert len(synthetic.pictures_of(held, replace(config, seed=7))) == 5 and len(list(paths.cache("captcha").iterdir())) == 2


def test_labels_with_commas_and_quotes_come_out_quoted_and_a_submission_is_checked(tmp_path):
    style = Style("odd", (20, 40), tuple('",;abqxy12'), (4, 4), False)
    names, rows = ["odd/0.png", "odd/1.png"], [["odd/0.png", "a,b2"], ["odd/1.png", '"q"x']]
    submit.write(tmp_path / "a.csv", [submit.HEADER, *rows])
    assert (tmp_path / "a.csv").read_text() == 'file,label\nodd/0.png,"a,b2"\nodd/1.png,"""q""x"\n'
    assert submit.faults(tmp_path / "a.csv", names, [style] * 2) == []
    for wrong, message in (
        ([["id", "label"], *rows], "line 1: the header must be file,label"),
        ([submit.HEADER, rows[0]], "2 pictures need as many lines below the header, found 1"),
        ([submit.HEADER, *rows[::-1]], "line 2: expected odd/0.png and its label, found odd/1.png"),
        ([submit.HEADER, rows[0], ["odd/1.png", "qx"]], "line 3: 'qx' is no label of odd"),
        ([submit.HEADER, rows[0], ["odd/1.png", "zzzz"]], "line 3: 'zzzz' is no label of odd"),
    ):
        submit.write(tmp_path / "a.csv", wrong)
        assert any(message in fault for fault in submit.faults(tmp_path / "a.csv", names, [style] * 2))


def test_the_style_of_a_picture_is_told_by_its_size_or_named():
    shown = {size: np.zeros((*size, 3), np.uint8) for size in ((20, 40), (24, 60), (9, 9))}
    assert predict.style_of(TABLE, "a.png", shown[20, 40], "") == 0
    assert predict.style_of(TABLE, "a.png", shown[9, 9], "lower") == 1
    with pytest.raises(DataError, match=r"a\.png: no style has pictures of 9 x 9; give style=\. The styles are cased 40 x 20"):
        predict.style_of(TABLE, "a.png", shown[9, 9], "")
    twins = Table((TABLE.styles[0], replace(TABLE.styles[1], size=(20, 40))))
    with pytest.raises(DataError, match="several styles have pictures of 40 x 20"):
        predict.style_of(twins, "a.png", shown[20, 40], "")
    with pytest.raises(ConfigError, match=r"style=uper: There is no style 'uper'"):
        predict.style_of(TABLE, "a.png", shown[9, 9], "uper")
