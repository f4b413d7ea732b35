import itertools

import numpy as np
import pytest

from common.errors import DataError
from common.text.bigrams import Bigrams, most_likely

PUBLISHED = {"电": 145001, "电视": 12426, "电规": 7, "宙": 1980, "宙规": 18}  # kexue.fm archive 3831


def test_the_published_example():
    characters = "电宙柳视规"
    classes, probability = np.array([[0, 1, 1], [2, 3, 4]]), np.array([[0.99996, 0.00004, 0], [0.87838, 0.12148, 0.00012]])
    chosen = most_likely(classes, probability, Bigrams.of_counts(PUBLISHED, characters))
    assert "".join(characters[place] for place in chosen) == "电视"
    assert most_likely(classes, probability, Bigrams.unknown(characters)) == [0, 2], "by looks alone it is 电柳"


def test_viterbi_is_the_best_of_all_sequences():
    generator = np.random.default_rng(1)
    language = Bigrams.of_counts(
        {"".join(pair): int(generator.integers(50)) for pair in itertools.product("abcdef", repeat=2)}, "abcdef"
    )
    for _ in range(10):
        classes = np.stack([generator.permutation(6)[:3] for _ in range(4)])
        probability = generator.dirichlet(np.ones(3), size=4)

        def score(path, classes=classes, probability=probability):
            chosen = [classes[place, column] for place, column in enumerate(path)]
            looks = sum(np.log(probability[place, column]) for place, column in enumerate(path))
            follows = sum(language.follow([one], [other])[0, 0] for one, other in itertools.pairwise(chosen))
            return looks + follows + language.begin(chosen[:1])[0]

        best = max(itertools.product(range(3), repeat=4), key=score)
        assert most_likely(classes, probability, language) == [classes[place, column] for place, column in enumerate(best)]


def test_weights_of_classes_by_frequency():
    characters = [chr(0x4E00 + number) for number in range(3062)]
    counts = {character: 10_000 - place for place, character in enumerate(characters)}
    weights = Bigrams.of_counts(counts, characters).weights()
    assert weights.mean() == pytest.approx(1) and weights[0] / weights[-1] == pytest.approx(8 / (1 / 3062 + 1) ** 3, rel=1e-5)
    assert (np.diff(weights) < 0).all()
    np.testing.assert_array_equal(Bigrams.unknown("ab").weights(), [1, 1])


def test_counts_and_text_are_read(tmp_path):
    from common.experiment.runs import Run

    (tmp_path / "counts.txt").write_text("电 5\n电视\t3\n\n电x 2\n")
    (tmp_path / "text.txt").write_text("电视,电视\n视电\n")
    counted, text = (Bigrams.read(tmp_path / name, "电视") for name in ("counts.txt", "text.txt"))
    assert counted.single.tolist() == [5, 0] and counted.pairs.toarray().tolist() == [[0, 3], [0, 0]]
    assert text.single.tolist() == [3, 3] and text.pairs.toarray().tolist() == [[0, 2], [1, 0]]
    text.save(Run(tmp_path))
    loaded = Bigrams.load(Run(tmp_path))
    assert (loaded.pairs != text.pairs).nnz == 0 and loaded.single.tolist() == text.single.tolist()
    (tmp_path / "counts.txt").write_text("电视 3\n电视 viele\n")
    with pytest.raises(DataError, match="line 2: expected a pair of characters and its count"):
        Bigrams.read(tmp_path / "counts.txt", "电视")
    with pytest.raises(DataError, match="holds no pair of the 2 characters"):
        Bigrams.read(tmp_path / "text.txt", "ab")
