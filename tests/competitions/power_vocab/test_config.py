import pytest

from common.errors import ConfigError
from competitions.power_vocab.config import Config


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": ("keynes",)}, "Did you mean keyness"),
        ({"model": ()}, "model= is empty"),
        ({"rules": ("number",)}, "Did you mean numbers"),
        ({"min_count": 0}, "min_count=0: expected at least 1"),
    ],
)
def test_a_setting_that_cannot_be_is_named(settings, message):
    with pytest.raises(ConfigError, match=message):
        Config(**settings)
