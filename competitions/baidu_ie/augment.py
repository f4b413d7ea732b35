"""New training sentences: the names of a triple exchanged for those of another of its predicate, and sentences joined."""

import itertools
from collections import defaultdict

import numpy as np

from common.text.normalise import normalise, occurrences
from competitions.baidu_ie.data import Sentence, Triple, distinct

MARKS = "，。"  # between joined sentences
TRIES = 20  # draws for each sentence that is wanted
ENDS = "，。；！？,.;!? \n"  # of a sentence that goes on


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


def join(sentences, number, longest, seed):
    """Sentences of two or three others, with a comma or a full stop between them: about several things, as many are not.

    Those that share a name are not joined: it might be true of both, and nothing would say so.

    Args:
        sentences: list of `Sentence`.
        number: how many to make.
        longest: characters of a joined one, at most.
        seed: of the choice.

    Returns:
        list of `Sentence` with the triples of all their parts; shorter where the sentences are too long or too few.
    """
    generator, made = np.random.default_rng(seed), []
    telling = [one for one in sentences if one.triples]
    for _ in range(TRIES * number if len(telling) > 1 else 0):
        if len(made) == number:
            break
        size = min(len(telling), int(generator.integers(2, 4)))
        parts = [telling[row] for row in generator.choice(len(telling), size, replace=False)]
        if (new := joined(parts, MARKS[generator.integers(len(MARKS))])) and len(new.text) <= longest:
            made.append(new)
    return made


def joined(parts, mark):
    """One sentence of several; `None` where a name of one stands in another."""
    for one, other in itertools.permutations(parts, 2):
        text = normalise(other.text)
        if any(normalise(name) in text for triple in one.triples for name in (triple.subject, triple.object)):
            return None
    *first, last = parts
    text = "".join(one.text.rstrip(ENDS) + mark for one in first) + last.text
    words = [word for one in first for word in (*without_end(one.words), (mark, "w"))] + list(last.words)
    told = all(one.words for one in parts)
    return Sentence(text, tuple(words) if told else (), distinct(t for one in parts for t in one.triples), parts[0].source)


def without_end(words):
    """Words of a sentence without the marks at its end."""
    kept = len(words)
    while kept and not words[kept - 1][0].strip(ENDS):
        kept -= 1
    return words[:kept]
