package dev.lectern.bench;

import dev.lectern.schemas.config.UserMistakeException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The options that name a script of {@link PeerBench}, and what it measures. */
final class PeerOptions {
  @Option(
      names = "--peers",
      paramLabel = "FILE.py",
      description = "Script that measures other stores; needs --tensors.")
  private Path script;

  @Option(
      names = "--only",
      paramLabel = "NAMES",
      defaultValue = "torch.save fp16,safetensors,lmdb fp16,MDS",
      description = "Peers to measure: parts of their names, with commas; empty for all.")
  private String only;

  @Option(
      names = "--python",
      paramLabel = "COMMAND",
      defaultValue = "python3",
      description = "What runs the script.")
  private String python;

  /**
   * The peers on an archive.
   *
   * @param tensors null if the tensors are from a recording
   * @return null without a script
   */
  PeerBench bench(Path tensors) {
    if (script == null) {
      return null;
    }
    if (!Files.isRegularFile(script)) {
      throw new UserMistakeException("--peers " + script + ": found no such file");
    }
    if (tensors == null) {
      throw new UserMistakeException("--peers: expected --tensors, which the script reads");
    }
    return new PeerBench(python, script, tensors, only);
  }
}
