"""The page of `make demo`: in a real browser, then its functions with what people hand in by mistake."""

import threading

import pytest

from common import run
from tests.common.demo.browser import addresses, chromium, press

pytest.importorskip("flask", reason="no Flask: the page is an extra")

from common.demo import server

QUICK = {  # the cheapest plan of each contest that is tried
    "fashion_mnist": ["model=wide_resnet", "sample_size=50", "epochs=1", "folds=1", "widths=4,8", "blocks=1", "batch_size=20"],
    "segmentation": ["model=unigram", "sample_size=60", "folds=1"],
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A home with an ensemble of each of these contests."""
    home = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PODIUM_HOME", str(home))
        for contest, settings in QUICK.items():
            run.run_stage(contest, "ensemble", settings)
    return home


@pytest.fixture
def opened(trained, monkeypatch):
    """The tabs of these contests."""
    monkeypatch.setenv("PODIUM_HOME", str(trained))
    return server.finished()


@pytest.fixture
def address(opened):
    """Where the page is served."""
    serving = server.serving(opened, port=0)
    thread = threading.Thread(target=serving.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{serving.port}"
    serving.shutdown()
    thread.join()
    serving.server_close()


def test_a_person_tries_every_tab_in_a_browser(address, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG and then nothing")
    with chromium(tmp_path / "profile") as browser:
        find = browser.find_elements
        browser.get(address)
        assert [tab.text for tab in find("css selector", "nav a")] == sorted(QUICK)
        for contest in sorted(QUICK):
            press(browser, next(tab for tab in find("css selector", "nav a") if tab.text == contest))
            assert not find("css selector", ".answer"), "nothing is computed before it is asked"
            for number in range(len(find("name", "example"))):
                press(browser, find("name", "example")[number])
                assert find("css selector", ".answer")[0].text and not find("css selector", ".error")
            if uploads := find("css selector", "input[type=file]"):
                uploads[0].send_keys(str(broken))
                press(browser, find("name", "ask")[0])
                assert "broken.png is no picture that can be read" in find("css selector", ".error")[0].text
        asked = addresses(browser)
        assert len(asked) > 10 and all(one.startswith(f"{address}/") for one in asked), "nothing comes from elsewhere"
