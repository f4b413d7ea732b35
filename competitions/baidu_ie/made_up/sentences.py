"""Sentences about the things of the made-up world, from the templates of `templates.toml`, and the triples that they say."""

import itertools
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from common.text.near_duplicates import Apart
from competitions.baidu_ie.made_up.world import MIRROR, NAMES, VALUES, Unsayable, World

TEMPLATES = Path(__file__).with_name("templates.toml")
MOST_CLAUSES = 3  # after the first one
ASIDE = 0.4  # of sentences that also speak of something in no relation
EMPTY = 0.06  # of sentences that say nothing but such an aside
CUT = 0.06  # of names that the tagger cuts in two
MISTAGGED = 0.05  # of names that it takes for a plain noun

SLOT = re.compile(
    r"\{(?:\?(?P<stranger>\w+)|#(?P<value>\w+)|(?P<name>[a-z])"
    r"|@(?P<other>[a-z]+)\.(?P<fact>\w+)=(?P<of>[a-z])"
    r"|(?:(?P<owner>[a-z])\.)?(?P<predicates>[^\W a-z]+(?:&\w+)?)(?P<several>\+?)(?::(?P<bind>[a-z]))?)\}"
)


@dataclass(frozen=True)
class Topic:
    """What sentences can say of a thing, in templates.

    Attributes:
        kind: of the thing.
        share: of the sentences, relative to the other topics.
        openings: with the thing's name; no clause follows one that ends in 。, since it could be about another thing.
        clauses: to follow an opening.
        asides: with at least one name or trigger word, but no triple.
    """

    kind: str
    share: int
    openings: tuple[str, ...]
    clauses: tuple[str, ...]
    asides: tuple[str, ...]


@dataclass(frozen=True)
class Language:
    """What `templates.toml` holds.

    Attributes:
        topics: list of `Topic`.
        lead_ins: words before an opening.
        tags: part of speech of every word.
    """

    topics: list
    lead_ins: list
    tags: dict


@cache
def language():
    """The `Language` of all sentences."""
    written = tomllib.loads(TEMPLATES.read_text(encoding="utf-8"))
    topics = []
    for one in written["topics"]:
        shared = written["shared"].get(one.get("shared"), {})
        parts = {name: (*shared.get(name, ()), *one.get(name, ())) for name in ("openings", "clauses", "asides")}
        topics.append(Topic(one["kind"], one["share"], **parts))
    tags = {word: tag for tag, words in written["tags"].items() for word in words.split()}
    return Language(topics, written["lead_ins"], tags)


def sentences(chance):
    """Yield sentences without end, no two of which are twins: `[(word, tag)]`, `[(thing, predicate, thing)]`."""
    world, told = World(chance), Apart()
    turns = [topic for topic in language().topics for _ in range(topic.share)]
    while True:
        chance.shuffle(turns)
        for topic in turns:
            thing = world.draw(topic.kind)
            while True:
                try:
                    words, triples = sentence(world, thing, composed(chance, topic))
                except Unsayable:
                    continue
                if told.takes(text_of(words)):
                    break
                thing = world.new(topic.kind)  # a thing of which there is nothing new to say
            yield words, triples


def composed(chance, topic):
    """Templates of a sentence, split into tokens: opening, clauses that say something else, and perhaps an aside."""
    aside = tokens(chance, chance.choice(topic.asides))
    if chance.random() < EMPTY:
        return aside
    said = tokens(chance, chance.choice(topic.openings))
    complete = said[-1] == "。"
    if complete:
        said.pop()  # sentences of the contest end without it
    count = 0 if complete else chance.randint(0, min(MOST_CLAUSES, len(topic.clauses)))
    for template in chance.sample(topic.clauses, count):
        clause = tokens(chance, template)
        if not predicates(said) & predicates(clause):
            said += ["，", *clause]
    before = chance.choice(language().lead_ins).split()
    return [*before, *said, *([chance.choice("，；。"), *aside] if chance.random() < ASIDE else [])]


def tokens(chance, template):
    """Slots and words of a template, one of `a|b` each."""
    return [
        token if token[0] == "{" else chance.choice(token.split("|"))
        for token in re.findall(r"\{[^}]+\}|《|》|[^\s{}《》]+", template)
    ]


def predicates(template):
    """Predicates that the slots of a template say of its thing."""
    slots = [SLOT.fullmatch(token) for token in template if token[0] == "{"]
    return {
        predicate for slot in slots if slot["predicates"] and not slot["owner"] for predicate in slot["predicates"].split("&")
    }


def sentence(world, thing, template):
    """What a template says of a thing.

    Slots are filled as soon as the things that they speak of are known, and the strangers last.

    Returns:
        `[(word, tag)]`, `[(thing, predicate, thing)]`.

    Raises:
        Unsayable: its facts do not fit.
    """
    bound, filled, triples = {"s": thing}, {}, []
    waiting = [(place, SLOT.fullmatch(token)) for place, token in enumerate(template) if token[0] == "{"]
    waiting.sort(key=lambda pair: bool(pair[1]["stranger"] or pair[1]["value"]))
    while waiting:
        place, slot = next(pair for pair in waiting if (pair[1]["owner"] or pair[1]["name"] or pair[1]["of"] or "s") in bound)
        waiting.remove((place, slot))
        named = [*bound.values(), *itertools.chain.from_iterable(filled.values())]
        filled[place], found = fill(world, bound, slot, named)
        triples += found
    words = [word for place, token in enumerate(template) for word in spoken(world.chance, token, filled.get(place))]
    return words, list(dict.fromkeys([*triples, *family(triples)]))


def fill(world, bound, slot, named):
    """The things of a slot, and the triples that it says."""
    if slot["stranger"] or slot["value"]:
        return [world.stranger(slot["stranger"] or slot["value"], named)], []
    if slot["name"]:
        return [bound[slot["name"]]], []
    if slot["other"]:
        other = world.other(slot["other"], slot["fact"], bound[slot["of"]])
        return [other], [(other, slot["fact"], bound[slot["of"]])]
    owner, asked = bound[slot["owner"] or "s"], slot["predicates"].split("&")
    if len(asked) > 1:
        things = [world.shared(owner, asked)]
    else:
        known = world.objects(owner, asked[0])
        count = world.chance.randint(1, len(known)) if slot["several"] else 1
        things = [known[place] for place in sorted(world.chance.sample(range(len(known)), count))]
    if slot["bind"]:
        bound[slot["bind"]] = things[0]
    return things, [(owner, predicate, one) for predicate in asked for one in things]


def family(triples):
    """Triples that follow from others: a wife has a husband, the father's wife is the mother, and parents are a couple."""
    found = set(triples)
    for subject, predicate, thing in triples:
        if predicate in MIRROR:
            yield thing, MIRROR[predicate], subject
        if predicate == "父亲":
            for mother in thing.facts.get("妻子", ()):
                if (subject, "母亲", mother) in found:
                    yield from ((thing, "妻子", mother), (mother, "丈夫", thing))
                elif found & {(thing, "妻子", mother), (mother, "丈夫", thing)}:
                    yield subject, "母亲", mother


def spoken(chance, token, things):
    """Words and tags of a token; things of a list stand between 、, the last perhaps behind 和."""
    tags = language().tags
    if things is None:
        return [("\u3000" if chance.random() < 0.2 else " ", "w")] if token == "_" else [(token, tags[token])]
    words = tagged(chance, things[0])
    last = chance.choice(("、", "、", "和"))
    for number, thing in enumerate(things[1:], start=2):
        mark = last if number == len(things) else "、"
        words += [(mark, tags[mark]), *tagged(chance, thing)]
    return words


def tagged(chance, thing):
    """Words and tags of a name: whole, or with a mistake of the tagger."""
    tag = (NAMES | VALUES)[thing.kind][0]
    words = [(part, "w" if part == "·" else tag) for part in re.split("(·)", thing.name)]
    if chance.random() < MISTAGGED and thing.kind in NAMES:
        words = [(word, "n" if kind == tag else kind) for word, kind in words]
    if chance.random() < CUT and len(words[0][0]) > 2:
        cut = chance.randint(1, len(words[0][0]) - 1)
        words[:1] = [(words[0][0][:cut], words[0][1]), (words[0][0][cut:], "n")]
    return words


def text_of(words):
    """The text that words make."""
    return "".join(word for word, _ in words)
