"""What the documents say of backpropagation, tested with the lesson's own variables."""

listed, used = W1.size + W2.size + b2.size, W1.size + b1.size + W2.size + b2.size

claim("B §4.3", "the list of parameters (模型参数)",
      printed="W⁽¹⁾ ∈ ℝ²ˣ³, W⁽²⁾ ∈ ℝ³ˣ¹, b⁽²⁾ ∈ ℝ¹ˣ¹",
      computed=f"the list has {listed} numbers; the forward pass uses {used}",
      verdict="wrong", shown=listed == 10 and used == 13,
      why="The biases b⁽¹⁾ of the three hidden units are missing, though the document adds them "
          "in the forward pass and updates them at the end. The shapes that it does list fit.")

columns = [sigmoid(W1[:, i] @ x + b1[i]) for i in range(3)]

claim("B §4.3", "hidden layer",
      printed="hᵢ = σ(W⁽¹⁾ᵢ · x + b⁽¹⁾ᵢ), i = 1, 2, 3, with W⁽¹⁾ ∈ ℝ²ˣ³",
      computed=f"h = ({', '.join(f'{v:.4f}' for v in columns)}) if W⁽¹⁾ᵢ is column i",
      verdict="ambiguous", shown=np.allclose(columns, h) and W1[0].shape != x.shape,
      why="Wᵢ usually means row i. Here that cannot be: there are three units but two rows, and "
          "a row has three entries where x has two. Read as column i the formula is right.")

column_h = h.reshape(3, 1)                      # the vector as a column, as the shapes suggest

claim("B §4.3", "output layer",
      printed="y = σ(W⁽²⁾ · h + b⁽²⁾), with W⁽²⁾ ∈ ℝ³ˣ¹, b⁽²⁾ ∈ ℝ¹ˣ¹",
      computed=f"W⁽²⁾ᵀh + b⁽²⁾ is (1, 3)(3, 1) + (1, 1) = (1, 1): y = {y.item():.4f}",
      verdict="ambiguous", shown=W2.shape == (3, 1) and (W2.T @ column_h + b2).shape == (1, 1)
      and W2.shape[1] != column_h.shape[0] and np.allclose(sigmoid(W2.T @ column_h + b2), y),
      why="As a matrix product (3, 1)(3, 1) does not exist; W⁽²⁾ must be transposed, or the dot "
          "read as the dot product of two vectors. Then all shapes fit, b⁽²⁾'s as well.")

claim("B §4.3", "one σ for both layers",
      printed="σ 表示激活函数，如 ReLU、Sigmoid 等 (σ is an activation function such as ReLU, sigmoid)",
      computed=f"for x = (4, 2): y = {y_relu.item():.1f} with ReLU, {y_sigmoid.item():.4f} with "
               "sigmoid",
      verdict="ambiguous", shown=y_relu.item() > 1 and 0 < y_sigmoid.item() < 1,
      why="The output of a network for two classes is a probability, so the σ of the output must "
          "be the sigmoid; the σ of the hidden layer is free.")

slope_of_y = ((0.5 * (y + step - t) ** 2 - 0.5 * (y - step - t) ** 2) / (2 * step)).item()

printed_dy = -(y - t).item()

claim("B §4.3", "the sign of Δy",
      printed="Δy = ∂J/∂y = −(y − t)", computed=f"y − t = {number(dJ_dy.item())}; measured "
      f"{number(slope_of_y)}; printed +{number(printed_dy)}",
      verdict="wrong", shown=np.isclose(slope_of_y, dJ_dy.item())
      and np.isclose(printed_dy, -slope_of_y),
      why="y − t is the derivative of ½(y − t)². Its negative is the direction in which y should "
          "move: that fits an update that adds. But the document's updates subtract.")

missing = (dJ_dy * h[0]).item() / dJ_dW2[0, 0]

claim("B §4.3", "ΔW⁽²⁾ and Δb⁽²⁾ without the slope of the output",
      printed="ΔW⁽²⁾ = α · Δy · h,  Δb⁽²⁾ = α · Δy,  with Δy = ∂J/∂y",
      computed=f"(y − t)·h is {missing:.4f} times the gradient: 1 / (y (1 − y)) = "
               f"{1 / (y * (1 - y)).item():.4f}",
      verdict="wrong", shown=np.isclose(missing, 1 / (y * (1 - y)).item()) and missing > 1,
      why="h enters z⁽²⁾ and not y, so Δ must be ∂J/∂z⁽²⁾ = ∂J/∂y · σ′(z⁽²⁾).",
      seen=f"For the cross-entropy ∂C/∂z⁽²⁾ = {number(dC_dz2)} = y − t: there the formula is "
           "right, with the other sign and another name.")

whole = np.outer(h * (1 - h), delta2 @ W2.T)    # (3, 3): each unit with all three weights

claim("B §4.3", "Δhᵢ with the whole of W⁽²⁾",
      printed="Δhᵢ = σ′(hᵢ) · Δy · W⁽²⁾,  i = 1, 2, 3",
      computed=f"{whole.size} numbers for 3 hidden units; with W⁽²⁾ᵢ there are {delta1.size}",
      verdict="wrong", shown=whole.size == 9 and np.allclose(np.diag(whole), delta1),
      why="The index i is missing on W⁽²⁾: unit i reaches the output through its own weight only.")

claim("B §4.3", "Δhᵢ and its name",
      printed="Δhᵢ = ∂J/∂hᵢ = σ′(hᵢ) · Δy · W⁽²⁾",
      computed=f"i = 1: ∂J/∂h = {number(dJ_dh[0])}, and with σ′ {number(delta1[0])} = ∂J/∂z",
      verdict="wrong", shown=not np.isclose(dJ_dh[0], delta1[0])
      and np.allclose(delta1, measured(1)),
      why="∂J/∂hᵢ ends before the σ of unit i. With σ′ it is ∂J/∂zᵢ, the slope with respect to "
          "what enters the unit; the lines for ΔW⁽¹⁾ and Δb⁽¹⁾ need that one.")

claim("B §4.3", "σ′(h)",
      printed="σ′(h⁽¹⁾ᵢ)",
      computed=f"i = 1: σ′ at h is {at_h[0]:.4f}; σ′ at z is {at_z[0]:.4f} = h(1 − h)",
      verdict="ambiguous", shown=np.allclose(at_z, h * (1 - h))
      and not np.allclose(at_h, at_z, rtol=0.1),
      why="As a value of the function σ′ at h it is wrong. Read as “the slope, computed from h”, "
          "that is h(1 − h), it is right; for ReLU both readings give the same, because h > 0 "
          "where z > 0.")

delta_W2 = alpha * delta2 * h                   # the document's ΔW⁽²⁾, with the right δ

moved = alpha * delta_W2                        # what its update subtracts

ratio = moved[0] / dJ_dW2[0, 0]

claim("B §4.3", "the four updates (参数更新)",
      printed="ΔW = α · … and then W = W − α · ΔW; b likewise",
      computed=f"for α = {alpha}: what is subtracted is {ratio:.2f} times the gradient, α² and "
               "not α",
      verdict="wrong", shown=np.isclose(ratio, alpha ** 2) and not np.isclose(ratio, alpha),
      why="ΔW holds α already. The document's own rule in §4.2, θ = θ − α ∂J/∂θ, has it once.")

rows = np.stack([delta1[i] * x for i in range(3)], axis=1)       # (2, 3): column i is Δhᵢ · x

claim("B §4.3", "ΔW⁽¹⁾ and Δb⁽¹⁾",
      printed="ΔW⁽¹⁾ᵢ = α · Δhᵢ · x,  Δb⁽¹⁾ᵢ = α · Δhᵢ",
      computed="with Δhᵢ = ∂J/∂zᵢ: all 9 slopes agree with the measured ones",
      verdict="right", shown=np.allclose(rows, measured(0)) and np.allclose(delta1, measured(1)),
      why="zᵢ = W⁽¹⁾ᵢ · x + bᵢ has the derivatives x and 1. This holds for each part of the "
          "gradient; what is wrong came in with Δy and Δh, or comes with the second α.")

W2_updated = W2 - 1.0 * dJ_dW2

late = (W2_updated @ delta2) * h * (1 - h)

claim("B §4.3", "the order: all Δ first, then all updates",
      printed="反向传播 (all Δ), then 参数更新 (all updates)",
      computed=f"Δh₁ = {number(delta1[0])}; after an update of W⁽²⁾ with α = 1 it would be "
               f"{number(late[0])}",
      verdict="right", shown=not np.allclose(late, delta1) and np.allclose(delta1, measured(1)),
      why="All slopes must be taken at the same point, with the weights of the forward pass.")

claim("B §4.3", "the rules as a whole",
      printed="反向传播 and 参数更新, all lines (σ′(h) read as h(1 − h), W⁽²⁾ as W⁽²⁾ᵢ)",
      computed=f"J after 0, 1, 5, 40 steps: {printed_run[0]:.4f}, {printed_run[1]:.4f}, "
               f"{printed_run[5]:.4f}, {printed_run[40]:.4f}; corrected: {corrected_run[0]:.4f}, "
               f"{corrected_run[1]:.4f}, {corrected_run[5]:.4f}, {corrected_run[40]:.4f}",
      verdict="wrong", shown=np.all(np.diff(printed_run) > 0)
      and np.all(np.diff(corrected_run) < 0),
      why="Because of the sign the rules climb: the output goes to the wrong class, and J to ½, "
          "the worst there is.")
