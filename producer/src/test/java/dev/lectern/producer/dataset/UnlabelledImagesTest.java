package dev.lectern.producer.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnlabelledImagesTest {
  @TempDir private Path folder;

  private final Problems problems = new Problems();

  @Test
  void anImageThatIsAnnotatedTooIsReported() throws IOException {
    Path annotated = Files.write(folder.resolve("a.png"), new byte[1]);
    Files.write(folder.resolve("b.png"), new byte[1]);
    AnnotatedDataset dataset =
        new AnnotatedDataset(
            List.of("cell"),
            List.of(1L),
            List.of(
                new AnnotatedImage(
                    "7", "train", annotated, 0, 0, BoxUnit.PIXELS, List.of(), true)));
    DatasetSource unlabelled = new DatasetSource("more", null, folder, null, "u-", true);

    AnnotatedDataset both = UnlabelledImages.add(dataset, List.of(unlabelled), problems);

    assertThat(both.images())
        .extracting(AnnotatedImage::imageId, AnnotatedImage::labelled)
        .containsExactly(tuple("7", true), tuple("u-a", false), tuple("u-b", false));
    assertThat(problems.byName()).isEqualTo(Map.of("shared-image-file", 1L));
  }
}
