"""The web page: one file that needs nothing else, safe with any text, and played in a real browser.

The browser tests want a headless Chromium; each is skipped with the reason where there is none.
"""
from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pytest
from matplotlib.image import imread

import minigrad
from minigrad import nn
from minigrad.errors import DataError, DTypeError, GraphError
from minigrad.trace import page, steps
from minigrad.trace.speech import spoken

HOSTILE = "</script><img src=x>&\"'"          # as long as a name may be that stands in formulas


def leaf(value: Any) -> minigrad.Tensor:
    return minigrad.tensor(value, requires_grad=True)


def shared_node() -> minigrad.Tensor:
    x, y = leaf(2.0), leaf(3.0)
    loss = (x * y + x) ** 2
    loss.leaves = {"x": x, "y": y}              # type: ignore[attr-defined]
    return loss


def write(loss: minigrad.Tensor, path: Path, **options: Any) -> str:
    return page(loss, path, names=loss.leaves, **options).read_text(encoding="utf-8")  # type: ignore


class Tags(HTMLParser):
    """The elements of a page, each with its attributes; the text inside of each id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def data_of(text: str) -> Any:
    match = re.search(r'<script type="application/json" id="walk">(.*?)</script>', text)
    assert match
    return json.loads(match[1])


# ── the file ──────────────────────────────────────────────────────────────────────────────────────

def test_it_needs_nothing_else(tmp_path: Path) -> None:
    text = write(shared_node(), tmp_path / "page.html")
    tags = Tags(text)
    assert not [a for _, a in tags.found if "src" in a or (a.get("href") or "#")[0] != "#"]
    assert set(re.findall(r"https?://[^\s\"')]+", text)) == {"http://www.w3.org/2000/svg"}
    assert "@import" not in text and not re.findall(r"url\((?!#)", text)
    (policy,) = [m["content"] for m in tags.all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None and policy.startswith("default-src 'none'")


def test_its_steps_are_those_of_the_walk(tmp_path: Path) -> None:
    loss = shared_node()
    data = data_of(write(loss, tmp_path / "page.html"))
    told = list(steps(loss, names=loss.leaves))              # type: ignore[attr-defined]
    assert [s["phase"] for s in data["steps"]] == ["start"] + ["forward"] * 3 + ["backward"] * 6
    shown = [s for s in data["steps"] if s["rows"]]
    assert [s["head"] for s in shown] == [s.statement for s in told]
    assert [dict(s["rows"])["gradient"] for s in shown[3:]] == [
        f"{s.calculation} = {s.shown}" for s in told[3:]]
    assert shown[-2]["rows"] == [["upstream", "∂loss/∂a = 16"], ["derivative", "∂a/∂x = y = 3"],
                                 ["gradient", "x.grad = 16 + 16 · 3 = 64"],
                                 ["note", "x is used twice: the parts add up"]]
    assert shown[-2]["flow"] == "48" and shown[-2]["say"] == (
        "Backward, operation 1, a equals x times y. the derivative of loss by a equals 16. the derivative "
        "of a by x equals y equals 3. the gradient of x equals 16 + 16 times 3 equals 64. x is used twice: "
        "the parts add up.")
    assert data["boxes"][0]["gradients"] == [[7, ["grad 16"]], [8, ["grad 64"]]]


def test_whatever_a_name_holds_stays_text(tmp_path: Path) -> None:
    w = leaf(2.0)
    path = page(w * 3, tmp_path / "page.html", names={HOSTILE: w}, title=HOSTILE)
    text = path.read_text(encoding="utf-8")
    tags = Tags(text)
    assert tags.all("img") == [] and len(tags.all("script")) == 2
    assert HOSTILE not in text and "</script><" not in text
    assert data_of(text)["steps"][1]["head"] == f"loss = {HOSTILE} · 3"


def test_it_can_be_used_without_seeing_it(tmp_path: Path) -> None:
    text = write(shared_node(), tmp_path / "page.html")
    tags = Tags(text)
    assert tags.all("html")[0]["lang"] == "en"
    (svg,) = tags.all("svg")
    assert svg["role"] == "img" and svg["aria-labelledby"] == "graph-title graph-text"
    assert "Leaves: x, y. a equals x times y. b equals a + x. loss equals b squared." in text
    assert [p for p in tags.all("p") if p.get("aria-live") == "polite" and p.get("role") == "status"]
    labels = re.findall(r"<button [^>]*>([^<]*)</button>", text)
    assert labels == ["First", "← Back", "Play", "Next →", "Last", "−", "fit", "+"]
    assert all(b.get("title") for b in tags.all("button"))
    assert tags.all("input")[0]["aria-label"] == "step"
    style = (Path(minigrad.__file__).parent / "trace" / "page.css").read_text(encoding="utf-8")
    assert ":focus-visible" in style and "prefers-reduced-motion" in text


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    full = color[1:] if len(color) == 7 else "".join(2 * c for c in color[1:])
    parts = [int(full[k:k + 2], 16) / 255 for k in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    high, low = sorted([luminance(a), luminance(b)], reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_colors_have_contrast() -> None:
    style = (Path(minigrad.__file__).parent / "trace" / "page.css").read_text(encoding="utf-8")
    texts = dict(re.findall(r"--(\w+): (#\w+)", style)) | {
        f"color {c}": c for c in re.findall(r"[^-]color: (#\w+)", style)}
    assert contrast("#000000", "#fff") == pytest.approx(21) and {"ink", "forward", "backward"} < set(texts)
    for name, color in texts.items():
        for ground in ["#fff"] + (["#e5f1f8"] if name in ("ink", "backward") else []):
            assert contrast(color, ground) >= 4.5, (name, ground)


def test_the_script_and_the_style_are_packaged() -> None:
    root = Path(__file__).resolve().parents[2]
    settings = configparser.ConfigParser()
    settings.read(root / "setup.cfg", encoding="utf-8")
    patterns = settings["options.package_data"]["minigrad"].split(", ")
    packaged = {p for pattern in patterns for p in (root / "minigrad").glob(pattern)}
    assert {root / "minigrad" / "trace" / name for name in ("page.js", "page.css")} <= packaged


def test_formulas_are_spoken() -> None:
    assert spoken("∂loss/∂w = xᵀ @ g") == "the derivative of loss by w equals x transposed matrix times g"
    assert spoken("(2, 3) mean 0.5, −1 … 2") == "(2, 3) mean 0.5, minus 1 to 2"


def test_large_graphs_and_bad_input_are_refused(tmp_path: Path) -> None:
    y = x = leaf(1.0)
    for _ in range(301):
        y = y + x
    with pytest.raises(GraphError, match=r"page: this graph has 301 operations; a page stays readable "
                                         r"up to 300\. Use a smaller case .* explain\(loss, limit=20\)"):
        page(y, tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(DTypeError, match="page: expected a Tensor"):
        page(3, tmp_path / "page.html")         # type: ignore[arg-type]
    with pytest.raises(GraphError, match="page: the gradient starts at a single number"):
        page(leaf([1.0, 2.0]) * 2, tmp_path / "page.html")
    (tmp_path / "file").touch()
    with pytest.raises(DataError):
        page(x * 2, tmp_path / "file" / "page.html")


# ── in a browser ──────────────────────────────────────────────────────────────────────────────────

Browser = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    """Runs a headless Chromium on an address; skips where there is none that starts."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    program = next((found for name in names if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip(f"no Chromium on this machine (looked for {', '.join(names)})")
    profile = tmp_path_factory.mktemp("chromium")

    def run(address: str, *flags: str) -> subprocess.CompletedProcess[str]:
        assert program is not None
        return subprocess.run(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--hide-scrollbars", f"--user-data-dir={profile}", "--window-size=1280,720",
             "--virtual-time-budget=3000", "--enable-logging=stderr", *flags, address],
            capture_output=True, encoding="utf-8", errors="replace", timeout=180)
    try:
        done = run("data:text/html,<p id=a>started</p>", "--dump-dom")
    except subprocess.TimeoutExpired:
        pytest.skip(f"{program} does not come to an end")
    if "started" not in done.stdout:
        pytest.skip(f"{program} does not start here: {done.stderr[-300:]}")
    return run


def complaints(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What the page wrote to the browser's console: an error, as a rule."""
    return [line for line in done.stderr.splitlines() if "CONSOLE" in line]


# Presses keys and buttons, and writes down after each what the page shows.
DRIVER = """<script>
const log = [];
function note(what) {
  const classes = (selector) => [...document.querySelectorAll(selector)].map((e) => e.id);
  log.push({
    what, step: document.documentElement.dataset.step, hash: location.hash,
    known: classes(".box.known"), boxes: classes(".box.forward, .box.backward"),
    edges: classes(".edge.forward, .edge.backward"),
    visible: [...document.querySelectorAll(".value")]
      .filter((e) => getComputedStyle(e).visibility === "visible").map((e) => e.textContent),
    grads: [...document.querySelectorAll(".box")].map((b) => b.querySelector(".grad").textContent),
    flow: document.getElementById("flow").hasAttribute("hidden") ? ""
      : document.querySelector("#flow text").textContent,
    head: document.getElementById("head-line").textContent, say: document.getElementById("say").textContent,
    rows: [...document.querySelectorAll("#rows dd")].map((e) => e.textContent),
    code: document.getElementById("code").textContent, phase: document.getElementById("panel").dataset.phase,
    play: document.getElementById("play").textContent, at: document.getElementById("at").value,
    disabled: classes("button:disabled"), width: document.querySelector("svg").getAttribute("width"),
  });
}
const press = (key) => {
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  note(key);
};
const click = (id) => { document.getElementById(id).click(); note(id); };
note("load");
for (let k = 0; k < 10; k++) press("ArrowRight");
for (const key of ["ArrowLeft", "Home", "ArrowLeft", "End", "Home", " ", " ", "x"]) press(key);
for (const id of ["next", "next", "back", "last", "first", "larger", "smaller", "whole"]) click(id);
const at = document.getElementById("at");
at.value = 7;
at.dispatchEvent(new Event("input"));
note("slider");
const out = document.createElement("pre");
out.id = "log";
out.textContent = JSON.stringify(log).replaceAll("<", "\\\\u003c");
document.body.append(out);
</script></body>"""


def played(text: str, path: Path, browser: Browser) -> list[dict[str, Any]]:
    path.write_text(text.replace("</body>", DRIVER), encoding="utf-8")
    done = browser(path.as_uri(), "--dump-dom")
    assert complaints(done) == []
    match = re.search(r'<pre id="log">(.*?)</pre>', done.stdout, re.DOTALL)
    assert match, done.stdout[-2000:]
    return json.loads(match[1].replace("&amp;", "&").replace("&gt;", ">").replace("&lt;", "<"))


def test_every_step_changes_what_it_should(tmp_path: Path, browser: Browser) -> None:
    loss = shared_node()
    text = write(loss, tmp_path / "page.html")
    told = list(steps(loss, names=loss.leaves))              # type: ignore[attr-defined]
    log = played(text, tmp_path / "driven.html", browser)
    states, rest = log[:10], log[10:]
    assert [s["step"] for s in states] == [str(k) for k in range(10)] == [s["at"] for s in states]
    assert [s["hash"] for s in states] == [f"#step={k}" for k in range(10)]
    assert [s["phase"] for s in states] == ["start"] + ["forward"] * 3 + ["backward"] * 6
    x, y, a, b, root = (f"box-{k}" for k in range(5))
    assert [s["known"] for s in states[:5]] == [[x, y], [x, y, a], [x, y, a, b], [x, y, a, b, root]] + [
        [x, y, a, b, root]]
    assert [s["visible"] for s in states[:4]] == [["2", "3"], ["2", "3", "6"], ["2", "3", "6", "8"],
                                                  ["2", "3", "6", "8", "64"]]
    assert [s["boxes"] for s in states] == [[], [a], [b], [root], [root], [b, root], [a, b], [x, b], [x, a],
                                            [y, a]]
    assert [sorted(s["edges"]) for s in states] == [
        [], ["edge-0-2", "edge-1-2"], ["edge-0-3", "edge-2-3"], ["edge-3-4"], [], ["edge-3-4"], ["edge-2-3"],
        ["edge-0-3"], ["edge-0-2"], ["edge-1-2"]]
    assert [s["flow"] for s in states] == ["", "", "", "", "", "16", "16", "16", "48", "32"]
    assert [s["grads"] for s in states[3:]] == [
        [""] * 5, ["", "", "", "", "grad 1"], ["", "", "", "grad 16", "grad 1"],
        ["", "", "grad 16", "grad 16", "grad 1"], ["grad 16", "", "grad 16", "grad 16", "grad 1"],
        ["grad 64", "", "grad 16", "grad 16", "grad 1"],
        ["grad 64", "grad 32", "grad 16", "grad 16", "grad 1"]]
    assert [s["head"] for s in states if s["rows"]] == [s.statement for s in told]
    assert [s["rows"][1] for s in states[5:]] == [s.derivative for s in told[3:]]
    assert len({s["say"] for s in states}) == 10 and all("test_trace_page.py:" in s["code"]
                                                         for s in states if s["rows"])
    assert states[0]["disabled"] == ["first", "back"] and states[9]["disabled"] == ["next", "last"]
    # The right arrow at the end stays there; then the other keys, the buttons and the slider.
    assert [(s["what"], s["step"]) for s in rest] == [
        ("ArrowRight", "9"), ("ArrowLeft", "8"), ("Home", "0"), ("ArrowLeft", "0"), ("End", "9"),
        ("Home", "0"), (" ", "1"), (" ", "1"), ("x", "1"), ("next", "2"), ("next", "3"), ("back", "2"),
        ("last", "9"), ("first", "0"), ("larger", "0"), ("smaller", "0"), ("whole", "0"), ("slider", "7")]
    shown = ("known", "boxes", "edges", "grads", "rows", "flow", "visible")
    for back in rest:                           # going back shows what was there before
        assert {k: back[k] for k in shown} == {k: states[int(back["step"])][k] for k in shown}
    assert [s["play"] for s in rest if s["what"] == " "] == ["Pause", "Play"]
    width = {s["what"]: float(s["width"]) for s in rest}
    assert width["smaller"] < width["larger"]


def test_a_picture_is_not_empty(tmp_path: Path, browser: Browser) -> None:
    minigrad.manual_seed(0)
    net, data = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)), minigrad.ones(4, 2)
    loss = net(data).square().mean()
    path = page(loss, tmp_path / "page.html")
    counts = {}
    for step in (0, 12):
        picture = tmp_path / f"{step}.png"
        done = browser(f"{path.as_uri()}#step={step}", f"--screenshot={picture}")
        assert complaints(done) == []
        pixels = imread(picture)[..., :3]
        assert pixels.shape[:2] == (720, 1280)
        ink = (np.abs(pixels * 255 - (0xa8, 0x4a, 0)) < 12).all(-1)
        counts[step] = (len(np.unique(pixels[..., 0])), int(ink.sum()))
    assert counts[0][0] > 20 and counts[12][0] > 20         # not an empty page
    assert counts[0][1] == 0 and counts[12][1] > 1000       # the color of gradients, backward only


def test_motion_is_left_out_where_it_is_not_wanted(tmp_path: Path, browser: Browser) -> None:
    text = write(shared_node(), tmp_path / "page.html")
    driver = """<script>
document.getElementById("play").click();
for (let k = 0; k < 4; k++) show(now + 1);
const path = document.getElementById("edge-3-4");
const middle = path.getPointAtLength(path.getTotalLength() / 2);
document.body.dataset.moved = document.getElementById("flow").getAttribute("transform") !==
  `translate(${middle.x} ${middle.y})`;
play(false);
</script></body>"""
    (tmp_path / "driven.html").write_text(text.replace("</body>", driver), encoding="utf-8")
    found = []
    for flags in ([], ["--force-prefers-reduced-motion"]):
        done = browser((tmp_path / "driven.html").as_uri(), "--dump-dom", *flags)
        assert complaints(done) == []
        found += re.findall(r'data-moved="(\w+)"', done.stdout)
    assert found == ["true", "false"]


def test_on_a_phone_the_graph_keeps_its_height_and_begins_whole(tmp_path: Path, browser: Browser) -> None:
    minigrad.manual_seed(0)
    net, target = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2)), minigrad.ones(1, 2)
    loss = (net(minigrad.ones(1, 2)) - target).square().mean()
    driver = """<script>
const sizes = [];
for (let k = 0; k <= last; k++) {
  show(k);
  const frame = element("graph"), shown = frame.getBoundingClientRect();
  const boxes = walk.steps[k].boxes.map((b) => element(`box-${b}`).getBoundingClientRect());
  sizes.push({ height: shown.height / innerHeight, whole: frame.scrollWidth <= frame.clientWidth,
    below: element("panel").getBoundingClientRect().top >= shown.bottom,
    wide: document.documentElement.scrollWidth > innerWidth, phone: innerWidth <= 800,
    letters: 16 * svg.getAttribute("width") / size[0],
    seen: boxes.every((b) => b.left >= shown.left && b.right <= shown.right) });
}
document.body.dataset.sizes = JSON.stringify(sizes);
</script></body>"""
    text = page(loss, tmp_path / "page.html").read_text(encoding="utf-8")
    (tmp_path / "driven.html").write_text(text.replace("</body>", driver), encoding="utf-8")
    done = browser((tmp_path / "driven.html").as_uri(), "--dump-dom", "--window-size=390,844")
    assert complaints(done) == []
    (found,) = re.findall(r'data-sizes="(.*?)"', done.stdout)
    sizes = json.loads(found.replace("&quot;", '"'))
    assert all(s["phone"] and s["below"] and not s["wide"] and s["height"] >= 0.449 for s in sizes)
    assert sizes[0]["whole"] and all(s["letters"] >= 11 and s["seen"] for s in sizes[1:])


def test_an_address_opens_its_step_and_hostile_names_do_nothing(tmp_path: Path, browser: Browser) -> None:
    w = leaf(2.0)
    page(w * 3, tmp_path / "page.html", names={HOSTILE: w}, title=HOSTILE)
    done = browser(f"{(tmp_path / 'page.html').as_uri()}#step=1", "--dump-dom")
    assert complaints(done) == [] and "<img" not in done.stdout and 'data-step="1"' in done.stdout
    assert "loss = &lt;/script&gt;&lt;img src=x&gt;" in done.stdout


def test_an_error_on_the_console_would_be_seen(tmp_path: Path, browser: Browser) -> None:
    text = write(shared_node(), tmp_path / "page.html")
    (tmp_path / "broken.html").write_text(text.replace("show(fromAddress());", "show(missing);"),
                                          encoding="utf-8")
    assert complaints(browser((tmp_path / "broken.html").as_uri(), "--dump-dom"))
