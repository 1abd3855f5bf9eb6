package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.descriptor.TensorLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCommandTest {
  @TempDir private Path dir;

  @Test
  void aModelIsShownAndItsDescriptorWritten() throws Exception {
    // Given
    TinyTeacher.write(dir, "tiny", 1);
    Path model = dir.resolve("tiny.onnx");
    Path written = dir.resolve("written.yaml");
    String names = String.join(",", dev.lectern.demo.draw.ShapeClass.names());

    // When
    CommandRun run =
        CommandRun.of(
            "model", model.toString(), "--class-names", names, "--write", written.toString());

    // Then
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("input           image  float32 [any, 3, 64, 64]")
        .contains("recognised as   a head with box distributions, as GFL and NanoDet have")
        .contains("cls.0           cls_logits_8")
        .contains("check           grid-offset: 0.5 for NanoDet and YOLOv8")
        .endsWith("descriptor      " + written + System.lineSeparator());
    assertThat(TensorLayout.strides(DescriptorYaml.read(written))).containsExactly(8, 16);
    assertThat(TensorLayout.bins(DescriptorYaml.read(written))).isEqualTo(5);

    // When
    CommandRun again =
        CommandRun.of(
            "model", model.toString(), "--class-names", names, "--write", written.toString());

    // Then
    assertThat(again.exitCode()).isEqualTo(2);
    assertThat(again.err().lines())
        .containsExactly(
            "lectern: "
                + written
                + ": found a file that this command does not replace; choose another --write, or"
                + " replace it with --force");
  }

  @Test
  void aModelIsToldToPrograms() throws Exception {
    TinyTeacher.write(dir, "tiny", 1);

    CommandRun run = CommandRun.of("model", dir.resolve("tiny.onnx").toString(), "--json");

    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode shown = new JsonMapper().readTree(run.out());
    assertThat(shown.at("/inputs/0/shape").toString()).isEqualTo("[-1,3,64,64]");
    assertThat(shown.get("recognised-as").asText()).startsWith("a head with box distributions");
    assertThat(shown.get("descriptor").asText()).contains("cls_logits_8");
  }

  @Test
  void whatCannotTeachIsNotWritten() throws Exception {
    Path file = Files.writeString(dir.resolve("notes.onnx"), "notes");

    CommandRun run =
        CommandRun.of("model", file.toString(), "--write", dir.resolve("t.yaml").toString());

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err().lines()).singleElement().asString().contains("not an ONNX model");
    assertThat(dir.resolve("t.yaml")).doesNotExist();
  }
}
