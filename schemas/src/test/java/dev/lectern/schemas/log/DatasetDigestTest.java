package dev.lectern.schemas.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.view.Canvas;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DatasetDigestTest {
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
}
