package dev.lectern.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Debian's buildah, with images, containers and logs below a folder of its own. */
final class Buildah {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Runs the words after the first as the user {@code $0} of the group {@code $1}. They write
   * straight into the log: buildah, which passes output on, may end before the last of it.
   */
  private static final String READ_ONLY =
      "mount -o remount,bind,ro / && group=$1 && shift && exec >>/run/log 2>&1"
          + " && exec setpriv --reuid=$0 --regid=$group --clear-groups --no-new-privs"
          + " --bounding-set=-all --inh-caps=-all -- \"$@\"";

  private final Path folder;

  Buildah(Path folder) throws IOException {
    this.folder = Files.createDirectories(folder).toAbsolutePath();
  }

  /** Runs one of its commands to the end; returns what it says on standard output. */
  String call(String... arguments) throws IOException, InterruptedException {
    Path errors = folder.resolve("buildah.log");
    Process process =
        new ProcessBuilder(command(List.of(arguments))).redirectError(errors.toFile()).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(10, TimeUnit.MINUTES) || process.exitValue() != 0) {
      throw new AssertionError(
          "buildah " + String.join(" ", arguments) + ": " + out + Files.readString(errors));
    }
    return out;
  }

  private List<String> command(List<String> arguments) {
    Stream<String> own =
        Stream.of("buildah", "--root", folder + "/storage", "--runroot", folder + "/run");
    return Stream.concat(own, arguments.stream()).toList();
  }

  boolean hasImage(String image) throws IOException, InterruptedException {
    return call("images", "--format", "{{.Name}}:{{.Tag}}").lines().anyMatch(image::equals);
  }

  /** Builds one target of the Dockerfile. */
  void build(Path context, String base, String target, String image)
      throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("build", "--isolation", "chroot"));
    arguments.addAll(List.of("--layers", "--pull-never", "--format", "docker"));
    arguments.addAll(List.of("--build-arg", "BASE=" + base, "--target", target, "--tag", image));
    arguments.addAll(List.of("--file", context.resolve("docker/Dockerfile").toString()));
    arguments.add(context.toString());
    call(arguments.toArray(String[]::new));
  }

  /** What an image says of itself: user, entry point, labels, health check. */
  JsonNode configuration(String image) throws IOException, InterruptedException {
    return JSON.readTree(call("inspect", "--type", "image", image)).get("Docker").get("config");
  }

  /** Size of an image with its base, e.g. {@code 954 MB}. */
  String size(String image) throws IOException, InterruptedException {
    return JSON.readTree(call("images", "--json", image)).get(0).get("size").asText();
  }

  /**
   * Makes a container that shares this machine's network and starts its entry point, as {@code
   * docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges}: nothing
   * runs from the temporary folder, and the root file system cannot be written.
   *
   * <p>Buildah has no such option, so the container begins as root, makes its root file system
   * read-only within its own mounts, and gives up all rights before the entry point.
   *
   * @param volumes as {@code folder:place[:ro]}
   */
  Container start(
      String image,
      String name,
      Map<String, String> environment,
      List<String> volumes,
      String... arguments)
      throws IOException, InterruptedException {
    call("from", "--pull-never", "--name", name, image);
    JsonNode configuration = configuration(image);
    List<String> options = new ArrayList<>(List.of("run", "--isolation", "chroot"));
    options.addAll(List.of("--user", "0:0", "--cap-add", "CAP_SYS_ADMIN"));
    options.addAll(List.of("--mount", "type=tmpfs,destination=/tmp,noexec,tmpfs-size=64m"));
    environment.forEach((key, value) -> options.addAll(List.of("--env", key + "=" + value)));
    volumes.forEach(volume -> options.addAll(List.of("--volume", volume)));
    Path log = folder.resolve(name + ".log");
    Files.write(log, new byte[0]);
    options.addAll(List.of("--volume", log + ":/run/log"));
    String[] user = configuration.get("User").asText().split(":");
    options.addAll(List.of(name, "--", "sh", "-c", READ_ONLY, user[0], user[1]));
    List<String> run = command(options);
    List<String> entry = new ArrayList<>();
    configuration.get("Entrypoint").forEach(word -> entry.add(word.asText()));
    entry.addAll(List.of(arguments));
    return new Container(run, entry, log);
  }

  void removeContainers() throws IOException, InterruptedException {
    call("rm", "--all");
  }

  /** Removes these images and every layer that no other image needs. */
  void remove(Iterable<String> images) throws IOException, InterruptedException {
    for (String image : images) {
      call("rmi", image);
    }
    call("rmi", "--prune", "--force");
  }
}
