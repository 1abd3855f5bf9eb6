package dev.lectern.trainer.train;

import java.nio.file.Path;

/** Configurations of small runs on the synthetic recording, as a user would write them. */
final class RunFiles {
  private RunFiles() {}

  /** A run with every kind of loss, 12 images a pass in batches of 3. */
  static String distilling(String bootstrapServers, Path out) {
    return """
        bootstrap-servers: %s
        recording: shapes-teacher
        out: %s
        seed: 5
        epochs: 3
        batch-size: 3
        average-decay: 0.9
        student:
          classes: 2
          bins: 8
          strides: [8, 16]
          backbone: {depth: 18, width: 8}
          neck: {channels: 8}
          head: {depth: 1, channels: 8}
        optimizer: {name: adamw, learning-rate: 0.002}
        schedule: {name: cosine, warmup-steps: 3}
        losses:
          - {name: ld}
          - {name: ld, region: vlr}
          - {name: kd, weight: 0.5}
          - {name: cwd}
          - {name: cwd_logits}
          - {name: fitnets, regressor: conv_bn_relu, schedule: {warm-up-steps: 5, decay: cosine}}
          - {name: defeat, adapter: conv3x3}
        replay: {decode-threads: 2}
        evaluation: {every-epochs: 3}
        """
        .formatted(bootstrapServers, out);
  }
}
