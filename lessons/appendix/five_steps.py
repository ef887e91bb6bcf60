"""What the documents say of the five steps, tested with the lesson's own variables."""

claim("B §3.1", "step 4 (反向传播) and the parameters",
      printed="将损失函数的梯度反向传播到每一层，更新网络参数 (pass the gradient back to each layer, update the "
              "parameters)",
      computed="after backward every parameter has a gradient and its old value; only step 5 "
               "changes it",
      verdict="ambiguous", shown=unchanged and changed,
      why="It can be read as the purpose, “in order to update”. As an action it would be done "
          "twice: updating is step 5, and must wait until all gradients are there (lesson 11, "
          "backpropagation).")

claim("B §3.1", "step 4, its idea",
      printed="核心思想是利用链式法则，计算每一层参数的梯度 (the core idea: the chain rule gives the gradient of "
              "each layer's parameters)",
      computed=f"all {len(differences)} gradients of the two layers agree with measured slopes",
      verdict="right", shown=len(differences) == 13 and max(differences) < 1e-8,
      why="Lessons 11 (backpropagation) to 15 (sigmoid network) do it "
          "by hand.")

W1_random = random_start[0].detach().cpu().numpy()

claim("B §3.1", "step 1 (初始化网络结构)",
      printed="定义输入层、隐藏层和输出层的结构，以及每层之间的连接方式 (define the layers' structure and connections)",
      computed="from equal weights the three hidden units are still equal after 1000 steps, and "
               "XOR is not learned; from random ones it is",
      verdict="ambiguous", shown=np.ptp(W1_equal, axis=1).max() < 1e-3 and not learned(equal_start)
      and np.ptp(W1_random, axis=1).min() > 0.1 and learned(random_start),
      why="The first values of the weights are not mentioned. They must differ: units that start "
          "equal get equal gradients and stay equal.")

claim("B §3.1", "step 2 (正向传播)",
      printed="每层的输出作为下一层的输入 (each layer's output is the next layer's input)",
      computed="layer after layer gives the same four outputs as the network",
      verdict="right", shown=(whole == by_layers).all().item() and tuple(whole.shape) == (4, 1),
      why="That is what a network in layers is.")

claim("B §3.1", "step 3 (计算损失)",
      printed="常见的损失函数包括均方误差（MSE）、交叉熵 (common losses: mean squared error, cross-entropy)",
      computed="with either of them the network learns all four answers of XOR in 1000 steps",
      verdict="right", shown=learned(P) and learned(random_start),
      why="Both are smallest where y = t. Lesson 9 (losses) compares them.")
