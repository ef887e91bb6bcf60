"""Which room imports which, read from the imports themselves, and a picture of it.

    python tests/rooms.py           # draws lessons/pictures/rooms.svg again

A room is a folder or a file right under ``minigrad/``. An import counts wherever it stands: at the top of a
file, inside a function, or only for the type checker.
"""
from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "lessons" / "pictures" / "rooms.svg"
APART = {"__init__", "__main__"}        # the front door opens every room


def modules() -> dict[str, Path]:
    """Every module of minigrad by its dotted name: "ops.shape", "ops" for a room's ``__init__``."""
    package = ROOT / "minigrad"
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = list(path.relative_to(package).with_suffix("").parts)
        if parts[-1] == "__init__" and len(parts) > 1:
            parts.pop()
        found[".".join(parts)] = path
    return found


def imports_of(name: str, path: Path, known: dict[str, Path]) -> set[str]:
    """The modules of minigrad that one module imports, as dotted names; not itself."""
    found = set()
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    if name == "__init__":
        package = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[:len(package) - node.level + 1]
            base += node.module.split(".") if node.module else []
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "minigrad":
            base = (node.module or "").split(".")[1:]
        else:
            continue
        for alias in node.names:
            longest = ".".join([*base, alias.name])
            target = longest if longest in known else ".".join(base)
            found.add(target or "__init__")
    return found - {name}


def all_imports() -> dict[str, set[str]]:
    """For each module the modules that it imports."""
    known = modules()
    return {name: imports_of(name, path, known) for name, path in known.items()}


def room_of(module: str) -> str:
    """"ops" for "ops.shape"."""
    return module.partition(".")[0]


def rooms() -> dict[str, set[str]]:
    """For each room the rooms it imports from."""
    found: dict[str, set[str]] = {}
    for module, targets in all_imports().items():
        room = room_of(module)
        if room not in APART:
            found.setdefault(room, set()).update(room_of(target) for target in targets)
    return {room: targets - {room} - APART for room, targets in found.items()}


def floors(graph: dict[str, set[str]]) -> list[list[str]]:
    """Rooms by floor: those that import nothing first, then each room above all that it imports."""
    height: dict[str, int] = {}
    while len(height) < len(graph):
        ready = [room for room in graph if room not in height and graph[room] <= height.keys()]
        if not ready:
            raise ValueError(f"a circle among {sorted(set(graph) - set(height))}")
        height |= {room: 1 + max((height[t] for t in graph[room]), default=-1) for room in ready}
    return [sorted(room for room in height if height[room] == floor)
            for floor in range(max(height.values()) + 1)]


def direct(graph: dict[str, set[str]]) -> set[tuple[str, str]]:
    """The imports that a longer way does not already imply: what the picture draws."""
    def reachable(room: str) -> set[str]:
        return graph[room].union(*(reachable(target) for target in graph[room]))
    return {(room, target) for room in graph for target in graph[room]
            if not any(target in reachable(other) for other in graph[room] - {target})}


def drawn(graph: dict[str, set[str]]) -> str:
    """The picture as SVG: a room may use those below it that a line leads to, and whatever these use."""
    width, height, row, line = 92, 30, 64, 720
    place: dict[str, tuple[float, float]] = {}
    levels = floors(graph)
    for floor, names in enumerate(levels):
        step = line / len(names)
        for i, name in enumerate(names):
            place[name] = (step * (i + 0.5), 24 + row * (len(levels) - 1 - floor))
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {line} {row * len(levels)}" '
             'font-family="sans-serif" font-size="13">',
             f'<rect width="{line}" height="{row * len(levels)}" fill="#fff"/>']
    for room, target in sorted(direct(graph)):
        (x1, y1), (x2, y2) = place[room], place[target]
        y1, y2 = y1 + height / 2, y2 - height / 2
        middle = (y1 + y2) / 2
        parts.append(f'<path d="M{x1:.0f} {y1:.0f} C{x1:.0f} {middle:.0f} {x2:.0f} {middle:.0f} '
                     f'{x2:.0f} {y2:.0f}" fill="none" stroke="#9ab" stroke-width="1.3"/>')
    for room, (x, y) in sorted(place.items()):
        parts.append(f'<rect x="{x - width / 2:.0f}" y="{y - height / 2:.0f}" width="{width}" '
                     f'height="{height}" rx="5" fill="#eef4fa" stroke="#468"/>')
        parts.append(f'<text x="{x:.0f}" y="{y + 4.5:.0f}" text-anchor="middle" fill="#123">{room}</text>')
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(drawn(rooms()), encoding="utf-8")
    print(PICTURE.relative_to(ROOT))
