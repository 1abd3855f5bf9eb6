package dev.lectern.trainer.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.serde.AvroLimits;
import dev.lectern.schemas.tensor.Compression;
import dev.lectern.schemas.tensor.Filter;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.schemas.tensor.TensorWriter;
import dev.lectern.schemas.tensor.Values;
import dev.lectern.trainer.testing.SyntheticRecording;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredOutputsTest {
  private static final int VIEWS = 12;
  private static final int CHANNELS = 1500;
  private static final int SIDE = 8;

  @TempDir private Path folder;
  private RecordingManifest recording;

  @BeforeEach
  void oneLevel() {
    AvroLimits.apply();
    recording = SyntheticRecording.manifest(State.SEALED, VIEWS);
    RecordedTensor features =
        TensorLayout.find(recording.getDescriptor(), TensorRole.FEATURES, 0).orElseThrow();
    features.setShape(List.of(CHANNELS, SIDE, SIDE));
    recording.getDescriptor().setTensors(List.of(features));
  }

  @Test
  void readingAllocatesNothingOfThePayloadsSize() throws InterruptedException {
    for (TensorEncoding encoding :
        List.of(
            new TensorEncoding(Values.FLOAT16, Filter.NONE, Compression.NONE),
            TensorEncoding.FLOAT16,
            TensorEncoding.INT8)) {
      try (ReplayStore store = open(encoding);
          StoredOutputs outputs = outputs(store, ReplayConfig.defaults())) {
        // Given views of 384 kB, and threads that have found their memory
        fill(outputs, encoding);
        read(outputs, 4);

        // When
        long before = allocated();
        int views = read(outputs, 8);

        // Then
        assertThat((allocated() - before) / views)
            .as("bytes a view, %s", encoding)
            .isLessThan(24_000);
      }
    }
  }

  @Test
  void whatWasStoredIsReadInTheOrderOfThePlan() throws InterruptedException {
    try (ReplayStore store = open(TensorEncoding.FLOAT32);
        StoredOutputs outputs = outputs(store, ReplayConfig.defaults())) {
      fill(outputs, TensorEncoding.FLOAT32);
      List<String> order = new ArrayList<>(ids());
      Collections.shuffle(order, new Random(3));

      try (Batches batches = outputs.batches(new EpochPlan(0, order, 5))) {
        int seen = 0;
        for (ReplayBatch batch = batches.next(); batch != null; batch = batches.next()) {
          for (int i = 0; i < batch.size(); i++, seen++) {
            Tensor expected = tensor(Integer.parseInt(order.get(seen)));
            assertThat(batch.teachers().get(0).maps().get("fpn.0").sample(i))
                .isEqualTo(expected.values());
          }
          batch.close();
        }
        assertThat(seen).isEqualTo(VIEWS);
      }
    }
  }

  @Test
  void batchesThatDoNotFitIntoMemoryAreAMistake() {
    try (ReplayStore store = open(TensorEncoding.INT8);
        StoredOutputs outputs = outputs(store, ReplayConfig.defaults())) {
      assertThatThrownBy(() -> outputs.batches(new EpochPlan(0, ids(), 10_000)))
          .isInstanceOf(UserMistakeException.class)
          .hasMessageContaining("batch-size: found 10000 views")
          .hasMessageContaining("-XX:MaxDirectMemorySize");
    }
  }

  private ReplayStore open(TensorEncoding encoding) {
    return ReplayStore.open(
        folder.resolve(encoding.values() + "-" + encoding.filter()), StoreSize.unlimited(1 << 24));
  }

  private StoredOutputs outputs(ReplayStore store, ReplayConfig config) {
    return new StoredOutputs(recording, Set.of(TensorKind.FPN_FEATURES), config, store);
  }

  private static void fill(StoredOutputs outputs, TensorEncoding encoding) {
    TensorWriter writer = new TensorWriter();
    for (String id : ids()) {
      byte[] payload = writer.write(List.of(tensor(Integer.parseInt(id))), encoding);
      assertThat(outputs.put(id, TensorKind.FPN_FEATURES, ByteBuffer.wrap(payload))).isTrue();
    }
  }

  private static int read(StoredOutputs outputs, int epochs) throws InterruptedException {
    int views = 0;
    for (int epoch = 0; epoch < epochs; epoch++) {
      try (Batches batches = outputs.batches(new EpochPlan(epoch, ids(), 5))) {
        for (ReplayBatch batch = batches.next(); batch != null; batch = batches.next()) {
          views += batch.size();
          batch.close();
        }
      }
    }
    return views;
  }

  private static List<String> ids() {
    return IntStream.range(0, VIEWS).mapToObj(String::valueOf).toList();
  }

  private static Tensor tensor(int view) {
    float[] values = new float[CHANNELS * SIDE * SIDE];
    Random random = new Random(view);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of("fpn.0", values, CHANNELS, SIDE, SIDE);
  }

  /** Bytes that this thread and those that decode have allocated on the heap. */
  private static long allocated() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long bytes = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("lectern-decoder-")) {
        bytes += threads.getThreadAllocatedBytes(thread.getId());
      }
    }
    return bytes;
  }
}
