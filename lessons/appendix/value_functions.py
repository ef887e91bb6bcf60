"""What document E says of value functions, tested with the lesson's own variables."""

claim("E §3.1", "value functions (价值函数方法)",
      printed="价值函数方法通过估计状态值函数或状态-动作值函数，指导策略选择 "
              "(estimate the value of states or of state-action pairs, and let it guide the policy)",
      computed="state values of all 256 policies of a small lake: the best is that of value iteration; "
               "learned action values lead along the cliff in 13 steps",
      verdict="right", shown=abs(best_small - max(every)) < 1e-9 and len(walks["Q-learning"]) == 14,
      why="The policy takes the action of the highest value.")

claim("E §3.2", "step 1 of reinforcement learning (数据预处理)",
      printed="对输入数据进行归一化、标准化等预处理操作，提高模型训练的稳定性 "
              "(normalize the input data, for stable training)",
      computed="the optimum of the lake and the paths on the cliff come from states that are numbers of "
               "cells, with nothing to normalize",
      verdict="ambiguous", shown=abs(optimum["4x4"] - 0.74) < 0.005,
      why="There is no data set before the agent acts: the list is that of supervised learning. Observations "
          "of real numbers are scaled, as those of CartPole are here; a table of states needs nothing.")
