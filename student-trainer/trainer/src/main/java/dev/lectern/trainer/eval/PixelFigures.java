package dev.lectern.trainer.eval;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.lectern.detector.pixel.SegmentationMetrics;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Figures of a network that gives pixels their classes.
 *
 * @param metrics over the pixels of all images
 */
public record PixelFigures(@JsonValue SegmentationMetrics metrics) implements MeasuredFigures {
  @Override
  public double main() {
    return metrics.miou();
  }

  @Override
  public String name() {
    return "mIoU";
  }

  @Override
  public Map<String, Double> headline() {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("miou", metrics.miou());
    figures.put("meanAccuracy", metrics.meanAccuracy());
    figures.put("pixelAccuracy", metrics.pixelAccuracy());
    return figures;
  }

  @Override
  public String summary() {
    return metrics.summary();
  }
}
