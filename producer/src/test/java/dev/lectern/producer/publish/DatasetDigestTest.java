package dev.lectern.producer.publish;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.producer.dataset.AnnotatedBox;
import dev.lectern.producer.dataset.AnnotatedDataset;
import dev.lectern.producer.dataset.AnnotatedImage;
import dev.lectern.producer.dataset.BoxUnit;
import dev.lectern.schemas.view.Canvas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetDigestTest {
  @TempDir Path folder;

  @Test
  void theDigestIsThatOfTheDocumentedBytes() {
    TreeMap<String, byte[]> views = new TreeMap<>();
    views.put("2#0", Canvas.sha256(new byte[] {3}));
    views.put("1#0", Canvas.sha256(new byte[] {1}));
    views.put("10#0", Canvas.sha256(new byte[] {2}));

    // From an independent program: "1#0", 0, digest; "10#0", 0, digest; "2#0", 0, digest.
    assertThat(DatasetDigest.of(views))
        .isEqualTo("7d5548bf6a6ee95886d4ebaf83a8be5f55f063d2f7d05938a6d99a5f0660bff6");
  }

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
