"""Pictures of graphs: what the boxes say, where they lie, and that nothing is changed by looking."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

import minigrad
from minigrad import nn
from minigrad.autograd import Function
from minigrad.errors import DTypeError, GraphError
from minigrad.trace import draw, layout
from minigrad.trace.draw import GAP, PAGE, TEXT
from minigrad.trace.fold import folded, oriented
from minigrad.trace.heat import BELOW, UNKNOWN, colors, table_of
from minigrad.trace.layout import layered


def leaf(value: object) -> minigrad.Tensor:
    return minigrad.tensor(value, requires_grad=True)


def boxes(figure: object) -> list[str]:
    """The lines of text of a picture."""
    return [text.get_text().replace("\u00a0", " ") for text in figure.axes[0].texts]    # type: ignore


class Cube(Function):
    def forward(self, x):
        self.save(x)
        return x * x * x

    def backward(self, g):
        (x,) = self.saved
        return g * 3 * x * x


def test_the_documents_expression_before_and_after_backward() -> None:
    x, y = leaf(2.0), leaf(3.0)
    loss = (x * y + x) ** 2
    assert boxes(draw(loss)) == ["x", "2", "y", "3", "a = x · y", "6", "b = a + x", "8", "loss = b²", "64"]
    loss.backward()
    assert boxes(draw(loss)) == ["x", "2", "grad 64", "y", "3", "grad 32", "a = x · y", "6", "grad 16",
                                 "b = a + x", "8", "grad 16", "loss = b²", "64", "grad 1"]


def test_gradients_can_be_asked_for_and_left_out() -> None:
    x = leaf(3.0)
    loss = x * x
    assert "grad 6" in boxes(draw(loss, gradients=True)) and x.grad is None
    loss.backward()
    x.grad = minigrad.tensor(60.0)              # accumulated over several steps, say
    assert "grad 60" in boxes(draw(loss)) and "grad 6" in boxes(draw(loss, gradients=True))
    assert not [line for line in boxes(draw(loss, gradients=False)) if "grad" in line]


@pytest.mark.parametrize("suffix, start", [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_it_is_written_in_the_format_of_its_suffix(suffix: str, start: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"graph.{suffix}"
    x = leaf([1.0, 2.0])
    figure = draw((x * x).sum(), path, title="A title")
    assert path.read_bytes().startswith(start)
    assert "A title" in boxes(figure)
    figure.canvas.draw()
    assert len(np.unique(np.asarray(figure.canvas.buffer_rgba())[..., 0])) > 5      # not an empty page


def test_names_given_and_found() -> None:
    params = [leaf(1.0), leaf(2.0)]
    net, data = nn.Sequential(nn.Linear(2, 1), nn.Tanh()), minigrad.ones(3, 2)
    lines = boxes(draw(net(data).sum() * params[0] * params[1]))
    assert {"params[0]", "params[1]", "net[0].weight (1, 2)", "net[0].bias (1,)", "data (3, 2)"} <= set(lines)
    assert "a = data @ net[0].weightᵀ" in lines and "+ net[0].bias" in lines
    other = params[0] * params[1]
    assert boxes(draw(other, names={"u": params[0]}))[::2] == ["u", "w1", "loss = u · w1"]
    assert boxes(draw(other))[-2:] == ["other = params[0] · params[1]", "2"]
    with pytest.raises(DTypeError, match="names: expected a Tensor for 'u', got int"):
        draw(other, names={"u": 3})             # type: ignore


def test_names_are_never_given_twice() -> None:
    a, b, w1 = leaf(1.0), leaf(2.0), leaf(3.0)
    lines = boxes(draw(((a * b) * w1 * leaf(4.0)).exp() + 1))
    heads = [line.partition(" =")[0] for line in lines[::2]]
    assert heads == ["a", "b", "w1", "w2", "c", "d", "f", "h", "loss"]


def test_a_leaf_may_be_called_loss() -> None:
    loss = leaf(2.0)
    assert boxes(draw(loss * 3)) == ["loss", "2", "out = loss · 3", "6"]


def test_large_arrays_are_shapes_and_ranges() -> None:
    w = minigrad.full((20, 30), 0.5, requires_grad=True)
    x = minigrad.arange(60.0).reshape(2, 30)
    loss = (x @ w.T).mean()
    assert {"w (20, 30)", "all 0.5", "x (2, 30)", "0 … 59"} <= set(boxes(draw(loss)))
    assert "(2, 20)  217.5 … 667.5" in boxes(draw(loss))


@pytest.mark.parametrize("freed", [False, True])
def test_looking_changes_nothing(freed: bool) -> None:
    x, w = minigrad.randn(4, 3), minigrad.randn(3, 2, requires_grad=True)
    h = (x @ w).relu()
    loss = (nn.functional.dropout(h, 0.5) + h.sum() - 1).exp().mean()
    if freed:
        loss.backward()
    nodes = [loss.grad_fn, *loss.grad_fn.edges]
    before = [(list(n.edges), n.saved, n.version, n.walked) for n in nodes if isinstance(n, Function)]
    gradient = None if w.grad is None else w.grad.numpy().copy()
    state, version = minigrad.get_rng_state(), [w._version[0], x._version[0], h._version[0]]
    draw(loss, gradients=True)
    after = [(list(n.edges), n.saved, n.version, n.walked) for n in nodes if isinstance(n, Function)]
    assert all(a[0] == b[0] and a[1] is b[1] and a[2:] == b[2:] for a, b in zip(after, before))
    assert (w.grad is None) == (gradient is None) and (gradient is None or (w.grad.numpy() == gradient).all())
    assert version == [w._version[0], x._version[0], h._version[0]]
    assert str(minigrad.get_rng_state()) == str(state)
    if not freed:
        loss.backward()


def test_after_backward_values_come_back_or_are_left_out() -> None:
    x = leaf([1.0, 2.0])
    loss = Cube()(x * 2 + 1).sum()
    loss.backward()
    assert "[27 125]" in boxes(draw(loss))
    with minigrad.no_grad():
        x.add_(1)
    lines = boxes(draw(loss))
    assert "(2,)  value not kept" in lines and "152" in lines and "[27 125]" not in lines
    assert any(line.startswith("Some values are missing: ") for line in lines)


def test_a_constant_that_is_gone() -> None:
    x = minigrad.ones(100, requires_grad=True)
    loss = (x + minigrad.randn(100)).sum()
    loss.backward()
    lines = boxes(draw(loss))
    assert "no longer known" in lines and "grad all 1" in lines
    assert "Some values are missing: a constant that went into Add is gone." in lines


def test_a_long_chain_is_cut_and_says_so() -> None:
    y = x = leaf(1.0)
    for _ in range(10_000):
        y = y + x
    lines = boxes(draw(y))
    assert "The last 80 operations of 10,000." in lines
    assert len([line for line in lines if " + x" in line]) == 80


def test_errors_teach() -> None:
    with pytest.raises(DTypeError, match="draw: expected a Tensor, the result of a computation, got float"):
        draw(1.0)                               # type: ignore
    with pytest.raises(GraphError, match=r"draw: this tensor of shape \(2,\) has no graph: .*requires_grad"):
        draw(minigrad.ones(2) * 2)
    with pytest.raises(GraphError, match="it is a leaf: no operation made it"):
        draw(leaf(1.0))


# ── the layout ────────────────────────────────────────────────────────────────────────────────────

@st.composite
def graphs(draw_from: st.DrawFn) -> tuple[list[tuple[float, float]], list[tuple[int, int]]]:
    count = draw_from(st.integers(1, 25))
    size = st.tuples(st.floats(0.1, 3), st.floats(0.1, 3))
    edges = [(draw_from(st.integers(0, b - 1)), b) for b in range(1, count)
             for _ in range(draw_from(st.integers(0, 3)))]
    return [draw_from(size) for _ in range(count)], edges


@given(graphs())
def test_boxes_keep_apart_and_edges_lead_forward(
        graph: tuple[list[tuple[float, float]], list[tuple[int, int]]]) -> None:
    sizes, edges = graph
    plan = layered(sizes, edges, 0.5, 0.3)
    for k, ((along, across), (thick, wide)) in enumerate(zip(plan.centers, sizes)):
        assert thick / 2 - 1e-6 <= along <= plan.along - thick / 2 + 1e-6
        assert wide / 2 - 1e-6 <= across <= plan.across - wide / 2 + 1e-6
        for (a, c), (t, w) in zip(plan.centers[:k], sizes):
            assert abs(a - along) >= (t + thick) / 2 + 0.5 - 1e-6 \
                or abs(c - across) >= (w + wide) / 2 + 0.3 - 1e-6
    assert set(plan.lines) == set(edges)
    for (a, b), bends in plan.lines.items():
        way = [plan.centers[a], *bends, plan.centers[b]]
        assert all(p[0] < q[0] for p, q in zip(way, way[1:]))


@given(graphs(), st.integers(2, 6))
def test_in_rows_boxes_keep_apart_and_lines_between_rows_meet_no_box(
        graph: tuple[list[tuple[float, float]], list[tuple[int, int]]], rows: int) -> None:
    sizes, edges = graph
    plan = folded(layered(sizes, edges, 0.5, 0.3), 0.5, rows)
    held = [(a - t / 2, a + t / 2, c - w / 2, c + w / 2) for (a, c), (t, w) in zip(plan.centers, sizes)]
    for k, (begin, end, low, high) in enumerate(held):
        assert begin >= -1e-6 and end <= plan.along + 1e-6 and low >= -1e-6 and high <= plan.across + 1e-6
        for other in held[:k]:
            assert begin >= other[1] + 0.3 - 1e-6 or other[0] >= end + 0.3 - 1e-6 \
                or low >= other[3] + 0.3 - 1e-6 or other[2] >= high + 0.3 - 1e-6
    corners = [turn for turns in plan.turns.values() for turn in turns.values()]
    for turn in corners:
        for p, q in zip(turn, turn[1:]):
            assert p[0] == q[0] or p[1] == q[1]
            for begin, end, low, high in held:
                assert max(p[0], q[0]) < begin or min(p[0], q[0]) > end \
                    or max(p[1], q[1]) < low or min(p[1], q[1]) > high
    for a, b in set(edges):
        route = plan.route(a, b, (sizes[a][0] / 2, sizes[b][0] / 2), 0.1)
        assert len(route) % 3 == 0 and route[0][1] == plan.centers[a][1]
        assert route[-1] == (plan.centers[b][0] - sizes[b][0] / 2, plan.centers[b][1])
        assert all(-1e-6 <= x <= plan.along + 1e-6 and -1e-6 <= y <= plan.across + 1e-6 for x, y in route)


def test_no_line_makes_a_detour() -> None:
    """Rows end only where one line leads on; where lines run side by side, none goes back around others."""
    size = (2.0, 0.8)
    chain_of_layers = [(0, 2), (1, 2), (2, 3), (3, 6), (4, 6), (5, 6), (6, 7), (7, 8), (8, 9)]
    side_by_side = [(0, 1), (0, 2), (1, 3), (3, 4), (4, 5), (5, 6), (2, 6), (6, 7), (7, 8)]
    for edges, turning in ((chain_of_layers, True), (side_by_side, False)):
        down, plan = oriented([size] * 10, edges, GAP, PAGE)
        assert down is not turning and bool(plan.turns) is turning
        gutters = [corners[1][1] for turns in plan.turns.values() for corners in turns.values()]
        assert len(gutters) == len(set(gutters)), "between two rows runs a single line"


def test_images_and_filters_are_heat_maps() -> None:
    image = minigrad.randn(2, 1, 6, 6)
    conv = nn.Conv2d(1, 2, 3)
    loss = conv(image).relu().sum()
    figure = draw(loss, gradients=True)
    maps = [picture.get_array() for picture in figure.axes[0].get_images()]
    filter_, gradient = conv.weight.detach().numpy()[0, 0], minigrad.autograd.grad(loss, conv.weight)[0]
    shapes = [colored.shape[:2] for colored in maps]
    assert sorted(shapes) == sorted([(6, 6), (3, 3), (3, 3), (4, 4), (4, 4), (4, 4), (4, 4)])
    for table in (filter_, gradient.numpy()[0, 0]):
        assert any(np.array_equal(colored, colors(table)) for colored in maps)
    left, right, bottom, top = figure.axes[0].get_images()[0].get_extent()
    assert right - left == pytest.approx(bottom - top)
    assert (figure.axes[0].get_xlim(), figure.axes[0].get_ylim()) == (
        (0, figure.get_size_inches()[0]), (figure.get_size_inches()[1], 0))


def test_a_heat_map_marks_what_is_not_finite_and_survives_zeros() -> None:
    found = colors(np.array([[np.nan, np.inf], [0.0, -1.0]]))
    assert found.tolist() == [[list(UNKNOWN)] * 2, [[255] * 3, list(BELOW)]]
    assert (colors(np.zeros((2, 2))) == 255).all()
    assert table_of(np.ones((0, 1, 3, 3))) is None and table_of(np.ones((2, 3))) is None
    assert table_of(np.ones((1, 5, 1, 1))) is None and table_of(None) is None


def test_a_chain_of_thirty_operations_is_legible() -> None:
    """On a page as wide as a screen, and not as a ribbon; its text keeps its size."""
    y = leaf(0.7)
    for k in range(30):
        y = (y * 1.3).tanh() if k % 2 else y + 0.2
    figure = draw(y, gradients=True)
    width, height = figure.get_size_inches()
    assert 0.6 < width / height < 2.5 and width < 16
    assert {text.get_fontsize() for text in figure.axes[0].texts} == {TEXT}
    assert len([line for line in boxes(figure) if line.startswith("grad")]) == 46


def test_a_long_name_is_told_once_and_stands_short_in_formulas() -> None:
    encoder_layers_0_self_attention_weight = leaf([1.0, 2.0])
    lines = boxes(draw((encoder_layers_0_self_attention_weight * 3).sum(), names={
        "encoder.layers[0].attention.weight": encoder_layers_0_self_attention_weight}))
    assert lines[:2] == ["w1 (2,)", "encoder.layers[0].attention.weight"] and "a = w1 · 3" in lines


def test_sorting_takes_crossings_away() -> None:
    random, before, after = np.random.default_rng(0), 0, 0
    for _ in range(20):
        count = 30
        edges = sorted({(int(random.integers(max(0, b - 12), b)), b)
                        for b in range(8, count) for _ in range(2)})
        layer = layout._layers(count, edges)
        links, _ = layout._with_bends(layer, edges)
        above: list[list[int]] = [[] for _ in layer]
        below: list[list[int]] = [[] for _ in layer]
        for a, b in links:
            below[a].append(b)
            above[b].append(a)
        rows: list[list[int]] = [[] for _ in range(max(layer) + 1)]
        for v in layout._depth_first(above, layer):
            rows[layer[v]].append(v)
        crossings = [layout._crossings(r, below, {v: k for row in r for k, v in enumerate(row)})
                     for r in ([list(row) for row in rows], layout._sorted_rows(rows, above, below))]
        assert crossings[1] <= crossings[0]
        before, after = before + crossings[0], after + crossings[1]
    assert after < before / 2


def test_crossings_are_undone() -> None:
    plan = layered([(1, 1)] * 6, [(0, 5), (1, 4), (2, 3)], 1, 1)
    across = [c[1] for c in plan.centers]
    assert across[0] == across[5] and across[1] == across[4] and across[2] == across[3]


def test_long_operations_break_before_their_signs_and_never_inside_of_a_shape() -> None:
    a_long_name_of_a_tensor, x = leaf(np.ones((2, 3, 4))), minigrad.ones(3, 4)
    loss = ((a_long_name_of_a_tensor * x).reshape(1, 2, 3, 4).sum(-1) * x.sum()).sum()
    lines = boxes(draw(loss))
    assert "a = a_long_name_of_a_tensor · x" in lines
    other = (a_long_name_of_a_tensor + a_long_name_of_a_tensor).reshape(4, 3, 2).sum()
    assert {"a = a_long_name_of_a_tensor", "+ a_long_name_of_a_tensor"} <= set(boxes(draw(other)))
    wide = a_long_name_of_a_tensor.reshape(1, 1, 24, 1, 1).sum()
    assert {"a =", "reshape(a_long_name_of_a_tensor,", "(1, 1, 24, 1, 1))"} <= set(boxes(draw(wide)))


def test_small_arrays_of_many_dimensions() -> None:
    x = leaf(np.arange(4.0).reshape(1, 4, 1, 1))
    assert boxes(draw(x.sum()))[:2] == ["x (1, 4, 1, 1)", "[0 1 2 3]"]
    w = leaf(np.float64([[1, -0.12345678], [-0.12345678, 22.3456789], [1, 1]]))
    assert boxes(draw(w.sum()))[:4] == ["w (3, 2)", "[1 −0.123]", "[−0.123 22.3]", "[1 1]"]
