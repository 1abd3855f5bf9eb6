package dev.lectern.teacher.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.record.RecordingManifest;
import java.net.ServerSocket;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.junit.jupiter.api.Test;

class FleetLagTest {
  @Test
  void aLagThatNoBrokerTellsIsNotNothing() throws Exception {
    int nobody;
    try (ServerSocket closed = new ServerSocket(0)) {
      nobody = closed.getLocalPort();
    }
    Map<String, Object> client =
        Map.of(
            AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, "127.0.0.1:" + nobody,
            AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 200,
            AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 400);
    RecordingManifest manifest = new RecordingManifest();
    manifest.setName("rec");
    manifest.setDataset("shapes");

    try (FleetLag lag = new FleetLag(client, manifest)) {
      assertThat(lag.records()).isNaN();
    }
  }
}
