package dev.lectern.producer.dataset;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One image and what is annotated in it.
 *
 * @param imageId unique within the dataset
 * @param split name of its split
 * @param file the image file; it may be missing or broken
 * @param width pixels as annotated; 0 if the annotations do not say
 * @param height pixels as annotated; 0 if the annotations do not say
 * @param unit of the boxes
 * @param boxes none of them degenerate; they may reach beyond the image
 * @param labelled false: nobody annotated it, which is not the same as an image without objects
 * @param pixels classes of its pixels; null where only boxes are annotated
 */
public record AnnotatedImage(
    String imageId,
    String split,
    Path file,
    int width,
    int height,
    BoxUnit unit,
    List<AnnotatedBox> boxes,
    boolean labelled,
    PixelLabels pixels) {
  public AnnotatedImage {
    boxes = List.copyOf(boxes);
  }

  /** One without classes of pixels. */
  public AnnotatedImage(
      String imageId,
      String split,
      Path file,
      int width,
      int height,
      BoxUnit unit,
      List<AnnotatedBox> boxes,
      boolean labelled) {
    this(imageId, split, file, width, height, unit, boxes, labelled, null);
  }

  /** This image with classes of its pixels. */
  AnnotatedImage with(PixelLabels labels) {
    return new AnnotatedImage(imageId, split, file, width, height, unit, boxes, labelled, labels);
  }

  /** One that was annotated. */
  public AnnotatedImage(
      String imageId,
      String split,
      Path file,
      int width,
      int height,
      BoxUnit unit,
      List<AnnotatedBox> boxes) {
    this(imageId, split, file, width, height, unit, boxes, true);
  }

  /** This image with the objects of another description of the same file; equal ones once. */
  AnnotatedImage withObjectsOf(AnnotatedImage other) {
    List<AnnotatedBox> all = new ArrayList<>(boxes);
    List<PixelLabels.Region> regions = new ArrayList<>();
    if (pixels instanceof PixelLabels.Drawn own) {
      regions.addAll(own.regions());
    }
    for (int i = 0; i < other.boxes.size(); i++) {
      AnnotatedBox box = other.boxes.get(i);
      if (boxes.stream().noneMatch(box::sameObject)) {
        all.add(box);
        if (other.pixels instanceof PixelLabels.Drawn others) {
          regions.add(others.regions().get(i));
        }
      }
    }
    boolean sized = width > 0 && height > 0;
    return new AnnotatedImage(
        imageId,
        split,
        file,
        sized ? width : other.width,
        sized ? height : other.height,
        unit,
        all,
        labelled,
        pixels instanceof PixelLabels.Drawn ? new PixelLabels.Drawn(regions) : pixels);
  }
}
