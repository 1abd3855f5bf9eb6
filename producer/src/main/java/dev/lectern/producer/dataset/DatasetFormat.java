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
  YOLO,
  /** One PNG per image, with the class of each pixel. */
  LABEL_MAPS,
  /** COCO's file, whose polygons are drawn as the classes of pixels, over a background. */
  COCO_LABEL_MAPS;

  /** Whether pixels have classes. */
  public boolean hasLabelMaps() {
    return this == LABEL_MAPS || this == COCO_LABEL_MAPS;
  }

  /** The name as users write it, and as the manifest states it. */
  @JsonValue
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** As {@link #label()}: options of commands are matched by it. */
  @Override
  public String toString() {
    return label();
  }
}
