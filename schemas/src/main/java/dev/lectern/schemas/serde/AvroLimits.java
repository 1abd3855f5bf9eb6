package dev.lectern.schemas.serde;

import org.apache.avro.util.ClassSecurityValidator;

/**
 * Bounds on what Avro may allocate and instantiate while it reads.
 *
 * <p>Avro reads its limits from system properties once; whatever decodes Lectern's records must
 * have called {@link #apply()} before. Properties that the user has set are left alone.
 */
public final class AvroLimits {
  /** Largest byte string of a record: twice what a topic accepts. */
  public static final int MAX_BYTES = 16 << 20;

  /** Largest number of items of an array or map. */
  public static final int MAX_ITEMS = 1_000_000;

  private AvroLimits() {}

  /** Sets the limits; may be called often. */
  public static void apply() {
    setDefault("org.apache.avro.limits.bytes.maxLength", String.valueOf(MAX_BYTES));
    setDefault("org.apache.avro.limits.string.maxLength", String.valueOf(MAX_BYTES));
    setDefault("org.apache.avro.limits.collectionItems.maxLength", String.valueOf(MAX_ITEMS));
    ClassSecurityValidator.setGlobal(
        ClassSecurityValidator.composite(ClassSecurityValidator.DEFAULT, AvroLimits::isRecord));
  }

  private static boolean isRecord(Class<?> type) {
    return type.getPackageName().equals("dev.lectern.schemas.record");
  }

  private static void setDefault(String key, String value) {
    if (System.getProperty(key) == null) {
      System.setProperty(key, value);
    }
  }
}
