"""What document E says of architecture search, tested with the lesson's own variables."""

claim("E §3.1", "architecture search (神经架构搜索)",
      printed="自动搜索出最优的网络结构 (finds the best network structure automatically)",
      computed=f"150 networks, all trained: 20 random ones contain the best in {20 / 150:.0%} of all "
               f"searches; the best of the 20 is {by_formula(20):.1f} points below it on average",
      verdict="ambiguous", shown=by_formula(20) > 1,
      why="It finds a good structure. Whether it is the best can only be told where all are known.")

claim("E §3.2", "step 3 of architecture search (评估函数设计)",
      printed="评估网络结构在特定任务上的性能，如准确率 "
              "(measures the structure, for example by its accuracy)",
      computed=f"one validation accuracy and the accuracy of other seeds: rank correlation "
               f"{np.median(sight):.2f}; the number of parameters: {by_size:.2f}",
      verdict="ambiguous", shown=by_size < np.median(sight) < 0.95,
      why="The accuracy is a measure of one training, not of the structure: another seed gives another "
          "order.")

claim("E §3.3", "architecture search, what is bad about it",
      printed="搜索过程计算资源消耗大，搜索时间较长 (the search needs much computing and much time)",
      computed=f"the best of n random networks is on average {by_formula(5):.1f}, {by_formula(20):.1f} and "
               f"{by_formula(60):.1f} points from the best for n = 5, 20 and 60, if one sees the truth",
      verdict="right", shown=by_formula(5) > by_formula(20) > by_formula(60) > 0,
      why="Each step closer costs several times as many trainings.")
