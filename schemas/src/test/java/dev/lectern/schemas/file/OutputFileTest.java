package dev.lectern.schemas.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.file.OutputFile.Mark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFileTest {
  private static final Mark OURS = Mark.start("made by us");

  @TempDir Path folder;

  @Test
  void aNameThatIsFreeMayBeTaken() {
    assertFree(folder.resolve("new.txt"), Mark.NONE);
    assertFree(folder.resolve("no/such/folder/new.txt"), Mark.NONE);
  }

  @Test
  void aFileWithoutTheMarkStays() throws IOException {
    Path file = Files.writeString(folder.resolve("notes.txt"), "mine, not made by us");

    assertThatThrownBy(() -> OutputFile.requireFree(file, OURS, "choose another --out"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            file + ": found a file that this command does not replace; choose another --out");
    assertThat(file).hasContent("mine, not made by us");
  }

  @Test
  void aFileWithTheMarkMayBeReplaced() throws IOException {
    Path file = Files.writeString(folder.resolve("page.txt"), "made by us at noon");

    assertFree(file, OURS);
    assertFree(file, Mark.near("at noon"));
    assertTaken(file, Mark.NONE);
    assertTaken(file, Mark.near("at night"));
  }

  @Test
  void anEmptyFileMayBeReplacedOnlyWhereThatIsSaid() throws IOException {
    Path file = Files.createFile(folder.resolve("empty.txt"));

    assertFree(file, OURS.orEmpty());
    assertTaken(file, OURS);
  }

  @Test
  void foldersAndLinksThatLeadNowhereAreInTheWay() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("nothing"));

    assertTaken(link, OURS.orEmpty());
    assertThatThrownBy(() -> OutputFile.requireFree(folder, OURS, "choose"))
        .hasMessage(folder + ": found a folder that this command does not replace; choose");
  }

  private static void assertFree(Path file, Mark mark) {
    assertThatCode(() -> OutputFile.requireFree(file, mark, "choose")).doesNotThrowAnyException();
  }

  private static void assertTaken(Path file, Mark mark) {
    assertThatThrownBy(() -> OutputFile.requireFree(file, mark, "choose"))
        .isInstanceOf(UserMistakeException.class);
  }
}
