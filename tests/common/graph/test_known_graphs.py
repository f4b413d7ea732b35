"""The graphs that everybody measures on; `DATA/graphs` holds them, as `bench/communities.py` reads them."""

import pytest

from bench import communities
from common.graph import MapEquation

SHORTEST = {
    "karate": 4.311792646,
    "dolphins": 4.851652266,
    "polbooks": 5.466891540,
    "football": 5.446650037,
    "polblogs, largest part": 8.681022,
    "email-Eu-core": 8.725450,
    "email-Eu-core, directed": 8.546258,
    "email-Eu-core, directed, recorded": 8.922067,
    "email-Eu-core, directed, to nodes": 8.367356,
    "polblogs, directed": 7.594436,
    "polblogs, directed, recorded": 8.054573,
    "polblogs, directed, to nodes": 7.336369,
}
ONE = {"dolphins": 5.700530919, "polbooks": 6.456363992, "football": 6.840314282, "polblogs, largest part": 9.256745}
KNOWN_GROUPS = {"karate": 4.409322, "dolphins": 5.099200, "polbooks": 5.965400, "football": 5.677162, "email-Eu-core": 9.268147}


@pytest.mark.real_data
@pytest.mark.parametrize("name", SHORTEST)
def test_the_best_of_20_trials_is_as_short_as_the_best_known(real_data, name):
    ((graph, truth, how),) = communities.load(*communities.known_graphs(real_data / "graphs")[name])
    found = MapEquation(**how).fit(graph)
    assert found.codelength_ < SHORTEST[name] + 1e-9
    if name in ONE:
        assert found.one_module_ == pytest.approx(ONE[name], abs=1e-6)
    if name in KNOWN_GROUPS:
        assert MapEquation().codelength(graph, truth) == pytest.approx(KNOWN_GROUPS[name], abs=1e-6)
        assert found.codelength_ < KNOWN_GROUPS[name]


@pytest.mark.real_data
def test_dolphins_have_two_levels(real_data):
    ((graph, _, _),) = communities.load(*communities.known_graphs(real_data / "graphs")["dolphins"])
    assert MapEquation(several_levels=True).fit(graph).codelength_ == pytest.approx(4.835915000, abs=1e-9)
