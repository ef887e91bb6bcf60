"""The web page: one file that needs nothing else, safe with any text, and played in a real browser.

The browser tests want a headless Chromium; each is skipped with the reason where there is none.
"""
from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
from html import escape, unescape
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
from minigrad.trace.heat import ABOVE, BELOW, UNKNOWN
from minigrad.trace.speech import spoken
from minigrad.trace.wording import number

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


def test_colors_have_contrast_in_light_and_in_dark() -> None:
    style = (Path(minigrad.__file__).parent / "trace" / "page.css").read_text(encoding="utf-8")
    assert contrast("#000000", "#fff") == pytest.approx(21)
    light, dark = (dict(re.findall(r"--(\w+): (#\w+)", part)) for part in re.findall(
        r":root \{(.*?)\}", style, re.DOTALL))
    assert set(dark) == set(light) and luminance(dark["ground"]) < 0.05 < luminance(light["ground"])
    for colors in (light, dark):
        for name in ("ink", "faint", "forward", "backward", "off"):
            assert contrast(colors[name], colors["ground"]) >= 4.5, name
        for ground in ("leaf", "constant"):
            assert min(contrast(colors[name], colors[ground]) for name in ("ink", "backward")) >= 4.5, ground
        assert contrast(colors["line"], colors["ground"]) >= 3
    rest = re.sub(r":root \{.*?\}", "", style, flags=re.DOTALL)
    assert set(re.findall(r"#[0-9a-f]{3,6}\b", rest)) == {"#111111"}, "numbers on heat maps, light in both"


def test_numbers_on_heat_maps_have_contrast() -> None:
    for color in (ABOVE, BELOW, UNKNOWN):
        assert contrast("#111111", "#" + "".join(f"{c:02x}" for c in color)) >= 4.5


def test_the_script_and_the_style_are_packaged() -> None:
    root = Path(__file__).resolve().parents[2]
    settings = configparser.ConfigParser()
    settings.read(root / "setup.cfg", encoding="utf-8")
    patterns = settings["options.package_data"]["minigrad"].split(", ")
    packaged = {p for pattern in patterns for p in (root / "minigrad").glob(pattern)}
    assert {root / "minigrad" / "trace" / name for name in ("page.html", "page.js", "page.css")} <= packaged


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
  const boxes = walk.steps[k].boxes.slice(-1).map((b) => element(`box-${b}`).getBoundingClientRect());
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


# ── on screens of all sizes ───────────────────────────────────────────────────────────────────────

def formula() -> tuple[minigrad.Tensor, dict[str, minigrad.Tensor]]:
    return shared_node(), {}


def small_network() -> tuple[minigrad.Tensor, dict[str, minigrad.Tensor]]:
    net, x = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2)), minigrad.ones(1, 2)
    return (net(x) - minigrad.ones(1, 2)).square().mean(), {"x": x, **dict(net.named_parameters())}


def chain() -> tuple[minigrad.Tensor, dict[str, minigrad.Tensor]]:
    a = x = leaf(0.3)
    for k in range(15):
        a = (a * 1.1).tanh() if k % 2 else (a * 1.1).sin()
    return a, {"x": x}


def convolution() -> tuple[minigrad.Tensor, dict[str, minigrad.Tensor]]:
    image = minigrad.randn(2, 1, 8, 8)
    net = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(27, 4))
    loss = nn.functional.cross_entropy(net(image), minigrad.tensor([1, 3]))
    return loss, {"image": image, **dict(net.named_parameters())}


def attention() -> tuple[minigrad.Tensor, dict[str, minigrad.Tensor]]:
    x = minigrad.randn(4, 6)
    to_query, to_key, to_value = (minigrad.randn(6, 3, requires_grad=True) for _ in range(3))
    weights = (x @ to_query @ (x @ to_key).t() / 3 ** 0.5).softmax(-1)
    return ((weights @ (x @ to_value)) ** 2).mean(), {"Wq": to_query, "Wk": to_key, "Wv": to_value, "x": x}


def lstm() -> tuple[minigrad.Tensor, dict[str, minigrad.Tensor]]:
    x, h, c = minigrad.randn(1, 3), minigrad.randn(1, 4), minigrad.randn(1, 4)
    W, b = minigrad.randn(7, 16, requires_grad=True), minigrad.zeros(16, requires_grad=True)
    z = minigrad.cat([x, h], 1) @ W + b
    i, f, g, o = z[:, :4].sigmoid(), z[:, 4:8].sigmoid(), z[:, 8:12].tanh(), z[:, 12:].sigmoid()
    return ((o * (f * c + i * g).tanh()) ** 2).sum(), {"x": x, "h": h, "c": c, "W": W, "b": b}


GRAPHS = (formula, small_network, chain, convolution, attention, lstm)
SCREENS = ((390, 844), (1280, 720), (1920, 1080))

# Goes through all steps and measures; what is not as it should be is written down.
MEASURE = """<script>
const wrong = new Set();
const rect = (e) => e.getBoundingClientRect();
const within = (a, b, slack = 1) => a.left >= b.left - slack && a.right <= b.right + slack
  && a.top >= b.top - slack && a.bottom <= b.bottom + slack;
const apart = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1
  || b.bottom <= a.top + 1;
const seen = (e) => getComputedStyle(e).visibility === "visible" && e.textContent !== "";
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const check = (right, what) => { if (!right) wrong.add(`step ${now}: ${what}`); };
const pairs = (list, what) => list.forEach((a, i) => list.slice(i + 1).forEach(
  (b) => check(apart(rect(a), rect(b)), `${what} ${a.id || a.className} over ${b.id || b.className}`)));
for (let k = 0; k <= last; k++) {
  show(k);
  const frame = rect(element("graph")), boxes = all(".box");
  for (const box of boxes) {
    const edge = rect(box.querySelector("rect"));
    all("text", box).filter(seen).forEach((t) => check(within(rect(t), edge), `text ${t.textContent}`));
    all("image", box).forEach((i) => check(within(rect(i), edge), "heat map"));
    const maps = all("image", box).map(rect), texts = all("text", box).filter(seen).map(rect);
    maps.forEach((m) => texts.forEach((t) => check(apart(t, m), "text on a map")));
  }
  pairs(boxes, "");
  const flow = element("flow");
  if (!flow.hasAttribute("hidden")) {
    boxes.forEach((b) => check(apart(rect(flow.querySelector("rect")), rect(b)), `flow over ${b.id}`));
    check(within(rect(flow.querySelector("text")), rect(flow.querySelector("rect"))), "text of flow");
  }
  check(document.documentElement.scrollWidth <= innerWidth, "wider than the screen");
  const parts = [document.querySelector("header"), element("graph"), element("panel")].map(rect);
  check(parts[0].bottom <= parts[1].top + 1 && parts[1].bottom <= parts[2].top + 1, "parts overlap");
  if (innerWidth > 800) check(parts[2].bottom <= innerHeight + 1, "panel below the screen");
  const words = ["#phase", "#head-line", "#rows", "#code", ".zoom", "#maps"].map((s) => all(s)[0])
    .filter((e) => rect(e).height && rect(e).width);
  const figures = all("#maps figure"), headers = all("h1, .controls > *");
  [...words, ...figures].forEach((e) => check(within(rect(e), parts[2]), `${e.id} leaves the panel`));
  [words, figures, headers].forEach((list) => pairs(list, "words"));
  all("#maps svg").forEach((map) => all("text", map).forEach(
    (t) => check(within(rect(t), rect(map), 1.5), `number ${t.textContent}`)));
  all("button").forEach((e) => check(e.scrollWidth <= e.clientWidth + 1, `button ${e.id}`));
  if (k === 0) check(within(rect(svg), frame), "not whole at the start");
  const asked = walk.steps[k].boxes.slice(-1).map((b) => rect(element(`box-${b}`)));
  asked.forEach((b) => check(within(b, frame, 4), "out of sight"));
  check(k === 0 || 16 * svg.getAttribute("width") / size[0] >= 11, "too small to read");
}
parent.document.body.dataset[`wrong${innerWidth}`] = JSON.stringify([...wrong].slice(0, 20));
</script></body>"""


def measured(text: str, path: Path, browser: Browser) -> dict[int, list[str]]:
    """What is wrong with a page in frames of the sizes of these screens, by their width."""
    content = escape(text.replace("</body>", MEASURE))
    frames = "".join(f'<iframe width="{width}" height="{height}" srcdoc="{content}"></iframe>'
                     for width, height in SCREENS)
    style = "<style>iframe { border: 0 }</style>"
    path.write_text(f"<!DOCTYPE html><meta charset=utf-8>{style}<body>{frames}</body>", encoding="utf-8")
    done = browser(path.as_uri(), "--dump-dom")
    assert complaints(done) == []
    found = re.findall(r'data-wrong(\d+)="(.*?)"', done.stdout)
    return {int(width): json.loads(unescape(wrong)) for width, wrong in found}


@pytest.mark.parametrize("graph", GRAPHS, ids=lambda graph: graph.__name__)
def test_nothing_leaves_its_box_or_covers_another(graph: Callable[[], Any], tmp_path: Path,
                                                  browser: Browser) -> None:
    loss, names = graph()
    text = page(loss, tmp_path / "page.html", names=names).read_text(encoding="utf-8")
    assert measured(text, tmp_path / "frames.html", browser) == {width: [] for width, _ in SCREENS}


def test_what_overlaps_would_be_seen(tmp_path: Path, browser: Browser) -> None:
    loss, names = small_network()
    text = page(loss, tmp_path / "page.html", names=names).read_text(encoding="utf-8")
    breaks = """<script>
element("box-1").setAttribute("transform", element("box-0").getAttribute("transform"));
element("box-2").querySelector("text").textContent = "x".repeat(60);
</script></body>"""
    for found in measured(text.replace("</body>", breaks), tmp_path / "frames.html", browser).values():
        assert "step 0:  box-0 over box-1" in found and f"step 0: text {'x' * 60}" in found


def test_a_convolution_shows_its_filter_a_window_and_gradients(tmp_path: Path, browser: Browser) -> None:
    loss, names = convolution()
    text = page(loss, tmp_path / "page.html", names=names).read_text(encoding="utf-8")
    scenes = data_of(text)["steps"]
    image, window, kernel, product, result = scenes[1]["maps"]
    assert [[m["caption"] for m in scene["maps"]] for scene in scenes if "maps" in scene] == [
        ["image [0, 0]", "a window", "filter [0, 0]", product["caption"], "result [0, 0]"],
        ["arriving [0, 0]", "image [0, 0]", "filter's gradient [0, 0]"], ["arriving [0, 0]"]]
    x, w = names["image"].numpy()[0, 0], names["0.weight"].detach().numpy()[0, 0]
    top, left, height, width = image["window"]
    part = x[top:top + height, left:left + width].astype(float)
    assert window["numbers"] == [[number(v, 2) for v in row] for row in part.tolist()]
    assert kernel["numbers"] == [[number(v, 2) for v in row] for row in w.tolist()]
    assert product["caption"] == f"product, sum {number((part * w).sum(), 3)}"
    results = nn.functional.conv2d(names["image"], names["0.weight"])[0, 0].detach().numpy()
    assert results[tuple(result["window"][:2])] == pytest.approx((part * w).sum(), rel=1e-5)

    driver = """<script>
show(1);
document.body.dataset.forward = document.querySelectorAll("#maps image").length;
document.body.dataset.written = [...document.querySelectorAll("#maps text")].length;
document.body.dataset.gradients = document.querySelectorAll(".known .grad.map[href]").length;
show(last);
document.body.dataset.all = document.querySelectorAll(".known .grad.map[href]").length;
show(1);
document.body.dataset.again = document.querySelectorAll(".known .grad.map[href]").length;
</script></body>"""
    (tmp_path / "driven.html").write_text(text.replace("</body>", driver), encoding="utf-8")
    done = browser((tmp_path / "driven.html").as_uri(), "--dump-dom")
    assert complaints(done) == []
    found = {name: int(value) for name, value in re.findall(r'data-(\w+)="(\d+)"', done.stdout)}
    assert found["forward"] == 5 and found["written"] == 27
    assert found["gradients"] == found["again"] == 0 and found["all"] == 4


def test_a_dark_screen_gets_a_dark_page(tmp_path: Path, browser: Browser) -> None:
    path = page(convolution()[0], tmp_path / "page.html")
    shades = []
    for scheme in (1, 0):                       # light, dark
        picture = tmp_path / f"{scheme}.png"
        browser(f"{path.as_uri()}#step=9", f"--blink-settings=preferredColorScheme={scheme}",
                f"--screenshot={picture}")
        shades.append(float(np.median(imread(picture)[..., :3])))
    assert shades[0] > 0.95 and shades[1] < 0.15


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
