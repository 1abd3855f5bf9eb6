package dev.lectern.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
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

  private final Path folder;

  Buildah(Path folder) throws IOException {
    this.folder = Files.createDirectories(folder).toAbsolutePath();
  }

  /** Runs one of its commands to the end; returns what it says on standard output. */
  String call(String... arguments) throws IOException, InterruptedException {
    Path errors = folder.resolve("buildah.log");
    Process process =
        new ProcessBuilder(command(List.of(arguments))).redirectError(errors.toFile()).start();
    String out = new String(process.getInputStream().readAllBytes());
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
   * Makes a container that shares this machine's network and starts its entry point.
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
    List<String> options = new ArrayList<>(List.of("run", "--isolation", "chroot"));
    // As docker run --tmpfs /tmp: nothing runs from it.
    options.addAll(List.of("--mount", "type=tmpfs,destination=/tmp,noexec,tmpfs-size=64m"));
    environment.forEach((key, value) -> options.addAll(List.of("--env", key + "=" + value)));
    volumes.forEach(volume -> options.addAll(List.of("--volume", volume)));
    options.addAll(List.of(name, "--"));
    List<String> run = command(options);
    List<String> entry = new ArrayList<>();
    configuration(image).get("Entrypoint").forEach(word -> entry.add(word.asText()));
    entry.addAll(List.of(arguments));
    return new Container(run, entry, folder.resolve(name + ".log"));
  }

  /** Where a container's root file system can be looked at. */
  Path root(String container) throws IOException, InterruptedException {
    return Path.of(call("mount", container).strip());
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
