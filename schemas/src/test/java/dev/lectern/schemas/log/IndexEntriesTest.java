package dev.lectern.schemas.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.serde.AvroSerde;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class IndexEntriesTest {
  private final IndexEntries entries = new IndexEntries();

  @Test
  void anEntryComesBackAsItWas() {
    IndexEntry entry = entry("image#0", 7);

    assertThat(entries.replace("image#0", encoded(entry))).isTrue();
    assertThat(entries.replace("image#0", encoded(entry))).as("the same once more").isFalse();

    assertThat(entries.get("image#0")).isEqualTo(entry);
    assertThat(entries.replace("image#0", encoded(entry("image#0", 8)))).isTrue();
    assertThat(entries.drop("image#0")).isTrue();
    assertThat(entries.drop("image#0")).isFalse();
    assertThat(entries).isEmpty();
  }

  @Test
  void aSnapshotDoesNotGrow() {
    entries.replace("a#0", encoded(entry("a#0", 1)));
    IndexEntries before = entries.snapshot();
    IndexEntries shared = new IndexEntries();
    shared.share("a#0", entries);
    entries.replace("b#0", encoded(entry("b#0", 2)));

    assertThat(before.keySet()).containsExactly("a#0");
    assertThat(shared.get("a#0")).isEqualTo(entries.get("a#0"));
    assertThat(entries.keySet()).containsExactly("a#0", "b#0");
  }

  /** With its key and a place in the map, some 130 bytes more: well below 1 KB a view. */
  @Test
  void aViewWithThreeKindsIsHeldInSixHundredBytes() {
    assertThat(encoded(entry("000000397133#0", 1_000_000)).length).isLessThan(600);
  }

  private static byte[] encoded(IndexEntry entry) {
    try (AvroSerde<IndexEntry> serde = new AvroSerde<>(IndexEntry.class)) {
      return serde.serializer().serialize("index", entry);
    }
  }

  private static IndexEntry entry(String viewId, long offset) {
    String imageId = viewId.substring(0, viewId.indexOf('#'));
    ByteBuffer digest = ByteBuffer.wrap(new byte[32]);
    List<PayloadLocation> payloads = new ArrayList<>();
    for (TensorKind kind : TensorKind.values()) {
      String topic = "recording-of-some-length." + kind.name().toLowerCase(Locale.ROOT);
      payloads.add(
          new PayloadLocation(kind, topic, 3, List.of(offset), 823_000L, 123_456_789, digest));
    }
    String teacher = "nanodet-plus-m-1.5x-416@" + "0".repeat(64);
    return new IndexEntry(
        new CatalogEntry(
            viewId,
            imageId,
            0,
            "train",
            416,
            416,
            3,
            offset,
            326_000L,
            digest,
            ByteBuffer.allocate(0)),
        new Receipt(viewId, teacher, "worker-1", 1L << 60, digest, payloads, 1L << 40));
  }
}
