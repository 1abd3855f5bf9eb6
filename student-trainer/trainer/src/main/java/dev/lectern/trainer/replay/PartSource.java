package dev.lectern.trainer.replay;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The parts of views, from the store if it holds them, else from the log and into the store. Safe
 * for several threads; one at a time reads the log.
 */
final class PartSource implements AutoCloseable {
  private final ReplayStore store;
  private final Supplier<PartReader> readers;
  private PartReader reader;

  /**
   * @param store null to read from the log each time
   * @param readers makes the reader when the first part is not stored
   */
  PartSource(ReplayStore store, Supplier<PartReader> readers) {
    this.store = store;
    this.readers = readers;
  }

  Map<PartLocation, ByteBuffer> read(Collection<PartLocation> wanted) {
    Map<PartLocation, ByteBuffer> found = new IdentityHashMap<>();
    List<PartLocation> missing = new ArrayList<>();
    for (PartLocation part : wanted) {
      ByteBuffer bytes =
          store == null ? null : store.read(part.viewId(), part.part(), part.fingerprint());
      if (bytes == null) {
        missing.add(part);
      } else {
        found.put(part, bytes);
      }
    }
    if (!missing.isEmpty()) {
      readLog(missing, found);
    }
    return found;
  }

  private synchronized void readLog(
      List<PartLocation> missing, Map<PartLocation, ByteBuffer> found) {
    if (reader == null) {
      reader = readers.get();
    }
    reader.readSingly(
        missing,
        (part, bytes) -> {
          if (store != null) {
            store.append(part.viewId(), part.part(), part.fingerprint(), bytes);
          }
          found.put(part, bytes);
        });
  }

  @Override
  public synchronized void close() {
    if (reader != null) {
      reader.close();
    }
  }
}
