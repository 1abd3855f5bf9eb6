package dev.lectern.producer.dataset;

import dev.lectern.schemas.config.FileTrouble;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads YOLO text labels: beside each image a file with lines of class, centre x, centre y, width,
 * height as fractions of the image.
 *
 * <p>The image id is the image's path below the image folder without its ending, with {@code /}
 * between folders. An image whose label file is missing or empty has no objects; a label file
 * without an image (other than {@code classes.txt}) is a missing image.
 */
public final class YoloReader implements DatasetReader {
  private final List<String> classNames;

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
    for (DatasetSource source : sources) {
      Path images = DatasetAssembly.folder(source.images(), "image folder");
      Path labels = DatasetAssembly.folder(labelFolder(source), "label folder");
      List<Path> files = ImageFiles.below(images);
      if (files.isEmpty()) {
        throw new UserMistakeException("image folder " + images + ": found no image");
      }
      Set<String> stems = new HashSet<>();
      for (Path file : files) {
        String stem = stem(images, file);
        stems.add(stem);
        String imageId = DatasetAssembly.id(source, stem);
        if (assembly.claim(source, imageId, file)) {
          List<AnnotatedBox> boxes =
              boxes(labels.resolve(stem + ".txt"), imageId, assembly, problems);
          assembly.add(
              new AnnotatedImage(
                  imageId, source.splitName(), file, 0, 0, BoxUnit.FRACTIONS, boxes));
        }
      }
      for (Path label : ImageFiles.below(labels, Set.of("txt"))) {
        if (!stems.contains(stem(labels, label)) && !label.endsWith("classes.txt")) {
          problems.report(Problem.MISSING_IMAGE, label.toString(), "no image belongs to it");
        }
      }
    }
    List<Long> ids = new ArrayList<>();
    for (int label = 0; label < classNames.size(); label++) {
      ids.add((long) label);
    }
    return assembly.finish(classNames, ids);
  }

  /** Path below a folder without the ending, with slashes. */
  private static String stem(Path folder, Path file) {
    String separator = file.getFileSystem().getSeparator();
    return ImageFiles.stem(folder.relativize(file).toString().replace(separator, "/"));
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

  private List<AnnotatedBox> boxes(
      Path file, String imageId, DatasetAssembly assembly, Problems problems) {
    List<AnnotatedBox> boxes = new ArrayList<>();
    if (!Files.isRegularFile(file)) {
      problems.report(
          Problem.MISSING_LABEL_FILE, file.toString(), "not found, image kept without objects");
      return boxes;
    }
    String text;
    try {
      // Bytes that are not UTF-8 become characters that no number has: a malformed line.
      text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UserMistakeException(
          "label file " + file + ": cannot be read: " + FileTrouble.why(e), e);
    }
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      if (!line.isBlank()) {
        AnnotatedBox box =
            box(
                line.strip(),
                file.getFileName() + " line " + number,
                imageId + ":" + number,
                assembly,
                problems);
        if (box != null) {
          boxes.add(box);
        }
      }
    }
    return boxes;
  }

  private AnnotatedBox box(
      String line, String where, String annotationId, DatasetAssembly assembly, Problems problems) {
    String[] columns = line.split("\\s+");
    if (columns.length != 5) {
      problems.report(
          Problem.MALFORMED_LABEL_LINE,
          where,
          "found "
              + columns.length
              + " columns, expected 5: class, centre x, centre y, width, height");
      return null;
    }
    int label;
    double[] v = new double[4];
    try {
      label = Integer.parseInt(columns[0]);
      for (int i = 0; i < 4; i++) {
        v[i] = Double.parseDouble(columns[i + 1]);
      }
    } catch (NumberFormatException e) {
      problems.report(Problem.MALFORMED_LABEL_LINE, where, "found a column that is no number");
      return null;
    }
    if (label < 0 || label >= classNames.size()) {
      problems.report(
          Problem.UNKNOWN_CATEGORY,
          where,
          "found class " + label + ", expected 0 to " + (classNames.size() - 1));
      return null;
    }
    if (Boxes.degenerate(v[0] - v[2] / 2, v[1] - v[3] / 2, v[2], v[3])) {
      problems.report(Problem.DEGENERATE_BOX, where, "found " + Boxes.text(v));
      return null;
    }
    return new AnnotatedBox(
        assembly.annotationId(annotationId, where),
        label,
        false,
        v[0] - v[2] / 2,
        v[1] - v[3] / 2,
        v[2],
        v[3],
        -1);
  }
}
