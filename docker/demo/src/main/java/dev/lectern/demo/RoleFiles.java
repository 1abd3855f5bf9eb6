package dev.lectern.demo;

import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.trainer.train.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes the settings of the demo's roles as the YAML files that a user would write. */
final class RoleFiles {
  private static final int BATCH = 16;
  private static final int WARMUP_STEPS = 100;
  private static final int MEASUREMENTS = 8;

  private final DemoPlan plan;

  RoleFiles(DemoPlan plan) {
    this.plan = plan;
  }

  /** For {@code lectern publish}: both splits, the training one with augmented views. */
  Path publish(Path train, Path validation, Path images) throws IOException {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("name", Demo.DATASET);
    settings.put("format", "coco");
    settings.put(
        "sources", List.of(source("train", train, images), source("val", validation, images)));
    settings.put("size", DemoSettings.SIDE + "x" + DemoSettings.SIDE);
    settings.put("resize", "stretch");
    settings.put("views-per-image", plan.viewsPerImage());
    settings.put("seed", DemoSettings.DRAWING_SEED);
    return write("publish.yaml", ConfigLoader.toYaml(settings));
  }

  private static Map<String, Object> source(String split, Path annotations, Path images) {
    Map<String, Object> source = new LinkedHashMap<>();
    source.put("split", split);
    source.put("annotations", annotations.toString());
    source.put("images", images.toString());
    return source;
  }

  /** For {@code lectern train}. */
  Path train(Variant variant, int seed, String bootstrapServers, Path out) throws IOException {
    List<String> keys =
        List.of(
            "bootstrap-servers=" + bootstrapServers,
            "recording=" + Demo.RECORDING,
            ConfigLoader.setting("out", out),
            "seed=" + seed,
            "epochs=" + plan.epochs(),
            "batch-size=" + BATCH,
            "optimizer={name: adamw, learning-rate: 0.002, weight-decay: 0.01}",
            "schedule={name: cosine, warmup-factor: 0.01, warmup-steps: " + WARMUP_STEPS + "}",
            "gradient-clip=10",
            "losses=" + variant.losses(),
            "checkpoint={every-epochs: " + plan.epochs() + ", keep: 1}",
            "evaluation.every-epochs=" + Math.max(1, plan.epochs() / MEASUREMENTS));
    TrainConfig config = TrainConfig.of(DemoSettings.student(), keys);
    return write(runName(variant, seed) + ".yaml", ConfigLoader.toYaml(config));
  }

  /** Steps of one pass over so many pictures. */
  static int stepsPerEpoch(int pictures) {
    return (pictures + BATCH - 1) / BATCH;
  }

  /** Name of a run and of its folder. */
  static String runName(Variant variant, int seed) {
    return variant.label() + "-" + seed;
  }

  private Path write(String name, String yaml) throws IOException {
    Path folder = plan.workDir().resolve("config");
    Files.createDirectories(folder);
    return Files.writeString(folder.resolve(name), yaml);
  }
}
