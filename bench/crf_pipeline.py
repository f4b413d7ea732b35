"""The peer of the baidu_ie extractor: the organisers' baseline design without a network, in two steps.

Linear classifiers on character n-grams say which predicates a sentence states; a conditional random field (CRF), given the
sentence and one of them, tags the characters of its subjects and objects.

Reference: github.com/baidu/information-extraction, where both steps are stacked LSTMs, and the second ends in a CRF.
"""

import re
from collections import Counter

import numpy as np
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import KFold
from sklearn.svm import LinearSVC

from common.errors import DataError
from common.text import segment
from common.text.characters import HAN, any_of
from common.text.normalise import normalise, occurrences
from competitions.baidu_ie.data import Triple

FOLDS = 3  # of the training sentences, for the threshold
THRESHOLDS = np.linspace(-0.6, 0.3, 37)  # distances to the separating plane
WINDOW = 3  # characters to each side that are features
WORDS = 2  # words to each side
EDGE = "</>"  # stands for what lies before and after a sentence
BLANK = "blank"  # tag of what no word covers
MASKS = {"nr": "Ⓡ", "ns": "Ⓢ", "nt": "Ⓣ", "nw": "Ⓦ", "nz": "Ⓩ", "t": "Ⓓ", "m": "Ⓜ"}  # of names, titles, times, numbers
MIN_COUNT = 2  # of an n-gram and of a feature
MANY = 3  # a word's number in the sentence, and among those of its tag, up to here
CHINESE = re.compile(any_of(HAN))


class CrfPipeline:
    """Predicates by a linear support vector machine each, then subjects and objects by one CRF for all of them.

    Args:
        penalty: `C` of the classifiers.
        l1: `c1` of the CRF.
        l2: `c2` of the CRF.
        iterations: of L-BFGS, at most.
        seed: of the folds and the classifiers.
    """

    def __init__(self, penalty=1.0, l1=0.05, l2=0.01, iterations=60, seed=0):
        self.penalty, self.l1, self.l2, self.iterations, self.seed = penalty, l1, l2, iterations, seed

    def fit(self, sentences, predicates, labelled):
        """Train both steps; the first one's threshold is chosen on folds of the sentences.

        Args:
            sentences: `Sentence`s with their triples.
            predicates: all there are.
            labelled: `{source: predicates}` that a source labels at all; its sentences say nothing about the others.

        Returns:
            self.

        Raises:
            DataError: too few sentences for the folds, or no triple whose subject and object stand in its text.
        """
        if len(sentences) < FOLDS:
            raise DataError(
                f"The CRF pipeline needs at least {FOLDS} training sentences, one for each fold, found {len(sentences)}"
            )
        words = [words_of(sentence) for sentence in sentences]
        self.classifier = PredicateClassifier(predicates, self.penalty, self.seed).fit(sentences, words, labelled)
        self.tagger = Tagger(self.l1, self.l2, self.iterations).fit(sentences, words)
        return self

    def extract(self, sentences):
        """The triples of each sentence, written as they stand in it.

        Returns:
            list of tuples of `Triple`.
        """
        words = [words_of(sentence) for sentence in sentences]
        stated = self.classifier.predict(sentences, words)
        return [
            self.tagger.extract(sentence, given, predicates)
            for sentence, given, predicates in zip(sentences, words, stated, strict=True)
        ]


class PredicateClassifier:
    """Says which predicates a sentence states: those further than a threshold on the right side of their planes.

    The n-grams are those of the text and those of the text with names, titles, times and numbers masked. Whether the first
    predicate is taken where none passes the threshold is chosen with it.

    Args:
        predicates: all there are.
        penalty: `C` of `LinearSVC`.
        seed: of folds and solver.
    """

    def __init__(self, predicates, penalty, seed):
        self.predicates, self.penalty, self.seed = tuple(predicates), penalty, seed

    def fit(self, sentences, words, labelled):
        """Choose threshold and fallback by the F1 of the predicates on folds, then train on all sentences."""
        views = views_of(sentences, words)
        stated, known = targets(sentences, self.predicates, labelled)
        distances = np.empty(stated.shape)
        for seen, unseen in KFold(FOLDS, shuffle=True, random_state=self.seed).split(stated):
            self.fit_planes(views[seen], stated[seen], known[seen])
            distances[unseen] = self.distances(views[unseen])
        choices = [(threshold, fallback) for threshold in THRESHOLDS for fallback in (False, True)]
        whole = known.all(axis=1) if known.all(axis=1).any() else np.ones(len(known), dtype=bool)  # the contest's own
        self.threshold, self.fallback = max(choices, key=lambda choice: f1(stated[whole], chosen(distances[whole], *choice)))
        return self.fit_planes(views, stated, known)

    def fit_planes(self, views, stated, known):
        """A plane for each predicate, from the sentences of which it is known whether they state it."""
        self.vectorizers = [n_grams() for _ in views.T]
        columns = hstack([self.vectorizers[view].fit_transform(texts) for view, texts in enumerate(views.T)]).tocsr()
        self.planes = {}
        self.constant = np.where(stated.any(axis=0) & (stated | ~known).all(axis=0), np.inf, -np.inf)
        for number in range(len(self.predicates)):
            rows = np.flatnonzero(known[:, number])
            if 0 < stated[rows, number].sum() < len(rows):
                machine = LinearSVC(C=self.penalty, random_state=self.seed)
                self.planes[number] = machine.fit(columns[rows], stated[rows, number])
        return self

    def distances(self, views):
        """Distances from the planes, `(sentences, predicates)`, infinite for a predicate that all or no sentences state."""
        both = [vectorizer.transform(texts) for vectorizer, texts in zip(self.vectorizers, views.T, strict=True)]
        columns = hstack(both).tocsr()
        distances = np.tile(self.constant, (len(views), 1))
        for number, machine in self.planes.items():
            distances[:, number] = machine.decision_function(columns)
        return distances

    def predict(self, sentences, words):
        """Predicates of each sentence, tuples."""
        if not sentences:
            return []
        marked = chosen(self.distances(views_of(sentences, words)), self.threshold, self.fallback)
        return [tuple(self.predicates[number] for number in np.flatnonzero(row)) for row in marked]


class Tagger:
    """Finds the subjects and objects of a predicate that a sentence states, by BIO tags of its characters.

    A feature counts once for all predicates and once more for each, so that rare predicates learn from frequent ones.

    Args:
        l1: `c1` of CRFsuite.
        l2: `c2` of CRFsuite.
        iterations: of L-BFGS, at most.
    """

    def __init__(self, l1, l2, iterations):
        self.l1, self.l2, self.iterations = l1, l2, iterations

    def fit(self, sentences, words):
        """Train on the predicates that the sentences state."""
        import sklearn_crfsuite

        stated = [tuple(dict.fromkeys(triple.predicate for triple in sentence.triples)) for sentence in sentences]
        tags = [tags_of(sentence, own) for sentence, owns in zip(sentences, stated, strict=True) for own in owns]
        if not any(set(row) - {"O"} for row in tags):
            raise DataError(
                "The CRF pipeline found no training triple whose subject and object stand in the text: check the data"
            )
        features = (
            with_predicate(plain, own)
            for sentence, given, owns in zip(sentences, words, stated, strict=True)
            for plain in [features_of(sentence.text, given)]
            for own in owns
        )
        self.crf = sklearn_crfsuite.CRF(
            algorithm="lbfgs", c1=self.l1, c2=self.l2, max_iterations=self.iterations, min_freq=MIN_COUNT
        )
        self.crf.fit(features, tags)  # one sentence after the other: the names of all features together take gigabytes
        return self

    def extract(self, sentence, words, predicates):
        """The triples of a sentence with these predicates, distinct."""
        if not predicates:
            return ()
        plain = features_of(sentence.text, words)
        triples = []
        for predicate in predicates:
            found = spans_of(self.crf.predict_single(with_predicate(plain, predicate)))
            for subject, value in pairs(sentence.text, found["S"], found["O"]):
                triples.append(Triple(subject, predicate, value))
        return tuple(dict.fromkeys(triples))


def words_of(sentence):
    """The words that cover a sentence, by its own parts of speech or, where it came without, by rjieba's.

    Returns:
        list of (begin, end, tag), without gaps: what no given word covers is one of its own.
    """
    text = normalise(sentence.text)
    words, place = [], 0
    for word, tag in sentence.words or segment.tag(sentence.text):
        word = normalise(word).strip()
        begin = text.find(word, place) if word else -1
        if begin < 0 or text[place:begin].strip():
            continue
        if begin > place:
            words.append((place, begin, BLANK))
        place = begin + len(word)
        words.append((begin, place, tag))
    if place < len(text):
        words.append((place, len(text), BLANK))
    return words


def views_of(sentences, words):
    """Texts and masked texts, `(sentences, 2)`."""
    texts = [normalise(sentence.text) for sentence in sentences]
    masked = [
        "".join(MASKS.get(tag, text[begin:end]) for begin, end, tag in given) for text, given in zip(texts, words, strict=True)
    ]
    return np.array([texts, masked], dtype=object).T


def n_grams():
    """Unfitted weights of character n-grams."""
    return TfidfVectorizer(analyzer="char", ngram_range=(1, 4), min_df=MIN_COUNT, sublinear_tf=True, lowercase=False)


def targets(sentences, predicates, labelled):
    """Which predicates are stated, and of which it is known, both bool `(sentences, predicates)`.

    A stated predicate is known whether its source should label it or not.
    """
    stated = np.zeros((len(sentences), len(predicates)), dtype=bool)
    known = np.zeros_like(stated)
    for row, sentence in enumerate(sentences):
        own = {triple.predicate for triple in sentence.triples}
        stated[row] = [predicate in own for predicate in predicates]
        known[row] = [predicate in own or predicate in labelled[sentence.source] for predicate in predicates]
    return stated, known


def chosen(distances, threshold, fallback):
    """Predicates above a threshold, with the fallback the first one of each sentence, too; bool `(sentences, predicates)`."""
    marked = distances > threshold
    if fallback:
        marked[np.arange(len(marked)), distances.argmax(axis=1)] |= distances.max(axis=1) > -np.inf
    return marked


def f1(truth, marked):
    """F1 of all marks together."""
    return 2 * (truth & marked).sum() / max(truth.sum() + marked.sum(), 1)


def features_of(text, words):
    """Names of the features of each character that do not depend on the predicate.

    Args:
        text: as written.
        words: as of `words_of`.

    Returns:
        list of lists, one for each character.
    """
    text = normalise(text)
    spelled, tags = [text[begin:end] for begin, end, _ in words], [tag for *_, tag in words]
    around = around_characters(text)
    seen = Counter()
    features = []
    for number, (begin, end, tag) in enumerate(words):
        rank = f"n{min(seen[tag], MANY)}{tag}"  # first person, second person...
        seen[tag] += 1
        for position in range(begin, end):
            place = "S" if end - begin == 1 else "B" if position == begin else "E" if position == end - 1 else "I"
            own = around_word(spelled, tags, number, place)
            features.append([*around[position], *own, f"{rank}{place}", f"#{min(number, MANY)}{tag}"])
    return features


def around_characters(text):
    """Features of the characters of a normalised text: those near it, pairs of them, kinds, whether it stands in a title."""
    near = [EDGE] * WINDOW + list(text) + [EDGE] * WINDOW
    features, open_titles = [], 0
    for position, character in enumerate(text, start=WINDOW):
        open_titles = max(open_titles + (character == "《") - (near[position - 1] == "》"), 0)
        window = range(-WINDOW, WINDOW + 1)
        features.append([f"c{step}:{near[position + step]}" for step in window])
        features[-1] += [f"b{step}:{near[position + step]}{near[position + step + 1]}" for step in window[:-1]]
        features[-1] += [f"k{step}:{kind(near[position + step])}" for step in (-1, 0, 1)]
        features[-1].append(f"title:{open_titles > 0}")
    return features


def around_word(words, tags, number, place):
    """Features of one of the words of a text and those near it, for a character at a place in it, one of BIES."""

    def near(values, step):
        return values[number + step] if 0 <= number + step < len(values) else EDGE

    word, tag = near(words, 0), near(tags, 0)
    features = [f"p{place}", f"w:{word}", f"w{place}:{word}", f"t{place}:{tag}"]
    for step in range(1, WORDS + 1):
        for way in (-step, step):
            features += [f"w{way}:{near(words, way)}", f"t{way}:{near(tags, way)}"]
    for way in (-1, 1):
        features.append(f"tt{way}:{tag}/{near(tags, way)}")
        features.append(f"wt{way}{place}:{tag}/{near(words, way)}")
        features.append(f"ww{way}:{near(words, way)}/{near(words, 2 * way)}")
    return features


def kind(character):
    """Digit, Latin letter, Chinese character, or the character itself."""
    if character.isdigit():
        return "0"
    if "a" <= character <= "z":
        return "a"
    return "字" if CHINESE.match(character) else character


def with_predicate(features, predicate):
    """Features of each character, and each of them once more for the predicate."""
    return [[*own, predicate, *(f"{predicate}|{name}" for name in own)] for own in features]


def tags_of(sentence, predicate):
    """BIO tags of the characters of a sentence: every place of the subjects and objects of a predicate.

    Where places overlap the earlier triple has it, and its subject before its object. A triple without place for one of the two
    has no tags.
    """
    tags = ["O"] * len(sentence.text)
    for triple in sentence.triples:
        places = {role: occurrences(sentence.text, part) for role, part in (("S", triple.subject), ("O", triple.object))}
        if triple.predicate != predicate or not all(places.values()):
            continue
        for role, found in places.items():
            for begin, end in found:
                if set(tags[begin:end]) == {"O"}:
                    tags[begin:end] = [f"B-{role}", *[f"I-{role}"] * (end - begin - 1)]
    return tags


def spans_of(tags):
    """Subjects and objects in BIO tags, `{"S": [(begin, end)...], "O": ...}`; an I that continues nothing begins a span."""
    spans = {"S": [], "O": []}
    before = "O"
    for position, tag in enumerate(tags):
        role = tag[-1]
        if tag != "O":
            if tag[0] == "I" and before != "O" and before[-1] == role:
                spans[role][-1] = (spans[role][-1][0], position + 1)
            else:
                spans[role].append((position, position + 1))
        before = tag
    return spans


def pairs(text, subjects, values):
    """Subjects and objects that belong together, as texts: all, or with several of both each object and the subject before it.

    An object before all subjects belongs to the first one. With the right predicates given, this was a point of F1 better than
    all pairs on one of three folds of the contest's training sentences.
    """
    several = all(len({text[begin:end] for begin, end in spans}) > 1 for spans in (subjects, values))
    found = []
    for value in values:
        before = [subject for subject in subjects if subject[0] < value[0]]
        nearest = before[-1:] or subjects[:1]
        for subject in nearest if several else subjects:
            found.append(tuple(text[begin:end].strip() for begin, end in (subject, value)))
    return [pair for pair in found if all(pair)]
