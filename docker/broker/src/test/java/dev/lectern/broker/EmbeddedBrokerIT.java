package dev.lectern.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerIT {
  @TempDir Path dataDir;

  @Test
  void topicsSurviveARestartOnTheSamePort() throws Exception {
    // Given
    String first;
    try (EmbeddedBroker broker = EmbeddedBroker.start(dataDir);
        Admin admin = admin(broker)) {
      first = broker.bootstrapServers();
      admin.createTopics(List.of(new NewTopic("kept", 2, (short) 1))).all().get();
    }

    // When
    try (EmbeddedBroker broker = EmbeddedBroker.start(dataDir);
        Admin admin = admin(broker)) {

      // Then
      assertThat(broker.bootstrapServers()).isEqualTo(first);
      assertThat(admin.listTopics().names().get()).contains("kept");
      assertThatThrownBy(() -> EmbeddedBroker.start(dataDir))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("broker data directory " + dataDir + " is in use by another");
      assertThatThrownBy(() -> EmbeddedBroker.start(dataDir, 1))
          .hasMessageStartingWith("broker data directory " + dataDir + " is in use by another");
    }
  }

  private static Admin admin(EmbeddedBroker broker) {
    return Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
  }
}
