// What is wider than the page scrolls: then it can be reached with the keyboard, too.
let wide = 0;
function reachable() {
  for (const box of document.querySelectorAll("pre, .formula, .table-wrapper, .map")) {
    if (box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0;
      if (!box.hasAttribute("role")) {
        box.setAttribute("role", "region");
        box.setAttribute("aria-label", `wide content ${++wide}, scrolls`);
      }
    }
  }
}
// The theme's two side columns get names, so that they can be told apart.
for (const [part, name] of [[".sidebar-drawer", "All pages"], [".toc-drawer", "On this page"]]) {
  document.addEventListener("DOMContentLoaded", () => document.querySelector(part)?.setAttribute("aria-label", name));
}
// On paper nothing is folded.
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((each) => { each.open = true; }));
addEventListener("load", reachable);
addEventListener("resize", reachable);
