package dev.lectern.producer.dataset;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How a dataset is annotated. */
public enum DatasetFormat {
  /** One JSON file with images, annotations and categories. */
  COCO,
  /** One Pascal VOC XML file per image. */
  VOC,
  /** One text file per image, a line per box. */
  YOLO;

  /** The name as users write it, and as the manifest states it. */
  @JsonValue
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
