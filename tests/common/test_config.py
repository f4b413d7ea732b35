import dataclasses
from pathlib import Path

import pytest

from common.config import check_bounds, from_dict, identity, override, setting, to_dict
from common.errors import ConfigError


@dataclasses.dataclass(frozen=True)
class Config:
    data: Path | None = setting(None, of_data=True, identity=False)
    round: str = setting("", of_data=True)
    model: tuple[str, ...] = setting(("resnet", "trees"), identity=False)
    widths: tuple[int, ...] = (32, 64)
    epochs: int = 20
    rate: float = 0.5
    shuffle: bool = True
    folder: Path = Path("out")
    limit: int | None = None
    seed: int = 0


@pytest.mark.parametrize(
    ("assignment", "value"),
    [
        ("epochs=2", 2),
        ("epochs=-3", -3),
        ("rate=1e-3", 0.001),
        ("rate=2", 2.0),
        ("shuffle=false", False),
        ("shuffle=True", True),
        ("round=second round", "second round"),
        ("round=", ""),
        ("round=none", "none"),
        ("folder=a b/c", Path("a b/c")),
        ("folder=~/c", Path.home() / "c"),
        ("data=~", Path.home()),
        ("data=none", None),
        ("limit=None", None),
        ("limit=", None),
        ("limit=7", 7),
        ("model=trees", ("trees",)),
        ("model=trees, resnet", ("trees", "resnet")),
        ("model=", ()),
        ("widths=1,2,3", (1, 2, 3)),
    ],
)
def test_texts_become_values_of_the_type_of_their_field(assignment, value):
    name = assignment.partition("=")[0]
    got = getattr(override(Config, [assignment]), name)
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"epochs": 0}, "epochs=0: expected at least 1"),
        ({"limit": 1}, "limit=1: expected at least 2"),
        ({"rate": 1.0}, "rate=1.0: expected a number from 0 to below 1"),
        ({"seed": -1}, "seed=-1: expected a whole number from 0 to below 2147483648"),
        ({"epochs": 1000}, "epochs=1000: expected at most 999"),
        ({"rate": 0.0}, "rate=0.0: expected a number above 0"),
        ({"rate": float("nan")}, "rate=nan: expected"),
    ],
)
def test_numbers_out_of_their_bounds_are_refused(values, message):
    bounds = {"least": {"epochs": 1, "limit": 2}, "above_0": ("rate",), "shares": ("rate",), "most": {"epochs": 999}}
    check_bounds(Config(), **bounds)  # a limit of None is none
    with pytest.raises(ConfigError, match=message):
        check_bounds(Config(**values), **bounds)


def test_what_is_not_given_keeps_its_default():
    assert override(Config, []) == Config()
    assert override(Config, ["epochs=2"]) == Config(epochs=2)


def test_a_value_may_hold_equals_signs_quotes_and_dollars():
    assert override(Config, ["round=a=b 'c' $(d)?"]).round == "a=b 'c' $(d)?"


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("epochs=two", "epochs=two: expected a whole number, for example 2"),
        ("epochs=2.0", "epochs=2.0: expected a whole number"),
        ("epochs=", "epochs=: expected a whole number"),
        ("epochs=true", "epochs=true: expected a whole number"),
        ("epochs=none", "epochs=none: expected a whole number"),
        ("limit=true", "limit=true: expected a whole number"),
        ("widths=1,x", "widths=x: expected a whole number"),
        ("rate=fast", "rate=fast: expected a number, for example 0.5"),
        ("rate=False", "rate=False: expected a number"),
        ("shuffle=1", "shuffle=1: expected true or false"),
        ("shuffle=yes", "shuffle=yes: expected true or false"),
        ("epochs", "'epochs' is not of the form name=value"),
    ],
)
def test_a_value_of_the_wrong_type_is_named_with_what_was_expected(assignment, message):
    with pytest.raises(ConfigError, match=message):
        override(Config, [assignment])


def test_an_unknown_name_is_answered_with_the_nearest_one_and_all_settings():
    with pytest.raises(ConfigError, match=r"no setting 'epoch'\. Did you mean epochs\? Settings: data, epochs, .*widths"):
        override(Config, ["epoch=2"])


def test_a_name_like_none_of_the_settings_gets_no_guess():
    with pytest.raises(ConfigError, match=r"no setting 'zzz'\. Settings: data"):
        override(Config, ["zzz=2"])


def test_a_setting_given_twice_is_refused():
    with pytest.raises(ConfigError, match="epochs is given twice"):
        override(Config, ["epochs=2", "epochs=3"])


@pytest.mark.parametrize(
    "other", [{"epochs": 21}, {"rate": 0.25}, {"widths": (64, 32)}, {"round": "2"}, {"shuffle": False}, {"limit": 1}]
)
def test_what_changes_results_changes_the_identity(other):
    assert identity(Config(**other)) != identity(Config())


@pytest.mark.parametrize("other", [{"data": Path("elsewhere")}, {"model": ("trees",)}])
def test_where_and_what_to_run_leave_the_identity_alone(other):
    assert identity(Config(**other)) == identity(Config())


def test_the_data_and_the_members_of_an_ensemble_are_part_of_the_identity():
    assert identity(Config(), data="abc") not in (identity(Config()), identity(Config(), data="abd"))
    assert identity(Config(), data="abc", members=["a"]) != identity(Config(), data="abc", members=["b"])


def test_an_identity_is_the_same_in_every_process_and_fits_into_a_folder_name():
    assert identity(override(Config, ["epochs=20"])) == identity(Config())
    assert len(identity(Config())) == 8
    assert int(identity(Config()), 16) >= 0


def test_a_setting_of_some_models_leaves_the_runs_of_others_alone():
    @dataclasses.dataclass(frozen=True)
    class Shared:
        leaves: int = setting(31, of=("trees",))
        rounds: int = setting(5, of=("ensemble",))
        seed: int = 0

    changed = {name: Shared(**{name: 7}) for name in ("leaves", "rounds", "seed")}
    told_apart = {
        (name, model): identity(config, model) != identity(Shared(), model)
        for name, config in changed.items()
        for model in ("trees", "resnet", "ensemble", None)
    }
    assert {pair for pair, other in told_apart.items() if other} == {
        ("leaves", "trees"),
        ("leaves", None),
        ("rounds", "ensemble"),
        ("rounds", None),
        *(("seed", model) for model in ("trees", "resnet", "ensemble", None)),
    }


def test_settings_become_plain_json_values():
    assert to_dict(Config(data=Path("a")))["data"] == "a"
    stored = to_dict(Config(epochs=3))
    assert from_dict(Config, stored).widths == (32, 64) and to_dict(from_dict(Config, stored)) == stored
    assert from_dict(Config, to_dict(Config(data=Path("a")))) == Config(data=Path("a"))
    assert to_dict(Config())["widths"] == [32, 64]
