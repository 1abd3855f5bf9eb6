package dev.lectern.trainer.replay;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Collects the stored positions of one level from the views of a batch. Different views may be
 * added by different threads.
 */
final class RowCollector {
  private final int channels;
  private final int cells;
  private final int[][] positions;
  private final ByteBuffer[] columns;
  private final BufferPool pool;

  /**
   * @param size views of the batch
   * @param channels C
   * @param cells H * W
   */
  RowCollector(int size, int channels, int cells, BufferPool pool) {
    this.channels = channels;
    this.cells = cells;
    this.positions = new int[size][];
    this.columns = new ByteBuffer[size];
    this.pool = pool;
  }

  /**
   * Room for the values of one view's stored positions.
   *
   * @param at ascending positions, M of them
   * @return takes (C, M)
   */
  FloatBuffer add(int view, int[] at) {
    positions[view] = at;
    columns[view] = take(at.length);
    return columns[view].asFloatBuffer();
  }

  /** Buffers of few sizes, so that batches of any number of positions can share them. */
  private ByteBuffer take(int rows) {
    int bytes = Math.multiplyExact(rows, channels * Float.BYTES);
    int room = Math.max(1024, Integer.highestOneBit(Math.max(1, bytes - 1)) << 1);
    return pool.take(room).limit(bytes);
  }

  /** The rows of all views, in their order; none may be missing. */
  StoredRows finish() {
    int count = Arrays.stream(positions).mapToInt(at -> at.length).sum();
    int[] index = new int[positions.length * cells];
    Arrays.fill(index, -1);
    ByteBuffer bytes = take(count);
    FloatBuffer rows = bytes.asFloatBuffer();
    int first = 0;
    for (int view = 0; view < positions.length; view++) {
      int[] at = positions[view];
      FloatBuffer values = columns[view].asFloatBuffer();
      for (int c = 0; c < channels; c++) {
        for (int p = 0; p < at.length; p++) {
          rows.put((first + p) * channels + c, values.get(c * at.length + p));
        }
      }
      for (int p = 0; p < at.length; p++) {
        index[view * cells + at[p]] = first + p;
      }
      first += at.length;
    }
    release();
    return new StoredRows(new FloatArray(new long[] {count, channels}, bytes), index, cells);
  }

  /** Gives the collected values back. */
  void release() {
    for (int view = 0; view < columns.length; view++) {
      if (columns[view] != null) {
        pool.give(columns[view]);
        columns[view] = null;
      }
    }
  }
}
