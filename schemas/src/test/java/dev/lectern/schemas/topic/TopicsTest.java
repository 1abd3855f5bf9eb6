package dev.lectern.schemas.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.TensorKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicsTest {
  @Test
  void namesAreThoseOfTheDesign() {
    assertThat(Topics.ofDataset("mini"))
        .extracting(Topic::name)
        .containsExactly("mini.views", "mini.catalog");
    assertThat(Topics.ofRecording("mini-plus"))
        .extracting(Topic::name)
        .containsExactly(
            "mini-plus.class-scores",
            "mini-plus.box-logits",
            "mini-plus.fpn-features",
            "mini-plus.instances",
            "mini-plus.receipts",
            "mini-plus.dead-letters",
            "mini-plus.index");
    assertThat(Topics.manifests().name()).isEqualTo("lectern.manifests");
    assertThat(Topics.status().name()).isEqualTo("lectern.status");
  }

  @Test
  void versionsOfADatasetShareItsTopics() {
    assertThat(Topics.ofDataset("mini@3"))
        .extracting(Topic::name)
        .containsExactly("mini.views", "mini.catalog");
    assertThat(Topics.version("mini")).isEqualTo(1);
    assertThat(Topics.version("mini@12")).isEqualTo(12);
    assertThat(Topics.version("mini@12", 1)).isEqualTo("mini");
    assertThat(Topics.version("mini", 2)).isEqualTo(Topics.checkedDataset("mini@2"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"mini@", "mini@1", "mini@02", "mini@x", "@2", "a@2@3"})
  void namesThatAreNoVersionAreRefused(String name) {
    assertThatThrownBy(() -> Topics.checkedDataset(name)).isInstanceOf(UserMistakeException.class);
  }

  @Test
  void aRecordingHasNoVersions() {
    assertThatThrownBy(() -> Topics.checkedName("mini@2")).isInstanceOf(UserMistakeException.class);
  }

  @Test
  void payloadsAreNeverCompacted() {
    assertThat(Topics.tensors("r", TensorKind.FPN_FEATURES).settings())
        .containsEntry("cleanup.policy", "delete")
        .containsEntry("retention.ms", "-1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a.b", "lectern", "-a", "a b"})
  void namesThatTopicsCannotCarryAreRefused(String name) {
    assertThatThrownBy(() -> Topics.checkedName(name)).isInstanceOf(UserMistakeException.class);
  }
}
