"""The website as it was built: links, sizes, no request to anywhere, and its pages in a browser.

The environment variable MINIGRAD_SITE names its folder; .ci/run builds it first.
"""
from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from lessons.grading.catalog import EXERCISES
from lessons.player.catalog import all_lessons
from lessons.reference.names import public_names
from lessons.site import start
from lessons.site.chinese import in_full

SITE = Path(os.environ.get("MINIGRAD_SITE", "nowhere"))
pytestmark = pytest.mark.skipif(not (SITE / "index.html").exists(),
                                reason="MINIGRAD_SITE names no website; .ci/run site builds one")
LESSONS = all_lessons()


class Page(HTMLParser):
    """The links of a page, what it loads, and the places in it that links can lead to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.places: set[str] = set()
        self.unnamed: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        self.places |= {given[key] for key in ("id", "name") if key in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and given.get("rel") not in ("canonical", "next", "prev", "author"):
            self.loaded.append(given["href"])
        self.loaded += [given[key] for key in ("src", "data", "poster") if key in given]
        if tag == "img" and "alt" not in given or tag == "iframe" and not given.get("title"):
            self.unnamed.append(str(given))


@pytest.fixture(scope="module")
def pages() -> dict[Path, Page]:
    return {path.resolve(): Page(path) for path in SITE.rglob("*.html")}


def is_outside(link: str) -> bool:
    return bool(re.match(r"(https?:)?//", link))


def test_every_link_leads_somewhere(pages: dict[Path, Page]) -> None:
    broken = []
    for path, page in pages.items():
        for link in {*page.links, *page.loaded}:
            if is_outside(link) or re.match(r"(data|mailto|javascript):", link):
                continue
            file, _, place = unquote(link).partition("#")
            target = (path.parent / file.partition("?")[0]).resolve() if file else path
            if not target.is_file():
                broken.append(f"{path.relative_to(SITE.resolve())}: {link}")
            elif place and target in pages and place not in pages[target].places:
                broken.append(f"{path.relative_to(SITE.resolve())}: {link} has no such place")
    assert broken == []


def test_nothing_is_loaded_from_elsewhere(pages: dict[Path, Page]) -> None:
    assert len(pages) > 800
    for path, page in pages.items():
        assert not [link for link in page.loaded if is_outside(link)], path
    for path in SITE.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"@import|url\(\s*[\"']?(?:https?:)?//", text), path


def test_every_picture_and_frame_has_a_name(pages: dict[Path, Page]) -> None:
    assert [page.unnamed for page in pages.values() if page.unnamed] == []


def test_every_name_lesson_and_exercise_has_its_page() -> None:
    wanted = [f"reference/{name.path}.html" for name in public_names()]
    wanted += [f"lessons/{lesson.path.stem}.html" for lesson in LESSONS]
    wanted += [f"teaching/{lesson.path.stem}.html" for lesson in LESSONS]
    wanted += [f"exercises/{entry.file[:-3]}.html" for entry in EXERCISES]
    wanted += [f"zh/{lesson.path.stem}.html" for lesson in in_full(LESSONS)]
    assert [name for name in wanted if not (SITE / name).is_file()] == []


def test_every_lesson_shows_what_it_printed_and_drew() -> None:
    for lesson in LESSONS:
        text = (SITE / "lessons" / f"{lesson.path.stem}.html").read_text(encoding="utf-8")
        assert text.count("cell_output") >= 3, lesson.name
        assert re.search(r'<img alt="[^"]+" class="output', text) or 'class="output image_png"' in text \
            or "_images/" in text, lesson.name
        assert "Traceback (most recent" not in text


def test_numbers_on_the_start_page_are_those_in_the_results() -> None:
    for page in ("index.html", "zh/index.html"):
        text = unescape((SITE / page).read_text(encoding="utf-8"))
        for fact in start.facts():
            assert f"<strong>{fact.value}</strong>" in text and fact.date in text


def test_it_is_small() -> None:
    assert sum(path.stat().st_size for path in SITE.rglob("*") if path.is_file()) < 60_000_000


def test_a_search_finds_names_and_lessons() -> None:
    index = (SITE / "searchindex.js").read_text(encoding="utf-8")
    content = json.loads(index[len("Search.setIndex("):index.rindex(")")])
    for word, page in (("conv2d", "reference/minigrad.conv2d"), ("softmax", "lessons/10_softmax_loss")):
        hits = content["terms"].get(word, content["titleterms"].get(word))
        hits = [hits] if isinstance(hits, int) else hits
        titles = content["titleterms"].get(word, [])
        hits = hits + ([titles] if isinstance(titles, int) else titles)
        assert page in [content["docnames"][hit] for hit in hits]


BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
SEEN = ["index.html", "lessons/11_backpropagation.html", "reference/minigrad.conv2d.html", "zh/index.html",
        "search.html?q=gradient"]


@pytest.mark.skipif(BROWSER is None, reason="no chromium")
@pytest.mark.parametrize("page", SEEN)
def test_a_browser_without_a_network_has_nothing_to_complain_of(page: str, tmp_path: Path) -> None:
    assert BROWSER is not None
    address = (SITE.resolve() / page.partition("?")[0]).as_uri() + ("?" + page.partition("?")[2]).rstrip("?")
    done = subprocess.run([BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
                           "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={tmp_path}",
                           "--virtual-time-budget=5000", "--dump-dom", address],
                          capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert not [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert "</html>" in done.stdout
    if "search" in page:
        assert "lessons/01_tensors_and_gradients.html" in done.stdout
