"""What the book adds to Sphinx: the sources as pages, a language for each page, formulas that scroll."""
from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from sphinx.application import Sphinx

from lessons.reference.names import ROOT, public_names

SOURCE = "source/"


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("html-page-context", context, priority=900)        # after the theme
    app.connect("html-collect-pages", source_pages)
    app.add_js_file("site.js")
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def context(app: Sphinx, page: str, template: str, values: dict[str, Any], tree: Any) -> None:
    """The language of a page, and what screen readers need that the theme leaves out."""
    if page.startswith("zh/"):
        values["language"] = "zh-CN"
    if values.get("furo_navigation_tree") and page.startswith(("reference/minigrad.", SOURCE, "teaching/")):
        values["furo_navigation_tree"] = short_tree(values["pathto"])
    for key, old, new in (
        ("body", '<summary aria-label="Toggle hidden content">', "<summary>"),
        ("furo_navigation_tree", 'role="heading"', 'role="heading" aria-level="2"'),
    ):
        if isinstance(values.get(key), str):
            values[key] = values[key].replace(old, new)


def short_tree(pathto: Any) -> str:
    """The sidebar of pages of which there are hundreds: with all entries it would be most of each page."""
    pages = {"lessons/index": "The lessons", "exercises/index": "The exercises",
             "reference/index": "Reference", "teaching/index": "Notes for teachers", "zh/index": "中文"}
    links = "".join(
        f'<li class="toctree-l1"><a class="reference" href="{pathto(page)}">{title}</a></li>'
        for page, title in pages.items())
    return f"<ul>{links}</ul>"


def files() -> list[str]:
    """The files that the reference links to, seen from the top."""
    return sorted({file for file, _ in (name.source() for name in public_names()) if file})


def source_pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """A page for each of these files, with an anchor for each line."""
    formatter = HtmlFormatter(linenos="inline", lineanchors="line", cssclass="highlight source")
    lexer = get_lexer_by_name("python")
    for file in files():
        text = Path(ROOT, file).read_text(encoding="utf-8")
        up = "../" * (file.count("/") + 1)
        body = (
            f'<h1>{file}</h1><p><a href="{up}reference/index.html">Reference</a></p>'
            f"{highlight(text, lexer, formatter)}"
        )
        yield (
            SOURCE + file.removesuffix(".py"),
            {
                "title": file,
                "body": body,
                "parents": [],
                "toc": "",
                "furo_hide_toc": True,
                "display_toc": False,
            },
            "page.html",
        )
