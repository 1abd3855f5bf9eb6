package dev.lectern.teacher.recording;

import dev.lectern.detector.box.Detection;
import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.region.InsideBoxes;
import dev.lectern.detector.region.LabelledObjects;
import dev.lectern.detector.region.ReachablePositions;
import dev.lectern.detector.region.TopScorePositions;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.PositionEncoding;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.tensor.MaskedLogits;
import dev.lectern.schemas.tensor.Positions;
import dev.lectern.schemas.tensor.StoredPositions;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.schemas.tensor.TensorWriter;
import dev.lectern.schemas.tensor.UnstorableValueException;
import dev.lectern.teacher.model.DetectionCheck;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Encodes a teacher's outputs for a view as the containers of a recording. Thread-safe. */
public final class ViewEncoder {
  private static final ThreadLocal<TensorWriter> WRITER =
      ThreadLocal.withInitial(TensorWriter::new);

  private final TeacherDescriptor teacher;
  private final Map<TensorKind, KindEncoding> encodings = new LinkedHashMap<>();
  private final Map<TensorKind, ReachablePositions> regions = new EnumMap<>(TensorKind.class);

  /**
   * @param encodings of the recording's manifest
   * @throws UserMistakeException if regions are asked for of priors that the teacher cannot have
   */
  public ViewEncoder(List<KindEncoding> encodings, TeacherDescriptor teacher) {
    this.teacher = teacher;
    for (KindEncoding encoding : encodings) {
      this.encodings.put(encoding.getKind(), encoding);
      if (encoding.getPositions() == PositionEncoding.REGIONS) {
        try {
          regions.put(encoding.getKind(), new ReachablePositions(teacher, encoding.getPriors()));
        } catch (IllegalArgumentException e) {
          throw new UserMistakeException("encoding." + e.getMessage(), e);
        }
      }
    }
  }

  /** The kinds that it encodes, in order. */
  public List<TensorKind> kinds() {
    return List.copyOf(encodings.keySet());
  }

  /**
   * Encodes a view. Class logits that mean "never" are raised to {@link MaskedLogits#LOWEST}.
   *
   * @param outputs for each kind its tensors, (C, H, W) per level or those of instances; class
   *     scores are there when some kind keeps top scores, and box logits too where positions follow
   *     from the teacher's boxes
   * @return a container for each kind
   * @throws UnstorableValueException if another value is NaN or infinite, or too large for its
   *     encoding, or the label of a detection is no class, or its score no probability
   */
  public Map<TensorKind, byte[]> encode(View view, Map<TensorKind, List<Tensor>> outputs) {
    DetectionCheck.problem(
            outputs.getOrDefault(TensorKind.INSTANCES, List.of()), teacher.getClassNames().size())
        .ifPresent(
            problem -> {
              throw new UnstorableValueException(problem);
            });
    Map<TensorKind, byte[]> containers = new LinkedHashMap<>();
    encodings.forEach(
        (kind, encoding) ->
            containers.put(
                kind,
                WRITER
                    .get()
                    .write(
                        clipped(kind, outputs.get(kind)),
                        TensorEncoding.of(encoding),
                        positions(encoding, view, outputs))));
    return containers;
  }

  private static List<Tensor> clipped(TensorKind kind, List<Tensor> tensors) {
    return switch (kind) {
      case CLASS_SCORES -> MaskedLogits.clipped(tensors);
      case INSTANCES ->
          tensors.stream()
              .map(
                  t ->
                      t.name().equals(TensorRole.INSTANCE_LOGITS.prefix())
                          ? MaskedLogits.clipped(List.of(t)).get(0)
                          : t)
              .toList();
      default -> tensors;
    };
  }

  private StoredPositions positions(
      KindEncoding encoding, View view, Map<TensorKind, List<Tensor>> outputs) {
    List<Tensor> tensors = outputs.get(encoding.getKind());
    return switch (encoding.getPositions()) {
      case DENSE -> StoredPositions.DENSE;
      case REGIONS -> ofLevels(Positions.REGIONS, regions(encoding, view, outputs), tensors);
      case TOP_SCORE ->
          ofLevels(
              Positions.TOP_SCORE,
              topScores(outputs.get(TensorKind.CLASS_SCORES), encoding.getTopScore()),
              tensors);
    };
  }

  /** Positions about objects, and inside of what the teacher finds. */
  private List<int[]> regions(
      KindEncoding encoding, View view, Map<TensorKind, List<Tensor>> outputs) {
    ReachablePositions about = regions.get(encoding.getKind());
    float[] objects = LabelledObjects.of(view).boxes();
    if (encoding.getTeacherBoxes() == 0) {
      return about.of(objects);
    }
    float[] found = found(encoding.getTeacherBoxes(), view, outputs);
    return united(about.of(view.getLabelled() ? objects : found), InsideBoxes.of(teacher, found));
  }

  private float[] found(double score, View view, Map<TensorKind, List<Tensor>> outputs) {
    DetectionDecoder decoder =
        DetectionDecoder.of(
            teacher, teacher.getClassNames().size(), DetectionDecoder.Limits.above(score));
    Map<TensorRole, List<float[]>> levels = new EnumMap<>(TensorRole.class);
    for (TensorKind kind : List.of(TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS)) {
      for (Tensor tensor : outputs.get(kind)) {
        TensorRole.of(tensor.name())
            .filter(decoder.roles()::contains)
            .ifPresent(
                role ->
                    levels.computeIfAbsent(role, any -> new ArrayList<>()).add(tensor.toArray()));
      }
    }
    Outputs<float[]> image = Outputs.none();
    for (Map.Entry<TensorRole, List<float[]>> role : levels.entrySet()) {
      image = image.with(role.getKey(), role.getValue());
    }
    return Detection.corners(decoder.decode(image, view.getWidth(), view.getHeight()));
  }

  private static List<int[]> united(List<int[]> first, List<int[]> second) {
    List<int[]> both = new ArrayList<>();
    for (int level = 0; level < first.size(); level++) {
      both.add(
          IntStream.concat(Arrays.stream(first.get(level)), Arrays.stream(second.get(level)))
              .sorted()
              .distinct()
              .toArray());
    }
    return both;
  }

  private static StoredPositions ofLevels(
      Positions set, List<int[]> ofLevel, List<Tensor> tensors) {
    return new StoredPositions(
        set, tensors.stream().map(t -> ofLevel.get(TensorLayout.level(t.name()))).toList());
  }

  private static List<int[]> topScores(List<Tensor> scores, int count) {
    List<int[]> positions = new ArrayList<>();
    for (Tensor level : scores) {
      if (TensorRole.of(level.name()).filter(role -> role == TensorRole.CLASS_LOGITS).isPresent()) {
        int cells = level.shape()[1] * level.shape()[2];
        positions.add(TopScorePositions.of(level.values(), cells, count));
      }
    }
    return positions;
  }
}
