// A copy in row-major order of an array that lies otherwise. NumPy's reference is x.copy().

#define TILE 16             // entries of each of two dimensions: a line of the cache of each row

void NAME(dense)(const real *x, real *y, const long *size, const long *step, long threads) {
    // y (four sizes) from x, whose neighbors along dimension d are step[d] apart. x runs fastest along f, y along the
    // last: going through both in tiles, a line that was fetched is still there for its other entries.
    long to[4] = {size[1] * size[2] * size[3], size[2] * size[3], size[3], 1}, f = 2;
    for (long d = 0; d < 2; d++) if (size[d] > 1 && (size[f] == 1 || step[d] < step[f])) f = d;
    long a = f == 0 ? 1 : 0, b = f == 2 ? 1 : 2;
    THREADS(threads)
    SHARED_LOOP(3)
    for (long i = 0; i < size[a]; i++)
        for (long j = 0; j < size[b]; j++)
            for (long k = 0; k < size[f]; k += TILE)
                for (long l = 0; l < size[3]; l += TILE) {
                    long last = k + TILE < size[f] ? k + TILE : size[f], m = size[3] - l < TILE ? size[3] - l : TILE;
                    for (long r = k; r < last; r++) {
                        const real *from = x + i * step[a] + j * step[b] + r * step[f] + l * step[3];
                        real *row = y + i * to[a] + j * to[b] + r * to[f] + l;
                        EVERY(t, m) row[t] = from[t * step[3]];
                    }
                }
}
