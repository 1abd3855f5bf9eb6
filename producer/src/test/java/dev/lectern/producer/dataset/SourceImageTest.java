package dev.lectern.producer.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lectern.producer.Pictures;
import dev.lectern.producer.Shared;
import dev.lectern.schemas.view.Affine;
import dev.lectern.schemas.view.OpenCvLibrary;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.core.MatOfInt;
import org.opencv.core.Scalar;
import org.opencv.imgcodecs.Imgcodecs;

class SourceImageTest {
  static {
    OpenCvLibrary.load();
  }

  private static final int RGB = BufferedImage.TYPE_3BYTE_BGR;
  private static final long MAX = 1_000_000;

  @TempDir Path folder;

  private final Problems problems = new Problems();

  @Test
  void aGrayscaleImageHasThreeEqualChannels() throws Exception {
    // Given
    BufferedImage grey = Pictures.withRectangle(BufferedImage.TYPE_BYTE_GRAY, 20, 10, 0, 0, 10, 10);

    for (String format : List.of("jpg", "png")) {
      // When
      Mat pixels = open(Pictures.encoded(grey, format), 20, 10).pixels();

      // Then
      assertThat(pixels.channels()).isEqualTo(3);
      assertThat(pixels.get(5, 2)).containsExactly(255, 255, 255);
      assertThat(pixels.get(5, 18)).containsExactly(0, 0, 0);
      pixels.release();
    }
    assertThat(problems.byName()).containsExactly(Map.entry("grayscale-image", 2L));
  }

  @Test
  void aCmykImageIsConverted() throws Exception {
    // Given: as Adobe stores it, no cyan, full magenta and yellow, no black: red
    byte[] jpeg = Pictures.cmykJpeg(16, 16, 255, 0, 0, 255);

    // When
    Mat pixels = open(jpeg, 16, 16).pixels();

    // Then
    assertThat(pixels.get(8, 8)[0]).isCloseTo(0, within(4.0));
    assertThat(pixels.get(8, 8)[1]).isCloseTo(0, within(4.0));
    assertThat(pixels.get(8, 8)[2]).isCloseTo(255, within(4.0));
    pixels.release();
    assertThat(problems.byName()).containsExactly(Map.entry("cmyk-image", 1L));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8})
  void aTurnedImageStandsUprightAndItsBoxesMoveAlongIfTheyWereDrawnBefore(int exif)
      throws Exception {
    // Given: stored 64x32 with a white rectangle at 8..24, 0..8
    byte[] jpeg =
        Pictures.withOrientation(
            Pictures.encoded(Pictures.withRectangle(RGB, 64, 32, 8, 0, 16, 8), "jpg"), exif);
    Orientation orientation = Orientation.ofExif(exif);
    double[] upright = orientation.map(64, 32).applyToBox(8, 0, 24, 8);
    boolean swaps = exif >= 5;
    int width = swaps ? 32 : 64;
    int height = swaps ? 64 : 32;

    // When: annotated by the upright size, and by the stored one
    SourceImage byUpright =
        open(
            jpeg,
            width,
            height,
            box(upright[0], upright[1], upright[2] - upright[0], upright[3] - upright[1]));

    // Then
    assertThat(byUpright.width()).isEqualTo(width);
    assertThat(byUpright.height()).isEqualTo(height);
    Mat pixels = byUpright.pixels();
    assertBoxIsWhite(pixels, byUpright.boxes().get(0));
    assertThat(problems.byName()).containsExactly(Map.entry("exif-rotated-image", 1L));
    if (swaps) {
      SourceImage byStored = open(jpeg, 64, 32, box(8, 0, 16, 8));
      assertThat(byStored.boxes()).isEqualTo(byUpright.boxes());
      assertThat(problems.count(Problem.EXIF_ROTATED_BOXES)).isEqualTo(1);
    }
    pixels.release();
  }

  @Test
  void theEightOrientationsAreThoseOfTheExifStandard() {
    // Given: where the stored top left corner lies in the upright image of 2 by 1 (or 1 by 2)
    double[][] corners = {{0, 0}, {2, 0}, {2, 1}, {0, 1}, {0, 0}, {1, 0}, {1, 2}, {0, 2}};

    for (int exif = 1; exif <= 8; exif++) {
      Affine map = Orientation.ofExif(exif).map(2, 1);
      assertThat(new double[] {map.applyX(0, 0), map.applyY(0, 0)})
          .as("orientation %d", exif)
          .containsExactly(corners[exif - 1]);
    }
    assertThat(Orientation.ofExif(0)).isEqualTo(Orientation.UPRIGHT);
    assertThat(Orientation.ofExif(9)).isEqualTo(Orientation.UPRIGHT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpg", "png", "bmp"})
  void aTruncatedFileIsUnusableWhereverItIsCut(String format) throws Exception {
    byte[] whole = Pictures.encoded(Pictures.gradient(90, 70), format);
    open(whole, 90, 70);

    for (double fraction : new double[] {0.1, 0.5, 0.9, 0.999}) {
      assertThatThrownBy(() -> open(Pictures.cut(whole, fraction), 90, 70))
          .as("%s cut at %s", format, fraction)
          .isInstanceOfSatisfying(
              UnusableImageException.class,
              e -> assertThat(e.problem()).isEqualTo(Problem.TRUNCATED_IMAGE));
    }
    byte[] last = java.util.Arrays.copyOf(whole, whole.length - 1);
    assertThatThrownBy(() -> open(last, 90, 70)).isInstanceOf(UnusableImageException.class);
    byte[] zeroTail = java.util.Arrays.copyOf(Pictures.cut(whole, 0.7), whole.length);
    if (!format.equals("bmp")) {
      assertThatThrownBy(() -> open(zeroTail, 90, 70)).isInstanceOf(UnusableImageException.class);
    }
  }

  @Test
  void aThumbnailsEndMarkerDoesNotHideThatTheImageIsCut() throws Exception {
    // Given: an EXIF segment that contains an end-of-image marker
    byte[] jpeg =
        Pictures.withOrientation(Pictures.encoded(Pictures.gradient(50, 50), "jpg"), 0xFFD9);

    assertThatThrownBy(() -> open(Pictures.cut(jpeg, 0.8), 50, 50))
        .isInstanceOf(UnusableImageException.class)
        .hasMessageContaining("without its end-of-image marker");
  }

  @Test
  void aCorruptOrForeignFileIsNamed() throws Exception {
    byte[] png = Pictures.encoded(Pictures.gradient(50, 50), "png");
    png[100] ^= 0x40;
    assertUnusable(Problem.CORRUPT_IMAGE, png, 50, 50);
    assertUnusable(
        Problem.CORRUPT_IMAGE,
        "<html>404 not found</html>".getBytes(StandardCharsets.US_ASCII),
        50,
        50);
    assertUnusable(Problem.TRUNCATED_IMAGE, new byte[0], 50, 50);
    assertThatThrownBy(
            () -> SourceImage.open(annotated(folder.resolve("absent.jpg"), 1, 1), MAX, problems))
        .isInstanceOfSatisfying(
            UnusableImageException.class,
            e -> assertThat(e.problem()).isEqualTo(Problem.MISSING_IMAGE));
  }

  @Test
  void anImageOfAnotherSizeThanAnnotatedIsLeftOut() throws Exception {
    byte[] png = Pictures.encoded(Pictures.gradient(50, 40), "png");

    assertUnusable(Problem.SIZE_MISMATCH, png, 40, 50);
    assertUnusable(Problem.SIZE_MISMATCH, png, 50, 41);
    assertThat(open(png, 0, 0).width()).isEqualTo(50);
  }

  @Test
  void anImageWithTooManyPixelsIsLeftOutBeforeItIsDecoded() throws Exception {
    byte[] png = Pictures.encoded(Pictures.gradient(50, 40), "png");
    Path file = Pictures.write(folder.resolve("large.png"), png);

    assertThatThrownBy(() -> SourceImage.open(annotated(file, 50, 40), 1999, problems))
        .isInstanceOf(UnusableImageException.class)
        .hasMessage("found 50x40, expected at most 1999 pixels");
  }

  @Test
  void boxesBeyondTheImageAreCountedAndThoseOutsideItLeftOut() throws Exception {
    byte[] png = Pictures.encoded(Pictures.gradient(50, 40), "png");

    SourceImage image =
        open(
            png,
            50,
            40,
            box(-5, 0, 10, 10),
            box(45, 35, 5.5, 5.5),
            box(50, 0, 5, 5),
            box(-5, -5, 5, 50));

    assertThat(image.boxes()).hasSize(2);
    assertThat(problems.byName())
        .containsOnly(Map.entry("clipped-box", 1L), Map.entry("box-outside-image", 2L));
  }

  @Test
  void theRealImagesAreAllUsable() throws Exception {
    Path data = Shared.data("coco128-yolo");
    AnnotatedDataset dataset =
        new YoloReader(ClassNames.read(data.resolve("config.yaml")))
            .read(
                List.of(
                    new DatasetSource(null, null, data.resolve("images/train2017"), null, ""),
                    new DatasetSource(null, null, data.resolve("images/val2017"), null, "")),
                problems);

    for (AnnotatedImage image : dataset.images()) {
      SourceImage.open(image, MAX, problems);
    }

    assertThat(dataset.images()).hasSize(256);
    assertThat(problems.count(Problem.GRAYSCALE_IMAGE)).isEqualTo(2);
    assertThat(problems.total() - problems.count(Problem.GRAYSCALE_IMAGE))
        .isEqualTo(
            problems.count(Problem.MISSING_LABEL_FILE) + problems.count(Problem.MISSING_IMAGE));
  }

  // ------------------------------------------------------------------------------------ the
  // formats

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jpg",
        "progressive",
        "png",
        "bmp",
        "webp",
        "lossless",
        "tiff",
        "ppm",
        "pgm",
        "pbm"
      })
  void everyFormatIsReadAndItsSizeKnownFromItsHeader(String format) throws Exception {
    byte[] file = encoded(format, 90, 70);

    SourceImage image = open(file, 0, 0);

    assertThat(image.width()).isEqualTo(90);
    assertThat(image.height()).isEqualTo(70);
    Mat pixels = image.pixels();
    assertThat(pixels.cols()).isEqualTo(90);
    pixels.release();
    assertUnusable(Problem.SIZE_MISMATCH, file, 91, 70);
    Path path = Pictures.write(folder.resolve("image"), file);
    assertThatThrownBy(() -> SourceImage.open(annotated(path, 0, 0), 90 * 70 - 1, problems))
        .isInstanceOfSatisfying(
            UnusableImageException.class,
            e -> assertThat(e.problem()).isEqualTo(Problem.OVERSIZED_IMAGE));
  }

  @Test
  void aJpegWithAHoleIsUnusableAndOneThatIsFilledUpIsNot() throws Exception {
    Random random = new Random(1);
    BufferedImage noise = Pictures.gradient(128, 128);
    for (int i = 0; i < 128 * 128; i++) {
      noise.setRGB(i % 128, i / 128, random.nextInt(1 << 24));
    }
    byte[] whole = Pictures.encoded(noise, "jpg");
    byte[] hole = whole.clone();
    Arrays.fill(hole, whole.length / 2, whole.length / 2 + 2000, (byte) 0);
    byte[] half = whole.clone();
    Arrays.fill(half, whole.length / 2, whole.length - 2, (byte) 0);
    byte[] filled = Arrays.copyOf(whole, whole.length + 3000);
    filled[whole.length - 2] = 0;
    filled[whole.length - 1] = 0;
    filled[filled.length - 2] = (byte) 0xFF;
    filled[filled.length - 1] = (byte) 0xD9;

    for (byte[] damaged : List.of(hole, half)) {
      assertThatThrownBy(() -> open(damaged, 0, 0).pixels())
          .isInstanceOfSatisfying(
              UnusableImageException.class,
              e -> assertThat(e.problem()).isEqualTo(Problem.TRUNCATED_IMAGE));
    }
    for (byte[] good :
        List.of(
            filled, Pictures.encoded(Pictures.withRectangle(5, 900, 900, 0, 0, 900, 900), "jpg"))) {
      open(good, 0, 0).pixels().release();
    }
  }

  @Test
  void aJpegWithAShortHoleOrForeignBytesIsUnusable() throws Exception {
    byte[] whole = encoded("optimized", 90, 70);
    int middle = whole.length / 2;
    byte[] hole = whole.clone();
    Arrays.fill(hole, middle, middle + 100, (byte) 0);
    byte[] spaces = whole.clone();
    Arrays.fill(spaces, middle, middle + 300, (byte) ' ');
    byte[] cut =
        joined(Arrays.copyOf(whole, middle), Arrays.copyOfRange(whole, middle + 600, whole.length));

    assertUnusable(Problem.CORRUPT_IMAGE, hole, 0, 0);
    assertUnusable(Problem.CORRUPT_IMAGE, spaces, 0, 0);
    assertUnusable(Problem.TRUNCATED_IMAGE, cut, 0, 0);
  }

  /** OpenCV turns it by itself, so that its size is another one than the header's. */
  @Test
  void aTurnedTiffStandsUpright() throws Exception {
    // Two pixels side by side, white and black, stored turned right: the left one is at the top.
    byte[] file = Pictures.tiff(2, 1, 6, new byte[] {-1, -1, -1, 0, 0, 0});

    SourceImage image = open(file, 0, 0);

    assertThat(image.width()).isEqualTo(1);
    assertThat(image.height()).isEqualTo(2);
    Mat pixels = image.pixels();
    assertThat(pixels.get(0, 0)).containsExactly(255, 255, 255);
    assertThat(pixels.get(1, 0)).containsExactly(0, 0, 0);
    pixels.release();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jpg",
        "progressive",
        "png",
        "bmp",
        "webp",
        "lossless",
        "tiff",
        "ppm",
        "pgm",
        "pbm"
      })
  void aCutFileOfEveryFormatIsUnusable(String format) throws Exception {
    byte[] whole = encoded(format, 90, 70);

    for (double fraction : new double[] {0.3, 0.6, 0.9}) {
      assertThatThrownBy(() -> open(Pictures.cut(whole, fraction), 90, 70))
          .as("%s cut at %s", format, fraction)
          .isInstanceOf(UnusableImageException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jpg",
        "gray",
        "cmyk",
        "restarts",
        "progressive",
        "png",
        "bmp",
        "webp",
        "lossless"
      })
  void aFileThatWasCutAndClosedIsUnusable(String format) throws Exception {
    byte[] whole = format.equals("cmyk") ? Pictures.noisyCmykJpeg(90, 70) : encoded(format, 90, 70);
    open(whole, 0, 0).pixels().release();

    for (double fraction : new double[] {0.5, 0.7, 0.9}) {
      byte[] closed = closed(format, whole, fraction);
      assertThatThrownBy(() -> open(closed, 0, 0).pixels())
          .as("%s cut at %s and closed", format, fraction)
          .isInstanceOf(UnusableImageException.class);
    }
  }

  @Test
  void aJpegThatEndsInMidGreyIsWhole() throws Exception {
    BufferedImage grey = Pictures.gradient(64, 64);
    for (int y = 32; y < 64; y++) {
      for (int x = 0; x < 64; x++) {
        grey.setRGB(x, y, 0x808080);
      }
    }

    Mat pixels = open(Pictures.encoded(grey, "jpg"), 64, 64).pixels();

    assertThat(pixels.get(63, 63)).containsExactly(128, 128, 128);
    pixels.release();
  }

  @Test
  void aHeaderThatPromisesTooManyPixelsIsRefusedBeforeAnyIsDecoded() throws Exception {
    // Given: 14000x14000 pixels in 34 bytes of lossless WebP, and the like of other formats
    int side = 14000;
    ByteBuffer webp = ByteBuffer.allocate(34).order(ByteOrder.LITTLE_ENDIAN);
    webp.put(ascii("RIFF")).putInt(26).put(ascii("WEBPVP8L")).putInt(14).put((byte) 0x2F);
    webp.putInt((side - 1) | (side - 1) << 14);
    byte[] jpeg = encoded("jpg", 64, 64);
    int frame = indexOf(jpeg, 0xFF, 0xC0);
    ByteBuffer.wrap(jpeg).putShort(frame + 5, (short) side).putShort(frame + 7, (short) side);
    byte[] png = encoded("png", 64, 64);
    ByteBuffer.wrap(png).putInt(16, side).putInt(20, side);
    CRC32 crc = new CRC32();
    crc.update(png, 12, 17);
    ByteBuffer.wrap(png).putInt(29, (int) crc.getValue());
    ByteBuffer lossy = ByteBuffer.allocate(40).order(ByteOrder.LITTLE_ENDIAN);
    lossy.put(ascii("RIFF")).putInt(32).put(ascii("WEBPVP8 ")).putInt(20);
    lossy
        .put(new byte[] {0x10, 0, 0, (byte) 0x9D, 1, 0x2A})
        .putShort((short) side)
        .putShort((short) side);

    for (byte[] bomb : List.of(webp.array(), jpeg, png, lossy.array())) {
      assertUnusable(Problem.OVERSIZED_IMAGE, bomb, 0, 0);
    }
    byte[] bmp = encoded("bmp", 64, 64);
    ByteBuffer.wrap(bmp).order(ByteOrder.LITTLE_ENDIAN).putInt(18, side).putInt(22, -side);
    for (byte[] bomb :
        List.of(bmp, ascii("P6 14000 14000 255\n"), ascii("P5\n#x\n14000\n14000 65535\n"))) {
      assertUnusable(Problem.TRUNCATED_IMAGE, bomb, 0, 0);
    }
    assertUnusable(Problem.OVERSIZED_IMAGE, ascii("P3 14000 14000 255\n1 2 3"), 0, 0);
    assertUnusable(Problem.CORRUPT_IMAGE, ascii("P6 0 14000 255\n1 2 3"), 0, 0);
    assertUnusable(Problem.CORRUPT_IMAGE, ascii("P6 14000 14000 99999\n1"), 0, 0);
    assertUnusable(Problem.CORRUPT_IMAGE, ascii("P6 -1 5 255\n1 2 3"), 0, 0);
  }

  @Test
  void formatsThatCannotBeReadAreNamed() throws Exception {
    assertNamed("GIF", Pictures.encoded(Pictures.gradient(20, 20), "gif"));
    assertNamed("AVIF", ascii("\0\0\0 ftypavif\0\0\0\0avifmif1miaf"));
    assertNamed("AVIF", ascii("\0\0\0 ftypavis\0\0\0\0"));
    assertNamed("HEIF", ascii("\0\0\0\u0018ftypheic\0\0\0\0mif1heic"));
    assertNamed("a video", ascii("\0\0\0\u0018ftypisom\0\0\0\0isom"));
    assertNamed("JPEG XL", new byte[] {(byte) 0xFF, 0x0A, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    assertNamed("JPEG XL", ascii("\0\0\0\fJXL \r\n\u0087\n"));
    assertNamed("JPEG 2000", ascii("\0\0\0\fjP  \r\n\u0087\n"));
    assertNamed("Photoshop", ascii("8BPS\0\u0001\0\0\0\0\0\0"));
    assertNamed("PDF", ascii("%PDF-1.7\n%abcdef"));
    assertNamed("SVG", ascii("<svg xmlns=\"http://www.w3.org/2000/svg\"/>"));
    ByteBuffer webp = ByteBuffer.allocate(44).order(ByteOrder.LITTLE_ENDIAN);
    webp.put(ascii("RIFF")).putInt(36).put(ascii("WEBPVP8X")).putInt(10).putInt(2);
    webp.put(new byte[] {19, 0, 0, 19, 0, 0}).put(ascii("ANIM")).putInt(6);
    assertNamed("an animated WebP", webp.array());
    byte[] deep = encoded("jpg", 32, 32);
    deep[indexOf(deep, 0xFF, 0xC0) + 4] = 12;
    assertNamed("a JPEG of 12 bits", deep);
    Mat floats = new Mat(8, 8, CvType.CV_32FC3, new Scalar(1, 1, 1));
    assertNamed("a TIFF of logarithmic samples", encoded(".tiff", floats));
    assertNamed(
        "a TIFF of 3 samples of 32 bits",
        encoded(".tiff", floats, Imgcodecs.IMWRITE_TIFF_COMPRESSION, 1));
    floats.release();
    assertThatThrownBy(() -> open(ascii("version https://git-lfs.github.com/spec/v1"), 0, 0))
        .isInstanceOf(UnusableImageException.class)
        .hasMessage("found a pointer of Git LFS in its place; git lfs pull fetches the file");
    assertThatThrownBy(() -> open(ascii("version 2 of some file"), 0, 0))
        .isInstanceOf(UnusableImageException.class)
        .hasMessage(
            "found a file that begins with 76 65 72 73 69 6F 6E 20, which is no image format;"
                + " expected JPEG, PNG, WebP, BMP, TIFF or PNM; convert it");
  }

  @Test
  void anAnimatedPngIsItsFirstFrame() throws Exception {
    byte[] png = encoded("png", 30, 20);
    ByteBuffer chunk = ByteBuffer.allocate(20).putInt(8).put(ascii("acTL")).putInt(3).putInt(0);
    CRC32 crc = new CRC32();
    crc.update(chunk.array(), 4, 12);
    chunk.putInt((int) crc.getValue());
    byte[] animated = joined(Arrays.copyOf(png, 33), chunk.array());
    animated = joined(animated, Arrays.copyOfRange(png, 33, png.length));

    open(animated, 30, 20).pixels().release();

    assertThat(problems.byName()).containsExactly(Map.entry("animated-image", 1L));
  }

  @Test
  void aTiffOfSeveralPagesIsItsFirst() throws Exception {
    byte[] one = Pictures.tiff(2, 1, 1, new byte[] {-1, -1, -1, 0, 0, 0});
    int next = 130;
    byte[] directory = Arrays.copyOfRange(one, 8, next + 4);
    byte[] two = joined(one, directory);
    ByteBuffer.wrap(two).order(ByteOrder.LITTLE_ENDIAN).putInt(next, one.length);
    byte[] smaller = two.clone();
    ByteBuffer.wrap(smaller)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putShort(one.length + 2, (short) 254)
        .putInt(one.length + 10, 1);

    assertThat(open(one, 2, 1).width()).isEqualTo(2);
    assertThat(open(smaller, 2, 1).width()).isEqualTo(2);
    assertThat(problems.total()).isZero();
    open(two, 2, 1).pixels().release();
    assertThat(problems.byName()).containsExactly(Map.entry("animated-image", 1L));
  }

  @ParameterizedTest
  @CsvSource({
    "png, 8, 255", "png, 10, 1023", "png, 12, 4095", "png, 14, 16383",
    "tiff, 8, 255", "tiff, 10, 1000", "tiff, 12, 4000", "tiff, 14, 16000"
  })
  void sixteenBitSamplesAreScaledByTheBitsThatTheyUse(String format, int bits, int brightest)
      throws Exception {
    // Given: grey levels that rise from the left, stored in 16 bits
    Mat deep = new Mat(4, 101, CvType.CV_16UC1);
    for (int x = 0; x <= 100; x++) {
      for (int y = 0; y < 4; y++) {
        deep.put(y, x, brightest * x / 100);
      }
    }

    // When
    Mat pixels = open(encoded("." + format, deep), 101, 4).pixels();

    // Then
    int white = (1 << bits) - 1;
    for (int x = 0; x <= 100; x += 10) {
      double wanted = (brightest * x / 100) * 255.0 / white;
      assertThat(pixels.get(2, x)[0]).as("column %d", x).isCloseTo(wanted, within(0.51));
    }
    assertThat(problems.count(Problem.LOW_DEPTH_IMAGE)).isEqualTo(1);
    pixels.release();
    deep.release();
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "tiff", "pgm"})
  void fullSixteenBitSamplesKeepTheirUpperBits(String format) throws Exception {
    Mat deep = new Mat(4, 4, CvType.CV_16UC1, new Scalar(0x1234));
    deep.put(0, 0, 65535);

    Mat pixels = open(encoded("." + format, deep), 4, 4).pixels();

    assertThat(pixels.get(0, 0)).containsExactly(255, 255, 255);
    assertThat(pixels.get(2, 2)).containsExactly(0x12, 0x12, 0x12);
    assertThat(problems.byName()).containsOnlyKeys("grayscale-image");
    pixels.release();
    deep.release();
  }

  @Test
  void aColourImageOfTwelveBitsKeepsItsColours() throws Exception {
    Mat deep = new Mat(4, 4, CvType.CV_16UC3, new Scalar(4095, 2048, 0));

    Mat pixels = open(encoded(".png", deep), 4, 4).pixels();

    assertThat(pixels.get(1, 1)).containsExactly(255, 128, 0);
    pixels.release();
    deep.release();
  }

  @Test
  void significantBitsThatTheFileStatesDecide() throws Exception {
    // Given: values up to 900, which would fit 10 bits, in a file that says 12
    Mat deep = new Mat(4, 4, CvType.CV_16UC1, new Scalar(900));
    byte[] png = encoded(".png", deep);
    deep.release();

    Mat said12 = open(withSignificantBits(png, 12), 4, 4).pixels();
    Mat said16 = open(withSignificantBits(png, 16), 4, 4).pixels();

    assertThat(said12.get(1, 1)[0]).isEqualTo(Math.round(900 * 255.0 / 4095));
    assertThat(said16.get(1, 1)[0]).isEqualTo(900 >> 8);
    said12.release();
    said16.release();
  }

  @ParameterizedTest
  @CsvSource({"15, 15", "100, 100", "1023, 1023", "4095, 4095"})
  void aPgmIsScaledByTheMaximumThatItStates(int white, int value) throws Exception {
    byte[] header = ascii("P5 4 4 " + white + "\n");
    byte[] samples = new byte[white > 255 ? 32 : 16];
    for (int i = 0; i < 16; i++) {
      if (white > 255) {
        samples[2 * i] = (byte) (value >> 8);
        samples[2 * i + 1] = (byte) value;
      } else {
        samples[i] = (byte) value;
      }
    }

    Mat pixels = open(joined(header, samples), 4, 4).pixels();

    assertThat(pixels.get(1, 1)).containsExactly(255, 255, 255);
    pixels.release();
  }

  @Test
  void aLinkThatLeadsNowhereIsAMissingImage() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("a.jpg"), folder.resolve("gone.jpg"));

    assertThatThrownBy(() -> SourceImage.open(annotated(link, 0, 0), MAX, problems))
        .isInstanceOfSatisfying(
            UnusableImageException.class,
            e -> assertThat(e.problem()).isEqualTo(Problem.MISSING_IMAGE))
        .hasMessage("found a link that leads nowhere");
  }

  private void assertNamed(String format, byte[] file) {
    assertThatThrownBy(() -> open(file, 0, 0))
        .isInstanceOfSatisfying(
            UnusableImageException.class,
            e -> assertThat(e.problem()).isEqualTo(Problem.UNSUPPORTED_IMAGE))
        .hasMessageStartingWith("found " + format)
        .hasMessageEndingWith("; expected JPEG, PNG, WebP, BMP, TIFF or PNM; convert it");
  }

  /** Noise that no compressor makes small, so that every cut takes pixels away. */
  private static byte[] encoded(String format, int width, int height) {
    Mat noise =
        new Mat(
            height,
            width,
            format.equals("gray") || format.equals("pgm") || format.equals("pbm")
                ? CvType.CV_8UC1
                : CvType.CV_8UC3);
    Core.setRNGSeed(7);
    Core.randu(noise, 0, 256);
    try {
      return switch (format) {
        case "gray" -> encoded(".jpg", noise);
        case "restarts" -> encoded(".jpg", noise, Imgcodecs.IMWRITE_JPEG_RST_INTERVAL, 3);
        case "optimized" -> encoded(".jpg", noise, Imgcodecs.IMWRITE_JPEG_OPTIMIZE, 1);
        case "progressive" -> encoded(".jpg", noise, Imgcodecs.IMWRITE_JPEG_PROGRESSIVE, 1);
        case "webp" -> encoded(".webp", noise, Imgcodecs.IMWRITE_WEBP_QUALITY, 90);
        case "lossless" -> encoded(".webp", noise, Imgcodecs.IMWRITE_WEBP_QUALITY, 101);
        default -> encoded("." + format, noise);
      };
    } finally {
      noise.release();
    }
  }

  private static byte[] encoded(String ending, Mat image, int... parameters) {
    MatOfByte bytes = new MatOfByte();
    MatOfInt settings = new MatOfInt(parameters);
    assertThat(Imgcodecs.imencode(ending, image, bytes, settings)).isTrue();
    byte[] file = bytes.toArray();
    bytes.release();
    settings.release();
    return file;
  }

  /** The first part of a file, with what readers take for its end. */
  private static byte[] closed(String format, byte[] whole, double fraction) {
    byte[] cut = Pictures.cut(whole, fraction);
    ByteBuffer little = ByteBuffer.wrap(cut).order(ByteOrder.LITTLE_ENDIAN);
    switch (format) {
      case "bmp" -> little.putInt(2, cut.length);
      case "webp", "lossless" -> {
        cut = Arrays.copyOf(cut, cut.length / 2 * 2);
        little = ByteBuffer.wrap(cut).order(ByteOrder.LITTLE_ENDIAN);
        little.putInt(4, cut.length - 8).putInt(16, cut.length - 20);
      }
      case "png" -> {
        int data = indexOf(cut, 'I', 'D', 'A', 'T');
        ByteBuffer.wrap(cut).putInt(data - 4, cut.length - data - 8);
        CRC32 crc = new CRC32();
        crc.update(cut, data, cut.length - data - 4);
        ByteBuffer.wrap(cut).putInt(cut.length - 4, (int) crc.getValue());
        return joined(cut, Arrays.copyOfRange(whole, whole.length - 12, whole.length));
      }
      default -> {
        // A marker that was cut in half would be another one.
        int end = cut[cut.length - 1] == (byte) 0xFF ? cut.length - 1 : cut.length;
        return joined(Arrays.copyOf(cut, end), new byte[] {(byte) 0xFF, (byte) 0xD9});
      }
    }
    return cut;
  }

  private static byte[] withSignificantBits(byte[] png, int bits) {
    ByteBuffer chunk = ByteBuffer.allocate(13).putInt(1).put(ascii("sBIT")).put((byte) bits);
    CRC32 crc = new CRC32();
    crc.update(chunk.array(), 4, 5);
    chunk.putInt((int) crc.getValue());
    return joined(
        joined(Arrays.copyOf(png, 33), chunk.array()), Arrays.copyOfRange(png, 33, png.length));
  }

  private static byte[] joined(byte[] one, byte[] other) {
    byte[] both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static int indexOf(byte[] file, int... bytes) {
    for (int at = 0; at + bytes.length <= file.length; at++) {
      boolean found = true;
      for (int i = 0; i < bytes.length; i++) {
        found &= (file[at + i] & 0xFF) == bytes[i];
      }
      if (found) {
        return at;
      }
    }
    throw new IllegalArgumentException("not in the file");
  }

  private void assertUnusable(Problem problem, byte[] file, int width, int height) {
    assertThatThrownBy(() -> open(file, width, height).pixels())
        .isInstanceOfSatisfying(
            UnusableImageException.class, e -> assertThat(e.problem()).isEqualTo(problem));
  }

  /** Inside the box all is white, outside nearly nothing is. */
  private static void assertBoxIsWhite(Mat pixels, AnnotatedBox box) {
    Mat inside =
        pixels.submat(
            (int) box.y(),
            (int) (box.y() + box.height()),
            (int) box.x(),
            (int) (box.x() + box.width()));
    Scalar mean = Core.mean(inside);
    assertThat(mean.val[0]).isGreaterThan(250);
    double whole = Core.sumElems(pixels).val[0];
    assertThat(whole).isCloseTo(mean.val[0] * box.width() * box.height(), within(0.02 * whole));
    inside.release();
  }

  private SourceImage open(byte[] file, int width, int height, AnnotatedBox... boxes)
      throws IOException, UnusableImageException {
    Path path = Pictures.write(folder.resolve("image"), file);
    return SourceImage.open(annotated(path, width, height, boxes), MAX, problems);
  }

  private static AnnotatedImage annotated(Path file, int width, int height, AnnotatedBox... boxes) {
    return new AnnotatedImage("1", "train", file, width, height, BoxUnit.PIXELS, List.of(boxes));
  }

  private static AnnotatedBox box(double x, double y, double width, double height) {
    return new AnnotatedBox("1", 0, false, x, y, width, height, -1);
  }
}
