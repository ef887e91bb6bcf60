"""Which exercises there are. Nothing here needs NumPy, so that a list of them appears at once."""
from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parents[1] / "exercises"


class Entry(NamedTuple):
    """One exercise: the stub is ``lessons/exercises/NN_name.py``, the cases ``cases/name.py``."""

    number: int
    name: str
    title: str
    functions: tuple[str, ...]      # which the student completes
    lesson: int                     # the lesson to reread,
    section: str                    # and how the heading of its section begins

    @property
    def file(self) -> str:
        """The name of the student's file."""
        return f"{self.number:02d}_{self.name}.py"


EXERCISES = (
    Entry(1, "derivative", "the derivative of a formula", ("f_slopes", "g_slope"), 1,
          "The same slope, derived"),
    Entry(2, "elementwise", "backward of mul, pow and tanh",
          ("mul_backward", "pow_backward", "tanh_backward"), 7, "Their slopes"),
    Entry(3, "broadcast", "summing a broadcast gradient", ("unbroadcast",), 3, "Broadcasting"),
    Entry(4, "matmul", "matmul backward", ("matmul_backward",), 13, "Backward"),
    Entry(5, "walk", "the topological walk", ("topological_order", "backward"), 2, "The diamond"),
    Entry(6, "cross_entropy", "stable softmax cross-entropy", ("softmax_cross_entropy",), 10,
          "Without overflow"),
    Entry(7, "sgd", "SGD with momentum and weight decay", ("sgd_step",), 18, "Momentum"),
    Entry(8, "adam", "Adam with decoupled weight decay", ("adam_step",), 18, "Adam"),
    Entry(9, "im2col", "im2col and col2im", ("im2col", "col2im"), 28, "im2col"),
    Entry(10, "max_pool", "max-pool backward", ("max_pool_backward",), 30, "Max-pooling"),
    Entry(11, "dropout", "inverted dropout", ("dropout", "dropout_backward"), 21, "Dropout"),
    Entry(12, "batch_norm", "batch-norm backward", ("batch_norm_backward",), 30,
          "Batch normalization"),
    Entry(13, "bce_with_logits", "binary cross-entropy with logits", ("bce_with_logits",), 10,
          "Two classes, from the score"),
    Entry(14, "schedule", "a learning-rate schedule", ("learning_rate",), 19, "Schedules"),
    Entry(15, "attention", "attention, forward and backward", ("attention", "attention_backward"), 34,
          "The gradients, by hand"),
    Entry(16, "network", "the 2-3-1 network of document B, with tanh", ("forward", "gradients"), 11,
          "Backward, on paper"),
    Entry(17, "engine", "your own engine", ("backward",), 2, "Walking back along a chain"),
    Entry(18, "lstm", "an LSTM cell, forward and backward", ("lstm_cell", "lstm_cell_backward"), 15,
          "Backward, on paper"),
    Entry(19, "conv_backward", "convolution backward", ("conv_backward",), 30, "The gradients, by hand"),
    Entry(20, "layer_norm", "layer normalization", ("layer_norm", "layer_norm_backward"), 30,
          "Batch normalization"),
    Entry(21, "rate_finder", "a learning-rate finder", ("rates", "smooth", "suggestion"), 19, "Schedules"),
    Entry(22, "quantize", "weights in eight bits", ("quantize", "dequantize", "linear"), 42,
          "Eight bits"),
    Entry(23, "gradient_check", "a gradient check of your own", ("measured", "relative_error"), 1,
          "A slope, measured"),
    Entry(24, "embedding", "looking up words, and backward", ("embedding", "embedding_backward"), 36,
          "From words to numbers"),
    Entry(25, "targets", "what a Q-network learns from", ("q_targets", "sarsa_targets", "double_targets"), 40,
          "Learning without the model"),
    Entry(26, "advantages", "advantages, and PPO's clip", ("advantages", "clipped_gain", "clipped_slope"), 41,
          "PPO: not too far at once"),
    Entry(27, "distillation", "learning from a teacher's scores",
          ("soft", "distillation", "distillation_backward"), 42, "A teacher and a student"),
    Entry(28, "shapley", "fair shares of a score", ("shapley", "integrated_gradients"), 43,
          "What a fair share is"),
    Entry(29, "recurrent", "a recurrent cell, along a sequence and back", ("walk", "walk_backward"), 47,
          "Back through time"),
    Entry(30, "next_token", "from scores to the next token", ("softer", "top_k", "top_p"), 48, "Writing"),
    Entry(31, "clipping", "each example's gradient, cut to a length", ("lengths", "clipped_sum"), 53,
          "One gradient for each example"),
    Entry(32, "contrastive", "the contrastive loss, and backward", ("contrastive", "contrastive_backward"),
          51, "The contrastive loss"),
    Entry(33, "compiler", "loops fused, and the last use of a value", ("loops", "last_uses"), 54,
          "The last use"),
    Entry(34, "ring", "ring all-reduce, on simulated ranks", ("add_up", "hand_round", "numbers_sent"), 55,
          "A ring"),
)


def find(key: str) -> Entry | None:
    """The exercise with this number, name or file name, or None."""
    for entry in EXERCISES:
        if key in (str(entry.number), f"{entry.number:02d}", entry.name, entry.file, entry.file[:-3]):
            return entry
    return None


def default_folder() -> Path:
    """The folder with the student's files: the current one if it holds any, else that of the stubs."""
    here = Path.cwd()
    return here if any((here / entry.file).is_file() for entry in EXERCISES) else FOLDER
