package dev.lectern.trainer.replay;

import dev.lectern.schemas.log.CorruptRecordingException;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.view.Canvas;
import dev.lectern.schemas.view.InputNormalization;
import java.nio.ByteBuffer;
import java.util.ArrayList;
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
   * @param classes the student's, and what they stand for
   * @param input how the student's input is normalised
   * @param views with their pixels
   * @param containers for each view the container of each kind
   * @throws CorruptRecordingException if the containers are not what the manifest says
   */
  public static ReplayBatch decode(
      RecordingManifest recording,
      DatasetManifest dataset,
      ClassMap classes,
      InputNormalization input,
      List<View> views,
      List<Map<TensorKind, byte[]>> containers) {
    BufferPool pool = new BufferPool();
    int size = views.size();
    FloatArray images =
        FloatArray.pooled(size, size, new int[] {3, dataset.getHeight(), dataset.getWidth()}, pool);
    List<String> names = classes.names(dataset.getClassNames());
    ClassMapping labels = ClassMapping.between(dataset.getClassNames(), names, classes);
    List<View> seen = new ArrayList<>();
    OutputDecoder decoder =
        new OutputDecoder(
            recording,
            ClassMapping.between(recording.getDescriptor().getClassNames(), names, classes),
            containers.get(0).keySet(),
            ReplayConfig.Dequantise.HOST);
    OutputSpace space = decoder.space(size, size, pool);
    for (int i = 0; i < size; i++) {
      input.write(Canvas.decode(views.get(i)), images.sample(i));
      View view = View.newBuilder(views.get(i)).build();
      StudentLabels.apply(labels, view);
      seen.add(view);
      String viewId = views.get(i).getViewId();
      int index = i;
      containers
          .get(i)
          .forEach(
              (kind, bytes) -> decoder.decode(viewId, kind, ByteBuffer.wrap(bytes), space, index));
    }
    return new ReplayBatch(seen, images, List.of(space.finish()), () -> {});
  }
}
