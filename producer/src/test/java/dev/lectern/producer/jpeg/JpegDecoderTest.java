package dev.lectern.producer.jpeg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.producer.Pictures;
import dev.lectern.producer.Shared;
import dev.lectern.schemas.view.OpenCvLibrary;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.core.MatOfInt;
import org.opencv.core.Size;
import org.opencv.imgcodecs.Imgcodecs;
import org.opencv.imgproc.Imgproc;

class JpegDecoderTest {
  static {
    OpenCvLibrary.load();
  }

  private static final int[] SAMPLINGS = {
    Imgcodecs.IMWRITE_JPEG_SAMPLING_FACTOR_411,
    Imgcodecs.IMWRITE_JPEG_SAMPLING_FACTOR_420,
    Imgcodecs.IMWRITE_JPEG_SAMPLING_FACTOR_422,
    Imgcodecs.IMWRITE_JPEG_SAMPLING_FACTOR_440,
    Imgcodecs.IMWRITE_JPEG_SAMPLING_FACTOR_444
  };

  /** Digests of views cover pixels, so both ways to them must agree. */
  @ParameterizedTest
  @CsvSource({
    "640, 480, 95",
    "640, 480, 20",
    "1, 1, 90",
    "17, 33, 95",
    "15, 8, 50",
    "8, 15, 85",
    "1333, 800, 75"
  })
  void bothDecodersGiveTheSamePixels(int width, int height, int quality) {
    Mat picture = new Mat(height, width, CvType.CV_8UC3);
    Core.setRNGSeed(7);
    Core.randu(picture, 0, 256);
    Imgproc.GaussianBlur(picture, picture, new Size(0, 0), 2);

    for (int sampling : SAMPLINGS) {
      for (int progressive = 0; progressive < 2; progressive++) {
        byte[] file =
            encoded(
                picture,
                Imgcodecs.IMWRITE_JPEG_QUALITY,
                quality,
                Imgcodecs.IMWRITE_JPEG_SAMPLING_FACTOR,
                sampling,
                Imgcodecs.IMWRITE_JPEG_PROGRESSIVE,
                progressive,
                Imgcodecs.IMWRITE_JPEG_RST_INTERVAL,
                progressive * 3);
        assertSame(file, "sampling %x, progressive %d".formatted(sampling, progressive));
      }
    }

    picture.release();
  }

  @Test
  void photographsOfCocoToo() throws IOException {
    Path folder = Shared.data("coco-mini", "val2017");
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        byte[] bytes = Files.readAllBytes(file);
        assertSame(bytes, file.toString());
      }
    }
  }

  @Test
  void greyOnesToo() {
    for (int width : new int[] {64, 63, 1}) {
      BufferedImage grey =
          Pictures.withRectangle(BufferedImage.TYPE_BYTE_GRAY, width, 40, 0, 1, 9, 30);
      assertSame(Pictures.encoded(grey, "jpg"), "grey, width " + width);
    }
  }

  @Test
  void whatIsDamagedIsNotDecoded() {
    byte[] whole = Pictures.encoded(Pictures.gradient(64, 64), "jpg");
    byte[] cut = Arrays.copyOf(whole, whole.length * 2 / 3);
    byte[] png = Pictures.encoded(Pictures.gradient(64, 64), "png");

    for (byte[] file : List.of(cut, png, new byte[0], new byte[] {1, 2})) {
      assertThat(JpegDecoder.decode(file)).isEmpty();
    }
  }

  private static void assertSame(byte[] file, String what) {
    Optional<Mat> fast = JpegDecoder.decode(file);
    MatOfByte source = new MatOfByte(file);
    Mat portable =
        Imgcodecs.imdecode(source, Imgcodecs.IMREAD_COLOR | Imgcodecs.IMREAD_IGNORE_ORIENTATION);
    assertThat(fast).as(what).isPresent();
    assertThat(fast.get().size()).as(what).isEqualTo(portable.size());
    assertThat(Core.norm(fast.get(), portable, Core.NORM_INF)).as(what).isZero();
    source.release();
    portable.release();
    fast.get().release();
  }

  private static byte[] encoded(Mat picture, int... parameters) {
    MatOfByte file = new MatOfByte();
    MatOfInt all = new MatOfInt(parameters);
    Imgcodecs.imencode(".jpg", picture, file, all);
    byte[] bytes = file.toArray();
    file.release();
    all.release();
    return bytes;
  }
}
