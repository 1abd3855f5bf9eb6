package dev.lectern.bench;

import dev.lectern.producer.augment.CanvasSize;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.log.PayloadReader;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.HeadType;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.Level;
import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.tensor.TensorContainer;
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
record GivenOutputs(
    String source, TeacherDescriptor descriptor, Map<TensorKind, List<List<Tensor>>> outputs) {
  private static final Map<String, TensorKind> KINDS =
      Map.of(
          "tc", TensorKind.CLASS_SCORES,
          "cls", TensorKind.CLASS_SCORES,
          "tr", TensorKind.BOX_LOGITS,
          "dist", TensorKind.BOX_LOGITS,
          "tf", TensorKind.FPN_FEATURES,
          "fpn", TensorKind.FPN_FEATURES);
  private static final int EDGES = 4;

  /**
   * Reads a NumPy archive.
   *
   * @param levels cells of each level, in the order of the positions
   * @throws UserMistakeException if it is none, or has arrays of other names
   */
  static GivenOutputs ofArchive(Path file, List<CanvasSize> levels) throws IOException {
    Map<TensorKind, List<List<Tensor>>> outputs = new EnumMap<>(TensorKind.class);
    LevelTensors.read(file, levels)
        .arrays()
        .forEach(
            (name, views) -> {
              TensorKind kind = KINDS.get(name);
              if (kind == null) {
                throw new UserMistakeException(
                    file
                        + ": found an array "
                        + name
                        + ", expected tc or cls (class logits), tr or dist (box logits), tf or fpn"
                        + " (features)");
              }
              outputs.put(kind, views.stream().map(view -> named(kind, view)).toList());
            });
    return new GivenOutputs(
        String.valueOf(file.getFileName()), descriptor(outputs, levels), outputs);
  }

  private static List<Tensor> named(TensorKind kind, List<Tensor> levels) {
    return IntStream.range(0, levels.size())
        .mapToObj(
            l ->
                new Tensor(
                    TensorLayout.name(kind, l), levels.get(l).shape(), levels.get(l).values()))
        .toList();
  }

  private static TeacherDescriptor descriptor(
      Map<TensorKind, List<List<Tensor>>> outputs, List<CanvasSize> sizes) {
    List<Level> levels = new ArrayList<>();
    for (CanvasSize size : sizes) {
      levels.add(
          new Level(
              8 << levels.size(),
              size.height(),
              size.width(),
              "cls",
              "dist",
              "fpn",
              channels(outputs, TensorKind.FPN_FEATURES)));
    }
    return new TeacherDescriptor(
        "given",
        "data",
        8 * sizes.get(0).width(),
        8 * sizes.get(0).height(),
        ChannelOrder.BGR,
        List.of(0.0, 0.0, 0.0),
        List.of(1.0, 1.0, 1.0),
        HeadType.GFL,
        channels(outputs, TensorKind.BOX_LOGITS) / EDGES,
        0.0,
        levels,
        IntStream.range(0, channels(outputs, TensorKind.CLASS_SCORES))
            .mapToObj(k -> "class " + k)
            .toList(),
        1,
        List.of());
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
  static GivenOutputs ofRecording(Map<String, Object> kafka, String recording, int views) {
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
      return new GivenOutputs(recording, index.manifest().getDescriptor(), outputs);
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
