package dev.lectern.schemas.descriptor;

import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.Nearest;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.Background;
import dev.lectern.schemas.record.BoxQuality;
import dev.lectern.schemas.record.CellAnchors;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.Task;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TeacherPriors;
import dev.lectern.schemas.serde.AvroLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the heads of a family have in common; {@code families.yaml} holds all of them. A descriptor
 * that names a family states only what is left: bins, grid offset, and the outputs of each level.
 *
 * @param name of the family
 * @param task what it is for
 * @param classes how its class logits are read
 * @param boxes how its box outputs are read; bins come from the descriptor
 * @param quality what its score has besides the class
 * @param anchors of each cell; null where a cell is a point
 */
public record FamilyPreset(
    String name,
    Task task,
    DescriptorYaml.Classes classes,
    DescriptorYaml.Boxes boxes,
    BoxQuality quality,
    DescriptorYaml.Anchors anchors) {
  static {
    AvroLimits.apply();
  }

  private static final Map<String, FamilyPreset> ALL = load();

  private record Families(List<FamilyPreset> families) {}

  private static Map<String, FamilyPreset> load() {
    try (InputStream in = FamilyPreset.class.getResourceAsStream("/families.yaml")) {
      String yaml = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      Map<String, FamilyPreset> byName = new TreeMap<>();
      for (FamilyPreset family :
          ConfigLoader.bind(yaml, List.of(), Families.class, "families.yaml").families()) {
        byName.put(family.name(), family);
      }
      return byName;
    } catch (IOException e) {
      throw new UncheckedIOException("families.yaml", e);
    }
  }

  /** Names of all families. */
  public static List<String> names() {
    return List.copyOf(ALL.keySet());
  }

  /**
   * The preset of a family; the case of the name does not matter.
   *
   * @throws UserMistakeException if there is none
   */
  public static FamilyPreset named(String name) {
    FamilyPreset found = ALL.get(name.toUpperCase(Locale.ROOT));
    if (found == null) {
      throw new UserMistakeException(
          "found '"
              + name
              + "'"
              + Nearest.hint(name.toUpperCase(Locale.ROOT), names())
              + ", expected "
              + String.join(", ", names()));
    }
    return found;
  }

  /**
   * A descriptor with everything about the head; name, input and batch size are left to set.
   *
   * @param bins per box side; 0 for boxes that are not distributions
   * @param gridOffset prior centre = (cell + gridOffset) * stride
   * @param levels fine to coarse
   */
  public TeacherDescriptor.Builder describe(
      int bins, double gridOffset, List<String> classNames, List<HeadLevel> levels) {
    CellAnchors cell = anchors == null ? null : anchors.toRecord();
    TeacherPriors priors = new TeacherPriors(gridOffset, cell);
    TeacherDescriptor.Builder teacher =
        TeacherDescriptor.newBuilder()
            .setFamily(name)
            .setTask(task)
            .setClasses(classes.toRecord())
            .setBoxes(boxes.toRecord(bins))
            .setPriors(priors)
            .setQuality(quality)
            .setClassNames(classNames);
    HeadChannels channels =
        new HeadChannels(
            HeadChannels.anchorsPerCell(priors),
            classNames.size(),
            classes.background() == Background.NONE ? 0 : 1,
            bins,
            HeadChannels.points(boxes.points()));
    TensorRole box = HeadChannels.role(boxes.form());
    List<RecordedTensor> tensors = new ArrayList<>();
    for (TensorRole role : TensorRole.values()) {
      for (int l = 0; l < levels.size(); l++) {
        HeadLevel level = levels.get(l);
        String output =
            role == TensorRole.CLASS_LOGITS
                ? level.classScores()
                : role == box
                    ? level.boxLogits()
                    : role == HeadChannels.role(quality)
                        ? level.quality()
                        : role == TensorRole.FEATURES ? level.feature() : null;
        if (output != null) {
          int count = role == TensorRole.FEATURES ? level.featureChannels() : channels.of(role);
          tensors.add(
              new RecordedTensor(
                  role.at(l),
                  role.kind(),
                  output,
                  List.of(count, level.level().height(), level.level().width()),
                  level.level().stride(),
                  ""));
        }
      }
    }
    return teacher.setTensors(tensors);
  }
}
