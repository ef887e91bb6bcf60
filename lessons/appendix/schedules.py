"""What the documents say of schedules, tested with the lesson's own variables."""

claim("B §3.2", "the learning rate as the key (学习率)",
      printed="选择合适的学习率是模型优化的关键 (a suitable learning rate is the key to optimization)",
      computed=f"100 steps from J = {J(START):.1f}: α = 0.0001 → {table[0.0001]:.1f}, 0.001 → "
               f"{table[0.001]:.1f}, 0.018 → {table[0.018]:.2f}, 0.021 → more than 10⁸",
      verdict="right", shown=table[0.021] > 1e8 and table[0.0001] > table[0.001] > table[0.018],
      why="Too small and nothing happens, too large and it explodes; between a good rate and "
          "disaster lie less than 20 %.")

frozen = noisy(lambda t: PEAK * 0.8 ** t)[-1]

claim("B §3.2", "fixed learning rate (固定学习率)",
      printed="常用的学习率调度策略包括固定学习率 (common schedules: a fixed rate)",
      computed=f"noisy descent, α = {PEAK}: the mean loss stays at {floor:.3f} = α / (4 − 2α); "
               f"with one that falls it ends below {0.25 * floor:.3f}",
      verdict="right", shown=abs(plateau / floor - 1) < 0.03
      and max(last["exponential"], last["step decay"], last["one-cycle"]) < 0.25 * floor,
      why="It works, and is the simplest. But with noise the loss does not get below a floor "
          "that the rate decides.")

claim("B §3.2", "exponential decay (指数衰减学习率)",
      printed="常用的学习率调度策略包括指数衰减学习率 (… exponential decay)",
      computed="α γᵗ is ExponentialLR at all 300 steps; the noisy descent ends far below the "
               "floor of the fixed rate for γ = 0.98, but does not arrive for γ = 0.8",
      verdict="right", shown=last["exponential"] < 0.25 * floor and frozen > 3,
      why="No formula is given. γ must fit the length of the training: all rates together are at "
          "most α / (1 − γ).")

in_period = [by_formula["step decay"][t] for t in (0, 150)]

cyclic = [PEAK * (1 + math.cos(2 * math.pi * t / 150)) / 2 for t in (0, 150)]

claim("B §3.2", "学习率衰减周期",
      printed="常用的学习率调度策略包括 … 学习率衰减周期等 (… “learning-rate decay period”, and so on)",
      computed=f"after two periods of 75 steps: times 0.3 each period {in_period[1]:.3f}; a "
               f"cosine that comes back every 150 steps {cyclic[1]:.3f}",
      verdict="ambiguous", shown=in_period[0] == cyclic[0] and in_period[1] < 0.2 * cyclic[1],
      why="A period is a number, not a schedule. Step decay is meant, most likely; a cyclic rate "
          "has a period as well.")

sgd_good, sgd_bad = counted["SGD"][0.018], counted["SGD"][0.05]

claim("B §3.1", "step 5 (优化参数), the update",
      printed="使用优化算法（如梯度下降、Adam等）来更新网络参数，以最小化损失函数值 (use gradient descent, Adam, … to "
              "update the parameters and minimize the loss)",
      computed=f"five optimizers in the narrow valley, each with a suitable α: J < {goal} for "
               "good in fewer than 400 steps",
      verdict="right", shown=all(n < 400 for n in best.values()),
      why="Each of them uses the gradient only; they differ in what they remember of earlier "
          "ones.")

claim("B §3.1", "step 5, the convergence (收敛)",
      printed="通过多次迭代训练，模型逐渐收敛，直至达到预定的性能指标 (the model gradually converges until it reaches the "
              "given performance)",
      computed=f"J < {goal}: reached in the valley with α = 0.018, never with 0.05; with noise "
               f"and α = {PEAK} never in the mean ({floor:.3f})",
      verdict="ambiguous", shown=sgd_good is not None and sgd_bad is None and plateau > goal
      and noisy_losses["fixed, large"].min() > goal,
      why="True for a suitable rate. In general many iterations guarantee nothing: a rate may be "
          "too large, noise leaves a floor, and the goal may be out of the network's reach "
          "(lesson 11, backpropagation).")
