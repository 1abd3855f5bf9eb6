package dev.lectern.producer.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.UserMistakeException;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.Mat;

class LabelMapReaderTest {
  private static final List<String> NAMES = List.of("background", "cat", "dog");

  @TempDir Path folder;
  private final Problems problems = new Problems();
  private Path images;
  private Path labels;

  @BeforeEach
  void folders() throws IOException {
    images = Files.createDirectories(folder.resolve("JPEGImages"));
    labels = Files.createDirectories(folder.resolve("SegmentationClass"));
  }

  @Test
  void aPaletteSaysNothingTheIndicesDo() throws Exception {
    image("a", 2, 2);
    byte[] shades = {0, (byte) 200, 10, 40};
    IndexColorModel palette = new IndexColorModel(8, 4, shades, shades, shades);
    BufferedImage map = new BufferedImage(2, 2, BufferedImage.TYPE_BYTE_INDEXED, palette);
    map.getRaster().setPixels(0, 0, 2, 2, new int[] {0, 1, 2, 0});
    write("a", map);

    assertThat(classesOf(read().get(0))).containsExactly(0, 1, 2, 0);
  }

  @Test
  void greyValuesAreClassesAnd255IsIgnored() throws Exception {
    image("sub/b", 3, 1);
    grey("sub/b", 3, 1, 0, 255, 2);

    List<AnnotatedImage> read = read();

    assertThat(read.get(0).imageId()).isEqualTo("sub/b");
    assertThat(classesOf(read.get(0))).containsExactly(0, -1, 2);
  }

  @Test
  void theEndingOfALabelMapMayBeInCapitals() throws Exception {
    image("a", 2, 1);
    grey("a", 2, 1, 2, 1);
    Files.move(labels.resolve("a.png"), labels.resolve("a.PNG"));

    assertThat(classesOf(read().get(0))).containsExactly(2, 1);
  }

  @Test
  void aClassThatTheDatasetDoesNotHaveLeavesTheImageOut() throws Exception {
    image("a", 2, 1);
    grey("a", 2, 1, 0, 9);

    assertThatThrownBy(() -> classesOf(read().get(0)))
        .isInstanceOf(UnusableImageException.class)
        .hasMessageContaining(
            "a.png: found class 9 at x 1, y 0, expected 0 to 2, or 255 for a pixel to be ignored");
  }

  @Test
  void coloursAreNoClasses() throws Exception {
    image("a", 2, 2);
    write("a", new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB));

    assertThatThrownBy(() -> classesOf(read().get(0)))
        .hasMessageContaining("found 3 channels of 8 bits, expected a class index for each pixel");
  }

  @Test
  void anotherSizeThanTheImagesIsNamed() throws Exception {
    image("a", 2, 2);
    grey("a", 3, 1, 0, 0, 0);

    assertThatThrownBy(() -> classesOf(read().get(0)))
        .hasMessage("found 2x2, its label map is 3x1");
  }

  @Test
  void anotherSizeIsNamedBeforeAnyPixelIsRead() throws Exception {
    image("a", 2, 2);
    grey("a", 2, 2, 0, 0, 0, 0);
    byte[] png = Files.readAllBytes(labels.resolve("a.png"));
    ByteBuffer.wrap(png).putInt(16, 46000).putInt(20, 46000);
    CRC32 crc = new CRC32();
    crc.update(png, 12, 17);
    ByteBuffer.wrap(png).putInt(29, (int) crc.getValue());
    Files.write(labels.resolve("a.png"), png);

    assertThatThrownBy(() -> classesOf(read().get(0)))
        .hasMessage("found 2x2, its label map is 46000x46000");
  }

  @Test
  void aLabelMapBesideItsImageIsNotTheImage() throws Exception {
    labels = images;
    BufferedImage picture = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
    for (String name : List.of("a.bmp", "a.tif", "b.tif")) {
      ImageIO.write(picture, name.substring(2), images.resolve(name).toFile());
    }
    grey("a", 2, 1, 1, 2);
    grey("b", 2, 1, 2, 1);
    grey("c", 2, 1, 0, 0);

    List<AnnotatedImage> read = read();

    assertThat(read)
        .extracting(image -> image.file().getFileName().toString())
        .containsExactly("a.bmp", "b.tif");
    assertThat(classesOf(read.get(1))).containsExactly(2, 1);
    assertThat(problems.byName()).isEqualTo(Map.of("duplicate-image-id", 1L, "missing-image", 1L));
  }

  @Test
  void aSplitFileChoosesImages() throws Exception {
    for (String name : List.of("a", "b", "c")) {
      image(name, 1, 1);
      grey(name, 1, 1, 0);
    }
    Path list = Files.writeString(folder.resolve("val.txt"), "b\nc\nd\n");

    AnnotatedDataset dataset =
        new LabelMapReader(NAMES)
            .read(List.of(new DatasetSource(null, labels, images, list, "")), problems);

    assertThat(dataset.images()).extracting(AnnotatedImage::imageId).containsExactly("b", "c");
    assertThat(dataset.images().get(0).split()).isEqualTo("val");
    assertThat(problems.byName()).isEqualTo(Map.of("missing-image", 1L));
  }

  @Test
  void accentsMayBeComposedInTwoWays() throws Exception {
    for (String name : List.of("cafe\u0301", "b")) {
      image(name, 1, 1);
    }
    grey("caf\u00E9", 1, 1, 0);
    grey("b", 1, 1, 0);
    Path list = Files.writeString(folder.resolve("val.txt"), "caf\u00E9\n");

    AnnotatedDataset dataset =
        new LabelMapReader(NAMES)
            .read(List.of(new DatasetSource(null, labels, images, list, "")), problems);

    assertThat(dataset.images()).extracting(AnnotatedImage::imageId).containsExactly("cafe\u0301");
    assertThat(problems.total()).isZero();
  }

  @Test
  void classesMustBeNamed() {
    assertThatThrownBy(() -> new LabelMapReader(null))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("expected class-names or class-names-file");
  }

  private List<AnnotatedImage> read() {
    return new LabelMapReader(NAMES)
        .read(List.of(DatasetSource.of(null, labels, images)), problems)
        .images();
  }

  private byte[] classesOf(AnnotatedImage image) throws UnusableImageException {
    Mat map = SourceImage.open(image, 1000, problems).labels();
    byte[] classes = new byte[(int) map.total()];
    map.get(0, 0, classes);
    map.release();
    return classes;
  }

  private void image(String name, int width, int height) throws IOException {
    Path file = images.resolve(name + ".png");
    Files.createDirectories(file.getParent());
    ImageIO.write(
        new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), "png", file.toFile());
  }

  private void grey(String name, int width, int height, int... classes) throws IOException {
    BufferedImage map = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    map.getRaster().setPixels(0, 0, width, height, classes);
    write(name, map);
  }

  private void write(String name, BufferedImage map) throws IOException {
    Path file = labels.resolve(name + ".png");
    Files.createDirectories(file.getParent());
    ImageIO.write(map, "png", file.toFile());
  }
}
