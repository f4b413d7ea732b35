"""Linear models of texts: what every network has to beat.

    model = LinearText(features=(("characters", 3), ("words", 2))).fit(texts, targets)
    model.predict_proba(["a text"])

Targets are distributions over the classes, `(texts, classes)`, so that a text may belong to several by halves.
"""

import numpy as np
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

from common.text.units import UNITS

FEATURES = (("characters", 3), ("words", 2))  # units, and the longest sequence of them that is counted
ITERATIONS = 200


class LinearText:
    """Logistic regression on sequences of characters and words, weighted by TF-IDF.

    Args:
        features: of `(units, longest)`, each a block of columns of its own, scaled to length 1.
        regularisation: scikit-learn's `C`.
        min_count: texts that a sequence must stand in.
        naive_bayes: every column is multiplied by the logarithm of how many more texts of the class have it than of all others,
            which is naive Bayes where the regression does no more (NB-SVM; the paper has the columns without TF-IDF, which on
            a fifth of IMDB's training reviews is 0.016 worse).
        components: of a truncated singular value decomposition that stands in the place of the columns; 0 for none.
        seed: of that decomposition.

    Reference: Wang and Manning 2012, Baselines and bigrams.
    """

    def __init__(self, features=FEATURES, regularisation=10.0, min_count=2, naive_bayes=False, components=0, seed=0):
        self.features, self.regularisation, self.min_count = tuple(features), regularisation, min_count
        self.naive_bayes, self.components, self.seed = naive_bayes, components, seed

    def fit(self, texts, targets, more=(), rounds=0, weight=0.3, teacher=None):
        """Learn from texts and their distributions over classes `(texts, classes)`.

        Args:
            more: texts without labels, which teach document frequencies and the decomposition.
            rounds: of self-training, in which `more` are learnt with the probabilities that they were given, not with hard
                labels; one at least where there is a teacher.
            weight: of such a text, beside a labelled one.
            teacher: another `LinearText`, of the same features, that gives those of the first round: where labels are few, what
                a decomposition answers teaches naive Bayes the words which the labelled texts lack.

        Raises:
            ValueError: there are rounds or a teacher, but no texts without labels.
        """
        texts, more, rounds = list(texts), list(more), max(rounds, 1) if teacher else rounds
        if rounds and not more:
            raise ValueError("self-training learns from `more`, texts without labels. Received: none")
        counted, first = self._prepared([*texts, *more]), teacher or self
        if teacher:
            teacher.vectorizers = self.vectorizers
            teacher._decompose(counted)
        labelled, others = counted[: len(texts)], counted[len(texts) :]
        first._learn(labelled, targets)
        for number in range(rounds):
            guessed = (self if number else first)._answers(others)
            self._learn(counted, np.concatenate([targets, weight * guessed]))
        return self

    def predict_proba(self, texts):
        """Probabilities `(texts, classes)`."""
        return self._answers(sparse.hstack([one.transform(texts) for one in self.vectorizers], format="csr"))

    def _prepared(self, texts):
        """Learn what needs no labels; the counts of the texts, each read once."""
        self.vectorizers = [self._vectorizer(*feature) for feature in self.features]
        counted = sparse.hstack([one.fit_transform(texts) for one in self.vectorizers], format="csr")
        self._decompose(counted)
        return counted

    def _decompose(self, counted):
        if self.components:
            count = min(self.components, min(counted.shape) - 1)
            self.decomposition = TruncatedSVD(count, random_state=self.seed).fit(counted)

    def _learn(self, counted, targets):
        columns, targets = self._columns(counted), np.asarray(targets, float)
        rows, classes = np.nonzero(targets > 0)  # each text stands for each class that it may belong to
        self.ratios = np.ones((targets.shape[1], 1))
        if self.naive_bayes:
            inside = columns.sign().T @ targets + 1  # (columns, classes)
            outside = inside.sum(axis=1, keepdims=True) - inside
            self.ratios = np.log(inside / inside.sum(axis=0) / (outside / outside.sum(axis=0))).T  # (classes, columns)
        self.models = []
        for label in [1] if targets.shape[1] == 2 else range(targets.shape[1]):  # one against all others
            model = LogisticRegression(C=self.regularisation, max_iter=ITERATIONS)
            scaled = self._scaled(columns, label)
            self.models.append(model.fit(scaled[rows], classes == label, sample_weight=targets[rows, classes]))

    def _answers(self, counted):
        columns = self._columns(counted)
        if len(self.models) == 1:
            return self.models[0].predict_proba(self._scaled(columns, 1))
        sure = np.stack(
            [one.predict_proba(self._scaled(columns, label))[:, 1] for label, one in enumerate(self.models)], axis=1
        )
        return sure / sure.sum(axis=1, keepdims=True)

    def _vectorizer(self, units, longest):
        return TfidfVectorizer(analyzer=Sequences(units, longest), min_df=self.min_count, dtype=np.float32, sublinear_tf=True)

    def _columns(self, counted):
        return normalize(self.decomposition.transform(counted)) if self.components else counted

    def _scaled(self, columns, label):
        return columns.multiply(self.ratios[label]).tocsr() if self.naive_bayes else columns


class Sequences:
    """Turns a text into all sequences of 1 to `longest` of its units."""

    def __init__(self, units, longest):
        self.units, self.longest = units, longest

    def __call__(self, text):
        found = UNITS[self.units](text)
        joined = "" if self.units == "characters" else " "
        result = list(found)
        for length in range(2, self.longest + 1):
            result += [joined.join(found[place : place + length]) for place in range(len(found) - length + 1)]
        return result
