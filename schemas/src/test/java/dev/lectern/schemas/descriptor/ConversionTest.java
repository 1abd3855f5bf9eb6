package dev.lectern.schemas.descriptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.descriptor.Conversion.Layout;
import dev.lectern.schemas.descriptor.Conversion.Numbers;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConversionTest {
  private static final String YAML =
      """
      name: rows
      input: {name: image, width: 32, height: 16, channels: rgb, mean: [0, 0, 0], std: [1, 1, 1]}
      boxes: {form: ltrb}
      priors: {grid-offset: 0.5}
      tensors:
        - {name: cls.0, output: o, stride: 8, conversion: ' ROWS   4:6  Logit '}
        - {name: ltrb.0, output: o, stride: 8, conversion: rows 0:4 xyxy}
      class-names: [cat, dog]
      """;

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "rows 5:85 logit, ROWS, 5, 85, LOGIT",
    "columns 0:64, COLUMNS, 0, 64, SAME",
    "pixels, PIXELS, 0, 0, SAME",
    "maps logit, MAPS, 0, 0, LOGIT"
  })
  void aTextIsReadAndWrittenTheSame(String text, Layout layout, int from, int to, Numbers numbers) {
    assertThat(Conversion.parse(text))
        .contains(new Conversion(layout, from, to, numbers))
        .map(Conversion::text)
        .contains(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sideways", "rows 5:5", "rows 6:5", "rows 5", "rows 0:4 xywh", "4:6"})
  void whatStatesNoConversionIsNotRead(String text) {
    assertThat(Conversion.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  ", "maps"})
  void anOutputAsItIsHasNoText(String text) {
    assertThat(Conversion.parse(text)).contains(Conversion.NONE);
    assertThat(Conversion.NONE.text()).isEmpty();
  }

  @Test
  void aDescriptorHasShapesAndLossesOfItsConversionsAndReadsBackEqual() throws IOException {
    // When
    TeacherDescriptor read =
        DescriptorYaml.read(Files.writeString(folder.resolve("rows.yaml"), YAML));

    // Then
    assertThat(read.getTensors())
        .extracting(RecordedTensor::getConversion)
        .containsExactly("rows 4:6 logit", "rows 0:4 xyxy");
    assertThat(read.getTensors())
        .extracting(RecordedTensor::getShape)
        .containsExactly(List.of(2, 2, 4), List.of(4, 2, 4));
    assertThat(read.getConversionLosses())
        .containsExactly(
            "cls: logits beyond -16 and 16, since the export has probabilities",
            "ltrb: distributions over the places of edges, since the export has boxes");
    Path written = folder.resolve("written.yaml");
    DescriptorYaml.write(read, written);
    assertThat(DescriptorYaml.read(written)).isEqualTo(read);
  }
}
