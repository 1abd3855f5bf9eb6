package dev.lectern.trainer.eval;

import dev.lectern.detector.pixel.LabelMap;
import dev.lectern.detector.pixel.PixelClasses;
import dev.lectern.detector.pixel.PixelConfusion;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.view.LabelPixels;
import java.util.List;

/**
 * Measures one segmentation network, view by view, against the label maps of the views, on their
 * canvas. A student and a recorded teacher are both measured here.
 */
public final class PixelMeasurement {
  private final List<String> names;
  private final PixelClasses reading;
  private final PixelConfusion confusion;
  private int images;

  /**
   * @param dataset with the classes that are measured
   * @param reading of the network's logits, with the canvas's size
   */
  public PixelMeasurement(DatasetManifest dataset, PixelClasses reading) {
    this.names = dataset.getClassNames();
    this.reading = reading;
    this.confusion = new PixelConfusion(names.size());
  }

  /**
   * Adds a view; one without a label map is not measured.
   *
   * @param logits what the network gives for it, (K, h, w) row-major
   */
  public void add(View view, float[] logits) {
    if (view.getLabelled() && LabelPixels.has(view)) {
      images++;
      confusion.add(
          new LabelMap(view.getWidth(), view.getHeight(), LabelPixels.decode(view)),
          reading.of(logits));
    }
  }

  /** Number of views so far. */
  public int images() {
    return images;
  }

  /** The figures of the views so far. */
  public PixelFigures figures() {
    return new PixelFigures(confusion.metrics(names));
  }
}
