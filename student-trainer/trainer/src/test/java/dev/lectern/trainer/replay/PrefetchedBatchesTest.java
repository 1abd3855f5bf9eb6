package dev.lectern.trainer.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.log.BrokerWait;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.serde.AvroLimits;
import dev.lectern.schemas.serde.Sha256;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.schemas.tensor.TensorWriter;
import dev.lectern.trainer.testing.SyntheticRecording;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrefetchedBatchesTest {
  private static final int VIEWS = 12;
  private static final int BATCH = 3;

  @TempDir private Path folder;
  private final Queue<Thread> readers = new ConcurrentLinkedQueue<>();
  private RecordingManifest recording;
  private ReplayStore store;

  @BeforeEach
  void oneLevel() {
    AvroLimits.apply();
    recording = SyntheticRecording.manifest(State.SEALED, VIEWS);
    RecordedTensor features =
        TensorLayout.find(recording.getDescriptor(), TensorRole.FEATURES, 0).orElseThrow();
    features.setShape(List.of(1, 2, 2));
    recording.getDescriptor().setTensors(List.of(features));
    store = ReplayStore.open(folder, StoreSize.unlimited(1 << 20));
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  @Test
  void theThreadThatWaitsDecodesWhatIsStoredAndNotBegun() throws InterruptedException {
    // Given
    IntStream.range(0, VIEWS).forEach(this::keep);

    // When no other thread ever begins
    List<Float> found = read(work -> {});

    // Then
    assertThat(found).containsExactlyElementsOf(values());
    assertThat(readers).isEmpty();
  }

  @Test
  void theLogIsLeftToTheThreads() throws InterruptedException {
    // Given
    IntStream.range(0, VIEWS).filter(view -> view % 2 == 0).forEach(this::keep);
    ExecutorService thread = Executors.newSingleThreadExecutor();

    // When
    List<Float> found;
    try {
      found = read(thread);
    } finally {
      thread.shutdown();
    }

    // Then
    assertThat(found).containsExactlyElementsOf(values());
    assertThat(readers).hasSize(VIEWS / 2).doesNotContain(Thread.currentThread());
  }

  private List<Float> read(Executor threads) throws InterruptedException {
    List<Float> found = new ArrayList<>();
    PartSource source = new PartSource(store, Log::new, BrokerWait.of(Map.of()));
    try (source;
        Batches batches =
            new PrefetchedBatches(steps().iterator(), 0, BATCH, 2, source, decoder(), threads)) {
      for (ReplayBatch batch = batches.next(); batch != null; batch = batches.next()) {
        for (int i = 0; i < batch.size(); i++) {
          found.add(batch.teachers().get(0).maps().get("fpn.0").sample(i).get(0));
        }
        batch.close();
      }
    }
    return found;
  }

  private static List<Float> values() {
    return IntStream.range(0, VIEWS).mapToObj(view -> (float) view).toList();
  }

  private List<List<List<PartLocation>>> steps() {
    return IntStream.range(0, VIEWS / BATCH)
        .mapToObj(
            step ->
                IntStream.range(step * BATCH, (step + 1) * BATCH)
                    .mapToObj(view -> List.of(part(view)))
                    .toList())
        .toList();
  }

  private void keep(int view) {
    PartLocation part = part(view);
    assertThat(store.append(part.viewId(), part.part(), part.fingerprint(), payload(view)))
        .isTrue();
  }

  private PartLocation part(int view) {
    CatalogEntry entry = new CatalogEntry();
    entry.setViewId(String.valueOf(view));
    return new PartLocation(
        entry,
        recording.getName(),
        null,
        TensorKind.FPN_FEATURES,
        PartLocation.bytes(Sha256.of(payload(view))));
  }

  private static ByteBuffer payload(int view) {
    float[] values = new float[4];
    values[0] = view;
    return ByteBuffer.wrap(
        new TensorWriter()
            .write(List.of(Tensor.of("fpn.0", values, 1, 2, 2)), TensorEncoding.FLOAT32));
  }

  private BatchDecoder decoder() {
    List<String> classes = recording.getDescriptor().getClassNames();
    return new BatchDecoder(
        0,
        0,
        StudentCanvas.WHOLE,
        null,
        PhotometricNoise.NONE,
        0,
        null,
        List.of(
            new OutputDecoder(
                recording,
                ClassMapping.between(classes, classes, ClassMap.NONE),
                Set.of(TensorKind.FPN_FEATURES),
                ReplayConfig.defaults().dequantise())),
        new BufferPool());
  }

  /** Notes who reads it. */
  private final class Log implements PartReader {
    @Override
    public ByteBuffer readSingly(PartLocation part) {
      readers.add(Thread.currentThread());
      return payload(Integer.parseInt(part.viewId()));
    }

    @Override
    public void readInOrder(
        Collection<PartLocation> wanted, BiConsumer<PartLocation, ByteBuffer> sink) {
      throw new AssertionError("found a request for " + wanted + ", expected parts one by one");
    }

    @Override
    public void close() {}
  }
}
