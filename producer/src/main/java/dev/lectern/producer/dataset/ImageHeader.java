package dev.lectern.producer.dataset;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.imaging.bmp.BmpMetadataReader;
import com.drew.imaging.tiff.TiffMetadataReader;
import com.drew.imaging.tiff.TiffProcessingException;
import com.drew.imaging.webp.WebpMetadataReader;
import com.drew.lang.ByteArrayReader;
import com.drew.metadata.Directory;
import com.drew.metadata.Metadata;
import com.drew.metadata.MetadataException;
import com.drew.metadata.bmp.BmpHeaderDirectory;
import com.drew.metadata.exif.ExifDirectoryBase;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.exif.ExifImageDirectory;
import com.drew.metadata.exif.ExifThumbnailDirectory;
import com.drew.metadata.webp.WebpDirectory;
import dev.lectern.schemas.config.ForeignContent;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.reflect.Array;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * What the bytes of an image file say of the image without decoding it, and whether the file is
 * whole.
 *
 * <p>JPEG: from the first marker to the end-of-image marker; if it is progressive, every scan that
 * its coefficients need. PNG: every chunk and its CRC to the end chunk. WebP, BMP, TIFF and PNM:
 * the length that the file states. Decoders are lenient here: they fill with grey what a truncated
 * file lacks, and a detector would be taught grey.
 *
 * @param width of the stored image, pixels, at least 1
 * @param height of the stored image, pixels, at least 1
 * @param colors what the stored pixels are
 * @param orientation how to turn them upright
 * @param bits per sample as stored, 1 to 16
 * @param white the stored value that means full brightness; 0 where only the pixels tell
 * @param significant bits that the file says its samples have; 0 if it does not
 * @param frames of an animation, or pages
 * @param progressive whether a JPEG sends its pixels in several scans
 */
public record ImageHeader(
    int width,
    int height,
    Colors colors,
    Orientation orientation,
    int bits,
    int white,
    int significant,
    int frames,
    boolean progressive) {
  private static final int WHITE = 255;

  private ImageHeader(int width, int height, Colors colors, Orientation orientation) {
    this(width, height, colors, orientation, 8, WHITE, 0, 1, false);
  }

  /** What the stored pixels are. */
  public enum Colors {
    GRAYSCALE,
    CMYK,
    /** Anything that becomes three channels without a word. */
    OTHER
  }

  private static final String EXPECTED = "expected JPEG, PNG, WebP, BMP, TIFF or PNM; convert it";

  /** Photometric interpretations from here on are LogL and LogLuv. */
  private static final int LOG_LUMINANCE = 32844;

  /** Bits of TIFF's new subfile type. */
  private static final int REDUCED = 1;

  private static final int MASK = 4;

  private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  /**
   * Reads the header and walks through the file's structure.
   *
   * @throws UnusableImageException if the file is truncated, its structure is broken, or its format
   *     is none that can be read
   */
  public static ImageHeader of(byte[] file) throws UnusableImageException {
    if (file.length < 12) {
      throw new UnusableImageException(
          file.length == 0 ? Problem.TRUNCATED_IMAGE : Problem.CORRUPT_IMAGE,
          "found " + file.length + " bytes, which is not an image");
    }
    ImageHeader header = parsed(file);
    if (header.width < 1 || header.height < 1) {
      throw new UnusableImageException(
          Problem.CORRUPT_IMAGE,
          "its header says " + header.width + "x" + header.height + " pixels");
    }
    return header;
  }

  private static ImageHeader parsed(byte[] file) throws UnusableImageException {
    if (u8(file, 0) == 0xFF && u8(file, 1) == 0xD8) {
      return jpeg(file);
    }
    if (java.util.Arrays.equals(file, 0, PNG.length, PNG, 0, PNG.length)) {
      return png(file);
    }
    if (ascii(file, 0, "RIFF") && ascii(file, 8, "WEBP")) {
      stated(file, 8 + u32le(file, 4), "WebP");
      return webp(file);
    }
    if (ascii(file, 0, "BM")) {
      stated(file, u32le(file, 2), "BMP");
      return bmp(file);
    }
    if (ascii(file, 0, "II*\0") || ascii(file, 0, "MM\0*")) {
      return tiff(file);
    }
    if (file[0] == 'P' && file[1] >= '1' && file[1] <= '6') {
      return pnm(file);
    }
    throw foreign(file);
  }

  /** Names a format that cannot be read, by how its files begin. */
  private static UnusableImageException foreign(byte[] file) {
    String format = null;
    if (ascii(file, 0, "GIF8")) {
      format = "GIF";
    } else if (ascii(file, 4, "ftyp")) {
      String brand = new String(file, 8, 4, StandardCharsets.ISO_8859_1);
      format =
          brand.startsWith("avi")
              ? "AVIF"
              : brand.startsWith("hei") || brand.startsWith("hev") || brand.startsWith("mif")
                  ? "HEIF"
                  : "a video (MP4 or QuickTime)";
    } else if (ascii(file, 4, "JXL ") || (u8(file, 0) == 0xFF && u8(file, 1) == 0x0A)) {
      format = "JPEG XL";
    } else if (ascii(file, 4, "jP  ") || u32(file, 0) == 0xFF4FFF51L) {
      format = "JPEG 2000";
    } else if (ascii(file, 0, "8BPS")) {
      format = "Photoshop";
    } else if (ascii(file, 0, "%PDF")) {
      format = "PDF";
    } else if (ascii(file, 0, "<svg") || ascii(file, 0, "<?xml")) {
      format = "SVG or XML";
    } else if (ascii(file, 0, "RIFF")) {
      format = "a video or sound (RIFF)";
    }
    if (format != null) {
      return unsupported("found " + format);
    }
    Optional<String> plain = ForeignContent.of(file);
    if (plain.isPresent()) {
      return new UnusableImageException(Problem.CORRUPT_IMAGE, plain.get());
    }
    StringBuilder start = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      start.append(String.format(Locale.ROOT, i == 0 ? "%02X" : " %02X", u8(file, i)));
    }
    return new UnusableImageException(
        Problem.CORRUPT_IMAGE,
        "found a file that begins with " + start + ", which is no image format; " + EXPECTED);
  }

  private static UnusableImageException unsupported(String found) {
    return new UnusableImageException(Problem.UNSUPPORTED_IMAGE, found + "; " + EXPECTED);
  }

  private static ImageHeader webp(byte[] file) throws UnusableImageException {
    try {
      Metadata metadata = WebpMetadataReader.readMetadata(new ByteArrayInputStream(file));
      WebpDirectory webp = metadata.getFirstDirectoryOfType(WebpDirectory.class);
      if (webp == null || !webp.containsTag(WebpDirectory.TAG_IMAGE_WIDTH)) {
        throw new UnusableImageException(Problem.CORRUPT_IMAGE, "found a WebP file without size");
      }
      Boolean animation = webp.getBooleanObject(WebpDirectory.TAG_IS_ANIMATION);
      if (animation != null && animation) {
        throw unsupported("found an animated WebP");
      }
      return new ImageHeader(
          webp.getInt(WebpDirectory.TAG_IMAGE_WIDTH),
          webp.getInt(WebpDirectory.TAG_IMAGE_HEIGHT),
          Colors.OTHER,
          orientation(metadata));
    } catch (ImageProcessingException | MetadataException | IOException e) {
      throw broken("WebP", e);
    }
  }

  private static ImageHeader bmp(byte[] file) throws UnusableImageException {
    try {
      BmpHeaderDirectory bmp =
          BmpMetadataReader.readMetadata(new ByteArrayInputStream(file))
              .getFirstDirectoryOfType(BmpHeaderDirectory.class);
      if (bmp == null) {
        throw broken("BMP", null);
      }
      int width = bmp.getInt(BmpHeaderDirectory.TAG_IMAGE_WIDTH);
      // Negative: the rows are stored from top to bottom.
      int height = Math.abs(bmp.getInt(BmpHeaderDirectory.TAG_IMAGE_HEIGHT));
      int bits = bmp.getInt(BmpHeaderDirectory.TAG_BITS_PER_PIXEL);
      Integer compression = bmp.getInteger(BmpHeaderDirectory.TAG_COMPRESSION);
      if (compression == null || compression == 0 || compression == 3) {
        long row = ((long) width * bits + 31) / 32 * 4;
        stated(file, u32le(file, 10) + row * height, "BMP");
      }
      return new ImageHeader(width, height, Colors.OTHER, Orientation.UPRIGHT);
    } catch (MetadataException e) {
      throw broken("BMP", e);
    }
  }

  private static ImageHeader tiff(byte[] file) throws UnusableImageException {
    try {
      // The first directory is the image; further ones are other pages or a thumbnail.
      Metadata metadata = TiffMetadataReader.readMetadata(new ByteArrayReader(file));
      ExifIFD0Directory tiff = metadata.getFirstDirectoryOfType(ExifIFD0Directory.class);
      if (tiff == null) {
        throw new UnusableImageException(Problem.TRUNCATED_IMAGE, "TIFF ends before its directory");
      }
      whole(
          file, tiff, ExifIFD0Directory.TAG_STRIP_OFFSETS, ExifIFD0Directory.TAG_STRIP_BYTE_COUNTS);
      whole(file, tiff, ExifIFD0Directory.TAG_TILE_OFFSETS, ExifIFD0Directory.TAG_TILE_BYTE_COUNTS);
      int[] bits = tiff.getIntArray(ExifIFD0Directory.TAG_BITS_PER_SAMPLE);
      int depth = bits == null || bits.length == 0 ? 1 : bits[0];
      Integer samples = tiff.getInteger(ExifIFD0Directory.TAG_SAMPLES_PER_PIXEL);
      if (depth > 16 || (samples != null && samples > 4)) {
        throw unsupported(
            "found a TIFF of "
                + (samples == null ? 1 : samples)
                + " samples of "
                + depth
                + " bits");
      }
      Integer interpretation = tiff.getInteger(ExifIFD0Directory.TAG_PHOTOMETRIC_INTERPRETATION);
      if (interpretation != null && interpretation >= LOG_LUMINANCE) {
        throw unsupported("found a TIFF of logarithmic samples");
      }
      Colors colors =
          interpretation == null || interpretation > 1 ? Colors.OTHER : Colors.GRAYSCALE;
      int width = tiff.getInt(ExifIFD0Directory.TAG_IMAGE_WIDTH);
      int height = tiff.getInt(ExifIFD0Directory.TAG_IMAGE_HEIGHT);
      Integer turned = tiff.getInteger(ExifIFD0Directory.TAG_ORIENTATION);
      // OpenCV turns TIFF upright by itself.
      boolean swaps = turned != null && Orientation.ofExif(turned).swapsSides();
      return new ImageHeader(
          swaps ? height : width,
          swaps ? width : height,
          colors,
          Orientation.UPRIGHT,
          depth,
          depth > 8 ? 0 : WHITE,
          0,
          pages(metadata),
          false);
    } catch (TiffProcessingException | MetadataException | IOException e) {
      throw broken("TIFF", e);
    }
  }

  /** Directories of images that are neither smaller copies of others nor their masks. */
  private static int pages(Metadata metadata) {
    int pages = 1;
    for (Directory directory : metadata.getDirectories()) {
      if (directory instanceof ExifThumbnailDirectory || directory instanceof ExifImageDirectory) {
        Integer kind = directory.getInteger(ExifDirectoryBase.TAG_NEW_SUBFILE_TYPE);
        pages += kind == null || (kind & (REDUCED | MASK)) == 0 ? 1 : 0;
      }
    }
    return pages;
  }

  private static void whole(byte[] file, ExifIFD0Directory tiff, int offsets, int counts)
      throws UnusableImageException {
    long[] from = longs(tiff.getObject(offsets));
    long[] length = longs(tiff.getObject(counts));
    for (int i = 0; i < Math.min(from.length, length.length); i++) {
      stated(file, from[i] + length[i], "TIFF");
    }
  }

  /** Values of a TIFF tag, which may be one number or many. */
  private static long[] longs(Object values) {
    if (values instanceof Number one) {
      return new long[] {one.longValue()};
    }
    int n = values != null && values.getClass().isArray() ? Array.getLength(values) : 0;
    long[] all = new long[n];
    for (int i = 0; i < n; i++) {
      all[i] = Array.get(values, i) instanceof Number number ? number.longValue() : 0;
    }
    return all;
  }

  /** PBM, PGM and PPM: a header of numbers in text, then samples in text (P1 to P3) or bytes. */
  private static ImageHeader pnm(byte[] file) throws UnusableImageException {
    int kind = file[1] - '0';
    boolean bitmap = kind == 1 || kind == 4;
    int[] numbers = new int[bitmap ? 2 : 3];
    int at = 2;
    for (int i = 0; i < numbers.length; i++) {
      while (at < file.length && (file[at] <= ' ' || file[at] == '#')) {
        if (file[at] == '#') {
          while (at < file.length && file[at] != '\n') {
            at++;
          }
        } else {
          at++;
        }
      }
      int start = at;
      while (at < file.length && file[at] >= '0' && file[at] <= '9' && at - start < 9) {
        numbers[i] = numbers[i] * 10 + file[at++] - '0';
      }
      if (at == start) {
        throw broken("PNM", null);
      }
    }
    int white = bitmap ? 1 : numbers[2];
    if (white < 1 || white > 65535) {
      throw broken("PNM", null);
    }
    boolean color = kind == 3 || kind == 6;
    if (kind >= 4) {
      long samples = (long) numbers[0] * numbers[1] * (color ? 3 : 1);
      long bytes =
          bitmap ? (long) ((numbers[0] + 7) / 8) * numbers[1] : samples * (white > 255 ? 2 : 1);
      stated(file, at + 1 + bytes, "PNM");
    }
    return new ImageHeader(
        numbers[0],
        numbers[1],
        color ? Colors.OTHER : Colors.GRAYSCALE,
        Orientation.UPRIGHT,
        white > 255 ? 16 : 8,
        bitmap ? WHITE : white,
        0,
        1,
        false);
  }

  private static UnusableImageException broken(String format, Exception cause) {
    UnusableImageException broken =
        new UnusableImageException(
            Problem.CORRUPT_IMAGE, "found a " + format + " file whose header cannot be read");
    broken.initCause(cause);
    return broken;
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
    Scans scans = null;
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
        if (u8(file, at + 2) != 8 || marker == 0xC3 || (marker >= 0xC5 && marker != 0xC9)) {
          throw unsupported(
              "found a JPEG of "
                  + u8(file, at + 2)
                  + " bits per sample, process "
                  + (marker - 0xC0)
                  + " (lossless, hierarchical or deeper than 8 bits)");
        }
        scans = marker == 0xC2 ? new Scans(file, at) : null;
        height = u16(file, at + 3);
        width = u16(file, at + 5);
        int components = u8(file, at + 7);
        colors = components == 1 ? Colors.GRAYSCALE : components == 4 ? Colors.CMYK : Colors.OTHER;
      }
      if (marker == 0xDA && scans != null) {
        scans.read(file, at);
      }
      exif |= marker == 0xE1 && length >= 8 && ascii(file, at + 2, "Exif");
      at += length;
    }
    if (scans != null && !scans.complete()) {
      throw new UnusableImageException(
          Problem.TRUNCATED_IMAGE,
          "progressive JPEG of " + file.length + " bytes lacks some of its scans");
    }
    return new ImageHeader(
        width,
        height,
        colors,
        exif ? orientation(file) : Orientation.UPRIGHT,
        8,
        WHITE,
        0,
        1,
        scans != null);
  }

  /**
   * The scans of a progressive JPEG (ITU-T T.81, annex G): each brings some coefficients of some
   * components to some precision, and at the end all 64 of each must have their last bit.
   */
  private static final class Scans {
    private final Map<Integer, boolean[]> components = new HashMap<>();

    /**
     * @param at the length field of the frame header
     */
    Scans(byte[] file, int at) {
      for (int i = 0; i < u8(file, at + 7) && at + 8 + 3 * i < file.length; i++) {
        components.put(u8(file, at + 8 + 3 * i), new boolean[64]);
      }
    }

    /**
     * @param at the length field of a scan header
     */
    void read(byte[] file, int at) {
      int count = u8(file, at + 2);
      int spectral = at + 3 + 2 * count;
      if (spectral + 2 >= file.length) {
        return;
      }
      boolean lastBit = (u8(file, spectral + 2) & 0x0F) == 0;
      for (int i = 0; lastBit && i < count; i++) {
        boolean[] done = components.get(u8(file, at + 3 + 2 * i));
        for (int k = u8(file, spectral);
            done != null && k <= u8(file, spectral + 1) && k < 64;
            k++) {
          done[k] = true;
        }
      }
    }

    boolean complete() {
      for (boolean[] done : components.values()) {
        for (boolean coefficient : done) {
          if (!coefficient) {
            return false;
          }
        }
      }
      return true;
    }
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
    int frames = 1;
    int bits = 8;
    int significant = 0;
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
        bits = u8(file, data + 8);
        int type = u8(file, data + 9);
        colors = type == 0 || type == 4 ? Colors.GRAYSCALE : Colors.OTHER;
      }
      exif |= ascii(file, at + 4, "eXIf");
      if (ascii(file, at + 4, "acTL") && length >= 8) {
        frames = (int) Math.min(u32(file, data), Integer.MAX_VALUE);
      }
      if (ascii(file, at + 4, "sBIT") && length >= 1) {
        significant = u8(file, data);
      }
      if (ascii(file, at + 4, "IEND")) {
        return new ImageHeader(
            width,
            height,
            colors,
            exif ? orientation(file) : Orientation.UPRIGHT,
            bits,
            bits < 16 ? WHITE : 0,
            significant,
            frames,
            false);
      }
      at = data + (int) length + 4;
    }
  }

  /** Metadata that cannot be read say nothing of the orientation. */
  private static Orientation orientation(byte[] file) {
    try {
      return orientation(
          ImageMetadataReader.readMetadata(new ByteArrayInputStream(file), file.length));
    } catch (ImageProcessingException | IOException e) {
      return Orientation.UPRIGHT;
    }
  }

  private static Orientation orientation(Metadata metadata) {
    try {
      for (ExifIFD0Directory directory : metadata.getDirectoriesOfType(ExifIFD0Directory.class)) {
        if (directory.containsTag(ExifIFD0Directory.TAG_ORIENTATION)) {
          return Orientation.ofExif(directory.getInt(ExifIFD0Directory.TAG_ORIENTATION));
        }
      }
      return Orientation.UPRIGHT;
    } catch (MetadataException e) {
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
