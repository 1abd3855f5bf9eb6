package dev.lectern.producer.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lectern.producer.Pictures;
import dev.lectern.producer.Shared;
import dev.lectern.schemas.view.Affine;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opencv.core.Core;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;

class SourceImageTest {
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
