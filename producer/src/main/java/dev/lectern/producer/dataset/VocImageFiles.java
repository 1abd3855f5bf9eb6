package dev.lectern.producer.dataset;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds the image of a VOC file. An image that is named like the XML file comes first: {@code
 * filename} often is what the image was called before it was renamed, and may meanwhile be the name
 * of another.
 */
final class VocImageFiles {
  private final Path images;
  private final Problems problems;
  private final Map<String, List<Path>> byStem;

  /** Those of all folders by name without ending. */
  private final Map<String, List<Path>> byName = new HashMap<>();

  /** Images that are named like an XML file. */
  private final Set<Path> owned = new HashSet<>();

  /** Others, that the {@code filename} of an XML file names. */
  private final Set<Path> named = new HashSet<>();

  /** Of these, those that a second XML file names. */
  private final Set<Path> again = new HashSet<>();

  /** And those that an XML file names whose own name does not begin with theirs. */
  private final Set<Path> others = new HashSet<>();

  /**
   * @param annotations the folder of the XML files
   * @param xmls all that lie in it
   */
  VocImageFiles(Path images, Path annotations, List<Path> xmls, Problems problems) {
    this.images = images;
    this.problems = problems;
    byStem = ImageFiles.byStem(images, problems);
    byStem.forEach(
        (stem, files) ->
            byName.computeIfAbsent(ImageFiles.last(stem), n -> new ArrayList<>()).addAll(files));
    for (Path xml : xmls) {
      owned.addAll(namedLike(ImageFiles.key(annotations, xml)));
    }
  }

  /**
   * The image of an XML file.
   *
   * @param stem path of the XML file below its folder, without ending; accents may be composed in
   *     any way, here and in names of images
   * @param filename as the file states it, or null
   * @return a path where no file is if there is none; null if the image was left out and reported
   */
  Path of(String stem, Path xml, String filename) {
    String name = filename == null ? null : ImageFiles.last(filename);
    String composed = name == null ? null : ImageFiles.composed(name);
    List<Path> like = namedLike(ImageFiles.composed(stem));
    if (!like.isEmpty()) {
      Path file =
          like.stream()
              .filter(f -> ImageFiles.composed(name(f)).equals(composed))
              .findFirst()
              .orElse(like.get(0));
      for (Path other : like) {
        if (!other.equals(file)) {
          problems.report(
              Problem.DUPLICATE_IMAGE_ID,
              other.toString(),
              "found it beside " + file.getFileName() + " for " + xml + ", left out");
        }
      }
      String wanted = ImageFiles.last(ImageFiles.composed(stem));
      if (name != null && !composed.equals(wanted) && !ImageFiles.stem(composed).equals(wanted)) {
        problems.report(
            Problem.STALE_FILENAME,
            xml.toString(),
            "found filename "
                + name
                + ", used "
                + file.getFileName()
                + ", named like the XML file");
      }
      return file;
    }
    Path file = named(filename, name, stem);
    if (owned.contains(file)) {
      problems.report(
          Problem.MISSING_IMAGE,
          xml.toString(),
          "found filename " + name + ", which is the image of the XML file of that name");
      return null;
    }
    Path key = key(file);
    boolean isPart =
        ImageFiles.last(ImageFiles.composed(stem))
            .startsWith(ImageFiles.stem(ImageFiles.composed(name(file))));
    if (!named.add(key) && Files.exists(key)) {
      again.add(key);
    }
    if (!isPart) {
      others.add(key);
    }
    return file;
  }

  /**
   * Whether several XML files name an image that is named like none of them, and their names do not
   * begin with its name, as those of {@code a_cars.xml} and {@code a_people.xml} would for {@code
   * a.jpg}: it is the image of one at most, and nothing says of which.
   *
   * @param file that {@link #of} gave, after it was asked for all XML files
   */
  boolean isContested(Path file) {
    return again.contains(key(file)) && others.contains(key(file));
  }

  private static String name(Path file) {
    return file.getFileName().toString();
  }

  private static Path key(Path file) {
    return file.toAbsolutePath().normalize();
  }

  /** The images at the same place below their folder; else those of that name anywhere below. */
  private List<Path> namedLike(String stem) {
    List<Path> same = byStem.get(stem);
    if (same != null) {
      return same;
    }
    List<Path> elsewhere = byName.getOrDefault(ImageFiles.last(stem), List.of());
    // Two folders with an image of the name: nothing says which is meant.
    return elsewhere.stream().map(Path::getParent).distinct().count() == 1 ? elsewhere : List.of();
  }

  /** The image that {@code filename} names. */
  private Path named(String filename, String name, String stem) {
    if (name == null || name.isEmpty()) {
      return images.resolve(stem + ".jpg");
    }
    try {
      Path below = images.resolve(filename.replace('\\', '/')).normalize();
      if (below.startsWith(images.normalize()) && Files.isRegularFile(below)) {
        return below;
      }
      Path file = images.resolve(name);
      if (Files.exists(file)) {
        return file;
      }
      List<Path> like = namedLike(ImageFiles.stem(ImageFiles.composed(name)));
      return like.isEmpty() ? file : like.get(0);
    } catch (InvalidPathException e) {
      ImageFiles.requireUnicodeNames(name);
      return images.resolve(stem + ".jpg");
    }
  }
}
