package dev.lectern.schemas.descriptor;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.FileTrouble;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.HeadType;
import dev.lectern.schemas.record.Level;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The YAML form of a teacher descriptor.
 *
 * @param name of the teacher, without a digest
 * @param input what the model wants
 * @param head how its outputs are to be read
 * @param levels fine to coarse
 * @param classNames in label order; or {@code classNamesFile}
 * @param classNamesFile one name a line, beside the descriptor
 * @param batchSize views per inference call
 * @param outputs names of the model's outputs in its own order, where the model itself has no names
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DescriptorYaml(
    String name,
    Input input,
    Head head,
    List<LevelYaml> levels,
    List<String> classNames,
    String classNamesFile,
    Integer batchSize,
    List<String> outputs) {

  /**
   * Name, size in pixels, channel order and normalisation (on the 0..255 scale) of the model's
   * input.
   */
  public record Input(
      String name,
      int width,
      int height,
      ChannelOrder channels,
      List<Double> mean,
      List<Double> std) {}

  /** Type, bins per edge, and where a cell's prior sits: (cell + gridOffset) * stride. */
  public record Head(HeadType type, int bins, double gridOffset) {}

  /** Output names of one level. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record LevelYaml(
      int stride, String classScores, String boxLogits, String feature, Integer featureChannels) {}

  /**
   * Reads a descriptor.
   *
   * @throws UserMistakeException if the file is missing, a key unknown, or a value absent or
   *     impossible
   */
  public static TeacherDescriptor read(Path file) {
    return ConfigLoader.load(file, List.of(), DescriptorYaml.class).toDescriptor(file);
  }

  /** Writes a descriptor with its class names inline. */
  public static void write(TeacherDescriptor d, Path file) throws IOException {
    List<LevelYaml> levels =
        d.getLevels().stream()
            .map(
                l ->
                    new LevelYaml(
                        l.getStride(),
                        l.getClassScores(),
                        l.getBoxLogits(),
                        l.getFeature(),
                        l.getFeature() == null ? null : l.getFeatureChannels()))
            .toList();
    DescriptorYaml yaml =
        new DescriptorYaml(
            d.getName(),
            new Input(
                d.getInputName(),
                d.getInputWidth(),
                d.getInputHeight(),
                d.getChannelOrder(),
                d.getMean(),
                d.getStd()),
            new Head(d.getHeadType(), d.getBins(), d.getGridOffset()),
            levels,
            d.getClassNames(),
            null,
            d.getBatchSize(),
            d.getOutputs().isEmpty() ? null : d.getOutputs());
    Files.writeString(file, ConfigLoader.toYaml(yaml));
  }

  private TeacherDescriptor toDescriptor(Path file) {
    List<String> problems = new ArrayList<>();
    expect(
        problems,
        name != null && !name.isBlank() && !name.contains("@"),
        "name: expected a word without '@'");
    expect(problems, input != null && input.name() != null, "input.name: missing");
    expect(
        problems,
        input != null && input.width() > 0 && input.height() > 0,
        "input.width and input.height: expected pixels");
    expect(
        problems, input != null && input.channels() != null, "input.channels: expected RGB or BGR");
    expect(
        problems,
        input != null && three(input.mean()) && three(input.std()),
        "input.mean and input.std: expected 3 numbers each");
    expect(
        problems,
        input == null
            || input.std() == null
            || input.std().stream().allMatch(s -> s != null && s > 0),
        "input.std: expected numbers above 0");
    expect(problems, head != null && head.type() != null, "head.type: expected GFL");
    expect(problems, head != null && head.bins() >= 2, "head.bins: expected at least 2");
    expect(problems, levels != null && !levels.isEmpty(), "levels: expected at least one");
    expect(
        problems,
        (classNames == null) != (classNamesFile == null),
        "class-names or class-names-file: expected exactly one of them");
    expect(
        problems,
        classNames == null || !classNames.isEmpty(),
        "class-names: expected at least one");
    expect(problems, batchSize == null || batchSize >= 1, "batch-size: expected at least 1");
    if (levels != null) {
      for (int i = 0; i < levels.size(); i++) {
        LevelYaml l = levels.get(i);
        expect(problems, l.stride() > 0, "levels." + i + ".stride: expected pixels");
        expect(problems, l.classScores() != null, "levels." + i + ".class-scores: missing");
        expect(problems, l.boxLogits() != null, "levels." + i + ".box-logits: missing");
        expect(
            problems,
            (l.feature() == null) == (l.featureChannels() == null),
            "levels." + i + ": feature and feature-channels go together");
        expect(
            problems,
            l.featureChannels() == null || l.featureChannels() > 0,
            "levels." + i + ".feature-channels: expected at least 1");
        expect(
            problems,
            i == 0 || l.stride() > levels.get(i - 1).stride(),
            "levels: expected growing strides");
      }
    }
    if (!problems.isEmpty()) {
      throw new UserMistakeException(
          "teacher descriptor " + file + ": " + String.join("; ", problems));
    }
    List<Level> resolved =
        levels.stream()
            .map(
                l ->
                    new Level(
                        l.stride(),
                        cells(input.height(), l.stride()),
                        cells(input.width(), l.stride()),
                        l.classScores(),
                        l.boxLogits(),
                        l.feature(),
                        l.featureChannels() == null ? 0 : l.featureChannels()))
            .toList();
    return new TeacherDescriptor(
        name,
        input.name(),
        input.width(),
        input.height(),
        input.channels(),
        input.mean(),
        input.std(),
        head.type(),
        head.bins(),
        head.gridOffset(),
        resolved,
        classNames != null ? classNames : readNames(file.resolveSibling(classNamesFile), file),
        batchSize == null ? 8 : batchSize,
        outputs == null ? List.of() : outputs);
  }

  private static int cells(int pixels, int stride) {
    return (pixels + stride - 1) / stride;
  }

  private static boolean three(List<Double> numbers) {
    return numbers != null && numbers.size() == 3;
  }

  private static void expect(List<String> problems, boolean condition, String problem) {
    if (!condition) {
      problems.add(problem);
    }
  }

  private static List<String> readNames(Path names, Path descriptor) {
    List<String> found;
    try {
      found =
          Files.readAllLines(names).stream().map(String::strip).filter(n -> !n.isEmpty()).toList();
    } catch (IOException e) {
      throw new UserMistakeException(
          "teacher descriptor "
              + descriptor
              + ": class names file "
              + names
              + " cannot be read: "
              + FileTrouble.why(e),
          e);
    }
    if (found.isEmpty()) {
      throw new UserMistakeException(
          "teacher descriptor " + descriptor + ": class names file " + names + " has no names");
    }
    return found;
  }
}
