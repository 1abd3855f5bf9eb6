package dev.lectern.demo.teacher;

import dev.lectern.demo.draw.DrawnDataset;
import dev.lectern.demo.draw.DrawnImage;
import dev.lectern.demo.draw.DrawnObject;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.record.Transform;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.view.ViewId;
import dev.lectern.trainer.replay.FloatArray;
import dev.lectern.trainer.replay.ReplayBatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** Draws pictures straight into the batches that a training step takes. */
final class DrawnViews {
  private final DrawnDataset dataset;
  private final String split;
  private final float[][] values;

  /**
   * @param input how the network wants its pixels; RGB
   */
  DrawnViews(DrawnDataset dataset, String split, DetectorSpec.Input input) {
    this.dataset = dataset;
    this.split = split;
    this.values = new float[3][256];
    for (int c = 0; c < 3; c++) {
      for (int pixel = 0; pixel < 256; pixel++) {
        values[c][pixel] = (float) ((pixel - input.mean().get(c)) / input.std().get(c));
      }
    }
  }

  /** The id of a picture's only view. */
  static String viewId(int picture) {
    return new ViewId(String.format("%08d", picture), 0).toString();
  }

  /** Pictures by the ids of their views, freshly drawn. */
  ReplayBatch draw(List<String> viewIds) {
    int plane = dataset.side() * dataset.side();
    int size = viewIds.size();
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(size * 3 * plane * Float.BYTES).order(ByteOrder.nativeOrder());
    FloatBuffer floats = bytes.asFloatBuffer();
    List<View> views = new ArrayList<>();
    for (String viewId : viewIds) {
      DrawnImage image = dataset.image(Integer.parseInt(ViewId.parse(viewId).imageId()));
      for (int c = 0; c < 3; c++) {
        for (int i = 0; i < plane; i++) {
          floats.put(values[c][image.rgb()[3 * i + c] & 0xff]);
        }
      }
      views.add(view(viewId, image));
    }
    long[] shape = {size, 3, dataset.side(), dataset.side()};
    return new ReplayBatch(views, new FloatArray(shape, bytes), List.of(), () -> {});
  }

  private View view(String viewId, DrawnImage image) {
    ViewId id = ViewId.parse(viewId);
    int side = dataset.side();
    return new View(
        viewId,
        id.imageId(),
        id.viewNumber(),
        split,
        side,
        side,
        side,
        side,
        side,
        side,
        new Transform(List.of(1.0, 0.0, 0.0, 0.0, 1.0, 0.0), List.of(), List.of()),
        image.objects().stream().map(DrawnViews::truth).toList(),
        PixelFormat.PNG,
        true,
        ByteBuffer.allocate(0),
        ByteBuffer.allocate(0),
        ByteBuffer.allocate(0),
        ByteBuffer.allocate(0));
  }

  private static GroundTruth truth(DrawnObject object) {
    double width = object.x2() - object.x1();
    double height = object.y2() - object.y1();
    return new GroundTruth(
        (float) object.x1(),
        (float) object.y1(),
        (float) object.x2(),
        (float) object.y2(),
        object.shape().ordinal(),
        false,
        "",
        List.of(object.x1(), object.y1(), width, height),
        width * height);
  }
}
