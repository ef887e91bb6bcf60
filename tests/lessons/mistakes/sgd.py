"""Mistakes in exercise 7, SGD with momentum and weight decay."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="p - lr",
        wrong="p + lr",
        case="the first step", kind="sign",
        says="The parameter moves uphill: the step is subtracted."),
    Mistake(
        right="lr * new_v, new_v",
        wrong="lr * v, new_v",
        case="the first step", kind="old velocity",
        says="The parameter moves along the old velocity; first the velocity changes, then"),
    Mistake(
        right="momentum * v + g\n"
              "    return p - lr * new_v",
        wrong="momentum * v + lr * g\n"
              "    return p - new_v",
        case="the first step", kind="rate inside",
        says="The learning rate is in the velocity."),
    Mistake(
        right="momentum * v + g",
        wrong="momentum * v + (1 - momentum) * g",
        case="the first step", kind="dampening",
        says="The gradient is multiplied by 1 − momentum, as in a running mean."),
    Mistake(
        right="momentum * v + g",
        wrong="g",
        case="a step with velocity", kind="no momentum",
        says="The velocity is the gradient alone: what it was before is forgotten."),
    Mistake(
        right="p - lr * new_v",
        wrong="p - lr * (g + momentum * new_v)",
        case="the first step", kind="nesterov",
        says="This is Nesterov's variant, which looks one step ahead."),
    Mistake(
        right="    new_v = momentum * v + g\n",
        wrong="    v *= momentum\n"
              "    v += g\n"
              "    new_v = v\n",
        case="the first step", kind="changed",
        says="sgd_step changed its input v."),
    Mistake(
        right="new_v = momentum * v + g\n"
              "    return p - lr * new_v, new_v",
        wrong="new_v = momentum * v - lr * g\n"
              "    return p + new_v, new_v",
        case="the first step", kind="rate inside",
        says="The velocity has the learning rate and the minus sign in it."),
    Mistake(
        right="p - lr * new_v, new_v",
        wrong="new_v, p - lr * new_v",
        case="the first step", kind="exchanged",
        says="The values are right, but not their order: return new_p, new_v."),
    Mistake(
        right="p - lr * new_v, new_v",
        wrong="p - lr * new_v",
        case="the first step", kind="type",
        says="sgd_step returned one array of shape (1,); expected are 2 values: return"),
    Mistake(
        right="p - lr * new_v, new_v",
        wrong="p - lr * new_v, v",
        case="the first step", kind="old velocity returned",
        says="The old velocity is returned as it was; the new one is needed for the next"),
    Mistake(
        right="    return p - lr * new_v, new_v",
        wrong="    p -= lr * new_v\n"
              "    return p, new_v",
        case="the first step", kind="changed",
        says="sgd_step changed its input p."),
    Mistake(
        right="momentum * v + g",
        wrong="v + momentum * g",
        case="the first step", kind="momentum before g",
        says="momentum stands before the gradient."),
    Mistake(
        right="p - lr * new_v",
        wrong="p - new_v",
        case="the first step", kind="no rate",
        says="The step is not multiplied by the learning rate."),
    Mistake(
        right="momentum * v + g",
        wrong="momentum * v - g",
        case="the first step", kind="minus in the velocity",
        says="The gradient is subtracted from the velocity."),
    Mistake(
        right="return p - lr * new_v, new_v",
        wrong="return p - lr * g, new_v",
        case="a step with velocity", kind="no momentum",
        says="The parameter moves along the gradient alone, not along the velocity."),
    Mistake(
        right="momentum * v + g",
        wrong="v + g",
        case="a step with velocity", kind="nothing fades",
        says="The old velocity is added in full; momentum · v lets it fade."),
    Mistake(
        right="    g = g + decay * p\n",
        wrong="",
        case="a step with decay", kind="no decay",
        says="The decay is missing: first decay · p is added to the gradient."),
    Mistake(
        right="g + decay * p",
        wrong="g - decay * p",
        case="a step with decay", kind="decay sign",
        says="The decay has the wrong sign: it is added to the gradient, which is subtracted"),
    Mistake(
        right="    g = g + decay * p\n"
              "    new_v = momentum * v + g\n"
              "    return p -",
        wrong="    new_v = momentum * v + g\n"
              "    return p - lr * decay * p -",
        case="a step with decay", kind="decay apart",
        says="The decay shrinks the parameter by itself."),
]
