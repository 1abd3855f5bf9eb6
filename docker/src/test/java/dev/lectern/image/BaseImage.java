package dev.lectern.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Debian trixie with OpenJDK 21: the image that the system property {@code lectern.images.base}
 * names, or one that debootstrap makes from the archive of {@code lectern.images.debian}.
 */
final class BaseImage {
  private static final String MADE = "localhost/lectern-base:trixie";
  private static final String PACKAGES = "openjdk-21-jre-headless,libgomp1,ca-certificates";

  private BaseImage() {}

  /** Its name; made now unless it was made before. */
  static String prepare(Buildah buildah, Path folder) throws IOException, InterruptedException {
    String given = System.getProperty("lectern.images.base");
    if (given != null) {
      return given;
    }
    if (!buildah.hasImage(MADE)) {
      Path root = folder.resolve("base").toAbsolutePath();
      debootstrap(root, folder.resolve("debootstrap.log"));
      String container = buildah.call("from", "scratch").strip();
      buildah.call("copy", "--quiet", container, root.toString(), "/");
      buildah.call("commit", "--quiet", "--rm", container, MADE);
      execute(new ProcessBuilder("rm", "-rf", root.toString()), folder.resolve("rm.log"));
    }
    return MADE;
  }

  private static void debootstrap(Path root, Path log) throws IOException, InterruptedException {
    String archive = System.getProperty("lectern.images.debian", "http://deb.debian.org/debian");
    execute(
        new ProcessBuilder(
            "debootstrap",
            "--variant=minbase",
            "--include=" + PACKAGES,
            "trixie",
            root.toString(),
            archive),
        log);
    execute(
        new ProcessBuilder(
            "sh",
            "-c",
            "rm -rf \"$1\"/var/cache/apt/* \"$1\"/var/lib/apt/lists/*",
            "sh",
            "" + root),
        log);
  }

  private static void execute(ProcessBuilder command, Path log)
      throws IOException, InterruptedException {
    Process process = command.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    if (!process.waitFor(10, TimeUnit.MINUTES) || process.exitValue() != 0) {
      throw new AssertionError(String.join(" ", command.command()) + ": " + Files.readString(log));
    }
  }
}
