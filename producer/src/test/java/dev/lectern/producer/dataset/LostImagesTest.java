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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LostImagesTest {
  @TempDir Path folder;

  private final Problems problems = new Problems();
  private final List<AnnotatedImage> images = new ArrayList<>();
  private Path good;
  private Path cut;

  @BeforeEach
  void files() throws IOException {
    byte[] png = Pictures.encoded(Pictures.gradient(20, 10), "png");
    good = Pictures.write(folder.resolve("good.png"), png);
    cut = Pictures.write(folder.resolve("cut.png"), Pictures.cut(png, 0.8));
  }

  @Test
  void moreThanHalfOfASplitIsTooMuch() {
    add("train", true, good, 50);
    add("val", true, good, 5);
    add("val", true, cut, 5);
    assertThatCode(this::foresee).doesNotThrowAnyException();

    add("val", true, folder.resolve("absent.png"), 1);

    assertThatThrownBy(this::foresee)
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith(
            "split val: 6 of 11 images cannot be used {missing-image=1, truncated-image=5}, expected"
                + " at most half; the first: "
                + cut
                + ": PNG ends ")
        .hasMessageEndingWith("; correct them, or list the images to take in a split-file");
  }

  @Test
  void aFewAreLeftOutUnlessNothingRemains() {
    add("train", true, good, 1);
    add("train", true, cut, 4);
    assertThatCode(this::foresee).doesNotThrowAnyException();

    add("val", true, cut, 1);

    assertThatThrownBy(this::foresee)
        .hasMessageStartingWith("split val: 1 of 1 images cannot be used {truncated-image=1}");
  }

  @Test
  void imagesThatNobodyAnnotatedDoNotMakeUpForOthers() {
    add("train", true, cut, 5);
    add("train", false, good, 50);

    assertThatThrownBy(this::foresee).hasMessageStartingWith("split train: 5 of 5 images");

    images.clear();
    add("train", true, good, 50);
    add("train", false, cut, 5);

    assertThatThrownBy(this::foresee)
        .hasMessageStartingWith("unlabelled images of split train: 5 of 5 images");
  }

  @Test
  void whatTheReaderLeftOutCounts() {
    add("train", true, good, 5);
    for (int i = 0; i < 6; i++) {
      problems.dropImage(Problem.MISSING_ANNOTATION_FILE, "train", "line " + i, "reason");
    }

    assertThatThrownBy(this::foresee)
        .hasMessageStartingWith(
            "split train: 6 of 11 images cannot be used {missing-annotation-file=6}, expected at"
                + " most half; the first: line 0: reason;");
  }

  @Test
  void ofManyImagesASampleDecidesWhetherAllAreLookedAt() {
    add("train", true, good, 560);
    add("train", true, cut, 440);
    assertThatCode(this::foresee).doesNotThrowAnyException();

    add("train", true, cut, 121);

    assertThatThrownBy(this::foresee)
        .hasMessageStartingWith("split train: 561 of 1121 images cannot be used");
  }

  @Test
  void whatOnlyDecodingTellsCountsAtTheEnd() {
    add("train", true, good, 9);
    images.subList(0, 4).forEach(problems::keep);
    for (AnnotatedImage image : images.subList(4, 9)) {
      problems.leaveOut(
          image, new UnusableImageException(Problem.CORRUPT_IMAGE, "does not decode"));
    }

    assertThatThrownBy(problems::requireMostImages)
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("split train: 5 of 9 images cannot be used {corrupt-image=5}");
  }

  @Test
  void aStopEndsTheForesight() {
    add("train", true, cut, 2_000);
    AtomicInteger asked = new AtomicInteger();

    assertThatCode(() -> foresee(() -> asked.incrementAndGet() > 10)).doesNotThrowAnyException();

    assertThat(asked).hasValueLessThan(20);
  }

  private void foresee() {
    foresee(() -> false);
  }

  private void foresee(BooleanSupplier stopped) {
    problems.foreseeMostImages(
        new AnnotatedDataset(List.of("cat"), List.of(0L), images), 1_000_000, stopped);
  }

  private void add(String split, boolean labelled, Path file, int times) {
    for (int i = 0; i < times; i++) {
      images.add(
          new AnnotatedImage(
              "i" + images.size(), split, file, 0, 0, BoxUnit.PIXELS, List.of(), labelled));
    }
  }
}
