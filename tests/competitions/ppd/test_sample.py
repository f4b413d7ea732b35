"""The sample has the contest's layout, is the same for the same seed, and is neither trivial nor hopeless."""

import numpy as np
import pytest

from competitions.ppd import closure, data, features, graph, sample


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("sample") / "ppd"
    sample.write(path, 400, 1)
    return path


def test_layout(folder):
    names = {path.name for path in folder.iterdir()}
    assert names == {"question.csv", "train.csv", "test.csv", "word_embed.zip", "char_embed.zip", "tongyiju.csv"}
    groups, texts = data.read_groups(folder / data.GROUPS)
    dataset = data.load(folder, report=False)
    assert len(dataset.pairs) == 400 and len(dataset.test_pairs) == 100
    assert 0.25 < dataset.labels.mean() < 0.5
    assert dataset.word.vectors.shape[1] == dataset.char.vectors.shape[1] == sample.WIDTH
    assert len(texts) == len(set(texts)) == len(dataset.names) > groups.max() + 1 > 10
    keys = graph.keys(dataset.all_pairs, len(dataset.names))
    assert len(np.unique(keys)) == len(keys), "no pair stands there twice"


def test_the_same_seed_gives_the_same_bytes(folder, tmp_path):
    sample.write(tmp_path / "again", 400, 1)
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name


def test_common_words_alone_do_not_tell_and_others_labels_do(folder):
    dataset = data.load(folder, report=False)
    table = features.describe_content(dataset, dataset.pairs)
    overlap = table["word_jaccard_number"].to_numpy()
    same, other = overlap[dataset.labels == 1], overlap[dataset.labels == 0]
    share = np.mean(same[:, None] > other) + np.mean(same[:, None] == other) / 2  # the area under the curve
    assert 0.5 < share < 0.8
    implied = closure.rules(dataset.test_pairs, dataset.pairs, dataset.labels, len(dataset.names))
    assert (implied >= 0).any()
