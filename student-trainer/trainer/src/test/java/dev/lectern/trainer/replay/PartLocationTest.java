package dev.lectern.trainer.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.serde.Sha256;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class PartLocationTest {
  @Test
  void viewsOfEqualPixelsAndOtherAnnotationsAreKeptApart() {
    byte[] of = fingerprint(view(0, 1), "source-sha256: a");

    assertThat(fingerprint(view(0, 1), "source-sha256: b")).isNotEqualTo(of);
    assertThat(fingerprint(view(0, 2), "source-sha256: a")).isNotEqualTo(of);
    assertThat(fingerprint(view(7, 1), "source-sha256: a")).isEqualTo(of);
  }

  private static byte[] fingerprint(CatalogEntry view, String plan) {
    return PartLocation.ofView(view, Sha256.of(plan)).fingerprint();
  }

  private static CatalogEntry view(long offset, int labelMap) {
    return CatalogEntry.newBuilder()
        .setViewId("image#0")
        .setImageId("image")
        .setViewNumber(0)
        .setSplit("train")
        .setWidth(64)
        .setHeight(64)
        .setPartition(0)
        .setOffset(offset)
        .setPixelBytes(10)
        .setPixelsSha256(ByteBuffer.wrap(new byte[32]))
        .setLabelMapSha256(ByteBuffer.wrap(new byte[] {(byte) labelMap}))
        .build();
  }
}
