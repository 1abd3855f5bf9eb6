package dev.lectern.teacher.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.tensor.Values;
import java.util.List;
import org.junit.jupiter.api.Test;

class TeachConfigTest {
  private static final String REQUIRED =
      "dataset: mini\nrecording: mini-plus\nteacher: t.yaml\nmodel: m.onnx\n";

  @Test
  void everyOtherKeyHasItsDefault() {
    // When
    TeachConfig config = bind(REQUIRED);

    // Then
    int processors = Runtime.getRuntime().availableProcessors();
    assertThat(config.tensorKinds()).isEmpty();
    assertThat(config.encoding().classScores()).isEqualTo(Values.FLOAT16);
    assertThat(config.encoding().boxLogits()).isEqualTo(Values.FLOAT16);
    assertThat(config.encoding().fpnFeatures()).isEqualTo(Values.INT8);
    assertThat(config.device()).isEqualTo("cpu");
    assertThat(config.threads()).isEqualTo(processors);
    assertThat(config.lanes()).isEqualTo(4);
    assertThat(config.decodeThreads()).isEqualTo(Math.max(1, processors / 4));
    assertThat(config.encodeThreads()).isEqualTo(Math.max(1, processors / 4));
    assertThat(config.batchWaitMs()).isEqualTo(20);
    assertThat(config.sendBufferBytes()).isEqualTo(64L << 20);
    assertThat(config.drainSeconds()).isEqualTo(60);
    assertThat(config.untilSealed()).isFalse();
    assertThat(config.worker()).endsWith("-" + ProcessHandle.current().pid());
    assertThat(config).isEqualTo(TeachConfig.of("mini", "mini-plus", "t.yaml", "m.onnx"));
  }

  @Test
  void kindsAndEncodingsAreReadByTheirNames() {
    // When
    TeachConfig config =
        bind(
            REQUIRED
                + "kinds: [class-scores, box-logits]\n"
                + "encoding: {box-logits: float32, fpn-features: float16, class-scores: int8}\n"
                + "until-sealed: true\n");

    // Then
    assertThat(config.tensorKinds())
        .containsExactly(TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS);
    assertThat(config.encoding().of(TensorKind.BOX_LOGITS)).isEqualTo(Values.FLOAT32);
    assertThat(config.encoding().of(TensorKind.CLASS_SCORES)).isEqualTo(Values.INT8);
    assertThat(config.encoding().of(TensorKind.FPN_FEATURES)).isEqualTo(Values.FLOAT16);
    assertThat(config.untilSealed()).isTrue();
  }

  @Test
  void allMistakesAreNamedAtOnce() {
    assertThatThrownBy(
            () -> bind("dataset: mini\nrecording: r\nkinds: [box-logit]\nthreads: 0\nlanes: 99\n"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("teacher: missing; model: missing")
        .hasMessageContaining("threads: found 0, expected 1 to 1024")
        .hasMessageContaining("lanes: found 99, expected 1 to 64")
        .hasMessageContaining("kinds: found 'box-logit' (did you mean 'box-logits'?)");
    assertThatThrownBy(() -> bind(REQUIRED.replace("mini-plus", "mini")))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("a recording needs another name than its dataset");
    assertThatThrownBy(() -> bind(REQUIRED + "batchsize: 3\n"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("unknown key 'batchsize'");
  }

  private static TeachConfig bind(String yaml) {
    return ConfigLoader.bind(yaml, List.of(), TeachConfig.class, "teach.yaml");
  }
}
