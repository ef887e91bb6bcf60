"""Settings for all tests: one thread, repeatable examples, a fresh random state for each test."""
import os
import signal

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
    assert mode.grad and not mode.anomaly, "the test left recording off, or anomaly detection on"
    mode.grad, mode.anomaly = True, False
    minigrad.set_default_dtype(minigrad.float32)
