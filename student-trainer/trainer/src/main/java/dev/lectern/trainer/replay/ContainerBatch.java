package dev.lectern.trainer.replay;

import dev.lectern.schemas.log.CorruptRecordingException;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.view.Canvas;
import dev.lectern.schemas.view.InputNormalization;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/** A batch of views and containers that are at hand, decoded as a replay decodes stored ones. */
public final class ContainerBatch {
  private ContainerBatch() {}

  /**
   * Decodes a batch.
   *
   * @param recording says what the containers hold
   * @param dataset whose views these are
   * @param input how the student's input is normalised
   * @param views with their pixels
   * @param containers for each view the container of each kind
   * @throws CorruptRecordingException if the containers are not what the manifest says
   */
  public static ReplayBatch decode(
      RecordingManifest recording,
      DatasetManifest dataset,
      InputNormalization input,
      List<View> views,
      List<Map<TensorKind, byte[]>> containers) {
    BufferPool pool = new BufferPool();
    int size = views.size();
    FloatArray images =
        FloatArray.pooled(size, size, new int[] {3, dataset.getHeight(), dataset.getWidth()}, pool);
    OutputDecoder decoder =
        new OutputDecoder(
            recording,
            dataset.getClassNames(),
            containers.get(0).keySet(),
            ReplayConfig.Dequantise.HOST);
    OutputSpace space = decoder.space(size, size, pool);
    for (int i = 0; i < size; i++) {
      input.write(Canvas.decode(views.get(i)), images.sample(i));
      String viewId = views.get(i).getViewId();
      int index = i;
      containers
          .get(i)
          .forEach(
              (kind, bytes) -> decoder.decode(viewId, kind, ByteBuffer.wrap(bytes), space, index));
    }
    return new ReplayBatch(views, images, List.of(space.finish()), () -> {});
  }
}
