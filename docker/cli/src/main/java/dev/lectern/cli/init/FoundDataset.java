package dev.lectern.cli.init;

import dev.lectern.producer.dataset.DatasetFormat;
import dev.lectern.producer.dataset.DatasetSource;
import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * An annotated dataset as it lies in a folder, by the layouts that people use: Pascal VOC ({@code
 * Annotations}, {@code JPEGImages}, {@code ImageSets/Main}), YOLO (a YAML file with {@code names},
 * {@code images} and {@code labels} of each split) and COCO (JSON files in the folder or in {@code
 * annotations}).
 *
 * @param format of the annotations
 * @param sources one a split; a single one where the folder has no splits
 * @param classNamesFile YOLO only; else null
 */
public record FoundDataset(DatasetFormat format, List<DatasetSource> sources, Path classNamesFile) {
  private static final List<String> SPLITS = List.of("train", "val", "test");

  /** As other tools call the validation split. */
  private static final String VALID = "valid";

  private static final Pattern FILE_NAME = Pattern.compile("\"file_name\"\\s*:\\s*\"([^\"]+)\"");
  private static final int START_BYTES = 1 << 20;

  public FoundDataset {
    sources = List.copyOf(sources);
  }

  /**
   * Looks into a folder.
   *
   * @throws UserMistakeException if none of the layouts is there; it says what was looked for
   */
  public static FoundDataset in(Path given) {
    Path folder = given.toAbsolutePath().normalize();
    if (!Files.isDirectory(folder)) {
      throw new UserMistakeException(
          "dataset "
              + given
              + ": "
              + (Files.exists(folder) ? "found a file, expected a folder" : "no such folder"));
    }
    try {
      return voc(folder)
          .or(() -> yolo(folder))
          .or(() -> coco(folder))
          .orElseThrow(
              () ->
                  new UserMistakeException(
                      "dataset "
                          + given
                          + ": looked for Annotations/*.xml (Pascal VOC), a YAML file with names"
                          + " beside images (YOLO), and *.json or annotations/*.json with images"
                          + " (COCO), found none; give another folder, or write publish.yaml by"
                          + " hand"));
    } catch (UncheckedIOException e) {
      throw new UserMistakeException(
          "dataset " + given + ": cannot be read: " + FileError.reason(e.getCause()), e);
    }
  }

  /** Names of the splits. */
  public List<String> splits() {
    return sources.stream().map(DatasetSource::splitName).toList();
  }

  /**
   * The source of a dataset that has no splits.
   *
   * @throws UserMistakeException if there are several
   */
  public DatasetSource onlySource() {
    if (sources.size() != 1) {
      throw new UserMistakeException(
          "dataset: found splits " + splits() + ", expected val among them, or one split alone");
    }
    return sources.get(0);
  }

  /** The only source as two splits, by lists of their images. */
  public FoundDataset withLists(Path train, Path val) {
    DatasetSource all = onlySource();
    return new FoundDataset(
        format,
        List.of(
            new DatasetSource("train", all.annotations(), all.images(), train, ""),
            new DatasetSource("val", all.annotations(), all.images(), val, "")),
        classNamesFile);
  }

  private static Optional<FoundDataset> voc(Path folder) {
    Path annotations = folder.resolve("Annotations");
    if (!Files.isDirectory(annotations)) {
      annotations = folder;
    }
    if (files(annotations, ".xml").isEmpty()) {
      return Optional.empty();
    }
    Path images = firstFolder(folder.resolve("JPEGImages"), folder.resolve("images"), folder);
    List<DatasetSource> sources = new ArrayList<>();
    for (String split : SPLITS) {
      Path list = folder.resolve("ImageSets/Main").resolve(split + ".txt");
      if (Files.isRegularFile(list)) {
        sources.add(new DatasetSource(split, annotations, images, list, ""));
      }
    }
    if (sources.isEmpty()) {
      sources.add(DatasetSource.of("train", annotations, images));
    }
    return Optional.of(new FoundDataset(DatasetFormat.VOC, sources, null));
  }

  private static Optional<FoundDataset> yolo(Path folder) {
    Optional<Path> names =
        Stream.concat(files(folder, ".yaml").stream(), files(folder, ".yml").stream())
            .filter(file -> start(file).lines().anyMatch(line -> line.startsWith("names:")))
            .findFirst();
    if (names.isEmpty()) {
      return Optional.empty();
    }
    List<DatasetSource> sources = new ArrayList<>();
    for (String split : SPLITS) {
      String other = split.equals("val") ? VALID : split;
      for (Path images :
          List.of(
              folder.resolve("images").resolve(split),
              folder.resolve("images").resolve(other),
              folder.resolve(split).resolve("images"),
              folder.resolve(other).resolve("images"))) {
        if (Files.isDirectory(images)
            && sources.stream().noneMatch(source -> source.images().equals(images))) {
          sources.add(DatasetSource.of(split, null, images));
        }
      }
    }
    if (sources.isEmpty() && Files.isDirectory(folder.resolve("images"))) {
      sources.add(DatasetSource.of("train", null, folder.resolve("images")));
    }
    return sources.isEmpty()
        ? Optional.empty()
        : Optional.of(new FoundDataset(DatasetFormat.YOLO, sources, names.get()));
  }

  private static Optional<FoundDataset> coco(Path folder) {
    List<Path> found = new ArrayList<>(files(folder, ".json"));
    if (Files.isDirectory(folder.resolve("annotations"))) {
      found.addAll(files(folder.resolve("annotations"), ".json"));
    }
    List<DatasetSource> sources = new ArrayList<>();
    for (Path json : found) {
      Matcher name = FILE_NAME.matcher(start(json));
      if (name.find()) {
        DatasetSource named = DatasetSource.of(null, json, folder);
        imagesOf(folder, json, named.splitName(), name.group(1))
            .ifPresent(
                images -> {
                  // Several files of a split are tasks of the same images; the first is taken.
                  if (sources.stream().noneMatch(s -> s.split().equals(named.splitName()))) {
                    sources.add(DatasetSource.of(named.splitName(), json, images));
                  }
                });
      }
    }
    return sources.isEmpty()
        ? Optional.empty()
        : Optional.of(new FoundDataset(DatasetFormat.COCO, sources, null));
  }

  /** The folder that holds the first image which a COCO file names. */
  private static Optional<Path> imagesOf(Path folder, Path json, String split, String first) {
    String stem =
        json.getFileName().toString().replaceFirst("\\.json$", "").replaceFirst("^.*_", "");
    return Stream.of(
            "images/" + stem, "images/" + split, stem, split, VALID, "images", "JPEGImages", ".")
        .map(name -> folder.resolve(name).normalize())
        .filter(images -> Files.isRegularFile(images.resolve(first)))
        .findFirst();
  }

  private static Path firstFolder(Path... folders) {
    return Stream.of(folders).filter(Files::isDirectory).findFirst().orElseThrow();
  }

  private static List<Path> files(Path folder, String ending) {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> file.toString().toLowerCase(Locale.ROOT).endsWith(ending))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String start(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(START_BYTES), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
