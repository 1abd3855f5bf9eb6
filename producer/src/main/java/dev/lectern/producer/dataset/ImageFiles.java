package dev.lectern.producer.dataset;

import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of a dataset below a folder; symbolic links are followed. Folders that programs keep
 * copies of images in are not looked into.
 */
final class ImageFiles {
  private static final Logger LOG = LoggerFactory.getLogger(ImageFiles.class);

  private static final Set<String> READABLE =
      Set.of(
          "jpg", "jpeg", "jpe", "jfif", "png", "bmp", "dib", "webp", "tif", "tiff", "ppm", "pgm",
          "pnm");

  /**
   * Rare ones, often of what belongs to another image; and those that {@link SourceImage} refuses.
   */
  private static final Set<String> FURTHER =
      Set.of(
          "mpo", "jfi", "apng", "pbm", "gif", "heic", "heif", "avif", "jxl", "jp2", "j2k", "jpx",
          "tga", "psd");

  /** What lies beside images, by its name. */
  private static final Set<String> BESIDE = Set.of("txt", "xml", "json", "csv");

  /** What macOS writes beside a file {@code x} on foreign volumes: {@code ._x}. */
  private static final String APPLE_DOUBLE = "._";

  /** Copies of images made by macOS and by Synology; those of others begin with a dot. */
  private static final Set<String> COPIES = Set.of("__MACOSX", "@eaDir");

  private ImageFiles() {}

  /**
   * All images in the order of their paths, sub-folders included; one of a rare format, or of one
   * that cannot be read, only where no other has its name.
   *
   * @param problems receives names that are not UTF-8
   * @throws UserMistakeException if a folder cannot be read, or the locale loses characters of a
   *     name
   */
  static List<Path> below(Path folder, Problems problems) {
    List<Path> readable = below(folder, READABLE, problems);
    Set<String> stems = new HashSet<>();
    readable.forEach(file -> stems.add(stem(folder, file)));
    List<Path> all = new ArrayList<>(readable);
    for (Path file : below(folder, FURTHER, problems)) {
      if (!stems.contains(stem(folder, file))) {
        all.add(file);
      }
    }
    all.sort(null);
    return all;
  }

  /** All files with one of the endings, in any case, in the order of their paths. */
  static List<Path> below(Path folder, Set<String> endings, Problems problems) {
    return below(folder, (Path file) -> endings.contains(ending(file)), problems);
  }

  /** Files that may be images of other endings, by their {@link #key}. */
  static Map<String, Path> others(Path folder, Problems problems) {
    Map<String, Path> others = new TreeMap<>();
    below(folder, ImageFiles::mayBeImage, problems)
        .forEach(file -> others.putIfAbsent(key(folder, file), file));
    return others;
  }

  private static boolean mayBeImage(Path file) {
    return !BESIDE.contains(ending(file)) && !isLost(file);
  }

  private static List<Path> below(Path folder, Predicate<Path> wanted, Problems problems) {
    List<Path> files = new ArrayList<>();
    try {
      Files.walkFileTree(
          folder,
          EnumSet.of(FileVisitOption.FOLLOW_LINKS),
          Integer.MAX_VALUE,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path visited, BasicFileAttributes attributes) {
              String name = String.valueOf(visited.getFileName());
              if (visited.equals(folder) || !(name.startsWith(".") || COPIES.contains(name))) {
                return FileVisitResult.CONTINUE;
              }
              LOG.info("{}: not looked into, programs keep copies of images there", visited);
              return FileVisitResult.SKIP_SUBTREE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              // A link that is still one here leads nowhere: opening it will say so.
              boolean candidate = attributes.isRegularFile() || attributes.isSymbolicLink();
              if (candidate
                  && wanted.test(file)
                  && !isAppleDouble(file)
                  && readableName(file, problems)) {
                files.add(file);
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
              if (e instanceof FileSystemLoopException) {
                LOG.warn("{}: links back to a folder that it lies in, not followed", file);
                return FileVisitResult.CONTINUE;
              }
              throw new UserMistakeException(file + ": cannot be read: " + FileError.reason(e), e);
            }
          });
    } catch (IOException e) {
      throw new UserMistakeException(
          "folder " + folder + ": cannot be read: " + FileError.reason(e), e);
    }
    files.sort(null);
    return files;
  }

  private static boolean isAppleDouble(Path file) {
    String name = file.getFileName().toString();
    return name.startsWith(APPLE_DOUBLE)
        && Files.exists(file.resolveSibling(name.substring(APPLE_DOUBLE.length())));
  }

  /**
   * Whether a name survives on its way from bytes to characters.
   *
   * @throws UserMistakeException if it does not because of the locale
   */
  private static boolean readableName(Path file, Problems problems) {
    if (!isLost(file)) {
      return true;
    }
    requireUnicodeNames(file.toString());
    problems.report(
        Problem.MALFORMED_IMAGE_ENTRY,
        file.toString(),
        "found a file name that is not UTF-8; rename the file");
    return false;
  }

  private static boolean isLost(Path file) {
    return file.toString().indexOf('\uFFFD') >= 0;
  }

  /**
   * @throws UserMistakeException if file names of this process are not Unicode
   */
  static void requireUnicodeNames(String name) {
    String encoding = System.getProperty("sun.jnu.encoding", "UTF-8");
    if (!encoding.toUpperCase(Locale.ROOT).startsWith("UTF")) {
      throw new UserMistakeException(
          "file name "
              + name
              + ": the locale of this process knows names in "
              + encoding
              + " only, expected UTF-8; set LC_ALL to a UTF-8 locale of this system, such as C.UTF-8");
    }
  }

  /** Those that {@link #below} finds, by their {@link #key}. */
  static Map<String, List<Path>> byStem(Path folder, Problems problems) {
    Map<String, List<Path>> byStem = new TreeMap<>();
    for (Path file : below(folder, problems)) {
      byStem.computeIfAbsent(key(folder, file), stem -> new ArrayList<>()).add(file);
    }
    return byStem;
  }

  /** Finds files by names that were written on another system. */
  static final class ByName {
    private final Path folder;
    private final Map<Path, Map<String, Path>> listings = new HashMap<>();

    /**
     * @param folder that names are relative to, absolute and normalised
     */
    ByName(Path folder) {
      this.folder = folder;
    }

    /**
     * The file of a name: as it stands, with backslashes between folders, or with accents composed
     * another way.
     *
     * @return the path as it stands where there is no such file
     * @throws java.nio.file.InvalidPathException if the name is none
     */
    Path find(String name) {
      Path file = folder.resolve(name).normalize();
      if (Files.exists(file)) {
        return file;
      }
      Path slashed =
          name.indexOf('\\') < 0 ? file : folder.resolve(name.replace('\\', '/')).normalize();
      if (Files.exists(slashed)) {
        return slashed;
      }
      Path parent = slashed.getParent();
      if (parent == null || !slashed.startsWith(folder)) {
        return file;
      }
      return listings
          .computeIfAbsent(parent, ByName::listing)
          .getOrDefault(composed(slashed.getFileName().toString()), file);
    }

    private static Map<String, Path> listing(Path folder) {
      Map<String, Path> files = new HashMap<>();
      if (Files.isDirectory(folder)) {
        try (Stream<Path> entries = Files.list(folder)) {
          entries.forEach(file -> files.put(composed(file.getFileName().toString()), file));
        } catch (IOException e) {
          throw new UserMistakeException(
              "folder " + folder + ": cannot be read: " + FileError.reason(e), e);
        }
      }
      return files;
    }
  }

  /** Path below a folder without the ending, with slashes. */
  static String stem(Path folder, Path file) {
    String separator = file.getFileSystem().getSeparator();
    return stem(folder.relativize(file).toString().replace(separator, "/"));
  }

  /** {@link #stem} by which a file is found, with accents composed one way. */
  static String key(Path folder, Path file) {
    return composed(stem(folder, file));
  }

  /** With accents composed one way: macOS and others write the same name in different ways. */
  static String composed(String name) {
    return Normalizer.normalize(name, Normalizer.Form.NFC);
  }

  static String stem(String name) {
    int dot = name.lastIndexOf('.');
    return dot <= name.lastIndexOf('/') + 1 ? name : name.substring(0, dot);
  }

  /** The part after the last slash or backslash. */
  static String last(String path) {
    return path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  }

  private static String ending(Path file) {
    String name = file.getFileName().toString();
    return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }
}
