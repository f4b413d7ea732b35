import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from common.errors import ConfigError, DataError
from common.text.word_discovery import WordDiscovery
from common.text.word_finder import WordFinder
from tests.common.text.corpora import random_corpus


@pytest.mark.parametrize("model", [WordDiscovery(min_count=2), WordFinder(1e-6, 0.5)])
def test_pieces_join_to_the_text(model, tmp_path):
    texts = random_corpus(6)
    model.fit(texts)
    for text in [*texts, "", "x", "\0\ud800 𠮷变压器\r\n\n。。12 kV"]:
        assert "".join(model.segment(text)) == text
    assert list(model.segment_all(texts)) == [model.segment(text) for text in texts]
    odd = ["", "变压器\n母线\n", "\n", "", "断路器"]
    assert list(model.segment_all(odd)) == [model.segment(text) for text in odd]
    path = tmp_path / "corpus.txt"
    path.write_text("变压器油\n\n母线", encoding="utf-8")
    assert ["".join(line) for line in model.segment_all(path)] == ["变压器油", "", "母线"]


def test_symbols_are_pieces_of_their_own():
    for model in (WordDiscovery(min_count=2), WordFinder(1e-6, 0.5)):
        assert model.fit(random_corpus(7)).segment("母线，。 SF6") == ["母线", "，", "。", " ", "SF6"]


@pytest.mark.parametrize("model", [WordDiscovery(min_count=2, min_cohesion=[1, 2, 3]), WordFinder(1e-6, 0.5)])
def test_saved_and_loaded(model, tmp_path):
    texts = random_corpus(8)
    model.fit(texts).save(tmp_path / "words.npz")
    loaded = type(model).load(tmp_path / "words.npz")
    pd.testing.assert_frame_equal(loaded.words_, model.words_)
    assert list(loaded.segment_all(texts)) == list(model.segment_all(texts))
    assert loaded.encoding == model.encoding
    assert [path.name for path in tmp_path.iterdir()] == ["words.npz"]


def test_damaged_files_are_named(tmp_path):
    path = tmp_path / "words.npz"
    WordFinder().fit(["变压器"] * 3).save(path)
    whole = path.read_bytes()
    for content in (b"", b"no archive", whole[: len(whole) // 2], b"PK\x03\x04"):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"words\.npz is damaged, or no WordFinder"):
            WordFinder.load(path)
    path.write_bytes(whole)
    with pytest.raises(DataError, match="or no WordDiscovery"):
        WordDiscovery.load(path)
    with pytest.raises(FileNotFoundError):
        WordFinder.load(tmp_path / "none.npz")


@pytest.mark.parametrize("make", [WordDiscovery, WordFinder])
def test_bad_corpora_are_refused_with_the_reason(make, tmp_path):
    for empty in ([], [""], ["，。\0"], tmp_path / "empty.txt"):
        (tmp_path / "empty.txt").touch()
        with pytest.raises(DataError, match="is empty: no Chinese characters, digits or letters"):
            make().fit(empty)
    with pytest.raises(DataError, match="holds no Chinese character"):
        make().fit(["only English, 110 kV"])
    (tmp_path / "gbk.txt").write_bytes("变压器".encode("gbk"))
    with pytest.raises(DataError, match=r"gbk\.txt, line 1.*encoding=gb18030"):
        make().fit(tmp_path / "gbk.txt")
    assert make(encoding="gb18030").fit(tmp_path / "gbk.txt").segment("变") == ["变"]


def test_settings_of_numpy_are_saved(tmp_path):
    settings = {"min_count": np.int64(2), "min_cohesion": np.array([1.0, 2.0, 3.0]), "back_check": np.bool_(False)}
    model = WordDiscovery(**settings, min_entropy=np.float32(0.5)).fit(random_corpus(8))
    model.save(tmp_path / "words.npz")
    loaded = WordDiscovery.load(tmp_path / "words.npz")
    assert (loaded.min_count, loaded.min_cohesion, loaded.back_check, loaded.min_entropy) == (2, [1.0, 2.0, 3.0], False, 0.5)
    pd.testing.assert_frame_equal(loaded.ngrams_, model.ngrams_)
    pd.testing.assert_frame_equal(loaded.fit(random_corpus(8)).words_, model.words_)


@pytest.mark.parametrize("make", [WordDiscovery, WordFinder])
@pytest.mark.parametrize(
    "settings",
    [
        *({"workers": value} for value in (0, -1, -2, 1.5, "2")),
        *({"memory": value} for value in (100, -1, "2GB", 2e9, None)),
        *({"encoding": value} for value in (None, 8)),
    ],
)
def test_settings_that_cannot_be_are_refused(make, settings):
    (name,) = settings
    with pytest.raises(ConfigError, match=f"^{name}=.*: expected "):
        make(**settings).fit(["变压器"])


@pytest.mark.parametrize("make", [WordDiscovery, WordFinder])
def test_what_was_not_fitted_says_so(make, tmp_path):
    for attempt in (
        lambda model: model.segment("变压器"),
        lambda model: model.segment(""),
        lambda model: list(model.segment_all(["变压器"])),
        lambda model: model.save(tmp_path / "words.npz"),
    ):
        with pytest.raises(NotFittedError, match=f"This {make.__name__} has no words yet: fit it first"):
            attempt(make())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("model", [WordDiscovery(min_count=2, min_cohesion=[1, 2, 3]), WordFinder(1e-6, 0.5)])
def test_an_estimator_of_scikit_learn(model):
    texts = random_corpus(9)
    copy = clone(model.fit(texts))
    assert copy.get_params() == model.get_params() and not hasattr(copy, "words_")
    pd.testing.assert_frame_equal(copy.fit(texts).words_, model.words_)
    assert copy.set_params(workers=2).workers == 2
    with pytest.raises(ConfigError, match=r"min_freq: Word\w+ has no such setting; it has .*workers"):
        copy.set_params(min_freq=2)


def test_settings_that_are_not_the_default_are_shown():
    assert repr(WordDiscovery()) == "WordDiscovery()"
    assert repr(WordFinder(1e-6, 1.0, encoding="gb18030")) == "WordFinder(min_proba=1e-06, encoding='gb18030')"
