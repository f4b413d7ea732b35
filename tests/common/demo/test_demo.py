"""The page of `make demo`: in a real browser, then what people hand in by mistake, and how it is served."""

import html
import io
import re
import socket
import threading
import zipfile

import numpy as np
import pytest
from PIL import Image

from common import experiment, paths, run, targets
from common.errors import ConfigError, RunError
from common.images.pictures import png
from tests.common.demo.browser import addresses, chromium, press

pytest.importorskip("flask", reason="no Flask: the page is an extra")

from common.demo import server, sliding
from common.demo.tab import MOST_CHARACTERS

QUICK = {  # the cheapest plan of each contest that is tried
    "fashion_mnist": ["model=wide_resnet", "sample_size=50", "epochs=1", "folds=1", "widths=4,8", "blocks=1", "batch_size=20"],
    "power_vocab": ["sample_size=300", "dim=8", "epochs=1", "seeds=20"],
    "segmentation": ["model=unigram", "sample_size=60", "folds=1"],
    "sentiment": ["model=linear", "sample_size=60", "folds=1"],
    "web_text": ["sample_size=8", "folds=1", "trees=5", "leaves=4", "model=all_text,density,classifier"],
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
def client(opened):
    """Asks the page without a browser."""
    return server.page_of(opened).test_client()


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
    broken, large = tmp_path / "broken.png", tmp_path / "large.png"
    broken.write_bytes(b"\x89PNG and then nothing")
    large.write_bytes(bytes(server.MOST_BYTES + 1))
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
        for path, message in ((broken, "broken.png is no picture that can be read"), (large, "At most 20 MB are read here")):
            browser.get(f"{address}/fashion_mnist")
            find("css selector", "input[type=file]")[0].send_keys(str(path))
            press(browser, find("name", "ask")[0])
            assert message in find("css selector", ".error")[0].text
        asked = addresses(browser)
        assert len(asked) > 10 and all(one.startswith(f"{address}/") for one in asked), "nothing comes from elsewhere"


def test_a_slider_shows_one_picture_at_a_time(address, opened, tmp_path, monkeypatch):
    tab = next(one.tab for one in opened if one.contest == "segmentation")
    pictures = np.arange(5, dtype="uint8").repeat(16).reshape(5, 4, 4)
    monkeypatch.setitem(vars(tab), "answer", lambda **values: [sliding(pictures, "from dark to bright")])
    with chromium(tmp_path / "profile") as browser:
        browser.get(f"{address}/segmentation")
        press(browser, browser.find_element("name", "example"))
        seen = [[one.is_displayed() for one in browser.find_elements("css selector", ".sliding figure")]]
        browser.find_element("css selector", ".sliding input").send_keys("\ue014")  # the right arrow key
        seen.append([one.is_displayed() for one in browser.find_elements("css selector", ".sliding figure")])
    assert seen == [[False, False, True, False, False], [False, False, False, True, False]]


def zipped(**files):
    """The bytes of a zip."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


def saved(image, form):
    """The bytes of a picture."""
    held = io.BytesIO()
    image.save(held, form)
    return held.getvalue()


GREY = np.full((40, 40), 200, np.uint8)
WRONG_FILES = (  # contest, name and bytes of a file, what the page and the command line say of it
    ("fashion_mnist", "empty.png", b"", "empty.png is no picture that can be read"),
    ("fashion_mnist", "text.png", b"no picture", "text.png is no picture that can be read"),
    ("fashion_mnist", "no suffix", b"no picture", "no suffix is no picture that can be read"),
    ("fashion_mnist", "cut.png", png(GREY)[:60], "cut.png is no picture that can be read"),
    ("fashion_mnist", "grey.png", png(GREY), "grey.png shows nothing that stands out from its background"),
    ("fashion_mnist", "dot.png", png(GREY[:1, :1]), "dot.png shows nothing that stands out"),
    ("fashion_mnist", "deep.tif", saved(Image.fromarray(GREY.astype("float32")), "TIFF"), "deep.tif has 32 bits a pixel"),
    ("fashion_mnist", "wide.png", saved(Image.new("1", (9000, 9000)), "PNG"), "wide.png has 9000 x 9000 pixels"),
    ("fashion_mnist", "空.zip", zipped(), "空.zip holds no picture that could be answered"),
    ("fashion_mnist", "texts.zip", zipped(a="b"), "texts.zip holds no picture that could be answered"),
    ("fashion_mnist", "cut.zip", zipped(a="b")[:20], "cut.zip is no complete zip file"),
    ("fashion_mnist", "out.zip", zipped(**{"../a.png": png(GREY)}), "out.zip holds a file that leads out of it"),
    ("web_text", "empty.html", b"", "empty.html is empty"),
    ("web_text", "zeros.html", bytes(50), "zeros.html is empty"),
    ("web_text", "book.pdf", b"%PDF-1.4 x", "book.pdf is no web page: its bytes are no text"),
    ("web_text", "frames.html", b"<frameset><frame src=a.html></frameset>", "frames.html shows nothing but frames: a.html"),
)
WRONG_TEXTS = (  # contest, fields, the inputs of `predict` that mean the same, what both say
    (
        "segmentation",
        {"text": "好", "user_words": "词 -1"},
        ["text=好", "user_words=user_words.txt"],
        "user_words.txt holds no word",
    ),
    ("sentiment", {"texts": "好", "weighed": "states"}, ["text=好", "saliency=states"], "saliency=states asks a network"),
    ("sentiment", {"texts": "好", "weighed": "gradient"}, ["text=好", "saliency=gradient"], "asks a network that the run"),
)
WRONG_HERE = (  # contest, fields, what the page says where the command line has no such fault
    ("fashion_mnist", {}, "no file was chosen"),
    ("fashion_mnist", {"photo": "a text"}, "no file was chosen"),
    ("fashion_mnist", {"photo": (io.BytesIO(b"x"), "")}, "no file was chosen"),
    ("fashion_mnist", {"example": "99"}, "no file was chosen"),
    ("fashion_mnist", {"example": "-1"}, "no file was chosen"),
    ("segmentation", {}, "Text: there is nothing"),
    ("segmentation", {"text": " \r\n　"}, "Text: there is nothing"),
    ("segmentation", {"text": "好" * (MOST_CHARACTERS + 1)}, "Text: 5,001 characters; at most 5,000 are read here"),
    ("segmentation", {"text": (io.BytesIO(b"x"), "text.txt")}, "Text: there is nothing"),
    ("power_vocab", {"text": "\t"}, "Text: there is nothing"),
    ("sentiment", {"texts": ""}, "there is nothing"),
    ("sentiment", {"texts": "好", "weighed": "dice"}, "There is no option 'dice'"),
)


def said(page):
    """What a page says in red."""
    found = re.search(r'<p class="error" role="alert">(.*?)</p>', page.text, re.DOTALL)
    assert found, page.text[-2000:]
    return html.unescape(found[1])


def test_a_bad_input_gets_the_message_of_the_command_line(client, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for contest, name, content, message in WRONG_FILES:
        (tmp_path / name).write_bytes(content)
        field = {"fashion_mnist": "photo", "web_text": "saved"}[contest]
        page = client.post(f"/{contest}", data={field: (io.BytesIO(content), f"folder/{name}")})
        capsys.readouterr()
        assert run.main([contest, "predict", f"input={name}"]) == 2, name
        assert page.status_code == 400 and said(page) == capsys.readouterr().err.partition("error: ")[2].strip(), name
        assert message in said(page)
    (tmp_path / "user_words.txt").write_text("词 -1", encoding="utf-8")
    for contest, fields, inputs, message in WRONG_TEXTS:
        page = client.post(f"/{contest}", data=fields)
        capsys.readouterr()
        assert run.main([contest, "predict", *inputs]) == 2, fields
        assert page.status_code == 400 and said(page) == capsys.readouterr().err.partition("error: ")[2].strip()
        assert message in said(page)
    for contest, fields, message in WRONG_HERE:
        page = client.post(f"/{contest}", data=fields)
        assert page.status_code == 400 and message in said(page), fields


def test_what_was_typed_stays_and_cannot_become_part_of_the_page(client):
    page = client.post("/segmentation", data={"text": "<script>alert(1)</script>&", "user_words": "</textarea>"})
    assert page.status_code == 200 and "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;</textarea>" in page.text and "&lt;/textarea&gt;</textarea>" in page.text
    page = client.post("/fashion_mnist", data={"photo": (io.BytesIO(b"x"), "../../<b>.png")})
    assert said(page).startswith("<b>.png is no picture") and "<b>.png" not in page.text
    page = client.post("/fashion_mnist", data={"photo": (io.BytesIO(b"x"), "衣" * 300 + ".png")})
    assert re.match("衣{60,}.png is no picture", said(page)), "a name that no system could hold"


def test_the_unforeseen_is_no_traceback_on_the_page(client, opened, monkeypatch, capsys):
    tab = next(one.tab for one in opened if one.contest == "segmentation")
    monkeypatch.setitem(vars(tab), "answer", lambda **values: 1 / 0)
    page = client.post("/segmentation", data={"text": "好"})
    assert page.status_code == 500 and "ZeroDivisionError" not in page.text and "Traceback" not in page.text
    assert said(page).startswith("The program failed on this input") and "ZeroDivisionError" in capsys.readouterr().err


def test_the_page_answers_on_this_machine_alone_and_asks_nobody_else(client):
    assert client.get("/segmentation", headers={"Host": "somewhere.example"}).status_code == 400
    assert client.get("/nothing").status_code == client.post("/nothing").status_code == 404
    found = client.get("/segmentation")
    assert "default-src 'none'" in found.headers["Content-Security-Policy"]
    assert not re.search(r"https?://|@import|url\(", found.text), "no address of anything outside"


def test_an_exported_folder_has_a_tab_with_examples_of_its_own(opened, tmp_path, monkeypatch):
    folder = experiment.export("segmentation", tmp_path / "carried")
    monkeypatch.setenv("PODIUM_HOME", str(tmp_path / "elsewhere"))
    client = server.page_of([server.exported(str(folder))]).test_client()
    assert client.get("/").headers["Location"] == "/segmentation"
    assert 'class="words"' in client.post("/segmentation", data={"example": "1"}).text
    assert not paths.sample("segmentation").exists(), "a small sample of its own, not that of train"


def test_how_it_is_served_and_what_stands_in_the_way(opened, tmp_path, monkeypatch, capsys):
    server.serving(opened, "0.0.0.0", 0).server_close()
    assert "warning: host=0.0.0.0: whoever reaches this machine can use the page" in capsys.readouterr().out
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run.main(["demo", f"port={port}"]) == 2
        assert f"host=127.0.0.1 port={port} cannot be used" in capsys.readouterr().err
    for port in ("many", "70000", ""):
        with pytest.raises(ConfigError, match=f"port={port}: expected a whole number below 65536"):
            server.main([f"port={port}"])
    with pytest.raises(ConfigError, match="There is no setting 'hosts'"):
        server.main(["hosts=a"])
    with pytest.raises(RunError, match="cannot be read"):
        server.main([f"from={tmp_path}"])
    monkeypatch.setenv("PODIUM_HOME", str(tmp_path / "empty"))
    with pytest.raises(RunError, match="No finished ensemble of a contest that has a tab under"):
        server.main([])
    monkeypatch.setattr(run.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="The page needs Flask, which is not installed"):
        targets.demo([])
