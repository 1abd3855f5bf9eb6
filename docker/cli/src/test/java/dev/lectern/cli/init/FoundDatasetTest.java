package dev.lectern.cli.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.lectern.producer.dataset.DatasetFormat;
import dev.lectern.producer.dataset.DatasetSource;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoundDatasetTest {
  @TempDir Path folder;

  private void file(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void pascalVocWithItsLists() throws Exception {
    file("Annotations/a.xml", "<annotation/>");
    file("JPEGImages/a.jpg", "");
    file("ImageSets/Main/train.txt", "a");
    file("ImageSets/Main/val.txt", "b");
    file("ImageSets/Main/trainval.txt", "a");
    FoundDataset found = FoundDataset.in(folder);
    assertThat(found.format()).isEqualTo(DatasetFormat.VOC);
    assertThat(found.splits()).containsExactly("train", "val");
    assertThat(found.sources().get(1).splitFile())
        .isEqualTo(folder.resolve("ImageSets/Main/val.txt"));
    assertThat(found.sources().get(0).images()).isEqualTo(folder.resolve("JPEGImages"));
  }

  @Test
  void yoloAsUltralyticsAndAsRoboflowWriteIt() throws Exception {
    file("data.yaml", "names: [cat]\n");
    file("images/train/a.jpg", "");
    file("images/val/b.jpg", "");
    assertThat(FoundDataset.in(folder).splits()).containsExactly("train", "val");
    assertThat(FoundDataset.in(folder).classNamesFile()).isEqualTo(folder.resolve("data.yaml"));

    Path other = folder.resolve("other");
    file("other/data.yaml", "names: [cat]\n");
    file("other/train/images/a.jpg", "");
    file("other/valid/images/b.jpg", "");
    assertThat(FoundDataset.in(other).sources())
        .extracting(DatasetSource::images)
        .containsExactly(other.resolve("train/images"), other.resolve("valid/images"));
  }

  @Test
  void cocoWithTheImagesOfEachFile() throws Exception {
    file("annotations/captions_val2017.json", "{\"images\": []}");
    file("annotations/instances_train2017.json", "{\"images\": [{\"file_name\": \"1.jpg\"}]}");
    file("annotations/instances_val2017.json", "{\"images\": [{\"file_name\": \"2.jpg\"}]}");
    file("images/train2017/1.jpg", "");
    file("val2017/2.jpg", "");
    FoundDataset found = FoundDataset.in(folder);
    assertThat(found.format()).isEqualTo(DatasetFormat.COCO);
    assertThat(found.splits()).containsExactly("train", "val");
    assertThat(found.sources())
        .extracting(DatasetSource::images)
        .containsExactly(folder.resolve("images/train2017"), folder.resolve("val2017"));
  }

  @Test
  void whatIsNoneOfThemIsToldWhatWasLookedFor() {
    assertThatExceptionOfType(UserMistakeException.class)
        .isThrownBy(() -> FoundDataset.in(folder))
        .withMessageContaining("Annotations/*.xml (Pascal VOC)")
        .withMessageContaining("write publish.yaml by hand");
    assertThatExceptionOfType(UserMistakeException.class)
        .isThrownBy(() -> FoundDataset.in(folder.resolve("absent")))
        .withMessageContaining("no such folder");
  }
}
