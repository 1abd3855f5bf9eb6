package dev.lectern.schemas.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.log.DatasetDigest;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.record.Transform;
import dev.lectern.schemas.record.View;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LabelPixelsTest {
  private static final byte[] CLASSES = {0, 1, 2, (byte) 255, 1, 0};

  @Test
  void whatIsEncodedIsDecoded() {
    assertThat(LabelPixels.decode(view(LabelPixels.encode(3, 2, CLASSES)))).isEqualTo(CLASSES);
  }

  @Test
  void aViewWithoutOneSaysSo() {
    View.Builder view = empty();

    assertThat(LabelPixels.has(view.build())).isFalse();
    assertThatThrownBy(() -> LabelPixels.decode(view.build()))
        .hasMessage("view a#0: label map: found none");
  }

  @Test
  void aChangedOneIsFound() {
    View view = view(LabelPixels.encode(3, 2, CLASSES));
    view.setLabelMap(ByteBuffer.wrap(LabelPixels.encode(3, 2, new byte[6])));

    assertThatThrownBy(() -> LabelPixels.decode(view))
        .isInstanceOf(CorruptPixelsException.class)
        .hasMessage("view a#0: label map does not match its SHA-256");
  }

  @Test
  void anotherSizeThanTheCanvassIsRefused() {
    assertThatThrownBy(() -> LabelPixels.decode(view(LabelPixels.encode(2, 3, CLASSES))))
        .hasMessage(
            "view a#0: label map: found an image of 2x3 and 1 channels, expected 3x2 and one");
  }

  @Test
  void classesWithoutACounterpartAreIgnored() {
    byte[] classes = CLASSES.clone();

    LabelPixels.map(classes, new byte[] {1, 0});

    assertThat(classes).containsExactly(1, 0, -1, -1, 0, 1);
  }

  @Test
  void aLabelMapIsPartOfTheDatasetsDigestAndNoneChangesNothing() {
    TreeMap<String, CatalogEntry> views = new TreeMap<>();
    CatalogEntry entry =
        new CatalogEntry(
            "a#0",
            "a",
            0,
            "train",
            3,
            2,
            0,
            0L,
            1L,
            ByteBuffer.wrap(new byte[32]),
            ByteBuffer.allocate(0));
    views.put("a#0", entry);
    TreeMap<String, byte[]> pixels = new TreeMap<>();
    pixels.put("a#0", new byte[32]);
    String without = DatasetDigest.ofCatalog(views);
    assertThat(without).isEqualTo(DatasetDigest.of(pixels));

    entry.setLabelMapSha256(ByteBuffer.wrap(new byte[32]));
    pixels.put("a#0", new byte[64]);

    assertThat(DatasetDigest.ofCatalog(views))
        .isNotEqualTo(without)
        .isEqualTo(DatasetDigest.of(pixels));
  }

  private static View view(byte[] labelMap) {
    View.Builder view = empty();
    LabelPixels.put(view, labelMap);
    return view.build();
  }

  private static View.Builder empty() {
    return View.newBuilder()
        .setViewId("a#0")
        .setImageId("a")
        .setViewNumber(0)
        .setSplit("train")
        .setWidth(3)
        .setHeight(2)
        .setValidWidth(3)
        .setValidHeight(2)
        .setSourceWidth(3)
        .setSourceHeight(2)
        .setTransform(new Transform(List.of(1.0, 0.0, 0.0, 0.0, 1.0, 0.0), List.of(), List.of()))
        .setGroundTruth(List.of())
        .setPixelFormat(PixelFormat.PNG)
        .setPixelsSha256(ByteBuffer.wrap(new byte[32]))
        .setPixels(ByteBuffer.allocate(0));
  }
}
