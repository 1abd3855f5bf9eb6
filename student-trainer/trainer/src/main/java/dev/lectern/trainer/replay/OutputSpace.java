package dev.lectern.trainer.replay;

import java.util.LinkedHashMap;
import java.util.Map;

/** Space for the outputs of one recording's teacher on a batch that is being decoded. */
final class OutputSpace {
  private final Map<String, FloatArray> maps = new LinkedHashMap<>();
  private final Map<String, NarrowArray> narrow = new LinkedHashMap<>();
  private final Map<String, RowCollector> collectors = new LinkedHashMap<>();
  private final Map<String, StoredRows> rows = new LinkedHashMap<>();
  private final BufferPool pool;

  OutputSpace(BufferPool pool) {
    this.pool = pool;
  }

  /** Tensors that hold every position, by name, (N, C, H, W). */
  Map<String, FloatArray> maps() {
    return maps;
  }

  /** Tensors that hold every position and stay as they are stored, by name. */
  Map<String, NarrowArray> narrow() {
    return narrow;
  }

  /** Tensors that hold some positions, by name. */
  Map<String, RowCollector> collectors() {
    return collectors;
  }

  /** All of it; only when all views are there. */
  TeacherArrays finish() {
    collectors.forEach((name, collector) -> rows.computeIfAbsent(name, n -> collector.finish()));
    return new TeacherArrays(maps, narrow, rows);
  }

  void release() {
    maps.values().forEach(array -> pool.give(array.bytes()));
    narrow.values().forEach(array -> array.release(pool));
    collectors.values().forEach(RowCollector::release);
    rows.values().forEach(stored -> pool.give(stored.rows().bytes()));
  }
}
