package dev.lectern.bench;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.HeadLevel;
import dev.lectern.schemas.descriptor.Level;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.log.PayloadReader;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.tensor.TensorContainer;
import dev.lectern.schemas.view.CanvasSize;
import dev.lectern.trainer.replay.RecordingIndex;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Teacher outputs to measure with, outside the heap as a worker holds them.
 *
 * @param source where they are from, for the report
 * @param descriptor a teacher that says such things
 * @param outputs per kind, per view, the levels from fine to coarse
 */
record SampleOutputs(
    String source, TeacherDescriptor descriptor, Map<TensorKind, List<List<Tensor>>> outputs) {
  private static final Map<String, TensorRole> ROLES =
      Map.of(
          "tc", TensorRole.CLASS_LOGITS,
          "cls", TensorRole.CLASS_LOGITS,
          "tr", TensorRole.BOX_DISTRIBUTION,
          "dist", TensorRole.BOX_DISTRIBUTION,
          "tf", TensorRole.FEATURES,
          "fpn", TensorRole.FEATURES);
  private static final int SIDES = 4;
  private static final int FINEST_STRIDE = 8;

  /**
   * Reads a NumPy archive.
   *
   * @param levels cells of each level, in the order of the positions
   * @throws UserMistakeException if it is none, or has arrays of other names
   */
  static SampleOutputs ofArchive(Path file, List<CanvasSize> levels) throws IOException {
    Map<TensorKind, List<List<Tensor>>> outputs = new EnumMap<>(TensorKind.class);
    LevelTensors.read(file, levels)
        .arrays()
        .forEach(
            (name, views) -> {
              TensorRole role = ROLES.get(name);
              if (role == null) {
                throw new UserMistakeException(
                    file
                        + ": found an array "
                        + name
                        + ", expected tc or cls (class logits), tr or dist (box logits), tf or fpn"
                        + " (features)");
              }
              outputs.put(role.kind(), views.stream().map(view -> named(role, view)).toList());
            });
    return new SampleOutputs(
        String.valueOf(file.getFileName()), descriptor(outputs, levels), outputs);
  }

  private static List<Tensor> named(TensorRole role, List<Tensor> levels) {
    return IntStream.range(0, levels.size())
        .mapToObj(l -> new Tensor(role.at(l), levels.get(l).shape(), levels.get(l).values()))
        .toList();
  }

  private static TeacherDescriptor descriptor(
      Map<TensorKind, List<List<Tensor>>> outputs, List<CanvasSize> sizes) {
    int channels = channels(outputs, TensorKind.FPN_FEATURES);
    List<HeadLevel> levels = new ArrayList<>();
    for (CanvasSize size : sizes) {
      HeadLevel level =
          HeadLevel.of(
              new Level(FINEST_STRIDE << levels.size(), size.height(), size.width()),
              "cls",
              "dist");
      levels.add(channels == 0 ? level : level.withFeature("fpn", channels));
    }
    List<String> classes =
        IntStream.range(0, channels(outputs, TensorKind.CLASS_SCORES))
            .mapToObj(k -> "class " + k)
            .toList();
    return FixedTimeDescriptor.HEADS
        .describe(channels(outputs, TensorKind.BOX_LOGITS) / SIDES, 0.0, classes, levels)
        .setName("given")
        .setInputName("data")
        .setInputWidth(FINEST_STRIDE * sizes.get(0).width())
        .setInputHeight(FINEST_STRIDE * sizes.get(0).height())
        .setChannelOrder(ChannelOrder.BGR)
        .setMean(List.of(0.0, 0.0, 0.0))
        .setStd(List.of(1.0, 1.0, 1.0))
        .setBatchSize(1)
        .build();
  }

  private static int channels(Map<TensorKind, List<List<Tensor>>> outputs, TensorKind kind) {
    return outputs.containsKey(kind) ? outputs.get(kind).get(0).get(0).shape()[0] : 0;
  }

  /**
   * Reads the first views of a recording.
   *
   * @param kafka client settings with {@code bootstrap.servers}
   * @throws UserMistakeException if there is no such recording, or nothing in it
   */
  static SampleOutputs ofRecording(Map<String, Object> kafka, String recording, int views) {
    try (RecordingIndex index = RecordingIndex.open(kafka, recording);
        PayloadReader reader = new PayloadReader(kafka, recording)) {
      Map<TensorKind, List<List<Tensor>>> outputs = new EnumMap<>(TensorKind.class);
      List<IndexEntry> entries =
          index.dataset().getSplits().keySet().stream()
              .sorted()
              .flatMap(split -> index.entries(split).values().stream())
              .limit(views)
              .toList();
      for (IndexEntry entry : entries) {
        for (PayloadLocation payload : entry.getReceipt().getPayloads()) {
          outputs
              .computeIfAbsent(payload.getKind(), kind -> new ArrayList<>())
              .add(decoded(reader.read(entry.getReceipt(), payload.getKind())));
        }
      }
      if (outputs.isEmpty()) {
        throw new UserMistakeException("recording '" + recording + "': nothing is recorded yet");
      }
      return new SampleOutputs(recording, index.manifest().getDescriptor(), outputs);
    }
  }

  private static List<Tensor> decoded(ByteBuffer payload) {
    TensorContainer container = TensorContainer.open(payload);
    List<Tensor> tensors = new ArrayList<>();
    for (TensorContainer.Entry entry : container.entries()) {
      FloatBuffer values =
          ByteBuffer.allocateDirect(entry.size() * Float.BYTES)
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
      container.readInto(entry, values);
      tensors.add(new Tensor(entry.name(), entry.shape(), values.flip()));
    }
    return tensors;
  }

  int views() {
    return outputs.values().iterator().next().size();
  }

  /** Bytes of one view as float32. */
  long float32Bytes() {
    return outputs.values().stream()
        .flatMap(views -> views.get(0).stream())
        .mapToLong(tensor -> (long) tensor.values().remaining() * Float.BYTES)
        .sum();
  }
}
