package dev.lectern.producer.publish;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.producer.dataset.AnnotatedBox;
import dev.lectern.producer.dataset.AnnotatedDataset;
import dev.lectern.producer.dataset.AnnotatedImage;
import dev.lectern.producer.dataset.BoxUnit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceDigestTest {
  @TempDir Path folder;

  @Test
  void theSourceDigestSeesEveryChangeButNotTheFolderOrTheOrder() throws IOException {
    Path one = Files.createDirectories(folder.resolve("one"));
    Path two = Files.createDirectories(folder.resolve("two"));
    for (Path dir : List.of(one, two)) {
      Files.write(dir.resolve("a.jpg"), new byte[3]);
    }
    AnnotatedBox box = new AnnotatedBox("1", 0, false, 1, 2, 3, 4, 12);
    String digest = digest(image("a", one, box), image("b", one));

    assertThat(digest(image("b", two), image("a", two, box))).isEqualTo(digest);
    AnnotatedBox moved = new AnnotatedBox("1", 0, false, 1.0000001, 2, 3, 4, 12);
    assertThat(digest(image("a", one, moved), image("b", one))).isNotEqualTo(digest);
    AnnotatedBox crowd = new AnnotatedBox("1", 0, true, 1, 2, 3, 4, 12);
    assertThat(digest(image("a", one, crowd), image("b", one))).isNotEqualTo(digest);
    assertThat(digest(image("a", one, box))).isNotEqualTo(digest);
    Files.write(two.resolve("a.jpg"), new byte[4]);
    assertThat(digest(image("a", two, box), image("b", two))).isNotEqualTo(digest);
  }

  private static String digest(AnnotatedImage... images) {
    return SourceDigest.of(new AnnotatedDataset(List.of("cat"), List.of(1L), List.of(images)));
  }

  private static AnnotatedImage image(String id, Path folder, AnnotatedBox... boxes) {
    return new AnnotatedImage(
        id, "train", folder.resolve(id + ".jpg"), 9, 9, BoxUnit.PIXELS, List.of(boxes));
  }
}
