package dev.lectern.detector.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.engine.Engine;
import dev.lectern.schemas.config.UserMistakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TorchDeviceTest {
  @ParameterizedTest
  @CsvSource({
    "cpu, cpu",
    "CPU, cpu",
    "cuda, cuda:0",
    "cuda:3, cuda:3",
    "gpu, cuda:0",
    "' GPU:1 ', cuda:1"
  })
  void devicesAreReadAsPeopleWriteThem(String text, String device) {
    assertThat(ComputeDevice.parse(text)).hasToString(device);
  }

  @Test
  void whatIsNoDeviceIsRefusedWithAllThatAre() {
    assertThatThrownBy(() -> ComputeDevice.parse("auto"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("device 'auto': expected cpu, cuda or cuda:N");
    assertThatThrownBy(() -> TorchDevice.requireName("tpu"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("device 'tpu': expected auto, cpu, cuda or cuda:N");
  }

  @Test
  void autoIsWhatTheEngineWouldTake() {
    Device engines = Engine.getEngine("PyTorch").defaultDevice();

    assertThat(TorchDevice.of("Auto").djl()).isEqualTo(engines);
    assertThat(TorchDevice.of("cpu")).isEqualTo(new TorchDevice("cpu", Device.cpu()));
  }

  @Test
  void aGpuThatIsNotThereIsOneLine() {
    int beyond = Engine.getEngine("PyTorch").getGpuCount();

    assertThatThrownBy(() -> TorchDevice.of("gpu:" + beyond))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith(
            "device cuda:" + beyond + ": found " + beyond + " GPUs that this libtorch can use;")
        .message()
        .doesNotContain("\n");
  }
}
