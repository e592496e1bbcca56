"""The documentation from disk, without a network: what is typed in Chinese is found."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from small_site import build

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

if find_spec("furo") is None or find_spec("myst_nb") is None:
    pytest.skip("the documentation's tools are not installed: .[docs]", allow_module_level=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("site"))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(offline=True)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("四至", ["指南"]),
        ("重叠", ["指南"]),
        ("椭球面积", ["指南"]),
        ("范围 重叠", ["指南"]),
        ("容积率", ["Lone page"]),
        ("overlapping", ["Guide"]),  # by its stem
        ("重地", []),  # no neighbours in any page
    ],
)
def test_what_is_typed_is_found(site: Path, page: Page, typed: str, found: list[str]) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site / "zh" / "guide.html").as_uri())
    page.get_by_placeholder("搜索").fill(typed)
    page.keyboard.press("Enter")
    expect(page.locator("#search-results h2")).to_have_text("Search Results")
    expect(page.locator("#search-results li > a")).to_have_text(found)
    assert all(url.startswith(("file:", "data:")) for url in asked)


def test_the_language_can_be_switched_and_back(site: Path, page: Page) -> None:
    page.goto((site / "guide.html").as_uri())
    page.locator(".languages").get_by_role("link", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("h1")).to_contain_text("指南")
    page.locator(".languages").get_by_role("link", name="English").click()
    expect(page.locator("h1")).to_contain_text("Guide")
