package dev.lectern.bench;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The options that name a {@link RealTeacher}. */
final class RealTeacherOptions {
  @Option(
      names = "--teacher",
      paramLabel = "FILE.yaml",
      description = "Descriptor of a teacher; of its shapes is the stand-in, without --model.")
  private Path teacher;

  @Option(names = "--model", paramLabel = "FILE", description = "The teacher's model file.")
  private Path model;

  @Option(
      names = "--annotations",
      paramLabel = "FILE.json",
      description = "COCO annotations of real images.")
  private Path annotations;

  @Option(names = "--images", paramLabel = "DIR", description = "The real images.")
  private Path images;

  RealTeacher teacher() {
    return new RealTeacher(teacher, model, annotations, images);
  }
}
