"""What the training sentences say of a triple, of its names and of the types of things that these are."""

from collections import Counter, defaultdict
from itertools import starmap

import numpy as np

from competitions.baidu_ie import data, metric
from competitions.baidu_ie.prior import read_counts, write_counts

COLUMNS = ("known_triple", "known_subject", "known_object", "known_pair")
MISFITS = 2  # statements of a name as another type, and none as the asked one, that make a triple a contradiction


class Knowledge:
    """How often sentences state a triple, a name in a place of it, and a name as something of a type.

    Args:
        counts: in how many sentences each triple is stated, a `Counter` of triples in the form of `metric.normal_forms`.
        schemas: the `Schema` rows, which give names their types; 成立日期 has two types of subjects, and either fits.
    """

    def __init__(self, counts, schemas):
        self.triples = counts
        self.subject_types, self.object_types = defaultdict(set), defaultdict(set)
        for schema in schemas:
            self.subject_types[schema.predicate].add(schema.subject_type)
            self.object_types[schema.predicate].add(schema.object_type)
        self.subjects, self.objects, self.pairs = Counter(), Counter(), Counter()
        self.types = defaultdict(Counter)
        for (subject, predicate, entity), count in counts.items():
            self.subjects[subject, predicate] += count
            self.objects[predicate, entity] += count
            self.pairs[subject, entity] += count
            self.types[subject][frozenset(self.subject_types[predicate])] += count
            self.types[entity][frozenset(self.object_types[predicate])] += count

    @classmethod
    def of(cls, sentences, schemas):
        """Read sentences."""
        stated = {(key, triple) for key, sentence in enumerate(sentences) for triple in metric.normal_forms(sentence.triples)}
        return cls(Counter(triple for _, triple in stated), schemas)

    def describe(self, triple):
        """Numbers for a triple, columns as in `COLUMNS`."""
        ((subject, predicate, entity),) = metric.normal_forms([triple])
        return (
            self.triples[subject, predicate, entity],
            self.subjects[subject, predicate],
            self.objects[predicate, entity],
            self.pairs[subject, entity],
        )

    def as_types(self, name, types):
        """How often a name is something of one of the types, and how often something else."""
        known = self.types.get(name, {})
        fits = sum(count for own, count in known.items() if own & types)
        return fits, sum(known.values()) - fits

    def contradicts(self, triple):
        """Whether the schema asks a type of the subject or the object that the name never is, though it is known."""
        ((subject, predicate, entity),) = metric.normal_forms([triple])
        asked = (subject, self.subject_types[predicate]), (entity, self.object_types[predicate])
        return any(not fits and misfits >= MISFITS for fits, misfits in starmap(self.as_types, asked))

    def save(self, path):
        """Write the triples with their counts."""
        write_counts(path, self.triples)

    @classmethod
    def load(cls, path, schemas):
        """Read what `save` wrote."""
        return cls(read_counts(path), schemas)


def of_all(dataset):
    """`Knowledge` of all sentences to learn from."""
    return Knowledge.of([*dataset.train, *dataset.extra], dataset.schemas)


def of_folds(dataset, fold):
    """What may be known of the sentences of each fold: the training sentences of the others, and extra ones; dict."""
    groups, extra_groups = np.array(data.groups(dataset.train)), data.groups(dataset.extra)
    knowledge = {}
    for number in range(fold.max() + 1):
        held_out = set(groups[fold == number].tolist())
        others = [sentence for sentence, own in zip(dataset.train, fold, strict=True) if own != number]
        extra = [one for one, group in zip(dataset.extra, extra_groups, strict=True) if group not in held_out]
        knowledge[number] = Knowledge.of([*others, *extra], dataset.schemas)
    return knowledge
