"""Mistakes in exercise 25, the targets of a Q-network."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="q.max(axis=1) * (1 - ended)",
        wrong="q.max(axis=1)",
        case="the end", kind="ended",
        says="Something comes next after the end of an episode."),
    Mistake(
        right="q.max(axis=1) * (1 - ended)",
        wrong="q.max(axis=1) * ended",
        case="one step", kind="reward alone",
        says="This is the reward alone. Where ended is 0, what comes next counts as well."),
    Mistake(
        right="r + gamma * q.max(axis=1) * (1 - ended)",
        wrong="(r + gamma * q.max(axis=1)) * (1 - ended)",
        case="the end", kind="last reward",
        says="The reward of the last step is lost: the factor 1 − ended belongs to what comes next"),
    Mistake(
        right="r + gamma * q.max(axis=1)",
        wrong="r + q.max(axis=1)",
        case="one step", kind="discount",
        says="The discount is missing: what comes next counts γ."),
    Mistake(
        right="r + gamma * q.max(axis=1) * (1 - ended)",
        wrong="gamma * (r + q.max(axis=1) * (1 - ended))",
        case="one step", kind="discounted reward",
        says="The reward is discounted as well. It comes now; γ belongs to what comes next."),
    Mistake(
        right="q.max(axis=1)",
        wrong="q.argmax(axis=1)",
        case="one step", kind="number",
        says="argmax gives the number of the best action, not its value."),
    Mistake(
        right="q.max(axis=1)",
        wrong="q.max()",
        case="two steps", kind="all steps",
        says="The maximum was taken over all steps together. Each has its own: max(axis=1)."),
    Mistake(
        right="q.max(axis=1)",
        wrong="q.mean(axis=1)",
        case="one step", kind="mean",
        says="This is the mean of the actions' values. Q-learning takes the best."),
    Mistake(
        right="q[np.arange(len(q)), b]",
        wrong="q.max(axis=1)",
        case="sarsa: one step", kind="maximum",
        says="This is Q-learning's target. SARSA takes the value of b, the action that is taken next,"),
    Mistake(
        right="q[np.arange(len(q)), b]",
        wrong="q[:, b]",
        case="sarsa: one step", kind="reshaped",
        says="has shape (1, 1); expected is (1,). The numbers are right: reshape it, or keep the axis"),
    Mistake(
        right="valuer[np.arange(len(valuer)), best]",
        wrong="valuer.max(axis=1)",
        case="double: one step", kind="own choice",
        says="The valuer chooses its own best action. The chooser's argmax says which of the valuer's"),
    Mistake(
        right="valuer[np.arange(len(valuer)), best]",
        wrong="chooser.max(axis=1)",
        case="double: one step", kind="one network",
        says="The chooser values its own choice: so the luckiest error counts again."),
    Mistake(
        right="best = chooser.argmax(axis=1)\n    value = valuer[",
        wrong="best = valuer.argmax(axis=1)\n    value = chooser[",
        case="double: one step", kind="exchanged",
        says="The two are exchanged: chooser gives the argmax, valuer the value."),
]
