"""Settings for all tests: one thread, repeatable examples, a fresh random state, no user's files.

What the user has in caches, or has configured, must not change what the tests see; and the tests must leave
nothing there. So the folders for such files are temporary ones, for the processes that tests start, too.
Only MINIGRAD_DATA is left as it is: who sets it wants the tests on real data.
"""
import atexit
import os
import shutil
import signal
import tempfile

USER_FILES = tempfile.mkdtemp(prefix="minigrad-tests-")
atexit.register(shutil.rmtree, USER_FILES, ignore_errors=True)
for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "LOCALAPPDATA",
             "APPDATA", "MPLCONFIGDIR"):
    os.environ[name] = os.path.join(USER_FILES, name.lower())
    os.mkdir(os.environ[name])
os.environ.pop("MPLBACKEND", None)
os.environ.setdefault("MINIGRAD_C_CACHE", os.path.join(USER_FILES, "kernels"))      # one for all processes

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:   # a shell's background jobs ignore Ctrl-C;
    signal.signal(signal.SIGINT, signal.default_int_handler)     # some tests send it
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")      # before NumPy is imported: small products
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

import minigrad  # noqa: E402
from minigrad.autograd.mode import mode  # noqa: E402

settings.register_profile("minigrad", derandomize=True, deadline=None, database=None, max_examples=25,
                          suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("minigrad")


@pytest.fixture(autouse=True)
def fresh_state():
    """Every test starts from seed 0 with the default settings, and leaves them as they were."""
    minigrad.manual_seed(0)
    minigrad.set_default_dtype(minigrad.float32)
    yield
    assert mode.grad and mode.watch is None, "the test left recording off, or anomaly detection on"
    mode.grad, mode.watch = True, None
    minigrad.set_default_dtype(minigrad.float32)

#: Files whose tests take less than a minute together and touch every room: ``pytest -m quick``.
QUICK = ("autograd/test_engine.py", "autograd/test_in_place.py", "autograd/test_modes.py",
         "autograd/test_tensor.py", "autograd/test_views.py", "backend/", "check/test_usage.py",
         "data/test_data_sets.py", "nn/test_init.py", "nn/test_module.py", "ops/test_promotion.py",
         "ops/test_refused_arguments.py", "ops/test_unusual_input.py", "optim/test_optimizers.py",
         "test_amp.py", "test_rooms.py", "test_saving.py", "test_spelling.py", "test_summary.py",
         "test_train.py", "text/test_text_tokenizer.py", "trace/test_trace_explain.py")


def pytest_collection_modifyitems(items):
    """Mark the tests of the quick files."""
    root = os.path.dirname(__file__)
    for item in items:
        if os.path.relpath(item.path, root).replace(os.sep, "/").startswith(QUICK):
            item.add_marker("quick")
