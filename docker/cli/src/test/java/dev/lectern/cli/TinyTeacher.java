package dev.lectern.cli;

import ai.djl.ndarray.NDManager;
import dev.lectern.demo.draw.DrawnDataset;
import dev.lectern.demo.draw.ShapeClass;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.export.StudentExport;
import dev.lectern.detector.network.Detectors;
import dev.lectern.schemas.config.ConfigLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What the pipeline's tests run on when there is nothing from outside: drawn pictures, and a small
 * detector with random weights, exported as ONNX.
 */
public final class TinyTeacher {
  public static final int SIDE = 64;

  private static final String SPEC =
      """
      classes: %d
      bins: 5
      strides: [8, 16]
      octave-base-scale: 2
      backbone: {depth: 18, width: 8}
      neck: {channels: 8}
      head: {depth: 1, channels: 8}
      """;

  private TinyTeacher() {}

  /** The student with the same grid as the teacher, as YAML below the key {@code student}. */
  public static String studentYaml() {
    return "student:\n" + spec().indent(2);
  }

  /** Writes {@code teacher.onnx} and {@code teacher.yaml}. */
  public static void write(Path folder, String name, int batchSize) throws IOException {
    write(folder, name, batchSize, SIDE, spec());
  }

  /** A teacher for another size of views, with another network. */
  public static void write(Path folder, String name, int batchSize, int side, String spec)
      throws IOException {
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector detector =
            Detectors.create(
                ConfigLoader.bind(spec, List.of(), DetectorSpec.class, "test"), manager, 7)) {
      new StudentExport(name, side, side, ShapeClass.names(), batchSize).write(detector, folder);
    }
  }

  /** Draws pictures; returns the annotation file, the pictures lie in {@code images} beside it. */
  public static Path draw(Path folder, String split, int count) throws IOException {
    return draw(folder, split, count, SIDE);
  }

  /** Pictures of another size. */
  public static Path draw(Path folder, String split, int count, int side) throws IOException {
    Path images = Files.createDirectories(folder.resolve("images"));
    Path annotations = folder.resolve(split + ".json");
    new DrawnDataset(5, 0, count, side, 0).write(images, annotations);
    return annotations;
  }

  /** The network, as YAML. */
  public static String spec() {
    return SPEC.formatted(ShapeClass.values().length);
  }
}
