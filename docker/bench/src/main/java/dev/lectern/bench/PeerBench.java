package dev.lectern.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** How other stores do on the same tensors: runs a Python script that measures them. */
final class PeerBench {
  private static final String MODULES = "torch, numpy, lmdb, h5py, zarr";
  private static final int TIMEOUT_MINUTES = 30;

  private static final int EPOCHS = 20;

  private final String python;
  private final Path script;
  private final Path tensors;
  private final String only;
  private final Map<String, Peer> peers = new LinkedHashMap<>();

  /** The measurements of one store, a number a round. */
  record Peer(
      List<Double> kilobytes,
      List<Double> writeMbPerSecond,
      List<Double> imagesPerSecond,
      List<Double> imagesPerCpuSecond,
      List<Double> maxAbsError) {
    Peer() {
      this(
          new ArrayList<>(),
          new ArrayList<>(),
          new ArrayList<>(),
          new ArrayList<>(),
          new ArrayList<>());
    }
  }

  /**
   * @param python command that runs the script
   * @param script takes {@code --data --n --dir --json --epochs --only}
   * @param tensors the NumPy archive
   * @param only parts of the names of the stores to measure, with commas; empty for all
   */
  PeerBench(String python, Path script, Path tensors, String only) {
    this.python = python;
    this.script = script;
    this.tensors = tensors;
    this.only = only;
  }

  /**
   * Why the peers cannot run here.
   *
   * @return null if they can
   */
  String obstacle() throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(python, "-c", "import " + MODULES).redirectErrorStream(true).start();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (process.waitFor() == 0) {
        return null;
      }
      return python
          + " lacks one of "
          + MODULES
          + " ("
          + output.substring(output.lastIndexOf('\n') + 1)
          + "); Debian has python3-torch, python3-lmdb, python3-h5py, python3-zarr";
    } catch (IOException e) {
      return python + " cannot be run: " + e.getMessage();
    }
  }

  /** Measures once more. */
  void run(Path folder) throws IOException, InterruptedException {
    Path json = folder.resolve("peers.json");
    Path log = folder.resolve("peers.log");
    List<String> command =
        new ArrayList<>(
            List.of(
                python,
                script.toString(),
                "--data",
                tensors.toString(),
                "--n",
                "1000000",
                "--dir",
                folder.resolve("peers").toString(),
                "--json",
                json.toString(),
                "--epochs",
                String.valueOf(EPOCHS)));
    if (!only.isEmpty()) {
      command.addAll(List.of("--only", only));
    }
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    LauncherSettings.removeFrom(builder);
    Process process = builder.start();
    try {
      if (!process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
        throw new IOException(script + " failed: " + Files.readString(log).strip());
      }
    } finally {
      process.destroyForcibly();
    }
    for (JsonNode row : new JsonMapper().readTree(json.toFile()).get("rows")) {
      Peer peer = peers.computeIfAbsent(row.get("peer").asText(), name -> new Peer());
      peer.kilobytes().add(row.get("kb").asDouble());
      peer.writeMbPerSecond().add(row.get("write_mbs").asDouble());
      peer.imagesPerSecond().add(row.get("read_ips").asDouble());
      peer.imagesPerCpuSecond().add(row.get("read_cpu_ips").asDouble());
      peer.maxAbsError().add(row.get("maxerr").asDouble());
    }
  }

  /** By name, in the order of the script. */
  Map<String, Peer> peers() {
    return peers;
  }
}
