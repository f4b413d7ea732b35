"""Distant supervision: triples that the training sentences state are looked for in every sentence."""

from collections import Counter, defaultdict

import ahocorasick
import numpy as np

from common.text.normalise import normalise, occurrences
from competitions.baidu_ie.data import key
from competitions.baidu_ie.records import read_packed, write_packed


class TriplePrior:
    """Known triples, found in a text by an Aho-Corasick automaton.

    What only the sentence itself states must not be shown to a model that learns from it, so `find` takes the sentence's own
    triples and leaves those out that no other sentence states.

    Args:
        predicates: texts; their places are the numbers in what `find` returns.

    Reference: kexue.fm archive 6671; Aho and Corasick 1975.
    """

    def __init__(self, predicates):
        self.numbers = {predicate: number for number, predicate in enumerate(predicates)}

    def fit(self, sentences):
        """Count in how many different sentences each triple is stated: the double of a sentence is no other one."""
        stated = {(key(sentence.text), triple) for sentence in sentences for triple in normal_triples(sentence.triples)}
        return self._index(Counter(triple for _, triple in stated))

    def _index(self, counts):
        self.counts = counts
        self.of_subject = defaultdict(lambda: defaultdict(list))
        for subject, predicate, entity in self.counts:
            self.of_subject[subject][entity].append(predicate)
        self.automaton = ahocorasick.Automaton()
        for name in {*self.of_subject, *(entity for *_, entity in self.counts)}:
            self.automaton.add_word(name, name)
        self.automaton.make_automaton()
        return self

    def save(self, path):
        """Write the triples and their counts."""
        write_counts(path, self.counts)

    @classmethod
    def load(cls, path, predicates):
        """Read what `save` wrote."""
        return cls(predicates)._index(read_counts(path))

    def find(self, text, own=()):
        """Known triples whose subject and object stand in a text.

        Args:
            text: as written.
            own: triples that the sentence itself states and was fitted with; none for a new sentence.

        Returns:
            int32 `(found, 5)`, columns as in `spans_of`; every occurrence of both names.
        """
        if not self.counts:
            return np.empty((0, 5), "int32")
        own = set(normal_triples(own))
        names = {name for _, name in self.automaton.iter(normalise(text))}
        found = [
            (subject, predicate, entity)
            for subject in sorted(names & self.of_subject.keys())
            for entity, predicates in self.of_subject[subject].items()
            if entity in names
            for predicate in predicates
            if self.counts[subject, predicate, entity] > ((subject, predicate, entity) in own)
        ]
        return spans_of(text, found, self.numbers)


def write_counts(path, counts):
    """Write counts of triples as JSON lines, the same for the same counts."""
    write_packed(path, [[*triple, count] for triple, count in sorted(counts.items())])


def read_counts(path):
    """Read what `write_counts` wrote, a `Counter`."""
    return Counter({tuple(triple): count for *triple, count in read_packed(path)})


def normal_triples(triples):
    """Distinct triples in lower case and half width."""
    return {(normalise(subject), predicate, normalise(entity)) for subject, predicate, entity in triples}


def spans_of(text, triples, numbers):
    """Where triples stand in a text: every occurrence of the subject with every one of the object.

    Args:
        text: as written.
        triples: (subject, predicate, object).
        numbers: of each predicate.

    Returns:
        int32 `(spans, 5)`: first and last character of the subject, predicate, first and last character of the object.
    """
    spans = {
        (subject[0], subject[1] - 1, numbers[triple[1]], entity[0], entity[1] - 1)
        for triple in triples
        for subject in occurrences(text, triple[0])
        for entity in occurrences(text, triple[2])
    }
    return np.array(sorted(spans), dtype="int32").reshape(-1, 5)
