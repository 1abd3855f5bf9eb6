package dev.lectern.producer.dataset;

import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.config.Utf8;
import dev.lectern.schemas.config.WholeNumber;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads YOLO text labels: beside each image a file with lines of class, centre x, centre y, width,
 * height as fractions of the image. A line of a class and three or more points is a polygon, as
 * segmentation exports write it, and stands for its bounding box.
 *
 * <p>The image id is the image's path below the image folder without its ending, with {@code /}
 * between folders. An image whose label file is missing or empty has no objects; a label file
 * without an image (other than {@code classes.txt}) is a missing image. A source none of whose
 * images has a label file is a mistake.
 */
public final class YoloReader implements DatasetReader {
  private static final Logger LOG = LoggerFactory.getLogger(YoloReader.class);

  /** Those of text editors too, which do not break a line. */
  private static final Pattern BLANKS = Pattern.compile("[\\s\\h]+");

  /** Name of the file in which programs that write labels list the classes. */
  private static final String CLASSES = "classes";

  private final List<String> classNames;

  /** Class numbers in the labels of the source that is being read. */
  private final TreeSet<Long> labelled = new TreeSet<>();

  private PolygonLines polygons = new PolygonLines();

  /**
   * @param classNames in the order of their labels
   * @throws UserMistakeException if there are none
   */
  public YoloReader(List<String> classNames) {
    if (classNames == null) {
      throw new UserMistakeException(
          "class-names-file: found nothing; YOLO labels are numbers, expected class-names or class-names-file");
    }
    this.classNames = List.copyOf(classNames);
  }

  @Override
  public AnnotatedDataset read(List<DatasetSource> sources, Problems problems) {
    DatasetAssembly assembly = new DatasetAssembly(problems);
    // Sources may share a folder of labels.
    Set<Path> paired = new HashSet<>();
    Map<Path, DatasetSource> alone = new TreeMap<>();
    for (DatasetSource source : sources) {
      Path images = DatasetAssembly.folder(source.images(), "image folder");
      Path labels = DatasetAssembly.folder(labelFolder(source), "label folder");
      List<Path> files = ImageFiles.below(images, problems);
      if (files.isEmpty()) {
        throw new UserMistakeException("image folder " + images + ": found no image");
      }
      Map<String, Path> labelFiles = new HashMap<>();
      for (Path label : ImageFiles.below(labels, Set.of("txt"), problems)) {
        labelFiles.putIfAbsent(ImageFiles.key(labels, label), label);
      }
      Collection<Path> chosen = chosen(source, files, assembly);
      requireLabels(images, labels, chosen, labelFiles.keySet());
      requireSameNames(source, labels, files, labelFiles);
      requireSameOrder(labels, files);
      labelled.clear();
      polygons = new PolygonLines();
      for (Path file : chosen) {
        String stem = ImageFiles.stem(images, file);
        String imageId = DatasetAssembly.id(source, stem);
        if (assembly.claim(source, imageId, file)) {
          List<AnnotatedBox> boxes =
              boxes(
                  labelFiles.getOrDefault(
                      ImageFiles.key(images, file), labels.resolve(stem + ".txt")),
                  imageId,
                  source.splitName(),
                  assembly,
                  problems);
          if (boxes != null) {
            assembly.add(
                source,
                new AnnotatedImage(
                    imageId, source.splitName(), file, 0, 0, BoxUnit.FRACTIONS, boxes));
          }
        }
      }
      for (Path file : files) {
        paired.add(labelFiles.remove(ImageFiles.key(images, file)));
      }
      if (source.splitFile() == null) {
        labelFiles.values().forEach(label -> alone.putIfAbsent(label, source));
      }
      requireCountFromZero(source);
      polygons.check(labels);
    }
    alone.keySet().removeIf(paired::contains);
    reportLabelsWithoutImage(alone, problems);
    List<Long> ids = new ArrayList<>();
    for (int label = 0; label < classNames.size(); label++) {
      ids.add((long) label);
    }
    return assembly.finish(classNames, ids);
  }

  /** The images that the split file lists, or all. */
  private static Collection<Path> chosen(
      DatasetSource source, List<Path> files, DatasetAssembly assembly) {
    if (source.splitFile() == null) {
      return files;
    }
    Map<String, Path> known = new LinkedHashMap<>();
    for (Path file : files) {
      String stem = ImageFiles.stem(source.images(), file);
      known.putIfAbsent(stem, file);
      known.putIfAbsent(
          stem + file.getFileName().toString().substring(ImageFiles.last(stem).length()), file);
    }
    return assembly.listed(
        source,
        SplitFile.read(source.splitFile()),
        known,
        Problem.MISSING_IMAGE,
        "is not an image below " + source.images(),
        source.images());
  }

  /** Some label file must be named like an image: without any, all would be background. */
  private static void requireLabels(
      Path images, Path labels, Collection<Path> files, Set<String> labelled) {
    if (files.stream().anyMatch(file -> labelled.contains(ImageFiles.key(images, file)))) {
      return;
    }
    Path first = files.iterator().next();
    throw new UserMistakeException(
        "label folder "
            + labels
            + ": found no label file for any of the "
            + files.size()
            + " images below "
            + images
            + ", expected e.g. "
            + labels.resolve(ImageFiles.stem(images, first) + ".txt")
            + "; images that nobody annotated are a source with unlabelled: yes");
  }

  /**
   * Most images without a label file, and label files without an image: their names do not match.
   * Most images without one, and no label file left, is a dataset of much background.
   */
  private static void requireSameNames(
      DatasetSource source, Path labels, List<Path> files, Map<String, Path> labelFiles) {
    Set<String> stems = new TreeSet<>();
    files.forEach(file -> stems.add(ImageFiles.key(source.images(), file)));
    Set<String> without = new TreeSet<>(stems);
    without.removeAll(labelFiles.keySet());
    if (source.splitFile() != null || without.size() * 2 <= stems.size()) {
      return;
    }
    Set<String> alone = new TreeSet<>(labelFiles.keySet());
    alone.removeAll(stems);
    alone.removeIf(stem -> ImageFiles.last(stem).equals(CLASSES));
    String found =
        "label folder "
            + labels
            + ": found no label file for "
            + without.size()
            + " of "
            + stems.size()
            + " images, such as "
            + without.iterator().next();
    if (!alone.isEmpty()) {
      throw new UserMistakeException(
          found
              + ", and no image for "
              + alone.size()
              + " label files, such as "
              + alone.iterator().next()
              + "; expected the same names");
    }
    LOG.warn(
        "{}; they are background; images that nobody annotated are a source with unlabelled: yes",
        found);
  }

  /**
   * A {@code classes.txt} beside the labels, as programs that write them keep it, must not list the
   * class names in another order.
   */
  private void requireSameOrder(Path labels, List<Path> images) {
    Path list = labels.resolve(CLASSES + ".txt");
    boolean ofImage =
        images.stream()
            .anyMatch(file -> ImageFiles.stem(file.getFileName().toString()).equals(CLASSES));
    if (ofImage || !Files.isRegularFile(list)) {
      return;
    }
    byte[] bytes = bytes(list);
    if (Utf8.foreign(bytes).isPresent()) {
      return;
    }
    Map<String, Integer> listed = new HashMap<>();
    List<String> lines = Utf8.text(bytes).lines().map(ClassNames::stripped).toList();
    for (int label = 0; label < lines.size(); label++) {
      listed.putIfAbsent(ClassNames.letters(lines.get(label)), label);
    }
    for (int label = 0; label < classNames.size(); label++) {
      String letters = ClassNames.letters(classNames.get(label));
      boolean same = label < lines.size() && ClassNames.letters(lines.get(label)).equals(letters);
      Integer other = listed.get(letters);
      if (!same && other != null) {
        throw new UserMistakeException(
            list
                + ": found '"
                + lines.get(other)
                + "' as class "
                + other
                + ", where the class names have it as "
                + label
                + "; correct either, or remove this file");
      }
    }
  }

  /** One class too many and none with number 0: the program that wrote them counts from 1. */
  private void requireCountFromZero(DatasetSource source) {
    if (labelled.contains((long) classNames.size()) && !labelled.contains(0L)) {
      throw new UserMistakeException(
          "label folder "
              + labelFolder(source)
              + ": found classes "
              + labelled.first()
              + " to "
              + labelled.last()
              + " for "
              + classNames.size()
              + " class names, expected 0 to "
              + (classNames.size() - 1)
              + "; these count from 1");
    }
  }

  private static void reportLabelsWithoutImage(Map<Path, DatasetSource> labels, Problems problems) {
    Map<Path, Map<String, Path>> othersOf = new HashMap<>();
    labels.forEach(
        (label, source) -> {
          String stem = ImageFiles.key(labelFolder(source), label);
          if (ImageFiles.last(stem).equals(CLASSES)) {
            return;
          }
          Path images = source.images();
          Path other =
              othersOf
                  .computeIfAbsent(images, folder -> ImageFiles.others(folder, problems))
                  .get(stem);
          if (other == null) {
            // Perhaps of a split or of unlabelled images that share the folder.
            problems.report(
                Problem.MISSING_IMAGE, label.toString(), "no image of this name below " + images);
          } else {
            problems.dropImage(
                Problem.UNSUPPORTED_IMAGE,
                source.splitName(),
                other.toString(),
                "found no ending of images that are read, but labels of its name");
          }
        });
  }

  private static Path labelFolder(DatasetSource source) {
    if (source.annotations() != null) {
      return source.annotations();
    }
    Path images = source.images().toAbsolutePath().normalize();
    for (int i = images.getNameCount() - 1; i >= 0; i--) {
      if (images.getName(i).toString().equals("images")) {
        Path labels = images.getRoot();
        for (int j = 0; j < images.getNameCount(); j++) {
          labels = labels.resolve(j == i ? "labels" : images.getName(j).toString());
        }
        return labels;
      }
    }
    throw new UserMistakeException(
        "annotations: found nothing, expected the label folder, as "
            + source.images()
            + " has no folder 'images' in its path to mirror");
  }

  /** Null: the file is not text, so that nobody knows what is in the image. */
  private List<AnnotatedBox> boxes(
      Path file, String imageId, String split, DatasetAssembly assembly, Problems problems) {
    List<AnnotatedBox> boxes = new ArrayList<>();
    if (!Files.isRegularFile(file)) {
      problems.report(
          Problem.MISSING_LABEL_FILE, file.toString(), "not found, image kept without objects");
      return boxes;
    }
    byte[] bytes = bytes(file);
    Optional<String> foreign = Utf8.foreign(bytes);
    if (foreign.isPresent()) {
      problems.dropImage(Problem.MALFORMED_ANNOTATION_FILE, split, file.toString(), foreign.get());
      return null;
    }
    int number = 0;
    for (String line : Utf8.text(bytes).lines().toList()) {
      number++;
      String columns = BLANKS.matcher(line).replaceAll(" ").strip();
      if (!columns.isEmpty()) {
        Line where = new Line(columns, file.getFileName() + " line " + number, split);
        AnnotatedBox box = box(where, imageId + ":" + number, assembly, problems);
        if (box != null) {
          boxes.add(box);
        }
      }
    }
    return boxes;
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UserMistakeException(
          "label file " + file + ": cannot be read: " + FileError.reason(e), e);
    }
  }

  private record Line(String text, String where, String split) {}

  private AnnotatedBox box(
      Line line, String annotationId, DatasetAssembly assembly, Problems problems) {
    String[] columns = line.text().split(" ");
    boolean polygon = columns.length >= 7 && columns.length % 2 == 1;
    if (columns.length != 5 && !polygon) {
      problems.dropBox(
          Problem.MALFORMED_LABEL_LINE,
          line.split(),
          null,
          line.where(),
          "found "
              + columns.length
              + " columns in '"
              + shortened(line.text())
              + "', expected 5, separated by blanks: class, centre x, centre y, width, height; or a"
              + " class and a polygon");
      return null;
    }
    Long label = WholeNumber.of(columns[0]);
    double[] v = new double[columns.length - 1];
    try {
      for (int i = 0; i < v.length; i++) {
        v[i] = Double.parseDouble(columns[i + 1]);
      }
    } catch (NumberFormatException e) {
      label = null;
    }
    if (label == null) {
      problems.dropBox(
          Problem.MALFORMED_LABEL_LINE,
          line.split(),
          null,
          line.where(),
          "found '"
              + shortened(line.text())
              + "', expected a class that is a whole number, and numbers");
      return null;
    }
    labelled.add(label);
    if (label < 0 || label >= classNames.size()) {
      problems.dropBox(
          Problem.UNKNOWN_CATEGORY,
          line.split(),
          "with number " + label,
          line.where(),
          "found class " + label + ", expected 0 to " + (classNames.size() - 1));
      return null;
    }
    double[] xywh =
        polygon ? bounds(v) : new double[] {v[0] - v[2] / 2, v[1] - v[3] / 2, v[2], v[3]};
    if (Boxes.degenerate(xywh)) {
      problems.dropBox(
          Problem.DEGENERATE_BOX,
          line.split(),
          classNames.get(label.intValue()),
          line.where(),
          "found " + Boxes.text(polygon ? xywh : v));
      return null;
    }
    if (polygon) {
      polygons.count(v, line.where());
      double beyond = PolygonLines.beyond(v);
      if (!Double.isNaN(beyond)) {
        problems.dropBox(
            Problem.MALFORMED_LABEL_LINE,
            line.split(),
            classNames.get(label.intValue()),
            line.where(),
            "found "
                + Double.toString(beyond)
                + " in '"
                + shortened(line.text())
                + "', expected corners of a polygon as fractions of the image");
        return null;
      }
      problems.report(
          Problem.POLYGON_LABEL_LINE,
          line.where(),
          "found a polygon of " + v.length / 2 + " points, kept as its bounding box");
    }
    return new AnnotatedBox(
        assembly.annotationId(annotationId, line.where()),
        label.intValue(),
        false,
        xywh[0],
        xywh[1],
        xywh[2],
        xywh[3],
        -1);
  }

  /** Left, top, width, height of a polygon x, y, x, y, ...; not finite if a coordinate is not. */
  private static double[] bounds(double[] polygon) {
    double[] low = {Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY};
    double[] high = {Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY};
    for (int i = 0; i < polygon.length; i++) {
      low[i % 2] = Math.min(low[i % 2], polygon[i]);
      high[i % 2] = Math.max(high[i % 2], polygon[i]);
    }
    return new double[] {low[0], low[1], high[0] - low[0], high[1] - low[1]};
  }

  private static String shortened(String text) {
    return text.length() <= 60 ? text : text.substring(0, 57) + "...";
  }
}
