package dev.lectern.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "sasl.jaas.config",
        "ssl.key.password",
        "ssl.keystore.key",
        "ssl.keystore.password",
        "ssl.truststore.password",
        "ssl.truststore.certificates",
        "sasl.jaas.conifg",
        "config.providers.vault.param.token",
        "plug-in.setting"
      })
  void whatKafkaHidesOrDoesNotKnowIsNotOpen(String key) {
    assertThat(Secrets.isOpenKafkaKey(key)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"bootstrap.servers", "security.protocol", "sasl.mechanism", "acks", "client.id"})
  void otherPropertiesOfKafkasClientsAreOpen(String key) {
    assertThat(Secrets.isOpenKafkaKey(key)).isTrue();
  }

  @Test
  void valuesThatAreNotOpenAndTheirWordsAreMasked() {
    Map<String, Object> kafka =
        Map.of(
            "security.protocol", "SASL_SSL",
            "ssl.key.password", "tr0ub4dor",
            "sasl.jaas.config", "PlainLoginModule requird username=\"u\" password=\"h0rse\";");

    assertThat(
            Secrets.masked("SASL_SSL: flag 'requird', then h0rse, not tr0ub4dor&3 or 'u'", kafka))
        .isEqualTo("SASL_SSL: flag '***', then ***, not ***&3 or 'u'");
  }

  @Test
  void whatCannotBeANameIsRefusedUnseen() {
    Secrets.requireKafkaKey("ssl.key.password", "--kafka");

    assertThatThrownBy(() -> Secrets.requireKafkaKey("ssl.key.password tr0ub4dor", "--kafka"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("--kafka: found a name with other characters")
        .message()
        .doesNotContain("tr0ub4dor");
  }
}
