"""What the documents say of convolution, tested with the lesson's own variables."""

with_pool, without = parameters(True), parameters(False)

claim("C §5.3", "what the pooling layer is for (减少参数数量)",
      printed="a max-pooling layer of 2×2, which reduces the number of parameters",
      computed="            convolution    pooling        linear   linear        all\n"
               + "\n".join(f"{name:9}   {n[0]:11,} {n[1]:10} {n[2]:13,} {n[3]:8,} {sum(n):10,}"
                           for name, n in (("with it", with_pool), ("without", without))),
      verdict="right", shown=sum(with_pool) == 347_146 < sum(without) and with_pool[1] == 0,
      why="Those of the linear layer behind it, to a quarter. The pooling itself has no "
          "parameters, and those of the convolution stay the same.")
