package dev.lectern.producer.dataset;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What becomes of the objects that Pascal VOC marks as difficult. */
public enum DifficultObjects {
  /** Kept as a crowd region: neither trained on nor counted against a detector. */
  IGNORE,
  /** Kept as an object like any other. */
  KEEP;

  /** The name as users write it. */
  @JsonValue
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
