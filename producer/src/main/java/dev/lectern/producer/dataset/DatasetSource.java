package dev.lectern.producer.dataset;

import dev.lectern.schemas.config.UserMistakeException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * One part of a dataset: annotations and the images that they describe, all of one split.
 *
 * @param split name of the split; null: derived from the names of the files, see {@link #splitName}
 * @param annotations COCO: the JSON file; VOC: the folder of XML files; YOLO: the folder of label
 *     files, or null for the mirror of the image folder (its last {@code images} replaced by {@code
 *     labels})
 * @param images the folder that image names are relative to
 * @param splitFile a list of the images to take, one name or path per line; null: all. VOC: null
 *     means {@code ImageSets/Main/SPLIT.txt} beside the annotations if a split was given and the
 *     file exists
 * @param idPrefix put before every image id and annotation id; for sources whose ids collide
 * @param unlabelled whether nobody annotated the images: all below the folder are taken, and {@code
 *     annotations} and {@code splitFile} are null; default false
 */
public record DatasetSource(
    String split,
    Path annotations,
    Path images,
    Path splitFile,
    String idPrefix,
    Boolean unlabelled) {
  private static final List<String> SPLITS = List.of("train", "val", "test");

  public DatasetSource {
    if (images == null) {
      throw new UserMistakeException("images: found nothing, expected the folder of the images");
    }
    idPrefix = idPrefix == null ? "" : idPrefix;
    unlabelled = unlabelled != null && unlabelled;
    if (unlabelled && (annotations != null || splitFile != null)) {
      throw new UserMistakeException(
          "unlabelled: found annotations or split-file with it, expected a folder of images alone");
    }
    if (split != null && split.isBlank()) {
      throw new UserMistakeException("split: found a blank name");
    }
  }

  /** A source with annotations. */
  public DatasetSource(
      String split, Path annotations, Path images, Path splitFile, String idPrefix) {
    this(split, annotations, images, splitFile, idPrefix, false);
  }

  /** A source with ids as they are and no split file. */
  public static DatasetSource of(String split, Path annotations, Path images) {
    return new DatasetSource(split, annotations, images, null, "");
  }

  /**
   * The split: as given, else {@code train}, {@code val} or {@code test} if the name of the split
   * file, the annotations or the image folder contains one of them, else {@code train}.
   */
  public String splitName() {
    if (split != null) {
      return split;
    }
    for (Path path : new Path[] {splitFile, annotations, images}) {
      Path last = path == null ? null : path.getFileName();
      if (last != null) {
        String name = last.toString().toLowerCase(Locale.ROOT);
        for (String known : SPLITS) {
          if (name.contains(known) && !name.contains("trainval")) {
            return known;
          }
        }
      }
    }
    return "train";
  }
}
