package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.log.CorruptRecordingException;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.serde.AvroLimits;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.schemas.tensor.TensorWriter;
import dev.lectern.trainer.replay.Batches;
import dev.lectern.trainer.replay.EpochPlan;
import dev.lectern.trainer.replay.ReplayBatch;
import dev.lectern.trainer.replay.ReplayConfig;
import dev.lectern.trainer.replay.ReplayConfig.Dequantise;
import dev.lectern.trainer.replay.ReplayStore;
import dev.lectern.trainer.replay.StoreSize;
import dev.lectern.trainer.replay.StoredOutputs;
import dev.lectern.trainer.replay.TeacherArrays;
import dev.lectern.trainer.testing.SyntheticRecording;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchArraysTest {
  /** Two batches of three and one of two. */
  private static final int VIEWS = 8;

  private static final Map<TensorKind, TensorEncoding> NARROW =
      Map.of(
          TensorKind.CLASS_SCORES,
          TensorEncoding.FLOAT16,
          TensorKind.BOX_LOGITS,
          TensorEncoding.FIXED24,
          TensorKind.FPN_FEATURES,
          TensorEncoding.INT8);

  @TempDir private Path folder;

  @BeforeEach
  void start() {
    AvroLimits.apply();
  }

  @Test
  void whatTheDeviceWidensIsWhatTheDecodersWouldHaveMade() throws InterruptedException {
    List<Map<String, float[]>> host = read(Dequantise.HOST, NARROW);
    List<Map<String, float[]>> device = read(Dequantise.DEVICE, NARROW);

    assertThat(device).hasSize(3);
    for (int batch = 0; batch < host.size(); batch++) {
      Map<String, float[]> expected = host.get(batch);
      assertThat(device.get(batch).keySet()).isEqualTo(expected.keySet()).hasSize(6);
      device.get(batch).forEach((name, v) -> assertThat(v).containsExactly(expected.get(name)));
    }
  }

  @Test
  void onlyDenseNumbersNarrowerThanFloat32AreLeftToTheDevice() throws InterruptedException {
    try (ReplayStore store = open();
        StoredOutputs outputs = outputs(store, Dequantise.DEVICE, NARROW);
        Batches batches = outputs.batches(new EpochPlan(0, ids(), 3));
        ReplayBatch batch = batches.next()) {
      TeacherArrays said = batch.teachers().get(0);
      assertThat(said.narrow()).containsOnlyKeys("cls.0", "cls.1", "fpn.0", "fpn.1");
      assertThat(said.maps()).containsOnlyKeys("dist.0", "dist.1");
      assertThat(said.narrow().get("fpn.0").bytes().remaining())
          .isEqualTo(3 * SyntheticRecording.CHANNELS * 8 * 8);
    }
  }

  @Test
  void aContainerThatIsNotWhatTheManifestSaysIsRefused() {
    assertThatThrownBy(
            () ->
                read(
                    Dequantise.DEVICE,
                    Map.of(TensorKind.FPN_FEATURES, TensorEncoding.INT8),
                    Map.of(TensorKind.FPN_FEATURES, TensorEncoding.FLOAT16)))
        .isInstanceOf(CorruptRecordingException.class)
        .hasMessageContaining("tensor \"fpn.0\" holds FLOAT16, the manifest says INT8");
  }

  private List<Map<String, float[]>> read(
      Dequantise dequantise, Map<TensorKind, TensorEncoding> encodings)
      throws InterruptedException {
    return read(dequantise, encodings, encodings);
  }

  /** The float32 numbers of each batch, as a step has them. */
  private List<Map<String, float[]>> read(
      Dequantise dequantise,
      Map<TensorKind, TensorEncoding> stated,
      Map<TensorKind, TensorEncoding> stored)
      throws InterruptedException {
    List<Map<String, float[]>> read = new ArrayList<>();
    try (ReplayStore store = open();
        StoredOutputs outputs = outputs(store, dequantise, stated, stored);
        Batches batches = outputs.batches(new EpochPlan(0, ids(), 3))) {
      for (ReplayBatch batch = batches.next(); batch != null; batch = batches.next()) {
        read.add(arrays(batch.teachers().get(0)));
        batch.close();
      }
    }
    return read;
  }

  private static Map<String, float[]> arrays(TeacherArrays said) {
    Map<String, float[]> arrays = new TreeMap<>();
    try (NDManager scope = NDManager.newBaseManager("PyTorch")) {
      TeacherTensors tensors = new TeacherTensors(said, scope);
      for (TensorRole role :
          List.of(TensorRole.CLASS_LOGITS, TensorRole.BOX_DISTRIBUTION, TensorRole.FEATURES)) {
        Map<Integer, NDArray> maps = tensors.maps(role, List.of(0, 1));
        for (int level = 0; level < maps.size(); level++) {
          arrays.put(role.at(level), maps.get(level).toFloatArray());
        }
      }
    }
    return arrays;
  }

  private ReplayStore open() {
    return ReplayStore.open(folder.resolve("store"), StoreSize.unlimited(1 << 24));
  }

  private static StoredOutputs outputs(
      ReplayStore store, Dequantise dequantise, Map<TensorKind, TensorEncoding> encodings) {
    return outputs(store, dequantise, encodings, encodings);
  }

  private static StoredOutputs outputs(
      ReplayStore store,
      Dequantise dequantise,
      Map<TensorKind, TensorEncoding> stated,
      Map<TensorKind, TensorEncoding> stored) {
    RecordingManifest recording = SyntheticRecording.manifest(State.SEALED, VIEWS);
    recording.setEncodings(
        stated.entrySet().stream().map(kind -> kind.getValue().of(kind.getKey())).toList());
    StoredOutputs outputs =
        new StoredOutputs(
            recording,
            EnumSet.copyOf(stated.keySet()),
            ReplayConfig.defaults().decided(dequantise),
            store);
    TensorWriter writer = new TensorWriter();
    for (String id : ids()) {
      stored.forEach(
          (kind, encoding) ->
              outputs.put(
                  id,
                  kind,
                  ByteBuffer.wrap(writer.write(SyntheticRecording.tensors(id, kind), encoding))));
    }
    return outputs;
  }

  private static List<String> ids() {
    return IntStream.range(0, VIEWS).mapToObj(String::valueOf).toList();
  }
}
