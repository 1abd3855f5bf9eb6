package dev.lectern.trainer.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.random.SplitMix64;
import dev.lectern.schemas.serde.Sha256;
import dev.lectern.schemas.view.OpenCvLibrary;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

class AreaMeanTest {
  @Test
  void aPixelIsTheMeanOfWhatItCovers() {
    // three pixels to two: the middle one counts a half for each; (2*0 + 90) / 3, (90 + 2*30) / 3
    byte[] smaller = new AreaMean(3, 1, 2, 1).of(new byte[] {0, 3, 6, 90, 93, 96, 30, 33, 36});

    assertThat(smaller).containsExactly(30, 33, 36, 50, 53, 56);
  }

  @Test
  void halvesAreRoundedUp() {
    // (0 + 1) / 2 = 0.5; 255 stays 255
    byte[] smaller =
        new AreaMean(2, 2, 1, 1).of(new byte[] {0, -1, 0, 1, -1, 0, 0, -1, 0, 1, -1, 1});

    assertThat(smaller).containsExactly(1, -1, 0);
  }

  @Test
  void theSameSizeIsTheSame() {
    byte[] noise = noise(7, 5);

    assertThat(new AreaMean(7, 5, 7, 5).of(noise)).isEqualTo(noise);
  }

  /** Whole numbers: these bytes are those of every Java and every machine. */
  @Test
  void theBytesAreTheSameEverywhere() {
    byte[] smaller = new AreaMean(64, 48, 41, 31).of(noise(64, 48));

    assertThat(HexFormat.of().formatHex(Sha256.start().digest(smaller)))
        .isEqualTo("626ad9c7f810d2e8a2040addda64c617a7bae3ec2f90e8b11d519bc92bc43971");
  }

  @Test
  void openCvComputesTheSameInFloatingPoint() {
    OpenCvLibrary.load();
    byte[] noise = noise(160, 160);
    Mat image = new Mat(160, 160, CvType.CV_8UC3);
    image.put(0, 0, noise);
    Mat area = new Mat();
    Imgproc.resize(image, area, new Size(104, 104), 0, 0, Imgproc.INTER_AREA);
    byte[] expected = new byte[3 * 104 * 104];
    area.get(0, 0, expected);

    byte[] smaller = new AreaMean(160, 160, 104, 104).of(noise);

    for (int i = 0; i < smaller.length; i++) {
      assertThat(Math.abs((smaller[i] & 0xFF) - (expected[i] & 0xFF))).isLessThanOrEqualTo(1);
    }
    image.release();
    area.release();
  }

  private static byte[] noise(int width, int height) {
    SplitMix64 random = SplitMix64.of(3, 4);
    byte[] pixels = new byte[3 * width * height];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) random.nextInt(256);
    }
    return pixels;
  }
}
