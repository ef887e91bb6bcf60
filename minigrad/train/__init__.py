"""Training in one call: ``fit``, ``evaluate``, ``predict``, and the callbacks that follow a run."""
from ..errors.suggestions import offer_names
from .averaging import WeightAveraging
from .checkpoint import Checkpoint, load_checkpoint, require_settings, save_checkpoint
from .evaluation import Evaluation, correct_classes, evaluate, predict
from .loop import fit
from .rates import LearningRate, Schedule, one_cycle
from .run import Callback, History, Run
from .stopping import BestWeights, EarlyStopping

__all__ = ["BestWeights", "Callback", "Checkpoint", "EarlyStopping", "Evaluation", "History",
           "LearningRate", "Run", "Schedule", "WeightAveraging", "correct_classes", "evaluate",
           "fit", "load_checkpoint", "one_cycle", "predict", "require_settings",
           "save_checkpoint"]

offer_names(__name__, "minigrad.train")
