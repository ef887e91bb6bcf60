"""The pytest plugin: the ``gradcheck`` fixture, and one test for each case of ``@gradient_test``.

It is loaded where minigrad is installed. Without an installation: ``pytest -p minigrad.check.plugin``.
"""
from __future__ import annotations

import zlib
from typing import Any, Callable

import numpy as np
import pytest

from ..autograd import Tensor
from ..errors import GradCheckError, NotMeasurable
from ..nn.module import Module
from .functions import gradcheck_function
from .gradcheck import examine
from .report import Report
from .testing import checked, takes_cases

WIDTH = 70                  # pytest indents a message by ten columns
CASE = "minigrad_case"      # the fixture of a gradient test
RUNNING = pytest.StashKey[str]()    # the name of the test that runs


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--gradcheck-seed``: the seed that a failure shows, to see it again."""
    parser.addoption("--gradcheck-seed", type=int, default=None, metavar="N",
                     help="seed of the upstream gradients of minigrad's gradcheck fixture")


@pytest.fixture(name="gradcheck", scope="session")
def gradcheck_fixture(request: pytest.FixtureRequest) -> Callable[..., Report]:
    """``gradcheck(func, inputs)`` for functions of tensors, a subclass of ``autograd.Function``, or an
    ``nn.Module``, whose parameters are checked, too; ``gradcheck(forward, backward, inputs)`` for
    hand-written gradients of arrays. Arrays among the inputs become tensors that require a gradient.

    The seed of the upstream gradient belongs to the test, and is in the message. Options are those of
    ``minigrad.check.gradcheck``. It returns the ``Report``. It keeps nothing from call to call, so that
    hypothesis may call a test with it many times.
    """
    def gradcheck(func: Any, *arguments: Any, **options: Any) -> Report:
        __tracebackhide__ = True
        backward, inputs = _taken(arguments, options)
        told = {"seed": _seed(request.config), **options}
        if backward is not None:
            report = gradcheck_function(func, backward, inputs, raise_exception=False, **told)
        elif isinstance(func, (type, Module)):
            report = checked(func, [np.asarray(x) for x in _listed(inputs)], told)
        elif any(isinstance(x, np.ndarray) for x in _listed(inputs)):
            report = examine(func, [_leaf(x) for x in _listed(inputs)], **told)
        else:
            report = examine(func, inputs, **told)
        if not report.passed:
            report.notes = [*report.notes, f"again: pytest --gradcheck-seed={told['seed']}"]
            raise report.error("\n" + report.written(WIDTH))
        return report
    return gradcheck


def _taken(arguments: tuple[Any, ...], options: dict[str, Any]) -> tuple[Callable[..., Any] | None, Any]:
    """The hand-written backward, if there is one, and the inputs."""
    if "backward" in options:
        raise TypeError("gradcheck: a hand-written backward goes second, by position: "
                        "gradcheck(forward, backward, inputs).")
    backward = arguments[0] if arguments and callable(arguments[0]) else None
    inputs = arguments[backward is not None:]
    if len(inputs) != 1:
        raise TypeError(f"gradcheck: expected the inputs as one list, gradcheck(func, [x, w]), got "
                        f"{len(inputs)} arguments.")
    return backward, inputs[0]


def _listed(inputs: Any) -> list[Any]:
    return list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]


def _leaf(x: Any) -> Any:
    """An array of floating numbers, such as ``points`` draws, as a tensor that requires a gradient."""
    floating = isinstance(x, np.ndarray) and x.dtype.kind == "f"
    return Tensor(x, requires_grad=True) if floating else x


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Remember which test runs: the seed is made from its name."""
    item.config.stash[RUNNING] = item.nodeid


def _seed(config: pytest.Config) -> int:
    given: int | None = config.getoption("--gradcheck-seed")
    return zlib.crc32(config.stash[RUNNING].encode()) % 10_000 if given is None else given


@pytest.fixture(name=CASE)
def one_case(request: pytest.FixtureRequest) -> Any:
    """The shape and the seed that a gradient test is run with."""
    return request.param


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run one case of a gradient test. If it fails its message is shown; no line of it would tell more."""
    function: Any = pyfuncitem.function
    if not takes_cases(function):
        return None
    message = ""
    try:
        case: Any = pyfuncitem.callspec.params[CASE]
        function.minigrad_test(*case)
    except (GradCheckError, NotMeasurable) as error:
        message = str(error)
    if message:
        pytest.fail(message, pytrace=False)
    return True


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A gradient test is run once for each of its shapes and seeds."""
    if takes_cases(metafunc.function):
        cases = metafunc.function.minigrad_cases
        metafunc.fixturenames.append(CASE)
        metafunc.parametrize(CASE, cases, indirect=True, ids=[f"{_compact(shape)}-seed{seed}" for shape,
                                                              seed in cases])


def _compact(shape: Any) -> str:
    """(2, 3) as 2x3, [(2, 3), (3,)] as 2x3,3."""
    if isinstance(shape, int):
        return str(shape)
    if all(isinstance(n, int) for n in shape):
        return "x".join(map(str, shape)) or "scalar"
    return ",".join(map(_compact, shape))
