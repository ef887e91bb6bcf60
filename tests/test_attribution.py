"""Attributions: identities that hold exactly, errors, and captum's numbers."""
from __future__ import annotations

import math
import subprocess
import sys
from itertools import permutations
from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad import nn
from minigrad.attribution import (GuidedBackprop, InputXGradient, IntegratedGradients, KernelShap,
                                  LayerGradCam, Lime, NoiseTunnel, Occlusion, Saliency, ShapleyValues,
                                  patches)
from minigrad.errors import DTypeError, GraphError, RangeError, ShapeError

METHODS: list[tuple[Any, dict[str, Any]]] = [
    (Saliency, {}), (InputXGradient, {}), (IntegratedGradients, {}), (GuidedBackprop, {}),
    (Occlusion, {"sliding_window_shapes": (2,)}), (ShapleyValues, {}), (KernelShap, {"n_samples": 62}),
    (Lime, {"n_samples": 100})]


@pytest.fixture
def network() -> nn.Sequential:
    minigrad.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))


@pytest.fixture
def x() -> minigrad.Tensor:
    minigrad.manual_seed(1)
    return minigrad.randn(4, 6)


def convolutional() -> nn.Sequential:
    minigrad.manual_seed(2)
    return nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(27, 4))


@pytest.mark.parametrize(("method", "options"), METHODS)
def test_shape_dtype_and_nothing_left_behind(method: Any, options: Any, network: Any, x: Any) -> None:
    before = x.numpy().copy()
    parts = method(network).attribute(x, target=1, **options)
    assert parts.shape == x.shape and parts.dtype == x.dtype and not parts.requires_grad
    assert np.isfinite(parts.numpy()).all() and np.array_equal(x.numpy(), before)
    assert all(p.grad is None for p in network.parameters()) and x.grad is None
    assert not any(m._forward_hooks for m in network.modules())


@pytest.mark.parametrize(("method", "options"), METHODS)
def test_a_target_for_each_sample_is_each_samples_target(method: Any, options: Any, network: Any,
                                                         x: Any) -> None:
    minigrad.manual_seed(3)
    together = method(network).attribute(x, target=[0, 1, 2, 1], **options).numpy()
    minigrad.manual_seed(3)
    for i, target in enumerate((0, 1, 2, 1)):
        alone = method(network).attribute(x[i:i + 1], target=target, **options).numpy()[0]
        np.testing.assert_allclose(together[i], alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("method", [Saliency, IntegratedGradients, ShapleyValues, Lime])
@pytest.mark.parametrize(("target", "error"), [(None, "say which"), (3, "0 to 2"), (-1, "0 to 2"),
                                               ([0, 1], "4 of them"), (0.5, "int")])
def test_a_wrong_target_is_refused(method: Any, target: Any, error: str, network: Any, x: Any) -> None:
    with pytest.raises(RangeError, match=error):
        method(network).attribute(x, target=target)


def test_wrong_inputs_and_models_are_refused(network: Any, x: Any) -> None:
    with pytest.raises(DTypeError, match="floats"):
        Saliency(network).attribute(minigrad.ones(2, 6, dtype=minigrad.int64), target=0)
    with pytest.raises(ShapeError, match="batch"):
        Saliency(network).attribute(minigrad.ones(6), target=0)
    with pytest.raises(ShapeError, match="score for each sample"):
        Saliency(lambda x: x.sum()).attribute(x)
    with pytest.raises(RangeError, match="leave target out"):
        Saliency(lambda x: x.sum(1)).attribute(x, target=0)
    with pytest.raises(TypeError, match="model or a function"):
        Saliency(3)                                         # type: ignore
    with pytest.raises(ShapeError, match="baselines"):
        IntegratedGradients(network).attribute(x, minigrad.ones(5), target=0)
    with pytest.raises(ShapeError, match="window"):
        Occlusion(network).attribute(x, (7,), target=0)
    with pytest.raises(ShapeError, match="strides"):
        Occlusion(network).attribute(x, (2,), 3, target=0)
    with pytest.raises(ShapeError, match="feature_mask"):
        KernelShap(network).attribute(x, target=0, feature_mask=np.zeros(5, int))
    with pytest.raises(RangeError, match="2\\^20"):
        ShapleyValues(lambda x: x.sum(1)).attribute(minigrad.ones(1, 20))
    with pytest.raises(RangeError, match="method"):
        IntegratedGradients(network).attribute(x, target=0, method="middle")


@pytest.mark.parametrize("baseline", [None, 0.5, "tensor"])
@pytest.mark.parametrize("method", [IntegratedGradients, ShapleyValues, KernelShap])
def test_the_parts_add_up_to_the_change_of_the_score(method: Any, baseline: Any, network: Any,
                                                     x: Any) -> None:
    base = minigrad.full((6,), -0.3) if baseline == "tensor" else baseline
    options = {"n_steps": 2000, "method": "riemann_middle"} if method is IntegratedGradients else {}
    parts = method(network).attribute(x, base, target=2, **options).numpy().sum(1)
    nothing = minigrad.zeros(4, 6) + (0.0 if base is None else base)
    change = (network(x)[:, 2] - network(nothing)[:, 2]).detach().numpy()
    np.testing.assert_allclose(parts, change, atol=2e-3 if options else 1e-5)


def test_integrated_gradients_converge_and_say_how_far(network: Any, x: Any) -> None:
    deltas = [np.abs(IntegratedGradients(network).attribute(
        x, target=0, n_steps=n, return_convergence_delta=True)[1].numpy()).max() for n in (2, 200)]
    assert deltas[1] < deltas[0] / 5


def test_a_linear_model_has_one_answer(x: Any) -> None:
    model, base = nn.Linear(6, 1), minigrad.full((6,), 0.25)
    right = (model.weight.detach().numpy() * (x.numpy() - 0.25))
    for method, options in ((IntegratedGradients, {"n_steps": 1}), (ShapleyValues, {}), (KernelShap, {}),
                            (Occlusion, {"sliding_window_shapes": (1,)}),
                            (Lime, {"n_samples": 200, "alpha": 1e-9})):
        parts = method(model).attribute(x, baselines=base, **options).numpy()
        np.testing.assert_allclose(parts, right, atol=1e-4, err_msg=method.__name__)


def test_shapley_values_are_the_mean_over_all_orders(x: Any, network: Any) -> None:
    row = x.numpy()[0, :4]
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    right = np.zeros(4)
    for order in permutations(range(4)):
        now, worth = np.zeros((1, 4), np.float32), model(minigrad.zeros(1, 4)).item()
        for i in order:
            now[0, i] = row[i]
            new = model(minigrad.tensor(now)).item()
            right[i] += (new - worth) / math.factorial(4)
            worth = new
    for method in (ShapleyValues, KernelShap):
        found = method(model).attribute(minigrad.tensor(row[None])).numpy()[0]
        np.testing.assert_allclose(found, right, atol=1e-5)


def test_sampled_kernel_shap_approaches_the_exact_values(network: Any, x: Any) -> None:
    exact = ShapleyValues(network).attribute(x, target=1).numpy()
    minigrad.manual_seed(0)
    few = KernelShap(network).attribute(x, target=1, n_samples=60).numpy()          # 62 would be all
    assert np.corrcoef(few.ravel(), exact.ravel())[0, 1] > 0.95
    wide = minigrad.randn(1, 40)
    parts = KernelShap(lambda x: (x ** 2).sum(1)).attribute(wide, n_samples=400).numpy()
    np.testing.assert_allclose(parts, wide.numpy() ** 2, atol=1e-4)


def test_features_of_many_entries() -> None:
    image = minigrad.randn(2, 1, 6, 6)
    squares = patches(6, 6, 3)
    assert squares.numpy()[[0, 0, 5, 5], [0, 5, 0, 5]].tolist() == [0, 1, 2, 3]
    parts = ShapleyValues(lambda x: x.flatten(1).sum(1)).attribute(image, feature_mask=squares).numpy()
    np.testing.assert_allclose(parts[1, 0, :3, 3:], image.numpy()[1, 0, :3, 3:].sum(), rtol=1e-5)


def test_occlusion_averages_over_windows_and_reaches_the_edge() -> None:
    x = minigrad.tensor([[1.0, 2.0, 4.0, 8.0, 16.0]])
    parts = Occlusion(lambda x: x.sum(1)).attribute(x, (2,), 2).numpy()[0]
    assert parts.tolist() == [3.0, 3.0, 12.0, (12.0 + 24.0) / 2, 24.0]


def test_smoothgrad_is_the_mean_over_noise(x: Any) -> None:
    smooth = NoiseTunnel(Saliency(lambda x: (x ** 2).sum(1)))
    noisy = smooth.attribute(x, nt_samples=2000, stdevs=0.1, abs=False).numpy()
    np.testing.assert_allclose(noisy, 2 * x.numpy(), atol=0.03)
    still = smooth.attribute(x, nt_samples=3, stdevs=0.0, abs=False, nt_type="vargrad").numpy()
    np.testing.assert_allclose(still, 0, atol=1e-5)
    with pytest.raises(RangeError, match="nt_type"):
        smooth.attribute(x, nt_type="mean")


def test_grad_cam_is_its_formula_and_needs_maps_that_ran_once() -> None:
    model, image = convolutional(), minigrad.randn(2, 1, 8, 8)
    cam = LayerGradCam(model, model[0]).attribute(image, target=1).numpy()
    maps = model[0](image).detach().requires_grad_()
    model[1:](maps)[:, 1].sum().backward()
    right = (maps.grad.numpy().mean((2, 3), keepdims=True) * maps.detach().numpy()).sum(1, keepdims=True)
    np.testing.assert_allclose(cam, right, atol=1e-5)
    positive = LayerGradCam(model, model[0]).attribute(image, target=1, relu_attributions=True).numpy()
    np.testing.assert_allclose(positive, np.maximum(right, 0), atol=1e-5)
    with pytest.raises(ShapeError, match="maps"):
        LayerGradCam(model, model[4]).attribute(image, target=1)
    with pytest.raises(GraphError, match="ran 0 times"):
        LayerGradCam(model, nn.Conv2d(1, 1, 1)).attribute(image, target=1)


def test_guided_backprop_stops_negative_gradients() -> None:
    model = nn.Sequential(nn.Linear(1, 2, bias=False), nn.ReLU(), nn.Linear(2, 1, bias=False))
    model[0].weight.data = minigrad.tensor([[2.0], [3.0]])
    model[2].weight.data = minigrad.tensor([[1.0, -1.0]])
    x = minigrad.ones(1, 1)
    assert Saliency(model).attribute(x, abs=False).item() == -1.0
    assert GuidedBackprop(model).attribute(x).item() == 2.0


def test_it_is_loaded_on_first_use() -> None:
    done = subprocess.run([sys.executable, "-c", "import sys, minigrad\n"
                           "assert 'minigrad.attribution' not in sys.modules\n"
                           "assert minigrad.attribution.Saliency"], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()


# ── beside captum ─────────────────────────────────────────────────────────────────────────────────

CALLS: list[tuple[str, dict[str, Any]]] = [
    ("Saliency", {}), ("InputXGradient", {}), ("GuidedBackprop", {}),
    ("IntegratedGradients", {"n_steps": 20}),
    ("IntegratedGradients", {"n_steps": 7, "method": "riemann_middle", "baselines": 0.25}),
    ("Occlusion", {"sliding_window_shapes": (1, 4, 4), "strides": (1, 2, 2)}),
    ("Occlusion", {"sliding_window_shapes": (1, 3, 2), "baselines": 0.5}),
    ("ShapleyValues", {"feature_mask": True}), ("KernelShap", {"feature_mask": True, "n_samples": 3000}),
    ("LayerGradCam", {}), ("LayerGradCam", {"relu_attributions": True})]


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "options"), CALLS)
def test_the_same_numbers_as_captum(name: str, options: dict[str, Any]) -> None:
    attr = pytest.importorskip("captum.attr")
    torch = pytest.importorskip("torch")
    ours = convolutional()
    theirs = torch.nn.Sequential(torch.nn.Conv2d(1, 3, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
                                 torch.nn.Flatten(), torch.nn.Linear(27, 4)).eval()
    theirs.load_state_dict({k: torch.from_numpy(v.numpy().copy()) for k, v in ours.state_dict().items()})
    image = np.random.default_rng(0).normal(size=(2, 1, 8, 8)).astype(np.float32)
    mine, other = dict(options), dict(options)
    if "feature_mask" in options:
        mine["feature_mask"] = patches(8, 8, 4)
        other["feature_mask"] = torch.from_numpy(patches(8, 8, 4).numpy().copy())[None, None]
        ours_exact = {"ShapleyValues": {}, "KernelShap": {"n_samples": 14}}[name]
        mine.update(ours_exact)
    layers = ([ours[0]], [theirs[0]]) if name == "LayerGradCam" else ([], [])
    found = getattr(minigrad.attribution, name)(ours, *layers[0]).attribute(
        minigrad.tensor(image), target=2, **mine)
    torch.manual_seed(0)
    right = getattr(attr, name)(theirs, *layers[1]).attribute(torch.from_numpy(image), target=2, **other)
    close = 1e-2 if name == "KernelShap" else 1e-5          # captum draws its sets, ours are all there are
    np.testing.assert_allclose(found.numpy(), right.detach().numpy(), atol=close)


# ── beside shap ───────────────────────────────────────────────────────────────────────────────────

@pytest.mark.filterwarnings("ignore")
def test_the_same_numbers_as_shap(network: Any, x: Any) -> None:
    """shap's explainer with all sets, of which six features have 62."""
    shap = pytest.importorskip("shap")

    def score(rows: Any) -> Any:
        return network(minigrad.tensor(rows.astype(np.float32)))[:, 1].detach().numpy()

    explainer = shap.KernelExplainer(score, np.zeros((1, 6), np.float32))
    right = explainer.shap_values(x.numpy(), nsamples=62, l1_reg=0, silent=True)
    for method, options in ((KernelShap, {"n_samples": 62}), (ShapleyValues, {})):
        found = method(network).attribute(x, target=1, **options).numpy()
        np.testing.assert_allclose(found, right, atol=1e-4)
