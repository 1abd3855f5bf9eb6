package dev.lectern.producer.dataset;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/** Where the classes of an image's pixels come from. */
public sealed interface PixelLabels {
  /**
   * A PNG of one channel, or with a palette whose colours say nothing: a class index for each
   * pixel, {@link dev.lectern.schemas.view.LabelPixels#IGNORED} where it is to be ignored.
   *
   * @param file it may be missing or broken
   * @param classes K; larger values are a mistake, except that one
   */
  record InFile(Path file, int classes) implements PixelLabels {}

  /**
   * Annotated regions over the class 0.
   *
   * @param regions one for each box of the image, in pixels of the annotated image
   */
  record Drawn(List<Region> regions) implements PixelLabels {
    public Drawn {
      regions = List.copyOf(regions);
    }

    /** In the order of drawing: the smaller lie on the larger, equal ones in that of the source. */
    public List<Region> largestFirst() {
      return regions.stream().sorted(Comparator.comparingDouble(Region::area).reversed()).toList();
    }
  }

  /**
   * The outline of an object.
   *
   * @param label its class, or 255 for a region to be ignored
   * @param area square pixels as annotated
   * @param polygons x and y in turn, each filled by itself; empty where runs say it
   * @param runs null where polygons say it
   */
  record Region(int label, double area, List<float[]> polygons, RunLengths runs) {}
}
