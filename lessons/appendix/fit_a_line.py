"""What the documents say of gradient descent, tested with the lesson's own variables."""

first = np.array([2.0]), np.array([4.0])

claim("A §4.1.1", "the first step of gradient descent",
      printed="θ₁ = −0.01 · (y₁ − θ₀x₁)              = −0.04   for x₁ = 2, y₁ = 4, θ₀ = 0",
      computed=f"θ₁ = θ₀ − 0.01 · (−(y₁ − θ₀x₁) · x₁)  = {right:+.2f}",
      verdict="wrong", shown=loss_at(right, *first) < 8 < loss_at(last, *first),
      why="The derivative of ½(y − θx)² is −(y − θx)·x: the factor x and a minus sign are lost. "
          "The step is right only for x₁ = −1.",
      seen=f"the loss goes from 8.00 to {loss_at(last, *first):.2f}, with the right step to "
           f"{loss_at(right, *first):.2f}")

claim("A §4.1.1", "the factor 2 in the first step",
      printed="0 − 0.01 · 2 · (y₁ − θ₀x₁) = −0.01 · (y₁ − θ₀x₁)",
      computed=f"for x₁ = 2, y₁ = 4: {minus(middle)} on the left, {minus(last)} on the right",
      verdict="wrong", shown=abs(middle - 2 * last) < 1e-12 and last != 0,
      why="The two sides differ by the factor 2. It should not be there at all: it cancels with "
          "the ½.")

claim("A §4.1.1", "the direction, in words (沿着损失函数的梯度方向)",
      printed="adjust the parameters step by step along the direction of the gradient of the loss, "
              "to minimize it",
      computed=f"one step of 0.01 · gradient from a loss of 8.00: along it {along:.2f}, "
               f"against it {against:.2f}",
      verdict="wrong", shown=along > 8 > against,
      why="The gradient points to where the loss rises. The formula below the sentence has the "
          "minus sign.")

claim("A §4.1.1", "the update formula",
      printed="θₜ₊₁ = θₜ − α · ∇J(θ)",
      computed=f"one step: loss 8.00 → {against:.2f}; 100 steps of 0.01: {losses['right'][-1]:.4f}",
      verdict="right", shown=against < 8 and losses["right"][-1] < 0.01,
      why="To first order the loss changes by −α |∇J|², which is never a rise.")

claim("E §4.2", "the update and its direction (梯度的反方向)",
      printed="Δθ = −α ∇L(θ),  θₜ₊₁ = θₜ − α ∇L(θₜ): against the direction of the gradient",
      computed=f"one step from a loss of 8.00: predicted −α|∇L|² = −0.64, "
               f"found {minus(against - 8)}",
      verdict="right", shown=abs((8 - against) - 0.64) < 0.02,
      why="The document announces a derivation and gives none. It is one line: "
          "J(θ + Δ) ≈ J(θ) + ∇J · Δ, with Δ = −α∇J.")

claim("A §4.1.1", "the sum in the first step",
      printed="J = ½ Σᵢ (yᵢ − θxᵢ)² over n points, but a step with y₁ and x₁ only",
      computed=f"for the points (1, 2.1), (2, 3.9), (3, 6.2) at θ = 0:\n"
               f"∂J/∂θ of all points {minus(full)}, of the first point {minus(first_only)}",
      verdict="ambiguous", shown=abs(full - first_only) > 1,
      why="Either n = 1, or one point at a time is meant (stochastic gradient descent, "
          "随机梯度下降), or the sum was lost. The document does not say which.")

claim("A §4.1.1", "iterating makes the loss fall (损失函数值逐渐减小)",
      printed="by iterating, the parameters are gradually optimized and the loss gradually falls",
      computed=f"as printed, 100 steps: 8.00 → {losses['printed'][-1]:.1f}, rising at each step\n"
               f"with the right gradient: 8.00 → {losses['right'][-1]:.4f}, falling at each step",
      verdict="wrong", shown=losses["printed"][-1] > 100 and losses["right"][-1] < 0.01,
      why=f"For the printed step it is not so. For the right one it is, if α < 2/Σx²: above that "
          f"({limit:.3f} for our three points) the loss rises, too.")

claim("B §4.2", "the update in words (减去原始参数)",
      printed="subtract from each parameter's update amount the original parameter, to get the new "
              "value",
      computed=f"read to the letter, 200 steps: θ = {minus(worded[-1])}, loss {worded_loss:.1f}\n"
               f"by the formula, 200 steps:     θ = {minus(by_formula)},  loss {formula_loss:.2f}",
      verdict="wrong", shown=worded_loss > loss_at(0, x, y) > formula_loss,
      why="The order is reversed: the update amount is to be subtracted from the parameter.")

claim("B §4.2", "the gradient-descent formula",
      printed="θⱼ = θⱼ − α ∂J/∂θⱼ",
      computed="20 points, two parameters, 1000 steps: both within 0.0001 of the best line",
      verdict="right", shown=np.allclose(track[-1], exact, atol=1e-4),
      why="The = is an assignment: the old values stand on the right.")
