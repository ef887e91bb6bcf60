"""What the documents say of eight steps, tested with the lesson's own variables."""

claim("A §3.1", "the chain rule gives the gradients (利用链式法则)",
      printed="use the chain rule to compute the gradient of the loss with respect to the "
              "parameters",
      computed="all 9 gradients of the 2-2-1 network agree with central differences to 9 decimals",
      verdict="right", shown=worst < 1e-9,
      why="Slopes multiply along a path and add up over paths.")

claim("C §4.1", "the forward formula",
      printed="aₗ = σ(Wₗ aₗ₋₁ + bₗ)",
      computed="applied twice, it gives what minigrad gives, for each of the four samples",
      verdict="right",
      shown=np.allclose([forward(start, x)[-1] for x in inputs], predict(tensors(start), X).tolist()),
      why="For one sample as a column. With samples as rows it reads A Wᵀ + b.")

claim("C §4.1", "the backward formula",
      printed="δₗ = ∂L/∂aₗ ⊙ ∂aₗ/∂zₗ, the error (误差) of layer l",
      computed="δ₁ and δ₂ by this formula are the measured slopes of the loss along z₁ and z₂",
      verdict="right",
      shown=np.allclose(along_z1, delta1) and np.allclose(measured["b2"], delta2),
      why="It is ∂L/∂zₗ, for an activation that works number by number. To train, two more "
          "formulas are needed, which §4.1 leaves out: ∂L/∂Wₗ = δₗ aₗ₋₁ᵀ and ∂L/∂aₗ₋₁ = Wₗᵀ δₗ.")

claim("A §3.1", "the eight steps",
      printed="choose, initialize, prepare; then forward, loss, backpropagation, update; repeat "
              "these four until a number of rounds is reached or the training converges",
      computed=f"a 2-2-1 network, 500 rounds: loss {losses[0]:.3f} → {losses[-1]:.3f}, "
               f"{right} of 4 samples right",
      verdict="right", shown=losses[-1] < losses[0] / 10 and right == 4,
      why="The loop of steps 4 to 7 is gradient descent; it lacks nothing.")

claim("A §3.1", "a random beginning (需要随机初始化)",
      printed="before training the weights and biases of the model must be initialized at random",
      computed=f"distance of the two hidden units after 500 rounds:\n"
               f"all parameters alike         {gaps['all alike']:.0f}\n"
               f"random weights, biases 0     more than 0.1\n"
               f"weights alike, biases not    more than 0.1",
      verdict="right", shown=gaps["all alike"] == 0 and min(list(gaps.values())[::2]) > 0.1,
      why="Units that begin alike get equal gradients and stay alike. One of the two is enough to "
          "tell them apart: usually the weights are random and the biases 0.")

in_each_layer = [forward(start, x)[-1][0] for x in inputs]

at_the_end = [
    sigmoid(start["W2"] @ (start["W1"] @ x + start["b1"]) + start["b2"])[0]
    for x in inputs
]

claim("A §3.1", "where the activation belongs",
      printed="3. layer by layer, compute the output of each hidden layer. 4. Apply the activation "
              "function, which turns the linear map into a nonlinear one",
      computed="the predictions for the four students, before training\n"
               f"activation in each layer    {np.round(in_each_layer, 3).tolist()}\n"
               f"activation only at the end  {np.round(at_the_end, 3).tolist()}",
      verdict="ambiguous", shown=not np.allclose(in_each_layer, at_the_end, atol=0.01),
      why="As a list, step 4 follows step 3, and the layers between collapse into one (lesson 7, "
          "activations). "
          "The sentence before the list has it right: in each layer a weighted sum, then the "
          "activation.")

further = f"read to the letter, each round steps {moved[2] / moved[1]:.1f} times as far"

claim("A §3.1", "what belongs to backpropagation (反向传播)",
      printed="above the list: backpropagation = compute the loss, compute the gradients, update "
              "the weights\nin the list: 5. loss, 6. backpropagation, 7. update",
      computed=further, verdict="ambiguous", shown=abs(moved[2] / moved[1] - 2) < 1e-9,
      why="Backpropagation is the computation of the gradients; what is done with them is the "
          "optimizer's part. In minigrad: loss.backward(), then the update.")

claim("B §3.1", "five training steps, with two updates",
      printed="4. backpropagation: … propagate the gradient to each layer, update the parameters\n"
              "5. optimize: use gradient descent, Adam … to update the parameters",
      computed=further, verdict="ambiguous", shown=abs(moved[2] / moved[1] - 2) < 1e-9,
      why="There is one update in a round. Step 4 computes the gradients, step 5 uses them.")
