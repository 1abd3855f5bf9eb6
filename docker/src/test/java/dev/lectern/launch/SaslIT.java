package dev.lectern.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.cli.CommandRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example of passwords and encryption, on a broker with the settings of its Kafka. */
@Timeout(120)
class SaslIT {
  @TempDir Path dir;

  @Test
  void theExamplesClientIsLetInAndOthersAreNot() throws Exception {
    Path secrets = dir.resolve("secrets");
    SaslSecrets.make(secrets);
    ComposeFile compose =
        ComposeFile.of(Map.of(), Path.of("compose.yaml"), Path.of("compose.sasl.yaml"));
    int port = Ports.free();
    int controller = Ports.free();
    Map<String, String> settings = new HashMap<>(KafkaImage.settings(compose, "kafka"));
    settings.replaceAll((key, value) -> value.replace("/etc/kafka/secrets", secrets.toString()));
    settings.put("listeners", at("CLIENT", port) + "," + at("CONTROLLER", controller));
    settings.put("advertised.listeners", at("CLIENT", port));
    settings.put("controller.quorum.voters", "1@127.0.0.1:" + controller);
    settings.remove("log.dirs");
    // In the container the file is named by a property of the whole process.
    String users = Files.readString(secrets.resolve("users.jaas"));
    settings.put(
        "listener.name.client.plain.sasl.jaas.config",
        users.substring(users.indexOf('{') + 1, users.lastIndexOf('}')).strip());

    try (EmbeddedBroker broker = EmbeddedBroker.start(dir.resolve("broker"), port, settings)) {
      String client = Files.readString(secrets.resolve("client.properties"));
      client = client.replace("/secrets/ca.pem", secrets.resolve("ca.pem").toString());
      Path known = Files.writeString(dir.resolve("known.properties"), client);
      Path unknown =
          Files.writeString(
              dir.resolve("unknown.properties"),
              client.replaceAll("password=\"[0-9a-f]+\"", "password=\"guessed\""));

      assertThat(list(broker, known).out()).contains("no recordings");
      assertThat(list(broker, ofKubernetes(secrets, users)).out()).contains("no recordings");
      CommandRun refused = list(broker, unknown);
      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.err()).contains("Authentication failed").doesNotContain("guessed");
      assertThat(refused.err().lines()).hasSize(1);
    }
  }

  /** The properties of the component tls-sasl, with this broker's kind of passwords. */
  private Path ofKubernetes(Path secrets, String users) throws Exception {
    Matcher password = Pattern.compile("user_lectern=\"([^\"]+)\"").matcher(users);
    assertThat(password.find()).isTrue();
    Files.writeString(secrets.resolve("password"), password.group(1));
    String properties =
        Files.readString(Path.of("kubernetes/components/tls-sasl/client.properties"))
            .replace("/secrets", secrets.toString())
            .replace("SCRAM-SHA-512", "PLAIN")
            .replace("scram.ScramLoginModule", "plain.PlainLoginModule");
    return Files.writeString(dir.resolve("kubernetes.properties"), properties);
  }

  @Test
  void aFileThatIsNotThereIsOneLine() {
    CommandRun run =
        CommandRun.of("recordings", "list", "--kafka-properties", dir.resolve("no").toString());

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).contains("--kafka-properties " + dir.resolve("no"));
  }

  private static CommandRun list(EmbeddedBroker broker, Path properties) {
    return CommandRun.of(
        "recordings",
        "list",
        "--bootstrap-servers=" + broker.bootstrapServers(),
        "--kafka-properties=" + properties);
  }

  private static String at(String listener, int port) {
    return listener + "://127.0.0.1:" + port;
  }
}
