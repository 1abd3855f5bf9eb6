package dev.lectern.schemas.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.archive.ErasureFolder.Kept;
import dev.lectern.schemas.archive.ErasureFolder.Note;
import dev.lectern.schemas.archive.ErasureFolder.Stage;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.progress.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ErasureFolderTest {
  private static final Note BEGUN =
      new Note(Stage.WRITING, "c", "mini", List.of("3", "7"), 4, 5, List.of(), List.of());

  @TempDir private Path dir;
  private Path folder;

  /** Killed while the archives went, an erasure has nothing left to do on the broker. */
  @Test
  void whatIsLeftOfAFinishedErasureGoesWithoutABroker() throws Exception {
    Note restored =
        BEGUN
            .written(
                List.of(new Kept("mini", "dataset-0", "a", "b", "")),
                List.of(new Kept("r", "recording-0", "c", "d", "id")))
            .restored();
    write(restored);
    Files.createDirectories(folder.resolve("recording-0"));
    Files.writeString(folder.resolve("recording-0/index.avro"), "cut");

    Erasure.Remains remains =
        new Erasure(Map.of(), Progress.silentFactory(), (recording, id) -> {})
            .run("mini@2", Set.of("7", "3"), folder);

    assertThat(folder).doesNotExist();
    assertThat(remains)
        .isEqualTo(
            new Erasure.Remains(
                5, new TreeMap<>(Map.of("mini", "b")), new TreeMap<>(Map.of("r", "d"))));
  }

  @Test
  void anErasureThatDeletedNothingBeginsAgain() throws IOException {
    write(BEGUN);
    Files.createDirectories(folder.resolve(".dataset-0.unfinished"));
    Files.writeString(folder.resolve(".dataset-0.unfinished/views.avro"), "cut");

    new ErasureFolder(folder).start(BEGUN);

    assertThat(folder.toFile().list()).containsExactly("erasure.json");
  }

  @Test
  void aNoteThatWasCutOffIsNoFileOfTheUser() throws IOException {
    folder = Files.createDirectory(dir.resolve("erasure"));
    Files.writeString(folder.resolve(".erasure.json.6f1c.tmp"), "{");

    new ErasureFolder(folder).start(BEGUN);

    assertThat(folder.toFile().list()).containsExactly("erasure.json");
    assertThat(new ErasureFolder(folder).note()).contains(BEGUN);
  }

  @Test
  void filesOfTheUserAreNeverTouched() throws IOException {
    folder = Files.createDirectory(dir.resolve("erasure"));
    Path thesis = Files.writeString(folder.resolve("thesis.txt"), "precious");

    assertThatThrownBy(() -> new ErasureFolder(folder).start(BEGUN))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(folder + ": found thesis.txt, expected an empty or new folder");
    assertThat(thesis).hasContent("precious");
  }

  private void write(Note note) throws IOException {
    folder = Files.createDirectory(dir.resolve("erasure"));
    new ErasureFolder(folder).write(note);
  }
}
