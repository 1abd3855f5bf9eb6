package dev.lectern.producer.dataset;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.view.LabelPixels;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * Reads folders of images and label maps: for the image {@code a/b.jpg} the PNG {@code a/b.png}
 * below the folder of label maps, as Pascal VOC lays out {@code SegmentationClass}. The image id is
 * the image's path without ending. Only images that have a label map are taken, or those that a
 * split file lists.
 */
public final class LabelMapReader implements DatasetReader {
  private static final Set<String> PNG = Set.of("png");

  private final List<String> classNames;

  /**
   * @param classNames of pixels, in the order of their indices
   * @throws UserMistakeException if there are none, or too many
   */
  public LabelMapReader(List<String> classNames) {
    if (classNames == null) {
      throw new UserMistakeException(
          "class-names-file: found nothing; label maps hold numbers, expected class-names or"
              + " class-names-file");
    }
    requireFew(classNames.size());
    this.classNames = List.copyOf(classNames);
  }

  /** As many as a byte tells apart. */
  static void requireFew(int classes) {
    if (classes > LabelPixels.IGNORED) {
      throw new UserMistakeException(
          "class-names: found "
              + classes
              + " classes of pixels, expected at most "
              + LabelPixels.IGNORED);
    }
  }

  @Override
  public AnnotatedDataset read(List<DatasetSource> sources, Problems problems) {
    DatasetAssembly assembly = new DatasetAssembly(problems);
    // Sources may share a folder of label maps.
    Map<Path, DatasetSource> paired = new LinkedHashMap<>();
    Map<Path, DatasetSource> alone = new LinkedHashMap<>();
    for (DatasetSource source : sources) {
      Path images = DatasetAssembly.folder(source.images(), "image folder");
      Path labels = DatasetAssembly.folder(source.annotations(), "folder of label maps");
      Map<String, Path> labelsOf = new LinkedHashMap<>();
      for (Path file : ImageFiles.below(labels, PNG, problems)) {
        labelsOf.put(ImageFiles.key(labels, file), file);
      }
      Map<String, List<Path>> imagesOf = ImageFiles.byStem(images, problems);
      labelsOf.forEach((stem, labelMap) -> leaveOut(labelMap, stem, imagesOf));
      for (String stem : chosen(source, imagesOf, labelsOf, assembly)) {
        Path labelMap = labelsOf.getOrDefault(stem, labels.resolve(stem + ".png"));
        List<Path> files = imagesOf.getOrDefault(stem, List.of());
        (files.isEmpty() ? alone : paired).putIfAbsent(labelMap, source);
        add(source, files, labelMap, assembly);
      }
    }
    alone.keySet().removeAll(paired.keySet());
    alone.forEach(
        (labelMap, source) ->
            problems.report(
                Problem.MISSING_IMAGE,
                labelMap.toString(),
                "no image of this name below " + source.images()));
    return assembly.finish(classNames, LongStream.range(0, classNames.size()).boxed().toList());
  }

  /** A label map beside its image is none itself. */
  private static void leaveOut(Path labelMap, String stem, Map<String, List<Path>> imagesOf) {
    Path map = labelMap.toAbsolutePath().normalize();
    imagesOf.computeIfPresent(
        stem,
        (same, files) -> {
          files.removeIf(file -> file.toAbsolutePath().normalize().equals(map));
          return files.isEmpty() ? null : files;
        });
  }

  private static Iterable<String> chosen(
      DatasetSource source,
      Map<String, List<Path>> imagesOf,
      Map<String, Path> labelsOf,
      DatasetAssembly assembly) {
    if (source.splitFile() == null) {
      return labelsOf.keySet();
    }
    Map<String, String> known = new LinkedHashMap<>();
    imagesOf.forEach(
        (stem, files) -> {
          known.putIfAbsent(stem, stem);
          for (Path file : files) {
            known.putIfAbsent(source.images().relativize(file).toString().replace('\\', '/'), stem);
          }
        });
    return assembly.listed(
        source,
        SplitFile.read(source.splitFile()),
        known,
        Problem.MISSING_IMAGE,
        "is not an image below " + source.images(),
        source.images());
  }

  private void add(
      DatasetSource source, List<Path> files, Path labelMap, DatasetAssembly assembly) {
    for (Path file : files) {
      String imageId = DatasetAssembly.id(source, ImageFiles.stem(source.images(), file));
      if (assembly.claim(source, imageId, file)) {
        assembly.add(
            source,
            new AnnotatedImage(imageId, source.splitName(), file, 0, 0, BoxUnit.PIXELS, List.of())
                .with(new PixelLabels.InFile(labelMap, classNames.size())));
      }
    }
  }
}
