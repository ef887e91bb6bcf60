// Plays the walk through the graph. Every step is drawn from scratch, so that going back is as simple as going on:
// a value is known from its forward step, a gradient is what has been added up by then.
"use strict";

const walk = JSON.parse(document.getElementById("walk").textContent);
const last = walk.steps.length - 1;
const seconds = 2.5;                                        // between two steps while playing
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
const narrow = window.matchMedia("(max-width: 800px)");     // as in page.css: a phone
const element = (id) => document.getElementById(id);
const svg = element("graph").querySelector("svg");
const size = [svg.viewBox.baseVal.width, svg.viewBox.baseVal.height];
let now = 0;
let timer = null;
let motion = null;
let zoom = null;                                            // null: as large as fits

function show(k) {
  now = Math.min(Math.max(k, 0), last);
  const step = walk.steps[now];
  walk.boxes.forEach((box, b) => showBox(box, b, step));
  for (const edge of svg.querySelectorAll(".edge")) {
    edge.classList.remove("forward", "backward");
  }
  for (const [from, to] of step.edges) {
    const edge = element(`edge-${from}-${to}`);
    edge.classList.add(step.phase);
    svg.insertBefore(edge, svg.querySelector(".box"));      // over the other lines, under the boxes
  }
  showFlow(step);
  showPanel(step);
  follow();
  element("at").value = now;
  element("count").textContent = `step ${now} of ${last}`;
  for (const [id, end] of [["first", 0], ["back", 0], ["next", last], ["last", last]]) {
    // The focused button stays enabled, or the keyboard would lose its place.
    element(id).disabled = now === end && document.activeElement !== element(id);
  }
  document.documentElement.dataset.step = now;
  try {
    history.replaceState(null, "", `#step=${now}`);
  } catch (error) {                                         // some browsers refuse this for local files
    document.documentElement.dataset.unsaved = "";
  }
}

function showBox(box, b, step) {
  const group = element(`box-${b}`);
  group.classList.toggle("known", box.known <= now);
  for (const phase of ["forward", "backward"]) {
    group.classList.toggle(phase, step.phase === phase && step.boxes.includes(b));
  }
  const reached = box.gradients.filter(([at]) => at <= now).pop();
  const lines = reached ? reached[1] : [];
  group.querySelectorAll(".grad").forEach((text, i) => { text.textContent = lines[i] || ""; });
}

// What an operation passes to its input travels along the arrow, against its direction.
function showFlow(step) {
  const flow = element("flow");
  cancelAnimationFrame(motion);
  flow.toggleAttribute("hidden", !step.flow);
  if (!step.flow) return;
  const [[from, to]] = step.edges;
  const path = element(`edge-${from}-${to}`);
  const text = flow.querySelector("text");
  text.textContent = step.flow;
  const box = text.getBBox();
  const rect = flow.querySelector("rect");
  rect.setAttribute("x", box.x - 8);
  rect.setAttribute("width", box.width + 16);
  const length = path.getTotalLength();
  const place = (share) => {
    const point = path.getPointAtLength(length * (1 - share));
    flow.setAttribute("transform", `translate(${point.x} ${point.y})`);
  };
  if (calm.matches || !timer) return place(0.5);
  const start = performance.now();
  const move = (time) => {
    const share = Math.min((time - start) / 900, 1);
    place(0.5 * share);
    if (share < 1) motion = requestAnimationFrame(move);
  };
  move(start);
}

function showPanel(step) {
  element("panel").dataset.phase = step.phase;
  element("phase").textContent = step.title;
  element("head-line").textContent = step.head;
  element("code").textContent = step.code;
  const rows = element("rows");
  rows.replaceChildren();
  for (const [label, text] of step.rows) {
    const dt = document.createElement("dt");
    const dd = document.createElement("dd");
    dt.textContent = label;
    dd.textContent = text;
    rows.append(dt, dd);
  }
  element("say").textContent = step.say;
}

// The graph at its size, scrolled to the boxes of this step.
function follow() {
  fit();
  const boxes = walk.steps[now].boxes.map((b) => element(`box-${b}`).getBoundingClientRect());
  if (!boxes.length) return;
  const frame = element("graph").getBoundingClientRect();
  const left = Math.min(...boxes.map((box) => box.left)) - 10;
  const right = Math.max(...boxes.map((box) => box.right)) + 10;
  const top = Math.min(...boxes.map((box) => box.top)) - 10;
  const bottom = Math.max(...boxes.map((box) => box.bottom)) + 10;
  element("graph").scrollBy({
    left: left < frame.left || right > frame.right ? (left + right - frame.left - frame.right) / 2 : 0,
    top: top < frame.top || bottom > frame.bottom ? (top + bottom - frame.top - frame.bottom) / 2 : 0,
    behavior: timer && !calm.matches ? "smooth" : "instant",
  });
}

function play(on) {
  clearInterval(timer);
  timer = on ? setInterval(() => (now < last ? show(now + 1) : play(false)), seconds * 1000) : null;
  element("play").textContent = on ? "Pause" : "Play";
  if (on) show(now < last ? now + 1 : 0);
}

function go(k) {
  play(false);
  show(k);
}

function fit() {
  const frame = element("graph");
  const whole = Math.min((frame.clientWidth - 24) / size[0], (frame.clientHeight - 24) / size[1]);
  const readable = Math.min(Math.max(whole, narrow.matches ? 0.7 : 1.1), 2);
  const start = narrow.matches && now === 0;
  const scale = zoom === 0 || zoom === null && start ? whole : zoom === null ? readable : zoom;
  svg.setAttribute("width", size[0] * scale);
  svg.setAttribute("height", size[1] * scale);
  return scale;
}

function zoomBy(factor) {
  zoom = Math.min(Math.max(fit() * factor, 0.1), 4);
  follow();
}

const keys = {
  ArrowRight: () => go(now + 1), ArrowLeft: () => go(now - 1), Home: () => go(0), End: () => go(last),
  " ": () => play(!timer), "+": () => zoomBy(1.25), "-": () => zoomBy(0.8),
};

document.addEventListener("keydown", (event) => {
  const native = event.target.matches("input") || (event.key === " " && event.target.matches("button, summary"));
  if (native || event.ctrlKey || event.altKey || event.metaKey || !(event.key in keys)) return;
  event.preventDefault();
  keys[event.key]();
});
element("first").addEventListener("click", () => go(0));
element("back").addEventListener("click", () => go(now - 1));
element("next").addEventListener("click", () => go(now + 1));
element("last").addEventListener("click", () => go(last));
element("play").addEventListener("click", () => play(!timer));
element("larger").addEventListener("click", () => zoomBy(1.25));
element("smaller").addEventListener("click", () => zoomBy(0.8));
element("whole").addEventListener("click", () => { zoom = 0; fit(); });
element("at").addEventListener("input", (event) => go(Number(event.target.value)));
window.addEventListener("resize", follow);

function fromAddress() {
  const found = /^#step=(\d+)$/.exec(location.hash);
  return found ? Number(found[1]) : 0;
}
window.addEventListener("hashchange", () => { if (fromAddress() !== now) go(fromAddress()); });
show(fromAddress());
