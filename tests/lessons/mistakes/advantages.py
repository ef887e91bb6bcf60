"""Mistakes in exercise 26, advantages and PPO's clip."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="v_after * (1 - fell)",
        wrong="v_after",
        case="a fall", kind="fallen",
        says="After a fall nothing comes: δ = r − v where fell is 1, whatever v_after says."),
    Mistake(
        right="v_after * (1 - fell)",
        wrong="v_after * (1 - fell) * (1 - cut)",
        case="cut off", kind="cut off",
        says="An episode that was cut off counts as fallen. It would have gone on: v_after belongs to"),
    Mistake(
        right="goes_on = (1 - fell) * (1 - cut)",
        wrong="goes_on = 1 - fell",
        case="cut, and then another", kind="next episode",
        says="The advantage of a step that was cut off takes in the next step."),
    Mistake(
        right="gamma * lam * goes_on[t]",
        wrong="gamma * goes_on[t]",
        case="two steps", kind="lambda",
        says="λ is missing: Aₜ₊₁ counts γλ."),
    Mistake(
        right="gamma * lam * goes_on[t]",
        wrong="lam * goes_on[t]",
        case="two steps", kind="gamma",
        says="γ is missing before Aₜ₊₁, which counts γλ."),
    Mistake(
        right="for t in reversed(range(len(r))):",
        wrong="for t in range(len(r)):",
        case="two steps", kind="forward",
        says="The sum runs the wrong way, over what came before. Begin at the last step."),
    Mistake(
        right="    return A\n",
        wrong="    return delta\n",
        case="two steps", kind="one surprise",
        says="This is δ alone. The surprises that follow count as well, each step later γλ times less."),
    Mistake(
        right="* (1 - fell) - v",
        wrong="* (1 - fell)",
        case="one step", kind="no baseline",
        says="v is not subtracted. An advantage says how much better than expected."),
    Mistake(
        right="np.minimum(ratio * A, clipped * A)",
        wrong="clipped * A",
        case="gain: negative", kind="no minimum",
        says="This is the clipped term alone. The smaller of the two counts: where A is negative and"),
    Mistake(
        right="np.minimum(ratio * A, clipped * A)",
        wrong="np.maximum(ratio * A, clipped * A)",
        case="gain: too large", kind="maximum",
        says="This is the larger of the two terms; the gain is the smaller one."),
    Mistake(
        right="np.minimum(ratio * A, clipped * A)",
        wrong="ratio * A",
        case="gain: too large", kind="no clip",
        says="Nothing is clipped: beyond 1 ± ε a larger gain must not pay."),
    Mistake(
        right="np.minimum(ratio * A, clipped * A)",
        wrong="np.minimum(ratio, clipped) * A",
        case="gain: negative", kind="factor",
        says="The minimum was taken of the ratios. It is of the products: with a negative A the order"),
    Mistake(
        right="np.where(ratio * A <= clipped * A, A, 0.0)",
        wrong="np.where(ratio == clipped, A, 0.0)",
        case="slope: negative", kind="inside",
        says="The slope is 0 wherever the ratio is outside 1 ± ε. It is 0 only where the clipped term"),
    Mistake(
        right="np.where(ratio * A <= clipped * A, A, 0.0)",
        wrong="1.0 * A",
        case="slope: too large", kind="never 0",
        says="The slope is A everywhere. Where the clipped term counts, the ratio has no influence."),
]
