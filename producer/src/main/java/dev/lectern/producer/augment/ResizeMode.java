package dev.lectern.producer.augment;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How an image is brought to the size of the canvas. */
public enum ResizeMode {
  /** Same factor for width and height, so that all of it fits; padding on the right or below. */
  LETTERBOX,
  /** Width and height each to those of the canvas. */
  STRETCH;

  /** The name as users write it. */
  @JsonValue
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
