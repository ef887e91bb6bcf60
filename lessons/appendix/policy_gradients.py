"""What document E says of policy gradients, tested with the lesson's own variables."""

claim("E §3.1", "policy gradients (策略梯度方法)",
      printed="策略梯度方法则直接优化策略参数，实现最优策略的迭代更新 "
              "(optimize the parameters of the policy directly, and reach the best policy step by step)",
      computed="the estimator's average over all 16 walks is the measured slope of the return, to rounding",
      verdict="right", shown=max(apart[name] for name in tries if name != "minus Q") < 1e-8,
      why="Only the policy is differentiated. “The best” is more than a slope promises: it leads to a place "
          "where no small change helps.")

rule = balance(lambda x: (x[..., 2] + 0.3 * x[..., 3] > 0).astype(int), 1, 20_000)

claim("E §3.3", "reinforcement learning, what is bad about it",
      printed="缺点：训练时间较长，需要大量环境交互，模型解释性差 "
              "(long training, much interaction with the environment, hard to interpret)",
      computed="a rule of one line, push to where angle + 0.3 · angular velocity points, balances all 500 "
               "steps; PPO at its first look has played more than 1,000 steps and does not yet",
      verdict="right", shown=rule[0] == 500 and np.median(ppo["length"][0]) < 475 and ppo["steps"][0] > 1000,
      why="An agent that is told nothing pays for each hint with play. A simple rule beside it says what "
          "that was worth.")

claim("E §3.2", "step 4 of reinforcement learning (模型评估)",
      printed="在测试环境中评估模型性能，计算奖励值、策略值等指标 "
              "(evaluate in a test environment: rewards, values of the policy)",
      computed="episodes that were never trained on give the mean return of each seed; the loss of the "
               "policy stays near 0 all along",
      verdict="right", shown=len(summary["PPO"]) == S and max(map(abs, ppo["loss"])) < 0.5,
      why="The return is the measure. The loss of the policy is none.")
