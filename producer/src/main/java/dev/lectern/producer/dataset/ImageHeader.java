package dev.lectern.producer.dataset;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.metadata.Metadata;
import com.drew.metadata.MetadataException;
import com.drew.metadata.exif.ExifIFD0Directory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.zip.CRC32;

/**
 * What the bytes of an image file say of the image without decoding it, and whether the file is
 * whole.
 *
 * <p>JPEG: from the first marker to the end-of-image marker. PNG: every chunk and its CRC to the
 * end chunk. WebP and BMP: the length that the file states. Decoders are lenient here: they fill
 * with grey what a truncated file lacks, and a detector would be taught grey.
 *
 * @param width of the stored image, pixels; 0 where only decoding tells
 * @param height of the stored image, pixels; 0 where only decoding tells
 * @param colors what the stored pixels are
 * @param orientation how to turn them upright
 */
public record ImageHeader(int width, int height, Colors colors, Orientation orientation) {
  /** What the stored pixels are. */
  public enum Colors {
    GRAYSCALE,
    CMYK,
    /** Anything that becomes three channels without a word. */
    OTHER
  }

  private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  /**
   * Reads the header and walks through the file's structure.
   *
   * @throws UnusableImageException if the file is truncated or its structure is broken
   */
  public static ImageHeader of(byte[] file) throws UnusableImageException {
    if (file.length < 12) {
      throw new UnusableImageException(
          file.length == 0 ? Problem.TRUNCATED_IMAGE : Problem.CORRUPT_IMAGE,
          "found " + file.length + " bytes, which is no image");
    }
    if (u8(file, 0) == 0xFF && u8(file, 1) == 0xD8) {
      return jpeg(file);
    }
    if (java.util.Arrays.equals(file, 0, PNG.length, PNG, 0, PNG.length)) {
      return png(file);
    }
    if (ascii(file, 0, "RIFF") && ascii(file, 8, "WEBP")) {
      stated(file, 8 + u32le(file, 4), "WebP");
      return new ImageHeader(0, 0, Colors.OTHER, orientation(file));
    }
    if (ascii(file, 0, "BM")) {
      stated(file, u32le(file, 2), "BMP");
    }
    return new ImageHeader(0, 0, Colors.OTHER, Orientation.UPRIGHT);
  }

  private static void stated(byte[] file, long length, String format)
      throws UnusableImageException {
    if (file.length < length) {
      throw new UnusableImageException(
          Problem.TRUNCATED_IMAGE,
          format + " ends after " + file.length + " of " + length + " bytes");
    }
  }

  private static ImageHeader jpeg(byte[] file) throws UnusableImageException {
    int width = 0;
    int height = 0;
    Colors colors = Colors.OTHER;
    boolean exif = false;
    int at = 2;
    while (true) {
      at = nextMarker(file, at);
      int marker = u8(file, at + 1);
      at += 2;
      if (marker == 0xD9) {
        break;
      }
      if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) {
        continue;
      }
      if (at + 2 > file.length) {
        throw truncatedJpeg(file);
      }
      int length = u16(file, at);
      if (length < 2) {
        throw new UnusableImageException(
            Problem.CORRUPT_IMAGE, "JPEG segment at byte " + at + " has length " + length);
      }
      if (at + length > file.length) {
        throw truncatedJpeg(file);
      }
      boolean frame =
          marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
      if (frame && length >= 8) {
        height = u16(file, at + 3);
        width = u16(file, at + 5);
        int components = u8(file, at + 7);
        colors = components == 1 ? Colors.GRAYSCALE : components == 4 ? Colors.CMYK : Colors.OTHER;
      }
      exif |= marker == 0xE1 && length >= 8 && ascii(file, at + 2, "Exif");
      at += length;
    }
    return new ImageHeader(width, height, colors, exif ? orientation(file) : Orientation.UPRIGHT);
  }

  /** The next 0xFF that starts a marker; entropy-coded data and fill bytes are passed over. */
  private static int nextMarker(byte[] file, int from) throws UnusableImageException {
    for (int at = from; at + 1 < file.length; at++) {
      if (file[at] == (byte) 0xFF) {
        int next = u8(file, at + 1);
        if (next != 0x00 && next != 0xFF && !(next >= 0xD0 && next <= 0xD7)) {
          return at;
        }
      }
    }
    throw truncatedJpeg(file);
  }

  private static UnusableImageException truncatedJpeg(byte[] file) {
    return new UnusableImageException(
        Problem.TRUNCATED_IMAGE,
        "JPEG ends after " + file.length + " bytes without its end-of-image marker");
  }

  private static ImageHeader png(byte[] file) throws UnusableImageException {
    int width = 0;
    int height = 0;
    Colors colors = Colors.OTHER;
    boolean exif = false;
    int at = PNG.length;
    while (true) {
      if (at + 12 > file.length) {
        throw new UnusableImageException(
            Problem.TRUNCATED_IMAGE,
            "PNG ends after " + file.length + " bytes without its end chunk");
      }
      long length = u32(file, at);
      if (at + 12 + length > file.length) {
        throw new UnusableImageException(
            Problem.TRUNCATED_IMAGE,
            "PNG ends within the chunk at byte " + at + ", after " + file.length + " bytes");
      }
      int data = at + 8;
      CRC32 crc = new CRC32();
      crc.update(file, at + 4, (int) length + 4);
      if (crc.getValue() != u32(file, data + (int) length)) {
        throw new UnusableImageException(
            Problem.CORRUPT_IMAGE, "PNG chunk at byte " + at + " does not match its CRC");
      }
      if (ascii(file, at + 4, "IHDR") && length >= 13) {
        width = (int) Math.min(u32(file, data), Integer.MAX_VALUE);
        height = (int) Math.min(u32(file, data + 4), Integer.MAX_VALUE);
        int type = u8(file, data + 9);
        colors = type == 0 || type == 4 ? Colors.GRAYSCALE : Colors.OTHER;
      }
      exif |= ascii(file, at + 4, "eXIf");
      if (ascii(file, at + 4, "IEND")) {
        return new ImageHeader(
            width, height, colors, exif ? orientation(file) : Orientation.UPRIGHT);
      }
      at = data + (int) length + 4;
    }
  }

  /** Metadata that cannot be read say nothing of the orientation. */
  private static Orientation orientation(byte[] file) {
    try {
      Metadata metadata =
          ImageMetadataReader.readMetadata(new ByteArrayInputStream(file), file.length);
      for (ExifIFD0Directory directory : metadata.getDirectoriesOfType(ExifIFD0Directory.class)) {
        if (directory.containsTag(ExifIFD0Directory.TAG_ORIENTATION)) {
          return Orientation.ofExif(directory.getInt(ExifIFD0Directory.TAG_ORIENTATION));
        }
      }
      return Orientation.UPRIGHT;
    } catch (ImageProcessingException | MetadataException | IOException e) {
      return Orientation.UPRIGHT;
    }
  }

  private static boolean ascii(byte[] file, int at, String text) {
    if (at + text.length() > file.length) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (file[at + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static int u8(byte[] file, int at) {
    return file[at] & 0xFF;
  }

  private static int u16(byte[] file, int at) {
    return u8(file, at) << 8 | u8(file, at + 1);
  }

  private static long u32(byte[] file, int at) {
    return (long) u16(file, at) << 16 | u16(file, at + 2);
  }

  private static long u32le(byte[] file, int at) {
    return u8(file, at)
        | u8(file, at + 1) << 8
        | u8(file, at + 2) << 16
        | (long) u8(file, at + 3) << 24;
  }
}
