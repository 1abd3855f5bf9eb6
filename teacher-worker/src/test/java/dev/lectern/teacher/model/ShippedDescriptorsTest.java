package dev.lectern.teacher.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.Level;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShippedDescriptorsTest {
  @ParameterizedTest
  @CsvSource({
    "nanodet-plus-m-1.5x-416, 4, 0.0, 128, 0",
    "nanodet-plus-m-1.5x-416-torchscript, 4, 0.0, 128, 12",
    "nanodet-m-416, 3, 0.5, 96, 0",
    "nanodet-m-416-torchscript, 3, 0.5, 96, 9"
  })
  void everyShippedDescriptorIsWhatItsModelNeeds(
      String name, int levels, double gridOffset, int channels, int outputs) {
    // When
    TeacherDescriptor descriptor = DescriptorYaml.read(SharedFolder.descriptor(name));

    // Then
    assertThat(descriptor.getName()).isEqualTo(name);
    assertThat(descriptor.getInputWidth()).isEqualTo(416);
    assertThat(descriptor.getInputHeight()).isEqualTo(416);
    assertThat(descriptor.getChannelOrder()).isEqualTo(ChannelOrder.BGR);
    assertThat(descriptor.getMean()).containsExactly(103.53, 116.28, 123.675);
    assertThat(descriptor.getStd()).containsExactly(57.375, 57.12, 58.395);
    assertThat(descriptor.getBins()).isEqualTo(8);
    assertThat(descriptor.getGridOffset()).isEqualTo(gridOffset);
    assertThat(descriptor.getLevels()).hasSize(levels);
    assertThat(descriptor.getLevels()).extracting(Level::getFeatureChannels).containsOnly(channels);
    assertThat(descriptor.getLevels().get(0).getHeight()).isEqualTo(52);
    assertThat(descriptor.getClassNames()).hasSize(80).startsWith("person").endsWith("toothbrush");
    assertThat(descriptor.getOutputs()).hasSize(outputs);
  }

  @Test
  void tensorsAreNamedByKindAndLevel() {
    // Given
    TeacherDescriptor descriptor =
        DescriptorYaml.read(SharedFolder.descriptor("nanodet-plus-m-1.5x-416"));

    // When
    List<TensorSpec> specs = TensorSpec.of(descriptor, EnumSet.allOf(TensorKind.class));

    // Then
    assertThat(specs)
        .extracting(TensorSpec::name)
        .containsExactly(
            "cls.0", "cls.1", "cls.2", "cls.3", "dist.0", "dist.1", "dist.2", "dist.3", "fpn.0",
            "fpn.1", "fpn.2", "fpn.3");
    assertThat(specs.get(5))
        .isEqualTo(new TensorSpec("dist_logits_16", "dist.1", TensorKind.BOX_LOGITS, 32, 26, 26));
  }
}
