"""Makes a small data set in the form of the contest from made-up people, films, books, songs, companies, schools and places.

It lets every command run without the official files. Most names of the dev and test part stand in no training sentence, and
names of the same type that are in no relation stand beside the others: what counts is how the sentence says it. Scores on it
show that the code learns, not how well it does in the contest.
"""

import itertools
import json
import random
from pathlib import Path

from common import paths
from competitions.baidu_ie.made_up.sentences import sentences, text_of

OFFICIAL = """
人物-祖籍-地点 人物-父亲-人物 企业-总部地点-地点 人物-出生地-地点 生物-目-目 行政区-面积-Number 机构-简称-Text
影视作品-上映时间-Date 人物-妻子-人物 歌曲-所属专辑-音乐专辑 企业-注册资本-Number 国家-首都-城市 影视作品-导演-人物
历史人物-字-Text 人物-身高-Number 影视作品-出品公司-企业 学科专业-修业年限-Number 人物-出生日期-Date 影视作品-制片人-人物
人物-母亲-人物 影视作品-编剧-人物 人物-国籍-国家 地点-海拔-Number 网络小说-连载网站-网站 人物-丈夫-人物 历史人物-朝代-Text
人物-民族-Text 历史人物-号-Text 书籍-出版社-出版社 电视综艺-主持人-人物 学科专业-专业代码-Text 歌曲-歌手-人物 歌曲-作词-人物
网络小说-主角-人物 企业-董事长-人物 机构-成立日期-Date 人物-毕业院校-学校 机构-占地面积-Number 国家-官方语言-语言
行政区-邮政编码-Text 行政区-人口数量-Number 景点-所在城市-城市 图书作品-作者-人物 企业-成立日期-Date 歌曲-作曲-人物
行政区-气候-气候 电视综艺-嘉宾-人物 影视作品-主演-人物 影视作品-改编自-作品 企业-创始人-人物
"""  # the contest's 50 rows in their order: type of the subject, predicate, type of the object
SCHEMAS = tuple(tuple(row.split("-")) for row in OFFICIAL.split())
UNLABELLED = {"出版社", "出生地", "出生日期", "字", "民族", "目", "身高", "连载网站"}  # predicates that DuIE 2.0 never labels
RENAMED = {("网络小说", "主角"): "文学作品", ("企业", "成立日期"): "机构"}  # types of subjects in DuIE 2.0
SPO = ("predicate", "object_type", "subject_type", "object", "subject")  # of a triple, in the order of the files


def write(folder, size, seed):
    """Write `size` training, `size // 4` dev, `size // 4` test and `size // 2` DuIE 2.0 sentences to a new folder, or nothing.

    Args:
        folder: is made; must not exist, or be empty.
        size: number of training sentences, at least 20 so that the dev part has five.
        seed: of every random choice; the same seed gives the same bytes.
    """
    if size < 20:
        raise ValueError(f"size must be at least 20, so that the dev part has five. Received: size={size}")
    if Path(folder).exists() and any(Path(folder).iterdir()):
        raise FileExistsError(f"{folder} holds files already; remove it to make the sample anew")
    told = sentences(random.Random(seed))
    with paths.atomic(folder) as temporary:
        (temporary / "duie2.0").mkdir(parents=True)
        rows = [dict(zip(("object_type", "predicate", "subject_type"), row[::-1], strict=True)) for row in SCHEMAS]
        write_lines(temporary / "all_50_schemas", rows)
        for name, count, form in (
            ("train_data.json", size, contest_record),
            ("dev_data.json", size // 4, contest_record),
            ("test1_data_postag.json", size // 4, unanswered),
            ("duie2.0/duie_train.json", size // 2, duie_record),
        ):
            write_lines(temporary / name, [form(*sentence) for sentence in itertools.islice(told, count)])
        kept = [
            {**row, "object_type": {"@value": row["object_type"]}, "subject_type": RENAMED.get(pair, pair[0])}
            for row in rows
            if (pair := (row["subject_type"], row["predicate"])) != ("企业", "成立日期") and row["predicate"] not in UNLABELLED
        ]
        content = json.dumps(kept, ensure_ascii=False, indent=4) + "\n"
        (temporary / "duie2.0/duie_schema.json").write_text(content, encoding="utf-8", newline="\n")


def write_lines(path, records):
    """Write one JSON object a line."""
    content = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    path.write_text(content, encoding="utf-8", newline="\n")


def contest_record(words, triples):
    """A sentence in the layout of the contest."""
    found = []
    for subject, predicate, thing in triples:
        subject_type, object_type = types(subject, predicate)
        found.append(dict(zip(SPO, (predicate, object_type, subject_type, thing.name, subject.name), strict=True)))
    return {**unanswered(words, triples), "spo_list": found}


def unanswered(words, triples):
    """A sentence in the layout of the contest's test files."""
    return {"postag": [{"word": word, "pos": tag} for word, tag in words], "text": text_of(words)}


def duie_record(words, triples):
    """A sentence in the layout of DuIE 2.0, which leaves some predicates out."""
    found = []
    for subject, predicate, thing in triples:
        if predicate not in UNLABELLED:
            subject_type, object_type = types(subject, predicate)
            subject_type = RENAMED.get((subject_type, predicate), subject_type)
            values = predicate, {"@value": object_type}, subject_type, {"@value": thing.name}, subject.name
            found.append(dict(zip(SPO, values, strict=True)))
    return {"text": text_of(words), "spo_list": found}


def types(subject, predicate):
    """Types of subject and object. 成立日期 has two schemas, the first of organisations and the second of companies."""
    rows = [row for row in SCHEMAS if row[1] == predicate]
    return rows[-1 if subject.kind == "company" else 0][::2]
