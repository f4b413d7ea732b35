import pandas as pd
import pytest

from competitions.power_vocab.config import RULES as NAMES
from competitions.power_vocab.rules import RULES, refused


@pytest.mark.parametrize(
    ("name", "parts", "tags", "fires"),
    [
        ("numbers", "三个月", "m n", True),
        ("numbers", "110kV", "eng", True),
        ("numbers", "母线", "n", False),
        ("particles", "设备的外壳", "n uj n", True),
        ("particles", "设备外壳", "n n", False),
        ("edges", "已经更换", "d v", True),
        ("edges", "设备上", "n f", True),
        ("edges", "更换设备", "v n", False),
        ("degree", "高压", "n", True),
        ("degree", "电压", "n", False),
        ("first", "各母线", "r n", True),
        ("first", "母线", "n", False),
        ("last", "设备内", "n f", True),
        ("last", "母线", "n", False),
        ("endings", "设备管理", "n vn", True),
        ("endings", "设备", "n", False),
        ("beginnings", "随着电压", "p n", True),
        ("beginnings", "母线", "n", False),
        ("beginnings", "设备的外壳", "n uj n", False),
        ("contains", "设备的外壳", "n uj n", True),
        ("contains", "研究生院", "n n", True),
        ("contains", "随着电压", "p n", False),
        ("repeated", "哈哈", "o", True),
        ("repeated", "一次", "m", True),
        ("repeated", "母线", "n", False),
        ("scans", "厂月", "n", True),
        ("scans", "厂用", "n", False),
        ("modal", "应 检查", "v v", True),
        ("modal", "互感器 或", "n c", True),
        ("modal", "感应 电流", "v n", False),
        ("verbs_first", "更换 套管", "v n", True),
        ("verbs_first", "更换", "v", False),
        ("verbs_first", "保护 装置", "v n", False),
        ("verbs_last", "指示 正确", "v ad", True),
        ("verbs_last", "状态 检修", "n v", True),
        ("verbs_last", "检修", "v", False),
        ("verbs_last", "差动 保护", "v v", False),
    ],
)
def test_a_rule_where_it_fires_and_where_it_must_not(name, parts, tags, fires):
    assert RULES[name](parts.replace(" ", ""), tags.split(), parts.split()) is fires


def test_the_config_knows_every_rule():
    assert tuple(RULES) == NAMES


def test_any_chosen_rule_refuses():
    table = pd.DataFrame(
        {"word": ["母线", "各母线", "三母线"], "tags": ["n", "r n", "m n"], "parts": ["母线", "各 母线", "三 母线"]}
    )
    assert refused(table, ("numbers",)) == [False, False, True]
    assert refused(table, ("numbers", "first")) == [False, True, True]
    assert refused(table, ()) == [False, False, False]
