package dev.lectern.producer.publish;

import dev.lectern.producer.dataset.AnnotatedBox;
import dev.lectern.producer.dataset.AnnotatedDataset;
import dev.lectern.producer.dataset.AnnotatedImage;
import dev.lectern.producer.dataset.PixelLabels;
import dev.lectern.schemas.serde.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.List;

/**
 * Tells whether a source is the one that was published before: classes, ids, splits, boxes, whether
 * an image is labelled, and name and length of every image file. The files are not read.
 */
final class SourceDigest {
  private final MessageDigest sha256 = Sha256.start();

  private SourceDigest() {}

  /** SHA-256, hex; the same whatever folder the files lie in and whatever the order of images. */
  static String of(AnnotatedDataset dataset) {
    SourceDigest digest = new SourceDigest();
    for (int i = 0; i < dataset.classNames().size(); i++) {
      digest.text(dataset.classNames().get(i));
      digest.number(dataset.categoryIds().get(i));
    }
    List<AnnotatedImage> images =
        dataset.images().stream().sorted(Comparator.comparing(AnnotatedImage::imageId)).toList();
    for (AnnotatedImage image : images) {
      digest.image(image);
    }
    return Sha256.hex(digest.sha256);
  }

  private void image(AnnotatedImage image) {
    text(image.imageId());
    text(image.split());
    text(image.file().getFileName().toString());
    number(length(image.file()));
    number(image.width());
    number(image.height());
    number(image.unit().ordinal());
    number(image.boxes().size());
    if (!image.labelled()) {
      text("unlabelled");
    }
    if (image.pixels() != null) {
      pixels(image.pixels());
    }
    for (AnnotatedBox box : image.boxes()) {
      text(box.annotationId());
      number(box.label());
      number(box.crowd() ? 1 : 0);
      for (double v : new double[] {box.x(), box.y(), box.width(), box.height(), box.area()}) {
        number(Double.doubleToLongBits(v));
      }
    }
  }

  private void pixels(PixelLabels labels) {
    if (labels instanceof PixelLabels.InFile in) {
      text(in.file().getFileName().toString());
      number(length(in.file()));
      return;
    }
    for (PixelLabels.Region region : ((PixelLabels.Drawn) labels).largestFirst()) {
      number(region.label());
      for (float[] polygon : region.polygons()) {
        number(polygon.length);
        for (float v : polygon) {
          number(Float.floatToIntBits(v));
        }
      }
      if (region.runs() != null) {
        for (int length : region.runs().lengths()) {
          number(length);
        }
      }
    }
  }

  /** -1 for a file that is missing or cannot be looked at. */
  private static long length(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return -1;
    }
  }

  private void text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    number(bytes.length);
    sha256.update(bytes);
  }

  private void number(long value) {
    sha256.update(ByteBuffer.allocate(8).putLong(value).flip());
  }
}
