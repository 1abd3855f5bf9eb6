package dev.lectern.detector.pixel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class PixelConfusionTest {
  private static final byte X = (byte) LabelMap.IGNORED;

  @Test
  void figuresFollowFromAMatrixByHand() {
    // Given truth 0 0 0 1 1 2 with one ignored pixel, found 0 0 1 1 1 1 and anything
    PixelConfusion confusion = new PixelConfusion(4);
    confusion.add(map(0, 0, 0, 1, 1, 2, X), map(0, 0, 1, 1, 1, 1, 3));

    // When
    SegmentationMetrics metrics = confusion.metrics(List.of("a", "b", "c", "d"));

    // Then
    assertThat(confusion.counts())
        .isDeepEqualTo(new long[][] {{2, 1, 0, 0}, {0, 2, 0, 0}, {0, 1, 0, 0}, {0, 0, 0, 0}});
    // IoU: 2 / 3, 2 / 4, 0 / 1, and d has no pixel on either side; accuracies 2 / 3, 1, 0
    assertThat(metrics.miou()).isCloseTo((2 / 3.0 + 0.5 + 0) / 3, within(1e-12));
    assertThat(metrics.meanAccuracy()).isCloseTo((2 / 3.0 + 1 + 0) / 3, within(1e-12));
    assertThat(metrics.pixelAccuracy()).isCloseTo(4 / 6.0, within(1e-12));
    assertThat(metrics.pixels()).isEqualTo(6);
    assertThat(metrics.perClass().get(3).iou()).isEqualTo(-1);
    assertThat(metrics.summary()).startsWith(" mIoU = 0.389");
  }

  @Test
  void nothingMeasuredIsNoFigure() {
    PixelConfusion confusion = new PixelConfusion(2);
    confusion.add(map(X, X), map(0, 1));

    assertThat(confusion.metrics(List.of("a", "b")).miou()).isEqualTo(-1);
  }

  @Test
  void mapsOfOtherSizesAreRefused() {
    assertThatThrownBy(() -> new PixelConfusion(2).add(map(0), map(0, 1)))
        .hasMessage("label maps are 1 x 1 and 2 x 1");
  }

  private static LabelMap map(int... classes) {
    byte[] bytes = new byte[classes.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) classes[i];
    }
    return new LabelMap(bytes.length, 1, bytes);
  }
}
