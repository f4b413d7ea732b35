"""Which texts are labelled, which may be read, and which share a fold."""

import numpy as np
import pytest

from common.errors import ConfigError, DataError
from competitions.sentiment import data, sample
from competitions.sentiment.config import Config


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("sentiment") / "set"
    sample.write(path, 80, 0)
    return path


def test_a_draw_uses_so_many_labels_and_all_other_texts_without_them(folder):
    whole, few = data.load(Config(data=folder)), data.load(Config(data=folder, labels=20))
    assert len(whole.train.texts) == 80 and len(whole.unlabelled) == 80 and len(whole.groups) == 80
    assert np.bincount(few.train.labels).tolist() == [10, 10] and len(few.unlabelled) == 140 and len(few.groups) == 20
    again, other = data.load(Config(data=folder, labels=20)), data.load(Config(data=folder, labels=20, draw=1))
    assert few.train.ids == again.train.ids != other.train.ids
    assert not set(few.train.texts) - set(whole.train.texts)
    for row, text in zip(few.train.ids, few.train.texts, strict=True):
        assert whole.train.texts[int(row)] == text


def test_test_texts_are_read_only_where_the_protocol_says_so(folder):
    assert len(data.load(Config(data=folder, transductive=True)).unlabelled) == 120
    assert "transductive" in Config(transductive=True).protocol and "clean" in Config(labels=5).protocol


def test_labels_outside_a_draw_are_never_read(folder, tmp_path):
    few = data.load(Config(data=folder, labels=20))
    lines = (folder / "train.tsv").read_text(encoding="utf-8").split("\n")[:-1]
    kept = set(map(int, few.train.ids))
    turned = [
        line if row in kept else line.replace("pos\t", "?\t").replace("neg\t", "pos\t").replace("?\t", "neg\t")
        for row, line in enumerate(lines)
    ]
    (tmp_path / "train.tsv").write_text("\n".join(turned), encoding="utf-8")
    (tmp_path / "draws").mkdir()
    (tmp_path / "draws" / "labels_20_seed0.txt").write_text("\n".join(map(str, sorted(kept))))
    found = data.load(Config(data=tmp_path, labels=20))
    assert found.train.texts == few.train.texts and found.train.labels.tolist() == few.train.labels.tolist()
    assert set(found.unlabelled) < set(few.unlabelled) | set(few.train.texts)
    (tmp_path / "draws" / "labels_20_seed0.txt").write_text("0\nnobody\n")
    with pytest.raises(DataError, match=r"labels_20_seed0\.txt, line 2: there is no training text 'nobody'"):
        data.load(Config(data=tmp_path, labels=20))


def test_copies_share_a_fold_and_relatives_of_test_texts_are_told(folder):
    found = data.load(Config(data=folder))
    assert len(np.unique(found.groups)) < 80
    test, train = (list(part.texts) for part in (found.test, found.train))
    assert all(found.seen[row] for row, text in enumerate(test) if text in train or text.removesuffix("!") in train)
    assert any("near duplicates" in note for note in found.notes)


@pytest.mark.parametrize("settings", [{"labels": 3}, {"labels": 1000}])
def test_a_draw_that_is_too_small_or_too_large_is_refused(settings, folder):
    with pytest.raises(DataError, match="expected from 4 to 80, the training texts"):
        data.load(Config(data=folder, **settings))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"draw": 1}, "give labels=1000, too"),
        ({"loss": "hinge"}, "no loss 'hinge'"),
        ({"margin": 0.3}, r"from 0\.5 to 1"),
        ({"sequence_of_characters": 0, "sequence_of_words": 0}, "nothing to count"),
        ({"attack": "magic"}, "attack=magic"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings, message):
    with pytest.raises(ConfigError, match=message):
        Config(**settings)
