package dev.lectern.producer.dataset;

import dev.lectern.schemas.config.UserMistakeException;
import java.nio.file.Path;
import java.util.List;

/** Reads annotations of one format. */
public interface DatasetReader {
  /**
   * Reads all parts of a dataset.
   *
   * @param sources at least one
   * @param problems receives everything that is left out or repaired
   * @throws UserMistakeException if a file or folder is missing or is not of this format, or the
   *     sources do not fit together
   */
  AnnotatedDataset read(List<DatasetSource> sources, Problems problems);

  /**
   * The reader of a format.
   *
   * @param classNames in the order of their labels; null: as the format defines them
   * @param classNamesFile read by {@link ClassNames#read} in place of {@code classNames}; may be
   *     null
   * @param difficult what becomes of Pascal VOC's difficult objects
   */
  static DatasetReader of(
      DatasetFormat format,
      List<String> classNames,
      Path classNamesFile,
      DifficultObjects difficult) {
    List<String> names =
        classNamesFile != null
            ? ClassNames.read(classNamesFile)
            : classNames == null ? null : ClassNames.checked(classNames, "class-names");
    return switch (format) {
      case COCO -> new CocoReader(names);
      case VOC -> new VocReader(names, difficult);
      case YOLO -> new YoloReader(names);
      case LABEL_MAPS -> new LabelMapReader(names);
      case COCO_LABEL_MAPS -> CocoReader.ofPixels(names);
    };
  }
}
