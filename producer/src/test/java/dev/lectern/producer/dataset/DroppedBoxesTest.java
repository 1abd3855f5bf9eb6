package dev.lectern.producer.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.producer.Pictures;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DroppedBoxesTest {
  @TempDir Path folder;

  private final Problems problems = new Problems();
  private final List<AnnotatedImage> images = new ArrayList<>();

  @Test
  void halfOfTheBoxesMayBeLost() {
    keep("train", 0, 10);
    drop("train", "cat", Problem.DEGENERATE_BOX, 10);

    assertThatCode(this::check).doesNotThrowAnyException();
  }

  @Test
  void moreThanHalfOfADatasetIsTooMuch() {
    keep("train", 0, 10);
    drop("train", null, Problem.MALFORMED_LABEL_LINE, 8);
    drop("train", "with number 7", Problem.UNKNOWN_CATEGORY, 3);

    assertThatThrownBy(this::check)
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "dataset: 11 of 21 boxes cannot be used {malformed-label-line=8, unknown-category=3},"
                + " expected at most half; the first: file malformed-label-line: reason; correct the"
                + " annotations or the list of classes");
  }

  @Test
  void moreThanHalfOfASplitOrAClassIsTooMuch() {
    keep("train", 0, 100);
    drop("val", "cat", Problem.DEGENERATE_BOX, 5);
    keep("val", 0, 4);

    assertThatThrownBy(this::check)
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("split val: 5 of 9 boxes cannot be used {degenerate-box=5}");

    Problems other = new Problems();
    for (int i = 0; i < 5; i++) {
      other.dropBox(Problem.UNKNOWN_IMAGE, "train", "dog", "file", "reason");
    }
    keep("train", 1, 4);
    assertThatThrownBy(() -> other.requireMostBoxes(dataset()))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("class dog: 5 of 9 boxes cannot be used {unknown-image=5}");
  }

  @Test
  void aFewAreLeftOutUnlessNothingRemains() {
    keep("train", 0, 1);
    drop("train", "cat", Problem.DEGENERATE_BOX, 4);
    assertThatCode(this::check).doesNotThrowAnyException();

    drop("val", "cat", Problem.DEGENERATE_BOX, 1);
    assertThatThrownBy(this::check)
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("boxes cannot be used {degenerate-box=");
  }

  @Test
  void boxesOutsideTheirImagesAreLostWhateverTellsTheSize() throws IOException {
    Path file = folder.resolve("a.png");
    Pictures.write(file, Pictures.encoded(Pictures.gradient(50, 40), "png"));
    List<AnnotatedBox> pixels = new ArrayList<>();
    List<AnnotatedBox> fractions = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      pixels.add(new AnnotatedBox("p" + i, 0, false, 50, 10, 5, 5, -1));
      fractions.add(new AnnotatedBox("f" + i, 0, false, 25, 10, 5, 5, -1));
    }

    for (AnnotatedImage image :
        List.of(
            new AnnotatedImage("1", "train", file, 0, 0, BoxUnit.PIXELS, pixels),
            new AnnotatedImage("1", "train", Path.of("x"), 50, 40, BoxUnit.PIXELS, pixels),
            new AnnotatedImage("1", "train", Path.of("x"), 0, 0, BoxUnit.FRACTIONS, fractions))) {
      assertThatThrownBy(
              () ->
                  new Problems()
                      .requireMostBoxes(
                          new AnnotatedDataset(List.of("cat"), List.of(0L), List.of(image))))
          .isInstanceOf(UserMistakeException.class)
          .hasMessageStartingWith("dataset: 6 of 6 boxes cannot be used {box-outside-image=6}")
          .hasMessageContaining(" in an image of [");
    }
    assertThat(problems.total()).isZero();
  }

  private void check() {
    problems.requireMostBoxes(dataset());
  }

  private AnnotatedDataset dataset() {
    return new AnnotatedDataset(List.of("cat", "dog"), List.of(0L, 1L), images);
  }

  private void drop(String split, String className, Problem cause, int times) {
    for (int i = 0; i < times; i++) {
      problems.dropBox(cause, split, className, "file " + cause.label(), "reason");
    }
  }

  private void keep(String split, int label, int times) {
    for (int i = 0; i < times; i++) {
      images.add(
          new AnnotatedImage(
              "i" + images.size(),
              split,
              Path.of("a.jpg"),
              10,
              10,
              BoxUnit.PIXELS,
              List.of(new AnnotatedBox("b", label, false, 1, 1, 5, 5, -1))));
    }
  }
}
