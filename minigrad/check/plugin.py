"""The pytest plugin: the ``gradcheck`` fixture, and one test for each case of ``@gradient_test``.

It is loaded where minigrad is installed. Without an installation: ``pytest -p minigrad.check.plugin``.
"""
from __future__ import annotations

import zlib
from typing import Any, Callable

import pytest

from ..errors import GradCheckError, NotMeasurable
from .functions import gradcheck_function
from .gradcheck import examine
from .report import Report
from .testing import takes_cases

WIDTH = 70                  # pytest indents a message by ten columns
CASE = "minigrad_case"      # the fixture of a gradient test


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--gradcheck-seed``: the seed that a failure shows, to see it again."""
    parser.addoption("--gradcheck-seed", type=int, default=None, metavar="N",
                     help="seed of the upstream gradients of minigrad's gradcheck fixture")


@pytest.fixture(name="gradcheck")
def gradcheck_fixture(request: pytest.FixtureRequest) -> Callable[..., Report]:
    """``gradcheck(func, inputs)`` for functions of tensors, ``gradcheck(forward, backward, inputs)`` for
    hand-written gradients of arrays.

    The seed of the upstream gradient belongs to the test, and is in the message. Options are those of
    ``minigrad.check.gradcheck``. It returns the ``Report``.
    """
    given = request.config.getoption("--gradcheck-seed")
    seed = zlib.crc32(request.node.nodeid.encode()) % 10_000 if given is None else given

    def gradcheck(func: Callable[..., Any], *arguments: Any, **options: Any) -> Report:
        __tracebackhide__ = True
        told = {"seed": seed, **options}
        if arguments and callable(arguments[0]):
            report = gradcheck_function(func, *arguments, raise_exception=False, **told)
        else:
            report = examine(func, *arguments, **told)
        if not report.passed:
            report.notes = [*report.notes, f"again: pytest --gradcheck-seed={told['seed']}"]
            raise report.error("\n" + report.written(WIDTH))
        return report
    return gradcheck


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
