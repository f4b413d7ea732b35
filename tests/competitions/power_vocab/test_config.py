import pytest

from common.config import identity, override
from common.errors import ConfigError
from competitions.power_vocab.config import Config


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": ("keynes",)}, "Did you mean keyness"),
        ({"model": ()}, "model= is empty"),
        ({"rules": ("number",)}, "Did you mean numbers"),
        ({"min_count": 0}, "min_count=0: expected at least 1"),
        ({"min_cohesion": ()}, "min_cohesion= is empty: expected a threshold for pairs"),
        ({"workers": 0}, "workers=0: expected at least 1"),
    ],
)
def test_a_setting_that_cannot_be_is_named(settings, message):
    with pytest.raises(ConfigError, match=message):
        Config(**settings)


def test_where_the_counting_is_done_makes_no_other_run():
    elsewhere = override(Config, ["memory=1000000", "workers=2", "cluster=tcp://host:8786"])
    assert identity(elsewhere) == identity(Config())
