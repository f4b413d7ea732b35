import collections
import functools
import os
import pickle

import joblib
import lightgbm
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

from common import pickled
from common.errors import RunError
from common.experiment.blend import Mean, Stacked


def learnt():
    """What runs keep: a pipeline, trees, a way to blend, numbers of every kind."""
    x = np.random.default_rng(0).normal(size=(40, 2))
    labels = (x[:, 0] > 0).astype(int)
    trees = lightgbm.train({"verbose": -1, "min_data_in_leaf": 2, "num_threads": 1}, lightgbm.Dataset(x, labels), 2)
    numbers = {"one": np.float32(1), "two": np.bool_(True), "words": np.array(["a", "bc"]), "more": {1, 2}}
    fitted = make_pipeline(PolynomialFeatures(2), LogisticRegression()).fit(x, labels)
    return x, [fitted, trees, Mean(), numbers, collections.OrderedDict(a=slice(2)), collections.Counter("aab")]


def test_what_was_learnt_comes_back(tmp_path):
    x, before = learnt()
    joblib.dump(before, tmp_path / "learnt.joblib")
    fitted, trees, mean, numbers, ordered, counter = pickled.load(tmp_path / "learnt.joblib")
    np.testing.assert_array_equal(fitted.predict_proba(x), before[0].predict_proba(x))
    np.testing.assert_array_equal(trees.predict(x), before[1].predict(x))
    assert mean(Stacked(np.ones((2, 3, 2)))).shape == (3, 2)
    assert numbers["one"] == 1 and numbers["words"].tolist() == ["a", "bc"] and ordered == {"a": slice(2)}
    assert counter.most_common(1) == [("a", 2)]


class Calls:
    """Pickled as the call of something."""

    def __init__(self, *called):
        self.called = called

    def __reduce__(self):
        return self.called[0], self.called[1:]


def stolen(module, name, *arguments):
    """A pickle that names something by hand and calls it."""
    content = b"\x80\x04" + b"".join(b"\x8c" + bytes([len(text)]) + text.encode() for text in (module, name)) + b"\x93"
    return content + pickle.dumps(arguments, 4)[2:-1] + b"R."


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps(Calls(os.system, "touch broken")),
        pickle.dumps(Calls(eval, "open('broken', 'w')")),
        pickle.dumps(functools.partial(os.mkdir, "broken")),
        stolen("common.targets", "subprocess.Popen", ["touch", "broken"]),
        stolen("common.run", "main", ["clean", "yes=1"]),
        stolen("common.removal", "Path", "broken"),
        stolen("sklearn", "os.system", "touch broken"),
        stolen("numpy", "memmap", "broken", "float32", "w+", 0, (3,)),
        stolen("builtins", "open", "broken", "w"),
        stolen("antigravity", "fly"),
        stolen("common.nosuch", "Name"),
        stolen("common.paths", "Nosuch"),
    ],
)
def test_what_would_run_code_is_refused(content, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "learnt.joblib").write_bytes(content)
    with pytest.raises(RunError, match=r"learnt\.joblib names .* which is no data"):
        pickled.load("learnt.joblib")
    assert [path.name for path in tmp_path.iterdir()] == ["learnt.joblib"]


def test_an_array_of_objects_is_refused(tmp_path):
    joblib.dump(np.array([Calls(os.system, "touch broken")], dtype=object), tmp_path / "learnt.joblib")
    with pytest.raises(RunError, match="array of objects"):
        pickled.load(tmp_path / "learnt.joblib")
