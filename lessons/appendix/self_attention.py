"""What the documents say of attention, tested with the lesson's own variables."""

claim("D §2.3", "attention", printed="attention mechanism: focuses on important information (对重要信息进行"
      "聚焦) in encoding and decoding",
      computed="looking up one of six entries: more than 0.9 of the weight on the entry asked for; accuracy "
               "above 0.99, and below 0.5 without attention",
      verdict="right", shown=on_the_answer > 0.9 and found["LookUp"] > 0.99 and found["Mean"] < 0.5,
      why="The weights are a softmax: they add up to 1, so more for one place is less for the others. What "
          "is important is learned, from the loss.")

layer = nn.TransformerEncoderLayer(8, 2, 16)

inside = [name for name, part in layer.named_modules() if isinstance(part, nn.MultiheadAttention)]

claim("D §2.4", "the chart", printed="encoding layer → attention mechanism → decoding layer, three steps one "
      "after the other",
      computed=f"in a transformer's encoder layer the attention is a part of it: {', '.join(inside)}",
      verdict="ambiguous", shown=inside == ["self_attn"],
      why="§2.3 says it rightly, attention works in encoding and in decoding: every layer of a Transformer "
          "has its own. The chart draws it as one step between the two.")

claim("D §2.3", "the embedding layer",
      printed="embedding layer: maps the input into a space of high dimension (映射到高维空间)",
      computed="three letters → (3, 32): a row of a table for each; equal letters, equal rows",
      verdict="right", shown=rows.shape == (3, WIDE) and bool((rows[0] == rows[2]).all()),
      why="A learned table, and its gradient reaches only the rows that were used.")
