"""What the documents say of relu network, tested with the lesson's own variables."""

one_by_one = [max(0, sum(W2[j, k] * a1[k] for k in range(4)) + b2[j]) for j in range(2)]

claim("C §4.3", "the forward pass",
      printed="z₁ = W₁a₀ + b₁, a₁ = max(0, z₁), z₂ = W₂a₁ + b₂, a₂ = max(0, z₂)",
      computed="W₁ (4, 3), W₂ (2, 4): z₁ = (3, 2, −2, 1), a₁ = (3, 2, 0, 1), a₂ = z₂ = (2, 3)",
      verdict="right", shown=np.allclose(a1, [3, 2, 0, 1]) and np.allclose(a2, [2, 3])
      and np.allclose(a2, one_by_one),
      why="The shapes follow from 3, 4 and 2 units, and the same comes out unit by unit.")

as_sum = sum(W1[:, k] * a0[k] for k in range(3)) + b1                   # (4,)

claim("C §4.2", "forward, nonlinear layer (非线性层)",
      printed="zₗ = Σₖ Wₗ,ₖ aₗ₋₁,ₖ + bₗ,  aₗ = activation function of zₗ",
      computed="Σₖ (column k of W₁) · a₀,ₖ + b₁ = (3, 2, −2, 1) = W₁a₀ + b₁",
      verdict="right", shown=np.allclose(as_sum, z1),
      why="A matrix times a vector is the sum of the matrix's columns, each times one entry.")

other = np.array([-2.0, 0.5, 1.0])

whole = relu(W1 @ (a0 + other)) - relu(W1 @ a0) - relu(W1 @ other)       # 0 if it were linear

linear = W1 @ (a0 + other) - W1 @ a0 - W1 @ other

claim("C §4.2", "forward, linear layer (线性层)",
      printed="zₗ = Wₗaₗ₋₁ + bₗ,  aₗ = σ(zₗ)",
      computed="f(u + v) − f(u) − f(v) is 0 if f is linear. Without b, for two inputs, it is "
               f"{np.abs(linear).max():.0f} for z and up to {np.abs(whole).max():.0f} for a = "
               "σ(z)",
      verdict="wrong", shown=np.allclose(linear, 0) and np.abs(whole).max() > 0.5,
      why="A linear layer is z = Wa + b alone. With σ it is the nonlinear layer: the document's "
          "two entries are one and the same.")

claim("C §4.3", "the sign of δ₂",
      printed="δ₂ = (y − a₂) ⊙ ∂a₂/∂z₂",
      computed="∂L/∂z₂ = (a₂ − y) ⊙ ReLU′(z₂) = (1, −2), measured; printed (−1, 2)",
      verdict="wrong", shown=np.allclose(slope_of_a2, a2 - y)
      and np.allclose(printed_delta2, -delta2) and subtracted > L > added,
      why="By the document's definition, δ = ∂L/∂a ⊙ ∂a/∂z (§4.1), the sign is turned. It would "
          "fit an update that adds; the document prints none.",
      seen=f"One step of 0.005: subtracted as usual the loss rises from 2.5 to {subtracted:.4f}, "
           f"added it falls to {added:.4f}.")

claim("C §4.3", "the last factor of δ₁",
      printed="δ₁ = W₂ᵀδ₂ ⊙ ∂z₁/∂a₀",
      computed="∂z₁/∂a₀ = W₁ is (4, 3), and (4,) ⊙ (4, 3) does not exist; as a column it gives 12 "
               "numbers for 4 units. With ReLU′(z₁): δ₁ = (3, −5, 0, −1), as measured",
      verdict="wrong", shown=np.allclose(dz1_da0, W1) and as_column.shape == (4, 3)
      and np.allclose(measured(lambda b: loss_of(with_one(1, b)), b1), delta1),
      why="δ₁ = ∂L/∂a₁ ⊙ ∂a₁/∂z₁: the way back leads through the ReLU of the hidden layer. "
          "∂z₁/∂a₀ comes one step later, and only if the slope of the input is wanted.")

claim("C §4.3", "the first part of δ₁",
      printed="W₂ᵀδ₂",
      computed="W₂ᵀδ₂ = (3, −5, 4, −1) = ∂L/∂a₁, measured",
      verdict="right", shown=np.allclose(
          measured(lambda a: 0.5 * ((relu(W2 @ a + b2) - y) ** 2).sum(), a1), dL_da1),
      why="a₁,ₖ enters both outputs with the weights in column k of W₂; their contributions add "
          "up. (With the sign of δ₂ corrected.)")

claim("C §4.3", "where the backward pass ends",
      printed="δ₂ and δ₁; no loss L, no ∂L/∂W, no update",
      computed="with L = ½Σ(a₂ − y)²: ∂L/∂W₂ = δ₂a₁ᵀ (2, 4), ∂L/∂W₁ = δ₁a₀ᵀ (4, 3), ∂L/∂b = δ: "
               "all 26 slopes as measured",
      verdict="ambiguous", shown=sum(g.size for g in by_hand) == 26 and dL_dW2.shape == W2.shape
      and dL_dW1.shape == W1.shape,
      why="The δ alone train nothing. The missing lines can be added in more than one way: the "
          "loss decides the first factor of δ₂, the update its sign.")

claim("C §4.2", "backward, linear layer",
      printed="δₗ = ∂L/∂zₗ,  ∂zₗ/∂aₗ₋₁ = Wₗ",
      computed="∂z₁/∂a₀ and ∂z₂/∂a₁, measured, are W₁ and W₂",
      verdict="right", shown=np.allclose(dz1_da0, W1)
      and np.allclose(measured(lambda a: W2 @ a + b2, a1), W2),
      why="z = Wa + b is a sum of products; the slope with respect to an input is its weight.")

on = relu_slope(z1) > 0

sigmoid_slope = np.exp(-1) / (1 + np.exp(-1)) ** 2                       # σ′(1)

claim("C §4.2", "backward, nonlinear layer: δ",
      printed="δₗ = ∂L/∂zₗ ⊙ ∂zₗ/∂aₗ",
      computed="for layer 1: (3, −5, 0/0, −1); by §4.1 (3, −5, 0, −1)",
      verdict="wrong", shown=np.isnan(printed_delta1[2])
      and np.allclose(printed_delta1[on], delta1[on]),
      why="z and a have changed places: §4.1 has ∂L/∂a ⊙ ∂a/∂z. Printed is the way from z to a, "
          "which divides by the slope of the activation; for a ReLU that is off, by 0.",
      seen="With a sigmoid instead of ReLU, at z = 1, the printed line gives "
           f"{1 / sigmoid_slope:.2f} times the δ of §4.1.")

claim("C §4.2", "backward, nonlinear layer: ∂zₗ/∂aₗ₋₁",
      printed="∂zₗ/∂aₗ₋₁ = ∂σ(zₗ)/∂zₗ ⊙ Wₗ",
      computed="row 3 (the unit that is off): ∂z₁/∂a₀ = (−1, −1, 0), printed (0, 0, 0) = ∂a₁/∂a₀",
      verdict="wrong", shown=np.allclose(da1_da0, right_side)
      and not np.allclose(dz1_da0, right_side),
      why="The right side is ∂aₗ/∂aₗ₋₁, with a = σ(z) on top. ∂zₗ/∂aₗ₋₁ is Wₗ, as printed for "
          "the linear layer.")

claim("C §4.3", "ReLU also at the output",
      printed="a₂ = max(0, z₂)",
      computed=f"from z₂,₁ = −1, 100 steps: output {dead_out[0]:.0f} for the target 1, loss "
               f"{dead_losses[-1]:.4f}; without this ReLU output {free_out[0]:.3f}, loss "
               f"{free_losses[-1]:.4f}",
      verdict="ambiguous", shown=dead_out[0] == 0 and dead_losses[-1] > 0.49
      and free_losses[-1] < 1e-4,
      why="Well defined, and it learns if the outputs start above 0. But it can say nothing "
          "below 0, and an output below 0 gets no gradient. Usual is no activation (numbers), or "
          "softmax (classes).")
