"""python -m lessons --site DIR: the lessons as a book, and the reference, as a website.

What Sphinx reads is generated into a temporary folder within DIR, and removed at the end. The pages ask
nothing of a network. A second run executes only the lessons that changed.
"""
from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from lessons.player.catalog import Lesson
from lessons.player.notebook import LessonStopped

HERE = Path(__file__).resolve().parent
MARK = (
    ".nojekyll"  # says on the host's pages that files are to be served as they are; here, that we made them
)
MISSING = 'The website is built by Sphinx and runs the lessons in Jupyter: pip install -e ".[site]".'

SETTINGS: dict[str, Any] = {
    "project": "minigrad",
    "author": "the authors of minigrad",
    "copyright": "the authors of minigrad, MIT license",
    "html_title": "minigrad",
    "language": "en",
    "extensions": ["myst_nb", "sphinx_copybutton", "lessons.site.extension"],
    "nb_execution_mode": "off",
    "nb_merge_streams": True,
    "nb_code_prompt_show": "Show the code of this cell",
    "nb_code_prompt_hide": "Hide the code",
    "myst_enable_extensions": ["colon_fence", "attrs_inline"],
    "myst_heading_anchors": 3,
    "html_theme": "furo",
    "html_css_files": ["site.css"],
    "html_theme_options": {"navigation_with_keys": False, "top_of_page_buttons": []},
    "pygments_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "html_copy_source": False,
    "html_show_sourcelink": False,
    "html_show_sphinx": False,
    "html_show_search_summary": False,  # it would fetch pages, which file:// does not allow
    "copybutton_prompt_text": r">>> |\.\.\. |\$ ",
    "copybutton_prompt_is_regexp": True,
    "html_static_path": [str(HERE / "theme"), "_static"],
    "exclude_patterns": ["_static", "_pictures", "files"],
    "html_domain_indices": False,
    "html_use_index": False,
    "html_baseurl": "",
}


def main(arguments: list[str]) -> int:
    """Build what ``arguments`` say; 1 when a lesson or the build fails, 2 when it cannot begin."""
    parser = argparse.ArgumentParser(
        prog="python -m lessons",
        description=__doc__,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--site", type=Path, required=True, metavar="DIR", help="the folder for the website"
    )
    parser.add_argument("--processes", type=int, default=2, metavar="N", help="lessons at a time (2)")
    options = parser.parse_args(arguments)
    try:
        import furo  # noqa: F401
        import myst_nb  # noqa: F401
        import sphinx_copybutton  # noqa: F401
    except ImportError as error:
        print(f"{MISSING} ({error})", file=sys.stderr)
        return 2
    from lessons.player.catalog import all_lessons

    return build(all_lessons(), options.site, options.processes)


def build(lessons: list[Lesson], folder: Path, processes: int) -> int:
    """The website of these lessons in ``folder``."""
    from .execute import executed
    from .sources import write_sources

    if not is_free(folder):
        print(
            f"--site {folder}: there are files of something else in it. Name another folder.",
            file=sys.stderr,
        )
        return 2
    try:
        folder.mkdir(parents=True, exist_ok=True)
        notebooks = executed(lessons, processes)
    except LessonStopped as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"--site {folder}: cannot write there: {error.strerror}.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix=".building-", dir=folder) as building:
        sources, made = Path(building, "sources"), Path(building, "website")
        write_sources(sources, lessons, notebooks)
        if sphinx(sources, made, processes):
            print("The website was not built; what was there is unchanged.", file=sys.stderr)
            return 1
        replace(folder, made)
    print(folder / "index.html")
    return 0


def sphinx(sources: Path, made: Path, processes: int) -> int:
    """Sphinx from ``sources`` into ``made``; a warning is an error."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    (sources / "conf.py").write_text(
        "from lessons.site.build import SETTINGS\nglobals().update(SETTINGS)\n"
    )
    with docutils_namespace(), patch_docutils(None):
        app = Sphinx(
            sources,
            sources,
            made,
            sources / ".doctrees",
            "html",
            status=None,
            warning=sys.stderr,
            warningiserror=True,
            parallel=processes,
        )
        app.build()
    return int(app.statuscode)


def is_free(folder: Path) -> bool:
    """Whether the website may be put there: nothing is in it, or an earlier website."""
    return not folder.is_dir() or (folder / MARK).exists() or not any(folder.iterdir())


def replace(folder: Path, made: Path) -> None:
    """Put the new website where the earlier one was."""
    for name in (".buildinfo", "objects.inv", ".doctrees"):
        (made / name).unlink(missing_ok=True)
    shutil.rmtree(made / "_sources", ignore_errors=True)
    (made / MARK).touch()
    for old in folder.iterdir():
        if old != made.parent:
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    for new in made.iterdir():
        new.rename(folder / new.name)
