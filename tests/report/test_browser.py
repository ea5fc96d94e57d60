"""The report in a real browser: it draws, asks for nothing, breaks no rule of its own policy, and everybody can read it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from support.report_folders import comparison, made, out_of_reach, single, staffing  # noqa: F401 - fixtures
from support.sweep_folders import KINDS, made_once

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
if CHROMIUM is None:
    pytest.skip("no chromium on this machine", allow_module_level=True)
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")

SIZES = {"desk": (1280, 900), "tablet": (768, 1024), "phone": (390, 844)}
# the browser's own background requests have nowhere to go in a closed network
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(2)> =cmd|' /C calc'!A0 \u202e {{7*7}} <b>bold</b> & \"quotes\""


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield opened
        opened.close()


@pytest.fixture
def page_of(browser):
    """Opens a report at a size; `heard` of the page holds console messages, errors and requests."""
    contexts = []

    def call(folder, size="desk"):
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
        contexts.append(context)
        page = context.new_page()
        page.heard = []
        page.on("console", lambda message: page.heard.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: page.heard.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (page.heard.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: page.heard.append(f"request: {request.url}"))
        page.goto((folder / "report.html").resolve().as_uri())
        page.wait_for_function("document.documentElement.dataset.drawn !== undefined")
        keep = os.environ.get("JOBCENTRE_SCREENSHOTS")
        if keep:
            page.screenshot(path=str(Path(keep) / f"{folder.name}-{size}.png"), full_page=True)
        return page

    yield call
    for context in contexts:
        context.close()


def too_wide_for(page, width):
    """What is wider than the screen."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    return page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll') && !e.closest('svg') && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"
    )


def test_everything_is_drawn_and_nothing_is_asked_for(page_of, comparison):  # noqa: F811
    page = page_of(comparison)
    assert page.heard == [f"request: {(comparison / 'report.html').resolve().as_uri()}"]
    charts = page.locator(".chart")
    assert charts.count() == int(page.evaluate("document.documentElement.dataset.drawn")) == 17  # 3 x 3 over time, 3 by week, and 5
    for place in range(charts.count()):
        assert charts.nth(place).locator("svg.main-svg").count() > 0
        box = charts.nth(place).bounding_box()
        assert box["width"] > 200
        assert box["height"] > 150
    assert page.locator(".modebar").count() == 0  # no button that could send anything anywhere


def test_bars_and_lines_are_as_long_as_their_numbers(page_of, comparison):  # noqa: F811
    """The drawn lengths of the ledger's first bars are to each other as the numbers in the table beside it."""
    page = page_of(comparison)
    drawn = page.evaluate("[...document.querySelectorAll('#chart-ledger .trace.bars')][0].querySelectorAll('.point path').length")
    assert drawn == 3
    widths = page.evaluate(
        "[...document.querySelectorAll('#chart-ledger .trace.bars')[0].querySelectorAll('.point path')].map(p => p.getBBox().width)"
    )
    table = page.evaluate(
        "[...document.querySelectorAll('[data-of$=\"|conversation_minutes_per_coach_day|\"]')].filter(d => d.dataset.of.startsWith('mean|')).map(d => Number(d.value))"
    )
    assert len(table) == 3
    assert [width / widths[0] for width in widths] == pytest.approx([value / table[0] for value in table], rel=0.02)


@pytest.mark.parametrize(("which", "charts"), [("staffing", 3), ("out_of_reach", 2)])
def test_a_staffing_report_is_drawn_and_asks_for_nothing(page_of, request, which, charts):
    folder = request.getfixturevalue(which)
    page = page_of(folder)
    assert page.heard == [f"request: {(folder / 'report.html').resolve().as_uri()}"]
    drawn = page.locator(".chart")
    assert drawn.count() == int(page.evaluate("document.documentElement.dataset.drawn")) == charts  # chances, and cost by target
    for place in range(charts):
        assert drawn.nth(place).locator("svg.main-svg").count() > 0
        assert drawn.nth(place).bounding_box()["height"] > 150


@pytest.mark.parametrize(("kind", "charts"), [("line", 4), ("map", 8), ("many", 4), ("sample", 16), ("listed", 8)])
def test_a_sweep_report_is_drawn_and_asks_for_nothing(page_of, tmp_path_factory, kind, charts):
    folder = made_once(kind, tmp_path_factory)
    page = page_of(folder)
    assert page.heard == [f"request: {(folder / 'report.html').resolve().as_uri()}"]
    drawn = page.locator(".chart")
    assert drawn.count() == int(page.evaluate("document.documentElement.dataset.drawn")) == charts
    for place in range(charts):
        assert drawn.nth(place).locator("svg.main-svg").count() > 0
        assert drawn.nth(place).bounding_box()["height"] > 150


def test_every_cell_of_a_map_is_drawn_with_its_number_in_it(page_of, tmp_path_factory):
    page = page_of(made_once("map", tmp_path_factory))
    cells = page.evaluate(
        """[...document.querySelectorAll('#chart-map-missed_share-0 .trace.bars .point')].map(one => {
            const box = one.querySelector('path').getBoundingClientRect(), text = one.querySelector('text').getBoundingClientRect();
            return {wide: box.width, high: box.height, words: one.querySelector('text').textContent,
                    inside: text.left >= box.left && text.right <= box.right && text.top >= box.top && text.bottom <= box.bottom};
        })"""
    )
    assert len(cells) == 30
    assert all(cell["inside"] and float(cell["words"]) > 0 for cell in cells)
    assert max(cell["wide"] for cell in cells) == pytest.approx(min(cell["wide"] for cell in cells), abs=1.5)
    assert max(cell["high"] for cell in cells) == pytest.approx(min(cell["high"] for cell in cells), abs=1.5)


def test_numbers_in_a_map_stay_in_their_cells_on_a_phone(page_of, tmp_path_factory):
    page = page_of(made_once("map", tmp_path_factory), "phone")
    beyond = page.evaluate(
        """[...document.querySelectorAll('.trace.bars .point')].filter(one => {
            const box = one.querySelector('path').getBoundingClientRect(), text = one.querySelector('text').getBoundingClientRect();
            return text.width > box.width || text.height > box.height;
        }).length"""
    )
    assert beyond == 0


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_sweep_is_no_wider_than_the_screen(page_of, tmp_path_factory, kind, size):
    page = page_of(made_once(kind, tmp_path_factory), size)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert too_wide_for(page, SIZES[size][0]) == []


@pytest.mark.parametrize(("kind", "size"), [*((kind, "phone") for kind in KINDS), (next(iter(KINDS)), "desk")])
def test_an_automatic_checker_finds_no_fault_in_a_sweep(page_of, tmp_path_factory, kind, size):
    page = page_of(made_once(kind, tmp_path_factory), size)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    found = axe.Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], "resultTypes": ["violations"]}
    )
    assert found.violations_count == 0, found.generate_report()
    assert len(found.response["passes"]) > 20  # it did look


@pytest.mark.parametrize("kind", ["map", "sample"])
def test_on_paper_the_charts_of_a_sweep_fit(page_of, tmp_path_factory, kind):
    page = page_of(made_once(kind, tmp_path_factory))
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 960})
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.wait_for_timeout(300)
    widest = page.evaluate("Math.max(...[...document.querySelectorAll('.main-svg')].map(one => one.getBoundingClientRect().right))")
    assert widest <= 681
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("which", ["comparison", "staffing", "out_of_reach"])
def test_nothing_is_wider_than_the_screen(page_of, request, which, size):
    page = page_of(request.getfixturevalue(which), size)
    assert too_wide_for(page, SIZES[size][0]) == []


@pytest.mark.parametrize(
    ("which", "size"),
    [("comparison", "desk"), ("comparison", "phone"), ("single", "phone"), ("staffing", "desk"), ("out_of_reach", "phone")],
)
def test_an_automatic_checker_finds_no_accessibility_fault(page_of, request, which, size):
    page = page_of(request.getfixturevalue(which), size)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    # the policy lets no foreign script in: the checker is brought in by the browser itself
    found = axe.Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], "resultTypes": ["violations"]}
    )
    assert found.violations_count == 0, found.generate_report()
    assert len(found.response["passes"]) > 20  # it did look


def test_it_can_be_used_from_the_keyboard(page_of, comparison):  # noqa: F811
    page = page_of(comparison)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the answer"
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details").first.get_attribute("open") is not None


def test_without_scripts_every_chart_has_its_numbers(browser, comparison):  # noqa: F811
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto((comparison / "report.html").resolve().as_uri())
    assert page.locator("noscript").inner_text() == "Charts need JavaScript; all their numbers are in the tables."
    sections = page.locator("section:has(figure)")
    assert sections.count() == 6
    for place in range(sections.count()):
        assert sections.nth(place).locator("table").count() > 0
    context.close()


def test_on_paper_charts_fit_and_folded_tables_are_open(page_of, comparison):  # noqa: F811
    page = page_of(comparison)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 960})
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.wait_for_timeout(300)
    assert page.evaluate("[...document.querySelectorAll('details:not(.long)')].every(one => one.open)")
    widest = page.evaluate("Math.max(...[...document.querySelectorAll('.main-svg')].map(one => one.getBoundingClientRect().right))")
    assert widest <= 681
    paper = page.pdf(prefer_css_page_size=True)
    assert paper.startswith(b"%PDF")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert not page.evaluate("[...document.querySelectorAll('details')].some(one => one.open)")


def test_hostile_titles_stay_words(page_of, tmp_path):
    variant = tmp_path / "hostile.yaml"
    quoted = HOSTILE.replace("'", "''")
    turned = quoted.replace("\u202e", "")  # a title may not hold it, a reason may
    variant.write_text(
        f"title: '{turned}'\nquestion: '{quoted}'\nextends: oxford_before\noffice:\n  coaches: {{value: 21, why: '{quoted}'}}\n",
        encoding="utf-8",
    )
    folder = made(tmp_path / "out", ["oxford_before", str(variant)], runs=3, responses=False)
    page = page_of(folder)
    assert [one for one in page.heard if not one.startswith("request: file:")] == []
    assert "<script>alert(1)</script>" in page.locator("main").inner_text()
    assert "\\u202e {{7*7}}" in page.locator("main").inner_text()
    assert page.evaluate("[...document.querySelectorAll('b')].filter(one => one.textContent === 'bold').length") == 0
    assert page.evaluate("document.querySelectorAll('script').length") == 3
