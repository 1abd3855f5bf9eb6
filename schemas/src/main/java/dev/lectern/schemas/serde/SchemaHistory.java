package dev.lectern.schemas.serde;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;

/**
 * The released forms of every record, bundled as {@code schema-history/<Record>-v<n>.avsc}, oldest
 * first.
 *
 * <p>A reader knows them all, so old recordings stay readable without a registry.
 */
public final class SchemaHistory {
  private SchemaHistory() {}

  /** All released schemas of a record type, oldest first; empty if it was never released. */
  public static List<Schema> of(Class<?> record) {
    List<Schema> released = new ArrayList<>();
    for (int version = 1; ; version++) {
      String resource = "/schema-history/" + record.getSimpleName() + "-v" + version + ".avsc";
      try (InputStream in = SchemaHistory.class.getResourceAsStream(resource)) {
        if (in == null) {
          return released;
        }
        released.add(new Schema.Parser().parse(in));
      } catch (IOException e) {
        throw new UncheckedIOException("bundled schema " + resource + " cannot be read", e);
      }
    }
  }
}
