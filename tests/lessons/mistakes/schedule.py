"""Mistakes in exercise 14, a learning-rate schedule."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="peak * (step + 1) / (warmup + 1)",
        wrong="peak * step / warmup",
        case="one step of warm-up", kind="warm-up",
        says="The first step has the rate 0, so it is wasted."),
    Mistake(
        right="np.pi * s",
        wrong="180 * s",
        case="one step of warm-up", kind="degrees",
        says="np.cos takes radians: half a turn is π, not 180."),
    Mistake(
        right="0.5 * (1 + np",
        wrong="(1 + np",
        case="one step of warm-up", kind="half",
        says="The factor ½ is missing: 1 + cos runs from 2 to 0."),
    Mistake(
        right="(step - warmup) / (total - warmup)",
        wrong="step / total",
        case="one step of warm-up", kind="start",
        says="The cosine begins at step 0; it begins at the end of the warm-up."),
    Mistake(
        right="min(1.0, (step - warmup) / (total - warmup))",
        wrong="(step - warmup) / (total - warmup)",
        case="after the end", kind="after the end",
        says="After step total the cosine rises again."),
    Mistake(
        right="final + (peak - final)",
        wrong="peak",
        case="down to a rate above 0", kind="final",
        says="The cosine comes down to 0, not to final."),
    Mistake(
        right="(step - warmup) / (total - warmup)",
        wrong="(step - warmup) // (total - warmup)",
        case="one step of warm-up", kind="whole numbers",
        says="The rate falls in one jump: // cuts off what s has after the point."),
    Mistake(
        right="    s = min(1.0, (step - warmup) / (total - warmup))\n"
              "    return",
        wrong="    s = min(1.0, (step - warmup) / (total - warmup))\n"
              "    if step <= total:\n"
              "        return",
        case="after the end", kind="type",
        says="learning_rate returned None."),
    Mistake(
        right="peak * (step + 1) / (warmup + 1)",
        wrong="peak * (step + 1) / warmup",
        case="one step of warm-up", kind="warm-up",
        says="Wrong in the warm-up only: step t has the part (t + 1)/(warmup + 1) of the"),
    Mistake(
        right="np.cos(np.pi * s)",
        wrong="np.sin(np.pi * s)",
        case="one step of warm-up", kind="cosine",
        says="Right in the warm-up, wrong in the cosine: s runs from 0 to 1, and cos(π · s)"),
    Mistake(
        right="(1 + np.cos",
        wrong="(1 - np.cos",
        case="one step of warm-up", kind="upside down",
        says="The rate rises where it should fall: 1 + cos(π · s) falls from 2 to 0, 1 −"),
    Mistake(
        right="np.pi * s",
        wrong="np.pi * s / 2",
        case="one step of warm-up", kind="cosine",
        says="Right in the warm-up, wrong in the cosine: s runs from 0 to 1, and cos(π · s)"),
    Mistake(
        right="np.pi * s",
        wrong="2 * np.pi * s",
        case="one step of warm-up", kind="whole period",
        says="This is a whole period: the rate comes up again."),
    Mistake(
        right="0.5 * (1 + np.cos(np.pi * s))",
        wrong="(1 - s)",
        case="one step of warm-up", kind="straight",
        says="This is a straight line from peak to final; a half cosine is asked for."),
    Mistake(
        right="/ (total - warmup)",
        wrong="/ total",
        case="one step of warm-up", kind="end",
        says="s does not come to 1: the cosine has only total − warmup steps."),
    Mistake(
        right="return peak * (step + 1) / (warmup + 1)",
        wrong="return final + (peak - final) * (step + 1) / (warmup + 1)",
        case="down to a rate above 0", kind="warm-up",
        says="Wrong in the warm-up only: step t has the part (t + 1)/(warmup + 1) of the"),
    Mistake(
        right="    s = min(1.0, (step - warmup) / (total - warmup))\n",
        wrong="    if step > total:\n"
              "        return 0.0\n"
              "    s = (step - warmup) / (total - warmup)\n",
        case="after the end", kind="after the end",
        says="Wrong after step total only: there the rate stays at final."),
    Mistake(
        right="min(1.0,",
        wrong="max(1.0,",
        case="one step of warm-up", kind="cosine",
        says="Right in the warm-up, wrong in the cosine: s runs from 0 to 1, and cos(π · s)"),
    Mistake(
        right="    if step < warmup:\n"
              "        return peak * (step + 1) / (warmup + 1)\n",
        wrong="",
        case="one step of warm-up", kind="warm-up",
        says="Wrong in the warm-up only: step t has the part (t + 1)/(warmup + 1) of the"),
    Mistake(
        right="return peak * (step + 1) / (warmup + 1)",
        wrong="return peak",
        case="one step of warm-up", kind="warm-up",
        says="Wrong in the warm-up only: step t has the part (t + 1)/(warmup + 1) of the"),
    Mistake(
        right="    if step < warmup:\n"
              "        return peak * (step + 1) / (warmup + 1)\n",
        wrong="    rise = peak * step / warmup\n"
              "    if step < warmup:\n"
              "        return peak * (step + 1) / (warmup + 1)\n",
        case="no warm-up", kind="exception",
        says="Which of the arguments is 0 here?"),
    Mistake(
        right="np.cos(np.pi * s)",
        wrong="np.cos(np.degrees(np.pi * s))",
        case="one step of warm-up", kind="degrees",
        says="np.cos takes radians: half a turn is π, not 180."),
    Mistake(
        right="np.cos(np.pi * s)",
        wrong="np.cos(s)",
        case="one step of warm-up", kind="radians",
        says="π is missing: s runs from 0 to 1, and cos(π · s) from 1 to −1."),
    Mistake(
        right="return final + (peak - final) * 0.5 * (1 + np.cos(np.pi * s))",
        wrong="return str(final + (peak - final) * 0.5 * (1 + np.cos(np.pi * s)))",
        case="one step of warm-up", kind="type",
        says="learning_rate returned a str; expected is one number."),
]
