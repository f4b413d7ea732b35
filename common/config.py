"""Settings as a frozen dataclass, overridden by `name=value` texts from a command line.

Written by hand because the need is thirty lines: Hydra and its kind bring their own folders, logging and file format.
"""

import dataclasses
import difflib
import hashlib
import json
import math
import types
import typing
from pathlib import Path

from common.errors import ConfigError

ATTACKS = ("none", "fgm", "gradient_penalty", "vat", "r_drop")  # of steps, see `common.training.adversarial`
PRECISIONS = ("float32", "bfloat16", "float16")  # of networks, see `common.training.half_precision`
SEEDS = 1 << 31  # so that adding the number of a fold stays within 32 bits


@dataclasses.dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high` that `make tune` tries, whole ones where both are; with `log`, evenly by factors."""

    low: float
    high: float
    log: bool = False


def setting(default, *, of_data=False, identity=True, of=(), search=None):
    """A field of a `Config` with a role.

    Args:
        default: the default value.
        of_data: the field describes the data, so later stages inherit it from the newest run.
        identity: the field changes results, so it is part of a run's hash. `False` for paths, machines and choices
            of what to run.
        of: names of the models that read it, `"ensemble"` among them; the runs of others stay as they are when it changes.
            Empty where everyone does.
        search: what `make tune` tries: a `Range`, or a tuple of values. `None` leaves the setting alone.
    """
    metadata = {"of_data": of_data, "identity": identity, "of": tuple(of), "search": search}
    return dataclasses.field(default=default, metadata=metadata)


def shown(value):
    """A setting's value as it is written on a command line."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else value


def override(config_class, assignments):
    """Build a config from its defaults and texts such as `["epochs=2", "model=lightgbm"]`.

    Raises:
        ConfigError: an unknown name (the fields and the nearest name are listed), or a value of the wrong type.
    """
    types_of_all = typing.get_type_hints(config_class)
    hints = {field.name: types_of_all[field.name] for field in dataclasses.fields(config_class)}
    values = {}
    for assignment in assignments:
        name, separator, text = assignment.partition("=")
        if not separator:
            raise ConfigError(f"'{assignment}' is not of the form name=value, for example epochs=2")
        if name not in hints:
            raise ConfigError(unknown_name(name, hints))
        if name in values:
            raise ConfigError(f"{name} is given twice")
        values[name] = parse(name, text, hints[name])
    return config_class(**values)


def unknown_name(name, known, kind="setting"):
    """The message for a name that does not exist: the nearest one first, then all of them."""
    nearest = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {nearest[0]}?" if nearest else ""
    return f"There is no {kind} '{name}'.{hint} {kind.capitalize()}s: {', '.join(sorted(known))}"


def parse(name, text, wanted):
    """Turn the text of one setting into a value of the type `wanted`.

    Types: `int`, `float`, `bool`, `str`, `Path`, `tuple[T, ...]` (comma-separated) and `T | None` (`none` or an empty text).

    Raises:
        ConfigError: the text does not spell such a value.
    """
    if isinstance(wanted, types.UnionType):
        if text.lower() in ("", "none"):
            return None
        return parse(name, text, next(option for option in typing.get_args(wanted) if option is not types.NoneType))
    if typing.get_origin(wanted) is tuple:
        return tuple(parse(name, part.strip(), typing.get_args(wanted)[0]) for part in text.split(",") if part.strip())
    if wanted is bool:
        if text.lower() in ("true", "false"):
            return text.lower() == "true"
        raise ConfigError(f"{name}={text}: expected true or false")
    if wanted is Path:
        return Path(text).expanduser()
    try:
        value = wanted(text)
        if wanted is float and not math.isfinite(value):
            raise ValueError(f"{value} is no setting")
        return value
    except ValueError:
        kind = {int: "a whole number, for example 2", float: "a number, for example 0.5"}[wanted]
        raise ConfigError(f"{name}={text}: expected {kind}") from None


def check_names(config, name, known, kind="model", required=True):
    """Refuse a field that names what does not exist, or names it twice.

    Args:
        config: the dataclass.
        name: of the field, a name or a tuple of names.
        known: the names that there are.
        kind: what they are names of.
        required: whether at least one must be given.

    Raises:
        ConfigError: what is wrong, and what there is.
    """
    value = getattr(config, name)
    given = (value,) if isinstance(value, str) else value
    for one in given:
        if one not in known:
            raise ConfigError(f"{name}={one}: {unknown_name(one, known, kind)}")
    if len(set(given)) < len(given):
        raise ConfigError(f"{name}={','.join(given)}: a {kind} is named twice")
    if required and not given:
        raise ConfigError(f"{name}= is empty; the {kind}s are {', '.join(known)}")


def check_bounds(config, least=None, above_0=(), shares=(), most=None):
    """Refuse numbers that no training could use, and a seed that no generator takes; `None` is left alone.

    Args:
        config: the dataclass, with a field `seed` and, where it has networks, `precision` and `attack`.
        least, most: dicts of the smallest and the greatest value allowed, by field.
        above_0: fields that must be greater than 0.
        shares: fields that must be from 0 to below 1.

    Raises:
        ConfigError: a field out of its bounds, and what was expected.
    """
    rules = [("seed", lambda value: 0 <= value < SEEDS, f"a whole number from 0 to below {SEEDS}")]
    rules += [(name, lambda value, low=low: value >= low, f"at least {low}") for name, low in (least or {}).items()]
    rules += [(name, lambda value, high=high: value <= high, f"at most {high}") for name, high in (most or {}).items()]
    rules += [(name, lambda value: value > 0, "a number above 0") for name in above_0]
    rules += [(name, lambda value: 0 <= value < 1, "a number from 0 to below 1") for name in shares]
    for name, choices in (("precision", PRECISIONS), ("attack", ATTACKS)):
        if hasattr(config, name):
            rules.append((name, lambda value, choices=choices: value in choices, " or ".join(choices)))
    for name, holds, expected in rules:
        value = getattr(config, name)
        if value is not None and not holds(value):
            raise ConfigError(f"{name}={value}: expected {expected}")


def to_dict(config):
    """The settings as JSON-ready values: paths become texts, tuples lists."""
    return json.loads(json.dumps(dataclasses.asdict(config), default=str))


def from_dict(config_class, values):
    """The settings that `to_dict` made JSON of: lists become tuples and texts paths again where the fields say so."""
    hints = typing.get_type_hints(config_class)
    return config_class(**{name: _restored(value, str(hints.get(name))) for name, value in values.items()})


def _restored(value, hint):
    if isinstance(value, list):
        return tuple(_restored(one, hint) for one in value)
    return Path(value) if isinstance(value, str) and "Path" in hint else value


def identity(config, model=None, **more):
    """A short hash of everything in `config` and `more` that can change a result.

    Another epoch count, fold count or data set gives another hash, hence another run.

    Args:
        config: the settings.
        model: whose run it is: settings that only others read do not count. `None` counts all.
        **more: whatever else tells one run from another.
    """

    def counts(field):
        of = field.metadata.get("of", ())
        return field.metadata.get("identity", True) and (model is None or not of or model in of)

    named = {field.name for field in dataclasses.fields(config) if counts(field)}
    values = {name: value for name, value in to_dict(config).items() if name in named}
    return hashlib.sha256(json.dumps({**values, **more}, sort_keys=True).encode()).hexdigest()[:8]
