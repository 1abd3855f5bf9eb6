package dev.lectern.producer.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.producer.Shared;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CocoReaderTest {
  private static final String CATEGORIES =
      "\"categories\":[{\"id\":90,\"name\":\"toothbrush\"},{\"id\":1,\"name\":\"person\"}]";

  @TempDir Path folder;

  private final Problems problems = new Problems();

  @Test
  void sparseCategoryIdsBecomeContiguousLabelsByAscendingId() throws IOException {
    // Given
    DatasetSource source =
        source(
            "\"images\":[{\"id\":7,\"file_name\":\"a.jpg\",\"width\":10,\"height\":20}],"
                + "\"annotations\":[{\"id\":5,\"image_id\":7,\"category_id\":90,\"bbox\":[1,2,3,4],"
                + "\"area\":9.5,\"iscrowd\":1,\"segmentation\":{\"counts\":[1,2],\"size\":[20,10]}}],"
                + CATEGORIES);

    // When
    AnnotatedDataset dataset = new CocoReader(null).read(List.of(source), problems);

    // Then
    assertThat(dataset.classNames()).containsExactly("person", "toothbrush");
    assertThat(dataset.categoryIds()).containsExactly(1L, 90L);
    AnnotatedImage image = dataset.images().get(0);
    assertThat(image.imageId()).isEqualTo("7");
    assertThat(image.split()).isEqualTo("val");
    assertThat(image.width()).isEqualTo(10);
    assertThat(image.height()).isEqualTo(20);
    assertThat(image.boxes()).containsExactly(new AnnotatedBox("5", 1, true, 1, 2, 3, 4, 9.5));
    assertThat(problems.total()).isZero();
  }

  @Test
  void annotationsMayComeBeforeImagesAndImagesMayHaveNone() throws IOException {
    DatasetSource source =
        source(
            CATEGORIES
                + ",\"annotations\":[{\"id\":1,\"image_id\":2,\"category_id\":1,\"bbox\":[0,0,1,1]}],"
                + "\"images\":[{\"id\":1,\"file_name\":\"a.jpg\"},{\"id\":2,\"file_name\":\"b.jpg\"}]");

    AnnotatedDataset dataset = new CocoReader(null).read(List.of(source), problems);

    assertThat(dataset.images()).hasSize(2);
    assertThat(dataset.images().get(0).boxes()).isEmpty();
    assertThat(dataset.images().get(0).width()).isZero();
    assertThat(dataset.images().get(1).boxes().get(0).area()).isNegative();
  }

  @Test
  void everythingWrongWithAnAnnotationIsCountedByName() throws IOException {
    // Given
    DatasetSource source =
        source(
            "\"images\":[{\"id\":1,\"file_name\":\"a.jpg\"},{\"id\":1,\"file_name\":\"b.jpg\"},"
                + "{\"file_name\":\"c.jpg\"},{\"id\":4,\"file_name\":\"../../d.jpg\"}],"
                + "\"annotations\":["
                + "{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,1,1]},"
                + "{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,2,2]},"
                + "{\"id\":2,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,0,5]},"
                + "{\"id\":3,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,5,-1]},"
                + "{\"id\":4,\"image_id\":1,\"category_id\":2,\"bbox\":[0,0,5,1]},"
                + "{\"id\":5,\"image_id\":9,\"category_id\":1,\"bbox\":[0,0,5,1]},"
                + "{\"id\":6,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,5]},"
                + "{\"id\":7,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,\"x\",1]},"
                + "{\"id\":8,\"image_id\":1,\"bbox\":[0,0,1,1]}],"
                + CATEGORIES);

    // When
    AnnotatedDataset dataset = new CocoReader(null).read(List.of(source), problems);

    // Then
    assertThat(problems.byName())
        .containsOnly(
            java.util.Map.entry("duplicate-image-id", 1L),
            java.util.Map.entry("malformed-image-entry", 1L),
            java.util.Map.entry("missing-image", 1L),
            java.util.Map.entry("duplicate-annotation-id", 1L),
            java.util.Map.entry("degenerate-box", 2L),
            java.util.Map.entry("unknown-category", 1L),
            java.util.Map.entry("unknown-image", 1L),
            java.util.Map.entry("malformed-annotation", 3L));
    assertThat(dataset.images()).hasSize(1);
    assertThat(dataset.images().get(0).file()).hasFileName("a.jpg");
    assertThat(dataset.images().get(0).boxes())
        .extracting(AnnotatedBox::annotationId)
        .containsExactly("1", "1~2");
  }

  @Test
  void givenClassNamesChooseAndOrderTheLabels() throws IOException {
    DatasetSource source =
        source(
            "\"images\":[{\"id\":1,\"file_name\":\"a.jpg\"}],\"annotations\":["
                + "{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,1,1]},"
                + "{\"id\":2,\"image_id\":1,\"category_id\":90,\"bbox\":[0,0,1,1]}],"
                + CATEGORIES);

    AnnotatedDataset dataset =
        new CocoReader(List.of("toothbrush")).read(List.of(source), problems);

    assertThat(dataset.categoryIds()).containsExactly(90L);
    assertThat(dataset.images().get(0).boxes()).extracting(AnnotatedBox::label).containsExactly(0);
    assertThat(problems.count(Problem.UNKNOWN_CATEGORY)).isEqualTo(1);
    assertThatThrownBy(() -> new CocoReader(List.of("cat")).read(List.of(source), problems))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("class-names: found 'cat', which is no category of ");
  }

  @Test
  void sourcesWhoseIdsCollideNeedAPrefix() throws IOException {
    String content =
        "\"images\":[{\"id\":1,\"file_name\":\"a.jpg\"}],\"annotations\":[]," + CATEGORIES;
    DatasetSource one = source(content);
    Path other =
        Files.writeString(
            folder.resolve("other_train.json"), "{" + content.replace("a.jpg", "b.jpg") + "}");

    assertThatThrownBy(
            () ->
                new CocoReader(null)
                    .read(List.of(one, DatasetSource.of(null, other, folder)), problems))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("image id 1: found in two sources")
        .hasMessageEndingWith("give one of the sources an id-prefix");

    AnnotatedDataset dataset =
        new CocoReader(null)
            .read(List.of(one, new DatasetSource(null, other, folder, null, "t")), problems);
    assertThat(dataset.images()).extracting(AnnotatedImage::imageId).containsExactly("1", "t1");
    assertThat(dataset.images()).extracting(AnnotatedImage::split).containsExactly("val", "train");
  }

  @Test
  void aWrongAnnotationFileIsOneClearLine() throws IOException {
    assertThatThrownBy(() -> read(folder.resolve("absent.json")))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("annotation file " + folder.resolve("absent.json") + ": not found");
    assertThatThrownBy(() -> read(folder))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageEndingWith("found a folder, expected a COCO JSON file");
    assertThatThrownBy(() -> read("{\"images\": [nonsense"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(": not JSON: line 1: ")
        .hasMessageNotContaining("\n");
    assertThatThrownBy(() -> read("{\"images\":[{\"id\":1"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(": not JSON: ");
    assertThatThrownBy(() -> read("[1]"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("not COCO: found no JSON object");
    assertThatThrownBy(() -> read("{\"annotations\":[],\"categories\":[]}"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("not COCO: missing key 'images'");
    assertThatThrownBy(() -> read("{\"images\":{},\"annotations\":[]}"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("not COCO: key 'images' is no list");
    assertThatThrownBy(() -> read("{\"images\":[3]}"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("not COCO: key 'images' holds something that is no object");
    assertThatThrownBy(() -> read("{\"images\":[],\"annotations\":[]," + CATEGORIES + "}"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("dataset: found no image in any source");
    assertThatThrownBy(() -> read(Files.write(folder.resolve("b.json"), new byte[] {0, 1, -1})))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(": not JSON: ");
  }

  @Test
  void theRealFilesAreReadWholly() {
    Path data = Shared.data("coco-mini");
    AnnotatedDataset dataset =
        new CocoReader(null)
            .read(
                List.of(
                    DatasetSource.of(
                        null,
                        data.resolve("annotations/instances_train2017.json"),
                        data.resolve("train2017")),
                    DatasetSource.of(
                        null,
                        data.resolve("annotations/instances_val2017.json"),
                        data.resolve("val2017"))),
                problems);

    assertThat(dataset.classNames()).hasSize(80).startsWith("person", "bicycle", "car");
    assertThat(dataset.categoryIds()).startsWith(1L, 2L).endsWith(89L, 90L);
    List<AnnotatedImage> val =
        dataset.images().stream().filter(i -> i.split().equals("val")).toList();
    assertThat(val).hasSize(79);
    assertThat(val.stream().mapToInt(i -> i.boxes().size()).sum()).isEqualTo(624);
    assertThat(val.stream().flatMap(i -> i.boxes().stream()).filter(AnnotatedBox::crowd))
        .hasSize(5);
    List<AnnotatedImage> train =
        dataset.images().stream().filter(i -> i.split().equals("train")).toList();
    assertThat(train).hasSize(80);
    assertThat(train.stream().mapToInt(i -> i.boxes().size()).sum()).isEqualTo(739);
    assertThat(problems.total()).isZero();
  }

  private AnnotatedDataset read(String json) throws IOException {
    return read(Files.writeString(folder.resolve("val.json"), json));
  }

  private AnnotatedDataset read(Path json) {
    return new CocoReader(null).read(List.of(DatasetSource.of(null, json, folder)), problems);
  }

  private DatasetSource source(String content) throws IOException {
    Path json = Files.writeString(folder.resolve("instances_val.json"), "{" + content + "}");
    return DatasetSource.of(null, json, folder);
  }
}
