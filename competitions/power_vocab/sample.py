"""The built-in sample: paragraphs of a made-up trade, full of invented terms, inside general text. The gold list is known.

Terms are invented: two or three syllables that no dictionary joins, and compounds of these with the plain nouns of any trade
(轮 箱 阀 ...). General words stand around them and make up the background, so frequency alone finds nothing.
"""

import random

SYLLABLES = list("炁砼铘砮锜硖镕砜铪钬锶钪铊砹钷锕镓钋铼铱锇铑钌锆铌钽铟铷铯钡镧铈")
HEADS = ("轮", "箱", "阀", "杆", "座", "管", "盘", "机", "器", "板")
COMPOUNDS = ("试验", "装置", "回路", "系数", "电压", "支架", "接头", "保护")
GENERAL = """时间 地方 问题 朋友 学校 城市 历史 音乐 电影 故事 经济 市场 公司 政府 社会 文化 孩子 老师 学生
家庭 生活 工作 比赛 球队 记者 新闻 春天 天气 河流 山脉 村庄 道路 汽车 火车 飞机 旅客 医院 医生 病人 药品
食物 水果 蔬菜 衣服 价格 银行 作家 小说 诗歌 画家 歌手"""
VERBS = """看见 认为 需要 开始 发现 喜欢 介绍 决定 继续 离开 影响 带来 支持 选择 讨论 参加"""
ADVERBS = """已经 常常 终于 非常 可能 一直 突然 仍然 逐渐 确实"""
DOMAIN_VERBS = ["检查", "更换", "安装", "测量", "清洁", "调整", "记录", "拆下"]
TERMS = 60  # invented simple terms; about as many compounds


def write(folder, size, seed):
    """Write `data.txt`, `background.txt`, `gold.txt` and `text.txt`, an own text to try `predict` with.

    Args:
        folder: where to.
        size: paragraphs of the domain, and as many of the background.
        seed: of everything random.
    """
    chance = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    simple = sorted({"".join(chance.sample(SYLLABLES, 2)) + chance.choice(HEADS) for _ in range(TERMS)})
    compound = sorted({chance.choice(simple) + chance.choice(COMPOUNDS) for _ in range(TERMS)})
    weights = [1 / rank for rank in range(2, 2 + len(simple) + len(compound))]
    terms = chance.sample(simple + compound, len(simple) + len(compound))
    domain = [paragraph(chance, lambda: domain_sentence(chance, terms, weights)) for _ in range(size)]
    background = [paragraph(chance, lambda: general_sentence(chance)) for _ in range(size)]
    text = "\n".join(domain)
    gold = [term for term in terms if text.count(term) >= 3]
    for name, lines in (("data", domain), ("background", background), ("gold", sorted(gold)), ("text", domain[:5])):
        (folder / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def paragraph(chance, sentence):
    """Two to four sentences."""
    return "".join(sentence() for _ in range(chance.randint(2, 4)))


def general_sentence(chance):
    """A sentence of general words."""
    subject, thing = chance.sample(GENERAL.split(), 2)
    return f"{subject}{chance.choice(ADVERBS.split())}{chance.choice(VERBS.split())}{thing}。"


def domain_sentence(chance, terms, weights):
    """A sentence with terms, or, one in three, a general one."""
    if chance.random() < 1 / 3:
        return general_sentence(chance)
    one, other = chance.choices(terms, weights, k=2)
    verb, adverb = chance.choice(DOMAIN_VERBS), chance.choice(ADVERBS.split())
    forms = (
        f"{adverb}{verb}{one}，{chance.choice(VERBS.split())}{chance.choice(GENERAL.split())}。",
        f"{chance.choice(GENERAL.split())}的{one}和{other}{adverb}{verb}。",
        f"{verb}{one}：{other}。",
        f"在{chance.choice(GENERAL.split())}里{verb}了{one}。",
    )
    return chance.choice(forms)
