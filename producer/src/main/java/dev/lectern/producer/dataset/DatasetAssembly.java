package dev.lectern.producer.dataset;

import dev.lectern.schemas.config.UserMistakeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts the images of all sources together and keeps their ids apart. */
final class DatasetAssembly {
  private static final Logger LOG = LoggerFactory.getLogger(DatasetAssembly.class);

  private record Origin(DatasetSource source, Path file) {}

  private record Place(DatasetSource source, int index) {}

  private record Line(Path splitFile, int number) {}

  private final Problems problems;
  private final Map<String, Origin> origins = new LinkedHashMap<>();
  private final Map<Path, Place> places = new HashMap<>();
  private final Set<String> annotationIds = new HashSet<>();

  /** Of wanted ids that came again: the first number that may be free. */
  private final Map<String, Integer> nextNumbers = new HashMap<>();

  private final List<AnnotatedImage> images = new ArrayList<>();

  private final Set<Line> present = new HashSet<>();

  /** What to report of lines that name nothing of a source; another may share the split file. */
  private final Map<Line, Runnable> missing = new LinkedHashMap<>();

  DatasetAssembly(Problems problems) {
    this.problems = problems;
  }

  /** The full id of an image. */
  static String id(DatasetSource source, String ownId) {
    return source.idPrefix() + ownId;
  }

  /**
   * Whether the id is new; a second image with it is reported and must be left out.
   *
   * @throws UserMistakeException if an image of another source has it
   */
  boolean claim(DatasetSource source, String imageId, Path file) {
    Origin earlier = origins.putIfAbsent(imageId, new Origin(source, file));
    if (earlier == null) {
      return true;
    }
    if (!earlier.source().equals(source) && earlier.file().equals(file)) {
      throw new UserMistakeException(
          "image id "
              + imageId
              + ": found "
              + file
              + " in two sources, expected each image in one; VOC: name those of each split in a"
              + " split-file, or in ImageSets/Main beside the annotations");
    }
    if (!earlier.source().equals(source)) {
      throw new UserMistakeException(
          "image id "
              + imageId
              + ": found in two sources, "
              + earlier.file()
              + " and "
              + file
              + "; give one of the sources an id-prefix");
    }
    problems.report(
        Problem.DUPLICATE_IMAGE_ID,
        file.toString(),
        "found id " + imageId + " again, first at " + earlier.file());
    return false;
  }

  /** The id to keep for an annotation: its own, or one that is still free. */
  String annotationId(String wanted, String where) {
    String id = unused(wanted);
    if (!id.equals(wanted)) {
      problems.report(
          Problem.DUPLICATE_ANNOTATION_ID,
          where,
          "found annotation id " + wanted + " again, kept as " + id);
    }
    return id;
  }

  /** An id for an annotation that has none. */
  String unused(String wanted) {
    if (annotationIds.add(wanted)) {
      return wanted;
    }
    int n = nextNumbers.getOrDefault(wanted, 2);
    while (!annotationIds.add(wanted + "~" + n)) {
      n++;
    }
    nextNumbers.put(wanted, n + 1);
    return wanted + "~" + n;
  }

  /**
   * What a split file lists of a source. A line that names nothing of any source is an image that
   * is lost.
   *
   * @param known by its names
   * @param reason why a line names nothing
   * @param folders of the source
   */
  <T> Set<T> listed(
      DatasetSource source,
      SplitFile list,
      Map<String, T> known,
      Problem problem,
      String reason,
      Path... folders) {
    Set<T> things = new LinkedHashSet<>();
    for (SplitFile.Listed<T> listed : list.among(known, folders)) {
      Line line = new Line(list.file(), listed.line());
      if (listed.thing() == null) {
        missing.putIfAbsent(
            line,
            () ->
                problems.dropImage(
                    problem,
                    source.splitName(),
                    list.where(listed),
                    "'" + listed.text() + "' " + reason));
      } else {
        present.add(line);
        things.add(listed.thing());
      }
    }
    return things;
  }

  /** Adds an image; where an earlier one of the source shows the same file, its objects only. */
  void add(DatasetSource source, AnnotatedImage image) {
    Place place = new Place(source, images.size());
    Place earlier = places.putIfAbsent(image.file().toAbsolutePath().normalize(), place);
    if (earlier == null) {
      images.add(image);
      return;
    }
    AnnotatedImage first = images.get(earlier.index());
    boolean joined = earlier.source().equals(source);
    problems.report(
        Problem.SHARED_IMAGE_FILE,
        image.file().toString(),
        "found it as image "
            + first.imageId()
            + " of split "
            + first.split()
            + " and as image "
            + image.imageId()
            + " of split "
            + image.split()
            + (joined ? "; the boxes of both are kept with the first" : "; both are kept"));
    if (joined) {
      images.set(earlier.index(), first.withObjectsOf(image));
    } else {
      images.add(image);
    }
  }

  /**
   * @throws UserMistakeException if there is no image
   */
  AnnotatedDataset finish(List<String> classNames, List<Long> categoryIds) {
    missing.keySet().removeAll(present);
    missing.values().forEach(Runnable::run);
    if (images.isEmpty()) {
      throw new UserMistakeException("dataset: found no image in any source" + problems.whyNone());
    }
    ClassNames.nearlyEqual(classNames)
        .forEach(
            names ->
                LOG.warn(
                    "classes {} differ in case, blanks or punctuation only and stay apart; if they"
                        + " are one, correct the annotations",
                    names));
    return new AnnotatedDataset(classNames, categoryIds, images);
  }

  /**
   * @throws UserMistakeException if the path is not a folder
   */
  static Path folder(Path path, String what) {
    if (!Files.isDirectory(path)) {
      throw new UserMistakeException(
          what
              + " "
              + path
              + ": "
              + (Files.exists(path) ? "found a file, expected a folder" : "not found"));
    }
    return path;
  }
}
