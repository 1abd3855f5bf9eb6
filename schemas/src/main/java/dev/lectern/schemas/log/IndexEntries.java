package dev.lectern.schemas.log;

import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.serde.AvroSerde;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Entries of an index by view id. Each is held as it lies on the topic, some 500 bytes instead of
 * two kilobytes of objects, and decoded when it is asked for. One thread at a time while it grows.
 */
public final class IndexEntries extends LazySortedMap<byte[], IndexEntry> {
  private static final AvroSerde<IndexEntry> SERDE = new AvroSerde<>(IndexEntry.class);

  private final SortedMap<String, byte[]> encoded;

  public IndexEntries() {
    this(new TreeMap<>());
  }

  private IndexEntries(SortedMap<String, byte[]> encoded) {
    super(encoded, (viewId, bytes) -> SERDE.deserializer().deserialize(viewId, bytes));
    this.encoded = encoded;
  }

  /**
   * @param bytes the entry in single-object encoding; not copied
   * @return whether it differs from what was there
   */
  boolean replace(String viewId, byte[] bytes) {
    return !Arrays.equals(bytes, encoded.put(viewId, bytes));
  }

  /** Takes an entry in. */
  public void add(IndexEntry entry) {
    String viewId = entry.getView().getViewId();
    encoded.put(viewId, SERDE.serializer().serialize(viewId, entry));
  }

  /** Takes an entry over from others. */
  public void share(String viewId, IndexEntries from) {
    encoded.put(viewId, from.encoded.get(viewId));
  }

  /** Drops an entry, if there is one; whether there was. */
  public boolean drop(String viewId) {
    return encoded.remove(viewId) != null;
  }

  /** What is here now; it does not grow with this. */
  public IndexEntries snapshot() {
    return new IndexEntries(new TreeMap<>(encoded));
  }
}
