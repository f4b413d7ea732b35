"""New training sentences: the names of a triple exchanged for those of another triple of the same predicate."""

import itertools
from collections import defaultdict

import numpy as np

from common.text.normalise import occurrences
from competitions.baidu_ie.data import Sentence, Triple, distinct


def exchange(sentences, number, seed):
    """Sentences in which subject and object of one triple are replaced by another's, everywhere in text and triples.

    Both names are replaced at once, so that a name that was put in is never replaced again. Triples of names that overlap in
    the text are left as they are: their parts could not be told apart.

    Args:
        sentences: list of `Sentence`.
        number: how many to make.
        seed: of the choice.

    Returns:
        list of `Sentence`, without parts of speech, which no tagger gave them; shorter where no two triples share a predicate.

    Reference: the augmentation of kexue.fm archive 6671, with its order of replacement mended.
    """
    generator = np.random.default_rng(seed)
    places = [(row, place) for row, one in enumerate(sentences) for place in range(len(one.triples))]
    of_predicate = defaultdict(list)
    for row, place in places:
        of_predicate[sentences[row].triples[place].predicate].append(sentences[row].triples[place])
    made = []
    for row, place in generator.permutation(np.array(places).reshape(-1, 2)):
        if len(made) == number:
            break
        sentence, triple = sentences[row], sentences[row].triples[place]
        donors = of_predicate[triple.predicate]
        donor = donors[generator.integers(len(donors))]
        if donor != triple and (new := with_names(sentence, triple, donor)):
            made.append(new)
    return made


def with_names(sentence, triple, donor):
    """The sentence with the names of `donor` in the place of those of `triple`; `None` where that is not possible."""
    names = {triple.subject: donor.subject, triple.object: donor.object}
    if len(names) < 2 or triple.subject in triple.object or triple.object in triple.subject:
        return None
    others = {name for one in sentence.triples for name in (one.subject, one.object)} - names.keys()
    if any(old in other or other in old for old in names for other in others):
        return None
    places = [(begin, end, name) for name in {*names, *others} for begin, end in occurrences(sentence.text, name)]
    if not all(old in sentence.text for old in names) or overlapping(places):
        return None
    text = replace_all(sentence.text, names)
    triples = [
        Triple(names.get(one.subject, one.subject), one.predicate, names.get(one.object, one.object))
        for one in sentence.triples
    ]
    return Sentence(text, (), distinct(triples), sentence.source)


def overlapping(places):
    """Whether any two of some (begin, end, ...) share a place."""
    ordered = sorted(places)
    return any(after[0] < before[1] for before, after in itertools.pairwise(ordered))


def replace_all(text, names):
    """The text with every name replaced at once, from left to right."""
    pieces, place = [], 0
    while place < len(text):
        old = next((name for name in names if text.startswith(name, place)), None)
        pieces.append(names[old] if old else text[place])
        place += len(old) if old else 1
    return "".join(pieces)
