package dev.lectern.trainer.replay;

import dev.lectern.schemas.log.BrokerWait;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.serde.Sha256;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Teacher outputs alone, put into a store and read back in batches exactly as training reads them,
 * without a log and without pictures: to measure, or to look at.
 */
public final class StoredOutputs implements AutoCloseable {
  private final RecordingManifest recording;
  private final ReplayStore store;
  private final BatchLoader loader;
  private final BatchDecoder decoder;
  private final Map<String, List<PartLocation>> parts = new HashMap<>();

  /**
   * @param recording name, kinds and descriptor of what is stored
   * @param config how it is decoded ahead
   * @param store stays the caller's to close
   */
  public StoredOutputs(
      RecordingManifest recording, Set<TensorKind> kinds, ReplayConfig config, ReplayStore store) {
    this.recording = recording;
    this.store = store;
    this.loader =
        new BatchLoader(
            config,
            new PartSource(
                store,
                () -> {
                  throw new CorruptStoreException("a part that was stored is no longer held");
                },
                BrokerWait.of(Map.of())));
    List<String> classNames = recording.getDescriptor().getClassNames();
    this.decoder =
        new BatchDecoder(
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
                    ClassMapping.between(classNames, classNames, ClassMap.NONE),
                    kinds,
                    config.dequantise())),
            loader.pool());
  }

  /**
   * Keeps one payload of a view.
   *
   * @param container a tensor container, from position to limit
   * @return whether the store had room for it
   */
  public boolean put(String viewId, TensorKind kind, ByteBuffer container) {
    CatalogEntry view = new CatalogEntry();
    view.setViewId(viewId);
    byte[] fingerprint = PartLocation.bytes(Sha256.of(container));
    parts
        .computeIfAbsent(viewId, id -> new ArrayList<>())
        .add(new PartLocation(view, recording.getName(), null, kind, fingerprint));
    return store.append(viewId, new Part(kind), fingerprint, container);
  }

  /**
   * Reads the views of a plan.
   *
   * @return batches with the outputs of one teacher and no views
   */
  public Batches batches(EpochPlan plan) {
    return loader.load(
        IntStream.range(0, plan.steps())
            .mapToObj(step -> plan.step(step).stream().map(parts::get).toList())
            .iterator(),
        plan.epoch(),
        plan.batchSize(),
        decoder);
  }

  @Override
  public void close() {
    loader.close();
  }
}
