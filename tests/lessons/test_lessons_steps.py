"""Every lesson's own training is right: only what a lesson shows on purpose is found in it."""
from __future__ import annotations

import json
from typing import Any, Callable

import pytest

from lessons.player.catalog import Lesson, all_lessons

#: Mistakes that a lesson makes to show what they do.
SHOWN = {"deep_gradients": {"rate_explodes"}, "five_steps": {"symmetric_weights"}}
#: Lessons in which a loop with ``backward`` or a call of ``fit`` changes parameters.
TRAINING = ["engine_of_tensors", "eight_steps", "fit_a_line", "deep_gradients", "five_steps", "optimizers",
            "mlp_mnist", "regularization", "mnist_cnn", "cifar10", "save_and_deploy", "model_selection",
            "curvature", "slope_in_the_loss", "attention", "text_classifier", "gpu", "value_functions",
            "policy_gradients", "smaller_networks", "what_did_it_look_at", "transfer",
            "adversarial_networks", "architecture_search", "recurrent_networks", "a_small_gpt", "translation",
            "sound", "without_labels", "differential_privacy", "compiler"]


def steps_of(lesson: Lesson, quick_run: Callable[..., Any]) -> list[dict[str, Any]]:
    """What was found in each training step of a lesson."""
    _, output = quick_run(lesson)
    file = output.parent / f"{lesson.name}.steps"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [found for found in map(json.loads, lines)
            if found["lesson"] == lesson.path.name and found["kind"] in ("loop", "fit")]


@pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.name)
def test_nothing_is_found_in_a_lessons_training_but_what_it_shows(lesson: Lesson,
                                                                 quick_run: Callable[..., Any]) -> None:
    steps = steps_of(lesson, quick_run)
    found = {name for step in steps for name in step["names"]}
    assert found == SHOWN.get(lesson.name, set()), "\n".join(step["text"] for step in steps)
    assert bool(steps) == (lesson.name in TRAINING)
