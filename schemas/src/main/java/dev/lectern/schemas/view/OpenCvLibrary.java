package dev.lectern.schemas.view;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import nu.pattern.OpenCV;
import org.opencv.core.Core;

/**
 * The native half of OpenCV: from a folder of {@code java.library.path} where it lies in one, else
 * unpacked from its jar into the folder of temporary files.
 *
 * <p>The first way needs no writable folder and no 65 MB of it, which matters in containers.
 */
public final class OpenCvLibrary {
  private OpenCvLibrary() {}

  /**
   * Loads it once; further calls do nothing.
   *
   * <p>A process that is being stopped can no longer load it, so one that will need it loads it
   * before it lets itself be stopped in order.
   */
  public static void load() {
    if (isInstalled(System.getProperty("java.library.path", ""))) {
      System.loadLibrary(Core.NATIVE_LIBRARY_NAME);
    } else {
      OpenCV.loadLocally();
    }
  }

  /**
   * Whether one of the folders holds it.
   *
   * @param folders separated as in {@code java.library.path}
   */
  static boolean isInstalled(String folders) {
    String file = System.mapLibraryName(Core.NATIVE_LIBRARY_NAME);
    return Arrays.stream(folders.split(java.io.File.pathSeparator))
        .filter(folder -> !folder.isEmpty())
        .anyMatch(folder -> Files.isRegularFile(Path.of(folder, file)));
  }
}
