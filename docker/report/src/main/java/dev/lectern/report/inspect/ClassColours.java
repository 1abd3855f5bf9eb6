package dev.lectern.report.inspect;

import dev.lectern.detector.pixel.LabelMap;
import dev.lectern.report.Picture;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;

/**
 * Colours of classes: those of Pascal VOC's label maps, where the bits of a class are dealt out to
 * red, green and blue, the lowest first. Class 0 is black.
 */
final class ClassColours {
  /** A pixel without a label, in VOC's label maps too. */
  static final int IGNORED = 0xe0e0c0;

  private static final int RIGHT = 0xf4f4f0;
  private static final int WRONG = 0xc62828;
  private static final int BITS = 8;

  private ClassColours() {}

  /** Red, green and blue of a class, a byte each. */
  static int of(int label) {
    if (label == LabelMap.IGNORED) {
      return IGNORED;
    }
    int colour = 0;
    int bits = label;
    for (int bit = BITS - 1; bits > 0; bit--, bits >>= 3) {
      for (int channel = 0; channel < 3; channel++) {
        colour |= (bits >> channel & 1) << (bit + BITS * (2 - channel));
      }
    }
    return colour;
  }

  /** As a style sheet writes it. */
  static String css(int label) {
    return "#%06x".formatted(of(label));
  }

  /** The classes of a map. */
  static Picture map(String id, LabelMap map) {
    BufferedImage image = image(map);
    for (int i = 0; i < map.classes().length; i++) {
      image.setRGB(i % map.width(), i / map.width(), of(Byte.toUnsignedInt(map.classes()[i])));
    }
    return picture(id, image);
  }

  /** Where two maps say the same, where they do not, and where one of them says nothing. */
  static Picture difference(String id, LabelMap first, LabelMap second) {
    BufferedImage image = image(first);
    for (int i = 0; i < first.classes().length; i++) {
      byte one = first.classes()[i];
      byte other = second.classes()[i];
      boolean ignored = one == (byte) LabelMap.IGNORED || other == (byte) LabelMap.IGNORED;
      image.setRGB(
          i % first.width(), i / first.width(), ignored ? IGNORED : one == other ? RIGHT : WRONG);
    }
    return picture(id, image);
  }

  private static BufferedImage image(LabelMap map) {
    return new BufferedImage(map.width(), map.height(), BufferedImage.TYPE_INT_RGB);
  }

  private static Picture picture(String id, BufferedImage image) {
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", png);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Picture(id, "image/png", png.toByteArray(), image.getWidth(), image.getHeight());
  }
}
