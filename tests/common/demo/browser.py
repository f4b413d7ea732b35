"""A headless Chromium, where there is one, that keeps account of what it asks for."""

import contextlib
import json
import os
import shutil

import pytest

ARGUMENTS = (
    *("--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--window-size=1100,1400"),
)
PATIENCE = 60  # seconds


@contextlib.contextmanager
def chromium(folder):
    """A browser with an empty profile in `folder`; the test is skipped where none is installed."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="no Selenium to drive a browser with")
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not program or not driver:
        pytest.skip("no browser: install Debian's chromium and chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in (*ARGUMENTS, f"--user-data-dir={folder}", *(["--no-sandbox"] if os.getuid() == 0 else [])):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        yield browser
    finally:
        browser.quit()


def press(browser, element):
    """Click on something that leads to another page, and wait for that."""
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.support.ui import WebDriverWait

    browser.execute_script("window.isOld = true")
    element.click()
    came = "return !window.isOld && document.readyState == 'complete'"
    WebDriverWait(browser, PATIENCE, ignored_exceptions=[WebDriverException]).until(lambda _: browser.execute_script(came))


def addresses(browser):
    """What pages have asked a network for since this was called last."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"]
    return [address for address in asked if not address.startswith(("data:", "chrome"))]
