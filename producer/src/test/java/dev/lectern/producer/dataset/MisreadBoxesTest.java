package dev.lectern.producer.dataset;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.UserMistakeException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MisreadBoxesTest {
  private static final double[] PIXELS = {64, 48};
  private static final double[] WHOLE = {1, 1};

  private final MisreadBoxes form = new MisreadBoxes();

  @Test
  void fractionsWherePixelsBelongAreRefused() {
    pixels(
        new double[] {0.1, 0.1, 0.5, 0.5}, new double[] {0, 0, 1, 1}, new double[] {0, 0.2, 1, 1});
    assertThatCode(form::check).as("whole numbers beside them").doesNotThrowAnyException();

    MisreadBoxes fractions = new MisreadBoxes();
    fractions.count(image(BoxUnit.PIXELS, new double[] {0.1, 0.1, 0.5, 0.5}), PIXELS);
    assertThatThrownBy(fractions::check)
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "split train: each of its 1 boxes lies within the first two pixels of its image, the"
                + " first: a.png annotation 0: found left, top, width, height [0.100000, 0.100000,"
                + " 0.500000, 0.500000]; expected pixels, these look like fractions of the image");
  }

  @Test
  void aTenthOfFractionsIsTooMuch() {
    for (int i = 0; i < 27; i++) {
      pixels(new double[] {4, 4, 20, 20});
    }
    pixels(new double[] {0.1, 0.1, 0.5, 0.5}, new double[] {0.2, 0.1, 0.5, 0.5});
    assertThatCode(form::check).doesNotThrowAnyException();

    pixels(new double[] {0.3, 0.1, 0.5, 0.5});

    assertThatThrownBy(form::check)
        .hasMessageStartingWith(
            "split train: 3 of its 30 boxes lie within the first two pixels of its image");
  }

  /** VOC's pixels count from 1: left is xmin - 1, the width xmax - xmin + 1. */
  @Test
  void fractionsOfVocAreRefusedToo() {
    pixels(new double[] {-0.9, -0.9, 1.5, 1.6});

    assertThatThrownBy(form::check).hasMessageContaining("fractions of the image");
  }

  @Test
  void edgesWhereSizesBelongAreRefused() {
    // Right and bottom edges: 30 + 60 > 64, 20 + 44 > 48.
    pixels(new double[] {30, 20, 60, 44}, new double[] {5, 5, 50, 40}, new double[] {0, 0, 20, 20});

    assertThatThrownBy(form::check)
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("split train: 1 of its 3 boxes reach beyond their images")
        .hasMessageEndingWith("these look like right and bottom edges");
  }

  /** As YoloReader makes of 0.3 0.3 0.8 0.7: left = 0.3 - 0.8 / 2. */
  @Test
  void edgesOfFractionsAreRefused() {
    form.count(
        image(
            BoxUnit.FRACTIONS,
            new double[] {-0.1, -0.05, 0.8, 0.7},
            new double[] {0.05, 0.05, 0.9, 0.9},
            new double[] {-0.1, -0.1, 0.6, 0.6}),
        WHOLE);

    assertThatThrownBy(form::check).hasMessageContaining("right and bottom edges");
  }

  @Test
  void largeAndInexactBoxesAreNoEdges() {
    pixels(
        new double[] {2, 2, 60, 44},
        new double[] {0, 0, 64.9, 48.5},
        new double[] {-3, 5, 30, 20},
        new double[] {40, 10, 30, 20});

    assertThatCode(form::check).doesNotThrowAnyException();
  }

  private void pixels(double[]... boxes) {
    form.count(image(BoxUnit.PIXELS, boxes), PIXELS);
  }

  private static AnnotatedImage image(BoxUnit unit, double[]... boxes) {
    List<AnnotatedBox> annotated = new ArrayList<>();
    for (double[] b : boxes) {
      annotated.add(new AnnotatedBox("" + annotated.size(), 0, false, b[0], b[1], b[2], b[3], -1));
    }
    return new AnnotatedImage("a", "train", Path.of("a.png"), 64, 48, unit, annotated);
  }
}
