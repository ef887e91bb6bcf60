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
let size = [svg.viewBox.baseVal.width, svg.viewBox.baseVal.height];
let plan = walk.plans[0];
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
  const [, lines = [], map = null] = box.gradients.filter(([at]) => at <= now).pop() || [];
  group.querySelectorAll("text.grad").forEach((text, i) => { text.textContent = lines[i] || ""; });
  const image = group.querySelector(".grad.map");
  if (image && map) image.setAttribute("href", map);
  else if (image) image.removeAttribute("href");
}

// The plan of the boxes that comes out larger in this window.
function arrange() {
  const fits = (candidate) => scaleOf(candidate.size);
  plan = walk.plans.reduce((best, other) => (fits(other) > fits(best) ? other : best));
  size = plan.size;
  svg.setAttribute("viewBox", `0 0 ${size[0]} ${size[1]}`);
  plan.boxes.forEach(([x, y], b) => element(`box-${b}`).setAttribute("transform", `translate(${x} ${y})`));
  for (const [name, path] of Object.entries(plan.edges)) element(`edge-${name}`).setAttribute("d", path);
}

function scaleOf([width, height]) {
  const frame = element("graph");
  return Math.min((frame.clientWidth - 24) / width, (frame.clientHeight - 24) / height);
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
  const covers = (share) => {                               // whether it would lie over a box there
    const point = path.getPointAtLength(length * (1 - share));
    return plan.boxes.some(([x, y], b) => {
      const around = element(`box-${b}`).querySelector("rect");
      return Math.abs(x - point.x) < (box.width + 22 + around.width.baseVal.value) / 2
        && Math.abs(y - point.y) < (32 + around.height.baseVal.value) / 2;
    });
  };
  const ways = Array.from({ length: 41 }, (_, i) => 0.5 + (i % 2 ? 1 : -1) * Math.ceil(i / 2) * 0.024);
  const end = ways.find((share) => !covers(share)) ?? 0.5;  // near the middle
  if (calm.matches || !timer) return place(end);
  const start = performance.now();
  const move = (time) => {
    const share = Math.min((time - start) / 900, 1);
    place(end * share);
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
  element("maps").replaceChildren(...(step.maps || []).map(showMap));
}

// A heat map with its caption; the numbers are written into a small one, and a window is framed.
function showMap({ caption, image, size: [rows, columns], window: frame, numbers }) {
  const draw = (name, attributes, text = "") => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  };
  const picture = draw("svg", { class: "of-numbers", viewBox: `0 0 ${columns} ${rows}` });
  picture.append(draw("image", { href: image, width: columns, height: rows }));
  numbers.forEach((row, i) => row.forEach((number, j) => {
    const letters = Math.min(0.3, 1.5 / number.length);     // so that it stays in its square
    picture.append(draw("text", { x: j + 0.5, y: i + 0.5, style: `font-size: ${letters}px` }, number));
  }));
  if (frame) {
    const [y, x, height, width] = frame;
    picture.append(draw("rect", { x, y, width, height }));
  }
  const figure = document.createElement("figure");
  const words = document.createElement("figcaption");
  words.textContent = caption;
  figure.append(picture, words);
  return figure;
}

// The graph at its size, scrolled to the boxes of this step, and to what leads there if that fits, too.
function follow() {
  fit();
  const step = walk.steps[now];
  const frame = element("graph").getBoundingClientRect();
  const around = (numbers) => {
    const boxes = numbers.map((b) => element(`box-${b}`).getBoundingClientRect());
    const least = (side) => Math.min(...boxes.map((box) => box[side])) - 10;
    const most = (side) => Math.max(...boxes.map((box) => box[side])) + 10;
    return { left: least("left"), right: most("right"), top: least("top"), bottom: most("bottom") };
  };
  const fits = (area) => area.right - area.left <= frame.width && area.bottom - area.top <= frame.height;
  if (!step.boxes.length) return;
  let area = around([...step.boxes, ...step.edges.flat()]);
  if (!fits(area)) area = around(step.boxes);
  if (!fits(area)) area = around(step.boxes.slice(-1));
  element("graph").scrollBy({
    left: area.left < frame.left || area.right > frame.right
      ? (area.left + area.right - frame.left - frame.right) / 2 : 0,
    top: area.top < frame.top || area.bottom > frame.bottom
      ? (area.top + area.bottom - frame.top - frame.bottom) / 2 : 0,
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
  const whole = scaleOf(size);
  const readable = Math.min(Math.max(whole, narrow.matches ? 0.7 : 0.85), 2);
  const scale = zoom === 0 || zoom === null && now === 0 ? Math.min(whole, 2) : zoom === null ? readable : zoom;
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
window.addEventListener("resize", () => { arrange(); show(now); });

function fromAddress() {
  const found = /^#step=(\d+)$/.exec(location.hash);
  return found ? Number(found[1]) : 0;
}
window.addEventListener("hashchange", () => { if (fromAddress() !== now) go(fromAddress()); });
walk.boxes.forEach((box, b) => {
  if (box.map) element(`box-${b}`).querySelector(".value.map").setAttribute("href", box.map);
});
arrange();
show(fromAddress());
