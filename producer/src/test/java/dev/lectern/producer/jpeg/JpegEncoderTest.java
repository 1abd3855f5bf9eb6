package dev.lectern.producer.jpeg;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

class JpegEncoderTest {
  /** Digests of views cover encoded bytes, so both ways to them must agree. */
  @ParameterizedTest
  @CsvSource({
    "416, 416, 95",
    "416, 416, 75",
    "416, 416, 1",
    "416, 416, 100",
    "640, 480, 90",
    "1, 1, 95",
    "17, 33, 95",
    "15, 8, 50",
    "8, 15, 85",
    "1333, 800, 95"
  })
  void bothEncodersWriteTheSameBytes(int width, int height, int quality) {
    Mat canvas = new Mat(height, width, CvType.CV_8UC3);
    Core.setRNGSeed(7);
    Core.randu(canvas, 0, 256);
    Imgproc.GaussianBlur(canvas, canvas, new Size(0, 0), 2);

    assertThat(JpegEncoder.fast(canvas, quality)).isEqualTo(JpegEncoder.portable(canvas, quality));

    canvas.release();
  }

  @Test
  void aPartOfAnImageIsEncodedAsItsCopyIs() {
    Mat image = new Mat(100, 100, CvType.CV_8UC3);
    Core.setRNGSeed(3);
    Core.randu(image, 0, 256);
    Mat part = image.submat(10, 58, 20, 84);
    Mat copy = part.clone();

    assertThat(JpegEncoder.fast(part, 95)).isEqualTo(JpegEncoder.fast(copy, 95));

    part.release();
    copy.release();
    image.release();
  }
}
