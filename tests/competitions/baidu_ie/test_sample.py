"""The sample has the official layout, comes from a seed alone, and is not solved by knowing names."""

import json
import random
import re
from collections import Counter, defaultdict
from dataclasses import replace

import pytest

from competitions.baidu_ie import data, sample
from competitions.baidu_ie.made_up import sentences, world

FILES = ("all_50_schemas", "dev_data.json", "duie2.0/duie_schema.json", "duie2.0/duie_train.json", "test1_data_postag.json",
         "train_data.json")  # fmt: skip
OFFICIAL_TAGS = {"n", "f", "s", "t", "nr", "ns", "nt", "nw", "nz", "v", "vd", "vn", "a", "ad", "an", "d", "m", "q", "r", "p",
                 "c", "u", "xc", "w"}  # fmt: skip


def content(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def lines(folder, name):
    """Records of a file of JSON lines, which ends in a line break."""
    *found, last = (folder / name).read_text(encoding="utf-8").split("\n")
    assert last == ""
    return [json.loads(line) for line in found]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "sample"
    sample.write(folder, 600, seed=5)
    return folder


@pytest.fixture(scope="module")
def dataset(folder):
    return data.load(folder)


@pytest.fixture(scope="module")
def told():
    """Sentences as they are made: text and triples of things."""
    made = sentences.sentences(random.Random(5))
    return [(sentences.text_of(words), triples) for words, triples in (next(made) for _ in range(1500))]


def test_layout_is_the_contests(folder):
    assert tuple(content(folder)) == FILES
    train, dev, test = (lines(folder, name) for name in ("train_data.json", "dev_data.json", "test1_data_postag.json"))
    assert [len(part) for part in (train, dev, test)] == [600, 150, 150]
    assert all(list(record) == ["postag", "text"] for record in test)
    assert all(list(record) == ["postag", "text", "spo_list"] for record in train + dev)
    assert all(list(word) == ["word", "pos"] for record in train + dev + test for word in record["postag"])
    assert {tuple(triple) for record in train + dev for triple in record["spo_list"]} == {sample.SPO}
    rows = lines(folder, "all_50_schemas")
    assert len(rows) == 50 and len({row["predicate"] for row in rows}) == 49
    assert all(list(row) == ["object_type", "predicate", "subject_type"] for row in rows)
    assert rows[0] == {"object_type": "地点", "predicate": "祖籍", "subject_type": "人物"}
    known = {tuple(row.values()) for row in rows}
    assert all((s["object_type"], s["predicate"], s["subject_type"]) in known for r in train + dev for s in r["spo_list"])


def test_extra_sentences_are_in_the_layout_of_duie2(folder, dataset):
    records = lines(folder, "duie2.0/duie_train.json")
    rows = json.loads((folder / "duie2.0/duie_schema.json").read_text(encoding="utf-8"))
    assert len(records) == len(dataset.extra) == 300 and len(rows) == 41
    assert all(list(record) == ["text", "spo_list"] for record in records)
    triples = [triple for record in records for triple in record["spo_list"]]
    assert all(list(triple["object"]) == ["@value"] == list(triple["object_type"]) for triple in triples)
    known = {(row["subject_type"], row["predicate"], row["object_type"]["@value"]) for row in rows}
    assert {(triple["subject_type"], triple["predicate"], triple["object_type"]["@value"]) for triple in triples} <= known
    assert ("文学作品", "主角", "人物") in known and ("企业", "成立日期", "Date") not in known
    assert not sample.UNLABELLED & {row[1] for row in known}
    assert dataset.labelled["duie2"] == set(dataset.predicates) - sample.UNLABELLED
    assert any("身高" in record["text"] for record in records)  # said, but not labelled
    assert sum(len(record["spo_list"]) for record in records) == sum(len(sentence.triples) for sentence in dataset.extra)


def test_bytes_depend_on_the_seed_alone(tmp_path):
    for name, seed in (("first", 7), ("again", 7), ("other", 8)):
        sample.write(tmp_path / name, 40, seed)
    first, again, other = (content(tmp_path / name) for name in ("first", "again", "other"))
    assert first == again
    assert all(first[name] != other[name] for name in first if "schema" not in name)


def test_smallest_size_has_every_part(tmp_path):
    sample.write(tmp_path / "sample", 20, seed=1)
    dataset = data.load(tmp_path / "sample")
    assert [len(part) for part in (dataset.train, dataset.dev, dataset.test, dataset.extra)] == [20, 5, 5, 10]
    assert any(sentence.triples for sentence in dataset.dev)


def test_large_size_does_not_run_out_of_names(tmp_path):
    sample.write(tmp_path / "sample", 2000, seed=1)
    dataset = data.load(tmp_path / "sample")
    assert [len(part) for part in (dataset.train, dataset.dev, dataset.test, dataset.extra)] == [2000, 500, 500, 1000]
    assert unseen(dataset) > 0.5


def test_too_small_a_size_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"size must be at least 20.*size=19"):
        sample.write(tmp_path / "sample", 19, seed=1)


def test_interrupted_write_leaves_nothing(tmp_path, monkeypatch):
    def stop(path, records):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(sample, "write_lines", stop)
    with pytest.raises(KeyboardInterrupt):
        sample.write(tmp_path / "sample", 30, seed=1)
    assert list(tmp_path.iterdir()) == []


def test_what_lies_in_the_folder_stays(tmp_path):
    (tmp_path / "mine.json").write_text("{}", encoding="utf-8")
    with pytest.raises(FileExistsError, match="holds files already"):
        sample.write(tmp_path, 30, seed=1)
    assert content(tmp_path) == {"mine.json": b"{}"}


def test_every_template_can_be_read():
    chance, seen, language = random.Random(0), set(), sentences.language()
    for topic in language.topics:
        for template in topic.openings + topic.clauses + topic.asides:
            for token in sentences.tokens(chance, re.sub(r"(?<! )\|(?! )", " ", template)):
                assert sentences.SLOT.fullmatch(token) if token[0] == "{" else token in language.tags, template
                seen.add(token)
    seen.update(word for words in language.lead_ins for word in words.split())
    assert language.tags.keys() - seen <= set("、和。；")  # of lists and between sentences
    assert world.OBJECTS.keys() == {row[1] for row in sample.SCHEMAS}


def test_no_two_sentences_say_nearly_the_same(dataset):
    sentences = [sentence for part in (dataset.train, dataset.dev, dataset.test, dataset.extra) for sentence in part]
    assert len(set(data.groups(sentences))) == len(sentences) == 600 + 150 + 150 + 300


def test_subjects_and_objects_stand_in_the_text(dataset):
    for sentence in dataset.train + dataset.dev + dataset.extra:
        assert all(triple.subject in sentence.text and triple.object in sentence.text for triple in sentence.triples)


def test_nearly_every_predicate_occurs(dataset):
    for part, least in ((dataset.train, 47), (dataset.dev, 40)):
        assert len({triple.predicate for sentence in part for triple in sentence.triples}) >= least


def test_sentences_hold_several_triples_and_some_none(dataset):
    counts = Counter(min(len(sentence.triples), 4) for sentence in dataset.train)
    assert all(counts[number] > 0.02 * 600 for number in range(5))
    assert sum(counts[number] for number in (2, 3, 4)) > 0.5 * 600


def test_triples_overlap_in_every_way(dataset):
    shared = Counter()
    for sentence in dataset.train:
        by = {name: defaultdict(set) for name in ("subject", "object", "pair", "list")}
        for subject, predicate, thing in sentence.triples:
            by["subject"][subject].add(thing)
            by["object"][thing].add(subject)
            by["pair"][subject, thing].add(predicate)
            by["list"][subject, predicate].add(thing)
        shared.update(name for name, found in by.items() if any(len(values) > 1 for values in found.values()))
        shared["chain"] += bool(by["subject"].keys() & by["object"].keys())
        shared["、"] += any(
            f"{one}、{other}" in sentence.text for values in by["list"].values() for one in values for other in values
        )
        shared["twice"] += any(sentence.text.count(subject) > 1 for subject in by["subject"])
        shared["《》"] += any(f"《{subject}》" in sentence.text for subject in by["subject"])
    assert min(shared[name] for name in ("subject", "object", "pair", "list", "chain", "、", "twice", "《》")) >= 12, shared


def test_words_join_to_the_text_and_have_official_tags(dataset):
    for sentence in dataset.train + dataset.dev + dataset.test:
        assert "".join(word for word, _ in sentence.words) == sentence.text
        assert {tag for _, tag in sentence.words} <= OFFICIAL_TAGS
    assert all(sentence.words == () for sentence in dataset.extra)


def test_tagger_cuts_or_mistakes_some_names(dataset):
    whole = Counter()
    for sentence in dataset.train:
        words = dict(sentence.words)
        for name in {triple.subject for triple in sentence.triples}:
            if "·" not in name:
                whole["cut" if name not in words else "plain" if words[name] == "n" else "right"] += 1
    assert 0.01 < whole["cut"] / whole.total() < 0.15
    assert whole["right"] > 0.7 * whole.total()


def test_facts_are_the_same_in_every_sentence(told):
    objects = defaultdict(set)
    for _, triples in told:
        for subject, predicate, thing in triples:
            objects[subject, predicate].add(thing)
    assert len(objects) > 1500
    for (subject, predicate), found in objects.items():
        assert len(found) <= world.OBJECTS[predicate][1]
        if predicate == "母亲":
            assert found == set(subject.facts["父亲"][0].facts["妻子"])
        else:
            assert found <= set(subject.facts[predicate])
        if predicate in world.MIRROR:
            (other,) = found
            assert other.facts[world.MIRROR[predicate]] == (subject,)
    names = Counter(thing.name for thing in {subject for subject, _ in objects} if thing.kind in ("man", "woman", "company"))
    assert set(names.values()) == {1}


def test_other_names_of_the_same_type_stand_beside_those_in_a_relation(dataset):
    related = [{name for triple in sentence.triples for name in (triple.subject, triple.object)} for sentence in dataset.train]
    tagged = [{word for word, tag in sentence.words if tag in ("nr", "nw", "nt", "ns")} for sentence in dataset.train]
    assert sum(bool(names - mine) for names, mine in zip(tagged, related, strict=True)) > 0.2 * 600
    known = set().union(*related)  # the same names are in relations elsewhere, so that a list of them does not help
    assert sum(bool((names - mine) & known) for names, mine in zip(tagged, related, strict=True)) > 0.05 * 600


@pytest.mark.parametrize("word", ["导演", "主演", "作者", "主持人", "毕业", "父亲", "妻子", "董事长", "出版"])
def test_a_trigger_word_alone_is_no_relation(told, word):
    said = [{predicate for _, predicate, _ in triples} for text, triples in told if word in text]
    predicate = {"毕业": "毕业院校", "出版": "出版社"}.get(word, word)
    assert sum(predicate not in predicates for predicates in said) >= 3
    assert sum(predicate in predicates for predicates in said) >= 20


def unseen(dataset):
    """Share of the subjects of the dev part that are in no training triple."""
    train, dev = ({triple.subject for sentence in part for triple in sentence.triples} for part in (dataset.train, dataset.dev))
    return len(dev - train) / len(dev)


def test_most_subjects_of_dev_are_new(dataset):
    assert unseen(dataset) > 0.5


def test_triples_cannot_be_looked_up(dataset):
    known = {triple for sentence in dataset.train for triple in sentence.triples}
    right = found = gold = 0
    for sentence in dataset.dev:
        guessed = {triple for triple in known if not data.not_inside(replace(sentence, triples=(triple,)))}
        right += len(guessed & set(sentence.triples))
        found += len(guessed)
        gold += len(sentence.triples)
    assert 2 * right < 0.3 * (found + gold)
