package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands that open a student outside of a run: each before it looks at anything else. */
class StudentDeviceTest {
  private static final String EVALUATE = "evaluate --recording r --student absent";
  private static final String EXPORT =
      "export --student absent --name n --class-names a --size 64x64";

  @ParameterizedTest
  @ValueSource(strings = {EVALUATE, EXPORT})
  void aGpuThatIsNotThereIsRefusedWithTheReason(String command) {
    CommandRun run = CommandRun.of(words(command, "--device", "cuda:99"));

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err().lines())
        .singleElement()
        .asString()
        .startsWith("lectern: device cuda:99: found ")
        .contains("GPUs that this libtorch can use");
  }

  @ParameterizedTest
  @ValueSource(strings = {EVALUATE, EXPORT})
  void aWordThatIsNoDeviceIsRefused(String command) {
    CommandRun run = CommandRun.of(words(command, "--device", "tpu"));

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err().lines())
        .containsExactly("lectern: device 'tpu': expected auto, cpu, cuda or cuda:N");
  }

  private static String[] words(String command, String... more) {
    return Stream.concat(Stream.of(command.split(" ")), Stream.of(more)).toArray(String[]::new);
  }
}
