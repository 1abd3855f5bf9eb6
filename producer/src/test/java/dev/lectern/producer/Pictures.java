package dev.lectern.producer;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Small pictures of every kind that datasets hold. */
public final class Pictures {
  private Pictures() {}

  /** Black, with a white rectangle: left, top, width, height. */
  public static BufferedImage withRectangle(int type, int width, int height, int... rectangle) {
    BufferedImage image = new BufferedImage(width, height, type);
    Graphics2D g = image.createGraphics();
    g.setColor(Color.WHITE);
    g.fillRect(rectangle[0], rectangle[1], rectangle[2], rectangle[3]);
    g.dispose();
    return image;
  }

  /** A colour gradient that no two pixels share. */
  public static BufferedImage gradient(int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(
            x, y, (x * 255 / width) << 16 | (y * 255 / height) << 8 | (x * 7 + y * 13) % 256);
      }
    }
    return image;
  }

  /** An uncompressed TIFF of three 8-bit channels. */
  public static byte[] tiff(int width, int height, int orientation, byte[] rgb) {
    int[][] tags = {
      {256, width},
      {257, height},
      {258, 8},
      {259, 1},
      {262, 2},
      {273, 0},
      {274, orientation},
      {277, 3},
      {278, height},
      {279, rgb.length}
    };
    int data = 8 + 2 + 12 * tags.length + 4;
    ByteBuffer file =
        ByteBuffer.allocate(data + rgb.length + 6).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    file.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(8);
    file.putShort((short) tags.length);
    for (int[] tag : tags) {
      boolean bits = tag[0] == 258; // three of them, after the pixels
      int value = tag[0] == 273 ? data : bits ? data + rgb.length : tag[1];
      file.putShort((short) tag[0]).putShort((short) (bits ? 3 : 4)).putInt(bits ? 3 : 1);
      file.putInt(value);
    }
    file.putInt(0).put(rgb);
    file.putShort((short) 8).putShort((short) 8).putShort((short) 8);
    return file.array();
  }

  public static byte[] encoded(BufferedImage image, String format) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image, format.toLowerCase(Locale.ROOT), out)) {
        throw new IllegalArgumentException("no writer for " + format);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** A JPEG of four equal samples per pixel, as an Adobe program marks it: 255 is not an ink. */
  public static byte[] cmykJpeg(int width, int height, int c, int m, int y, int k)
      throws IOException {
    WritableRaster raster = fourSamples(width, height);
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        raster.setPixel(column, row, new int[] {c, m, y, k});
      }
    }
    return adobeJpeg(raster);
  }

  /** As {@link #cmykJpeg}, of random samples. */
  public static byte[] noisyCmykJpeg(int width, int height) throws IOException {
    WritableRaster raster = fourSamples(width, height);
    Random random = new Random(7);
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        raster.setPixel(column, row, random.ints(4, 0, 256).toArray());
      }
    }
    return adobeJpeg(raster);
  }

  private static WritableRaster fourSamples(int width, int height) {
    return Raster.createInterleavedRaster(
        java.awt.image.DataBuffer.TYPE_BYTE, width, height, 4, null);
  }

  private static byte[] adobeJpeg(Raster raster) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(stream);
      writer.write(null, new IIOImage(raster, null, null), null);
    } finally {
      writer.dispose();
    }
    byte[] adobe = {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0};
    return withSegment(out.toByteArray(), 0xEE, adobe);
  }

  /** The JPEG with an EXIF segment that holds nothing but the orientation. */
  public static byte[] withOrientation(byte[] jpeg, int orientation) {
    ByteBuffer exif = ByteBuffer.allocate(32);
    exif.put("Exif\0\0".getBytes(StandardCharsets.US_ASCII));
    exif.put("MM".getBytes(StandardCharsets.US_ASCII)).putShort((short) 42).putInt(8);
    exif.putShort((short) 1);
    exif.putShort((short) 0x0112).putShort((short) 3).putInt(1);
    exif.putShort((short) orientation).putShort((short) 0);
    exif.putInt(0);
    return withSegment(jpeg, 0xE1, exif.array());
  }

  public static byte[] cut(byte[] file, double fraction) {
    return Arrays.copyOf(file, (int) (file.length * fraction));
  }

  public static Path write(Path file, byte[] bytes) throws IOException {
    Files.createDirectories(file.getParent());
    return Files.write(file, bytes);
  }

  private static byte[] withSegment(byte[] jpeg, int marker, byte[] content) {
    ByteBuffer result = ByteBuffer.allocate(jpeg.length + content.length + 4);
    result.put(jpeg, 0, 2);
    result.put((byte) 0xFF).put((byte) marker).putShort((short) (content.length + 2));
    result.put(content);
    result.put(jpeg, 2, jpeg.length - 2);
    return result.array();
  }
}
