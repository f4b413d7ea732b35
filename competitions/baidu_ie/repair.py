"""Rules on triples, each small and with a name, so that every one can be switched off and measured.

`LABEL_RULES` mend what is learnt, before training; never what is scored on. `POST_RULES` mend what was decoded.

A rule on a sentence is a function of its text and its triples and returns triples. A rule on a triple is a function of the text
and one triple: it returns the triples to take instead, none to drop it, or `None` where it does not apply. Names keep the case
and the width of the text; whether a name stands in it does not depend on them.

Reference: Su 2019, github.com/bojone/kg-2019.
"""

import re

from common.config import unknown_name
from common.errors import ConfigError
from common.text.characters import HAN
from common.text.normalise import normalise, occurrences
from competitions.baidu_ie.data import Triple

FATHER, MOTHER, HUSBAND, WIFE, ORDER = "父亲", "母亲", "丈夫", "妻子", "目"
OTHER_SPOUSE = {WIFE: HUSBAND, HUSBAND: WIFE}
OTHER_PARENT = {FATHER: (WIFE, MOTHER), MOTHER: (HUSBAND, FATHER)}  # through whom, and what that person is

OF_SONGS = ("歌手", "作词", "作曲")
OF_COMPANIES = ("成立日期", "注册资本", "董事长", "创始人", "总部地点", "占地面积", "简称")
PRODUCER = "出品公司"
NO_AUTHORS = ("公司", "学会", "出版社", "委员会")
CLIMATE_PREFIXES = "南北亚中"
PUBLISHER = "出版社"  # the predicate, and what the name ends in
COMPANY_ENDINGS = (  # in this order: a longer one may follow on a shorter one
    "集团",
    "公司",
    "有限公司",
    "电视台",
    "集团公司",
    "文化传媒有限公司",
    "传媒有限公司",
    "股份有限公司",
    "有限责任公司",
    "工作室",
    "株式会社",
    "中心",
    "影视传媒",
    "传媒股份有限公司",
    "保险有限公司",
)
TITLE = re.compile("《([^《》]+)》")
OUTSIDE_A_NAME = re.compile(r"^[\s《》]+|[\s《》]+$")
BETWEEN_NAMES = re.compile("[、，]")
LATIN = re.compile("[A-Za-z]+")
CHINESE = re.compile("[" + "".join(f"{chr(first)}-{chr(end - 1)}" for first, end in HAN) + "]+")
JOINTS = "和的"  # beside a part of a name, they make it a name of its own


def proper(triples):
    """Triples without repetition, in their order, those with an empty name left out."""
    return tuple(dict.fromkeys(triple for triple in triples if triple.subject.strip() and triple.object.strip()))


def is_within(name, text):
    """Whether a name stands in a text, whatever case and width."""
    return normalise(name) in normalise(text)


# Labels, before training


def strip_names(text, triples):
    """Take 《, 》 and blanks from both ends of subject and object."""
    return proper(
        triple._replace(subject=OUTSIDE_A_NAME.sub("", triple.subject), object=OUTSIDE_A_NAME.sub("", triple.object))
        for triple in triples
    )


def complete_titles(text, triples):
    """A subject that stands in the text once, within a title in 《》, becomes the whole title."""
    titles = [title.strip() for title in TITLE.findall(text)]

    def whole(name):
        if len(occurrences(text, name)) != 1:
            return name
        return next((title for title in titles if is_within(name, title)), name)

    return proper(triple._replace(subject=whole(triple.subject)) for triple in triples)


def drop_album_songs(text, triples):
    """Drop singer, lyricist and composer of what is an album, not a song: the object of 所属专辑, never its subject."""
    of_album = [triple for triple in triples if triple.predicate == "所属专辑"]
    albums = {normalise(triple.object) for triple in of_album} - {normalise(triple.subject) for triple in of_album}
    return tuple(triple for triple in triples if not (triple.predicate in OF_SONGS and normalise(triple.subject) in albums))


LABEL_RULES = {
    "strip names": strip_names,
    "complete titles": complete_titles,
    "drop album songs": drop_album_songs,
}


# Decoded triples, at first


def swap_spouses(text, triples):
    """A wife has a husband, and a husband a wife: add what is missing."""
    swapped = (
        Triple(triple.object, OTHER_SPOUSE[triple.predicate], triple.subject)
        for triple in triples
        if triple.predicate in OTHER_SPOUSE
    )
    return proper((*triples, *swapped))


DECODING_RULES = {"swap spouses": swap_spouses, "drop album songs": drop_album_songs}


# Decoded triples, each by itself


def drop_orders(text, triple):
    """Drop the order (目) of what is no species but a family (科) or a genus (属)."""
    return () if triple.predicate == ORDER and triple.subject.endswith(("科", "属")) else None


def drop_party_nationality(text, triple):
    """Drop the nationality 中国 that was read from nothing but 中国共产党."""
    if (triple.predicate, triple.object) != ("国籍", "中国"):
        return None
    return () if "中国共产党" in text and text.count("中国") == 1 else None


def drop_corporate_authors(text, triple):
    """Drop an author that is a company, a society, a publisher or a committee."""
    return () if triple.predicate == "作者" and triple.object.endswith(NO_AUTHORS) else None


def drop_own_relatives(text, triple):
    """Drop who is parent or spouse of themselves."""
    return () if triple.predicate in (FATHER, MOTHER, HUSBAND, WIFE) and is_reflexive(triple) else None


def is_reflexive(triple):
    """Whether subject and object are the same name, whatever case and width."""
    return normalise(triple.subject) == normalise(triple.object)


def prefix_climate(text, triple):
    """Take 南, 北, 亚 or 中 into a climate before which it stands: 亚热带 is not 热带."""
    if triple.predicate != "气候" or len(triple.object) < 2:
        return None
    start = next((start for start, _ in occurrences(text, triple.object)), 0)
    if start == 0 or text[start - 1] not in CLIMATE_PREFIXES:
        return None
    return (triple._replace(object=text[start - 1] + triple.object),)


def cut_origin(text, triple):
    """Cut 人 from the place that someone is from: 浙江人 is 浙江."""
    if triple.predicate != "祖籍" or not triple.object[:-1].strip() or not triple.object.endswith("人"):
        return None
    return (triple._replace(object=triple.object[:-1]),)


def complete_publisher(text, triple):
    """Append 出版社 to a publisher where the text does."""
    whole = triple.object + PUBLISHER
    if triple.predicate != PUBLISHER or triple.object.endswith(PUBLISHER) or not is_within(whole, text):
        return None
    return (triple._replace(object=whole),)


def complete_company(text, triple):
    """Append endings such as 集团 to a company that is the subject, where the text does."""
    return (triple._replace(subject=whole_company(text, triple.subject)),) if triple.predicate in OF_COMPANIES else None


def complete_producer(text, triple):
    """Append endings such as 影视传媒 to a company that produced something, where the text does."""
    return (triple._replace(object=whole_company(text, triple.object)),) if triple.predicate == PRODUCER else None


def whole_company(text, name):
    """A company's name with every ending that the text appends to it, one after the other: 集团, then 集团公司."""
    for ending in COMPANY_ENDINGS:
        if not name.endswith(ending) and is_within(name + ending, text):
            name += ending
    return name


def split_list(text, triple):
    """Split an object at 、 and ，, except where the predicate is one that companies have.

    The exception is the original's, where a triple that a rule on companies has seen is not looked at again; here it does not
    depend on which rules are enabled.
    """
    if triple.predicate in (*OF_COMPANIES, PRODUCER) or not BETWEEN_NAMES.search(triple.object):
        return None
    parts = (part.strip() for part in BETWEEN_NAMES.split(triple.object))
    return tuple(triple._replace(object=part) for part in parts if part)


TRIPLE_RULES = {
    "drop orders": drop_orders,
    "drop party nationality": drop_party_nationality,
    "drop corporate authors": drop_corporate_authors,
    "drop own relatives": drop_own_relatives,
    "prefix climate": prefix_climate,
    "cut origin": cut_origin,
    "complete publisher": complete_publisher,
    "complete company": complete_company,
    "complete producer": complete_producer,
    "split list": split_list,
}


# Where no triple is left: of the decoded triples


def restore_order(text, triples):
    """The first order (目) of a genus (属), else of a family (科)."""
    orders = [triple for triple in triples if triple.predicate == ORDER]
    found = [triple for rank in "属科" for triple in orders if triple.subject.endswith(rank)]
    return tuple(found[:1])


RESTORE = "restore order"


# What is left, as a whole


def join_latin_objects(text, triples):
    """Two objects that are one Latin word each become one, where the text has them side by side, with a blank between."""
    joined = {}
    for pair in pairs(triples, "object"):
        if all(LATIN.fullmatch(triple.object) for triple in pair):
            one, other = (triple.object for triple in pair)
            whole = next((name for name in (f"{one} {other}", f"{other} {one}") if is_within(name, text)), None)
            if whole is not None:
                joined |= {triple: triple._replace(object=whole) for triple in pair}
    return proper(joined.get(triple, triple) for triple in triples)


def drop_shorter_objects(text, triples):
    """Of two Chinese objects, drop the one that is part of the other, unless 和 or 的 beside it shows a name of its own."""
    return without_parts(triples, "object")


def drop_shorter_subjects(text, triples):
    """The same of two subjects."""
    return without_parts(triples, "subject")


def without_parts(triples, slot):
    """The triples without those whose name in a slot is part of the name in the only other triple that is alike."""
    dropped = set()
    for pair in pairs(triples, slot):
        short, long = sorted(pair, key=lambda triple: len(getattr(triple, slot)))
        if is_part(getattr(short, slot), getattr(long, slot)):
            dropped.add(short)
    return tuple(triple for triple in triples if triple not in dropped)


def is_part(short, long):
    """Whether a Chinese name is part of another, at first without 和 or 的 beside it."""
    if not (CHINESE.fullmatch(short) and CHINESE.fullmatch(long)) or short not in long:
        return False
    before, _, after = long.partition(short)
    return not before.endswith(tuple(JOINTS)) and not after.startswith(tuple(JOINTS))


def pairs(triples, slot):
    """The triples that agree in everything but one slot, where they are exactly two."""
    alike = {}
    for triple in triples:
        alike.setdefault(triple._replace(**{slot: ""}), []).append(triple)
    return [group for group in alike.values() if len(group) == 2]


def complete_families(text, triples):
    """Who is only known by both parents makes these a couple; the spouse of an only parent is the other parent.

    Of several values, the last one counts. What is added here leads to nothing more.
    """
    known = {}
    for triple in triples:
        known.setdefault(triple.subject, {})[triple.predicate] = triple.object
    added = []
    for person, of_person in known.items():
        if of_person.keys() == {FATHER, MOTHER}:
            father, mother = of_person[FATHER], of_person[MOTHER]
            added += Triple(father, WIFE, mother), Triple(mother, HUSBAND, father)
        parents = of_person.keys() & OTHER_PARENT.keys()
        if len(parents) == 1:
            (parent,) = parents
            spouse, other_parent = OTHER_PARENT[parent]
            if other := known.get(of_person[parent], {}).get(spouse):
                added.append(Triple(person, other_parent, other))
    return proper((*triples, *(triple for triple in added if not is_reflexive(triple))))


SENTENCE_RULES = {
    "join latin objects": join_latin_objects,
    "drop shorter objects": drop_shorter_objects,
    "drop shorter subjects": drop_shorter_subjects,
    "complete families": complete_families,
}

POST_RULES = {**DECODING_RULES, **TRIPLE_RULES, RESTORE: restore_order, **SENTENCE_RULES}


def repair_labels(text, triples, rules=tuple(LABEL_RULES)):
    """The triples of a sentence as they are learnt.

    Args:
        text: of the sentence.
        triples: as labelled.
        rules: names in `LABEL_RULES`, applied in the order of the table.

    Raises:
        ConfigError: there is no rule of such a name.
    """
    return in_turn(text, proper(triples), LABEL_RULES, known_rules(rules, LABEL_RULES))


def repair_triples(text, triples, rules):
    """The triples of a sentence as they are handed in.

    Args:
        text: of the sentence.
        triples: as decoded.
        rules: names in `POST_RULES`, applied in the order of the table.

    Raises:
        ConfigError: there is no rule of such a name.
    """
    enabled = known_rules(rules, POST_RULES)
    decoded = in_turn(text, proper(triples), DECODING_RULES, enabled)
    left = looked_at_once(text, decoded, [rule for name, rule in TRIPLE_RULES.items() if name in enabled])
    if not left and RESTORE in enabled:
        left = restore_order(text, decoded)
    return in_turn(text, left, SENTENCE_RULES, enabled)


def known_rules(names, table):
    """The set of the names.

    Raises:
        ConfigError: one is not in the table.
    """
    for name in names:
        if name not in table:
            raise ConfigError(unknown_name(name, table, "repair rule"))
    return set(names)


def in_turn(text, triples, table, enabled):
    """What the enabled rules on sentences make of the triples, one after the other."""
    for name, rule in table.items():
        if name in enabled:
            triples = rule(text, triples)
    return triples


def looked_at_once(text, triples, rules):
    """What the first rule that applies to a triple makes of it, for each triple."""
    found = []
    for triple in triples:
        results = (rule(text, triple) for rule in rules)
        found.extend(next((result for result in results if result is not None), (triple,)))
    return proper(found)
