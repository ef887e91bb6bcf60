"""Mistakes in exercise 9, im2col and col2im."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="+= windows",
        wrong="= windows",
        case="col2im: overlapping windows", kind="overlap",
        says="Wrong only where windows overlap: what is already there is overwritten."),
    Mistake(
        right="cols.reshape(n * oh * ow, c * k * k)",
        wrong="cols.transpose(0, 1, 2, 4, 5, 3).reshape(n * oh * ow, c * k * k)",
        case="im2col: two channels", kind="channels",
        says="In each row the channels alternate."),
    Mistake(
        right="cols[:, :, :, :, i, j] = ",
        wrong="cols[:, :, :, :, j, i] = ",
        case="im2col: 3×3, windows of 2×2", kind="order",
        says="Each row holds the right numbers in the wrong order: channel by channel, each"),
    Mistake(
        right="x[:, :, padding:padding + h, padding:padding + w]",
        wrong="x",
        case="col2im: padding 1", kind="wrong_shape",
        says="Add into the padded image, then cut the padding off."),
    Mistake(
        right="    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))\n",
        wrong="",
        case="im2col: padding 1", kind="exception",
        says="The right-hand side doesn't fit into the part of the array"),
    Mistake(
        right="(h + 2 * padding - k) // stride + 1, (w + 2 * padding - k) // stride + 1",
        wrong="(h + 2 * padding - k) // stride, (w + 2 * padding - k) // stride",
        case="im2col: 3×3, windows of 2×2", kind="wrong_shape",
        says="Check OH and OW with the formula of the exercise first."),
    Mistake(
        right="(h + 2 * padding - k) // stride + 1",
        wrong="(h + 2 * padding - k) / stride + 1",
        case="im2col: 3×3, windows of 2×2", kind="exception",
        says="A size has to be a whole number: // gives one, / gives a float."),
    Mistake(
        right="h + 2 * padding",
        wrong="h + padding",
        case="im2col: padding 1", kind="wrong_shape",
        says="Zeros on all four sides; then as before."),
    Mistake(
        right="((0, 0), (0, 0), (padding, padding), (padding, padding))",
        wrong="((0, 0), (0, 0), (0, 2 * padding), (0, 2 * padding))",
        case="im2col: padding 1", kind="one side",
        says="All zeros were put at the end."),
    Mistake(
        right="((0, 0), (0, 0), (padding, padding), (padding, padding))",
        wrong="padding",
        case="im2col: padding 1", kind="exception",
        says="The right-hand side doesn't fit into the part of the array"),
    Mistake(
        right="i:i + stride * oh:stride, j:j + stride * ow:stride]\n"
              "            cols",
        wrong="i:i + oh, j:j + ow]\n"
              "            cols",
        case="im2col: stride 2", kind="stride",
        says="The windows follow each other pixel by pixel; the next one begins stride"),
    Mistake(
        right="return cols.reshape(n * oh * ow, c * k * k)",
        wrong="return cols.reshape(n * oh * ow, c * k * k).T",
        case="im2col: two channels", kind="transposed",
        says="Transposed, it is right."),
    Mistake(
        right="cols[:, :, :, :, i, j] = part.transpose(0, 2, 3, 1)",
        wrong="cols[:, :, :, :, i, j] = part.reshape(n, oh, ow, c)",
        case="im2col: two images, two channels", kind="reshape",
        says="Numbers of several windows are mixed: reshape does not exchange axes."),
    Mistake(
        right="x[:, :, padding:padding + h, padding:padding + w]",
        wrong="x[:, :, padding:-padding, padding:-padding]",
        case="col2im: windows side by side", kind="empty",
        says="x, which col2im returns, is empty, of shape (1, 1, 0, 0); expected is (1, 1,"),
    Mistake(
        right="x[:, :, padding:padding + h, padding:padding + w]",
        wrong="x[:, :, :h, :w]",
        case="col2im: padding 1", kind="cut",
        says="The padding was cut off at the wrong side: it lies on all four, so the image"),
    Mistake(
        right="return x[:, :, padding",
        wrong="counts = np.zeros_like(x)\n"
              "    for i in range(k):\n"
              "        for j in range(k):\n"
              "            counts[:, :, i:i + stride * oh:stride, j:j + stride * ow:stride] += 1\n"
              "    x = x / np.maximum(counts, 1)\n"
              "    return x[:, :, padding",
        case="col2im: overlapping windows", kind="average",
        says="Where windows overlap, this is the mean of the parts."),
    Mistake(
        right="transpose(0, 3, 1, 2, 4, 5)",
        wrong="transpose(0, 3, 1, 2, 5, 4)",
        case="col2im: windows side by side", kind="transposed",
        says="Each window is put back transposed: rows and columns are exchanged."),
    Mistake(
        right="cols.reshape(n, oh, ow, c, k, k).transpose(0, 3, 1, 2, 4, 5)",
        wrong="cols.reshape(n, c, oh, ow, k, k)",
        case="col2im: two images, two channels", kind="reshape",
        says="Numbers of several windows are mixed: a row is one window."),
    Mistake(
        right="np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))",
        wrong="np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), constant_values=1)",
        case="im2col: padding 1", kind="value",
        says="Zeros on all four sides; then as before."),
    Mistake(
        right="cols[:, :, :, :, i, j] =",
        wrong="cols[:, :, :, :, k - 1 - i, k - 1 - j] =",
        case="im2col: 3×3, windows of 2×2", kind="order",
        says="Each row holds the right numbers in the wrong order: channel by channel, each"),
    Mistake(
        right="cols = np.zeros((n, oh, ow, c, k, k))",
        wrong="cols = np.zeros((n, oh, ow, c, k, k), dtype=int)",
        case="im2col: 3×3, windows of 2×2", kind="dtype",
        says="cols, which im2col returns, has dtype int64, which cannot hold fractions;"),
    Mistake(
        right="(h + 2 * padding - k) // stride + 1, (w + 2",
        wrong="(w + 2 * padding - k) // stride + 1, (w + 2",
        case="im2col: stride 2 that does not fit evenly", kind="exception",
        says="The right-hand side doesn't fit into the part of the array"),
]
