package dev.lectern.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.cli.CommandLines;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.trainer.train.TrainConfig;
import dev.lectern.watch.web.AccessToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

/** The Compose project, with each of its overrides, is what Docker Compose and Lectern accept. */
class ComposeTest {
  private static final Path BASE = Path.of("compose.yaml");

  @TempDir private static Path secrets;

  @BeforeAll
  static void makeSecrets() throws Exception {
    SaslSecrets.make(secrets);
    makeToken(secrets);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "compose.gpu.yaml", "compose.three-nodes.yaml", "compose.sasl.yaml"})
  void everyCommandIsOneThatLecternKnows(String override) throws Exception {
    ComposeFile compose = with(override);
    int commands = 0;
    for (Map.Entry<String, Map<String, Object>> service : compose.services().entrySet()) {
      if (String.valueOf(service.getValue().get("image")).startsWith("lectern")) {
        List<String> command = compose.command(service.getKey());
        assertThat(command).as(service.getKey()).isNotEmpty();
        CommandLines.lectern().parseArgs(command.toArray(String[]::new));
        assertThat(command)
            .as(service.getKey())
            .contains("--kafka-properties=/secrets/client.properties");
        commands++;
      }
    }
    assertThat(commands).isGreaterThanOrEqualTo(5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "compose.gpu.yaml", "compose.three-nodes.yaml", "compose.sasl.yaml"})
  void rolesRunWithoutRightsOnAReadOnlyFileSystem(String override) throws Exception {
    with(override)
        .services()
        .forEach(
            (name, service) -> {
              if (String.valueOf(service.get("image")).startsWith("lectern")) {
                assertThat(service)
                    .as(name)
                    .containsEntry("user", "10001:10001")
                    .containsEntry("read_only", true)
                    .containsEntry("cap_drop", List.of("ALL"))
                    .containsEntry("security_opt", List.of("no-new-privileges:true"));
                assertThat(ComposeFile.strings(service.get("tmpfs"))).as(name).contains("/tmp");
              }
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "compose.gpu.yaml", "compose.three-nodes.yaml", "compose.sasl.yaml"})
  void volumesSecretsAndMountedFilesExist(String override) throws Exception {
    ComposeFile compose = with(override);
    compose
        .top("secrets")
        .forEach(
            (name, secret) -> {
              String file = (String) ComposeFile.map(secret).get("file");
              Path made =
                  Path.of(file.replaceFirst("\\./compose/(sasl/)?secrets", secrets.toString()));
              assertThat(made).as("secret " + name).exists();
            });
    compose
        .services()
        .forEach(
            (name, service) -> {
              for (String volume : ComposeFile.strings(service.get("volumes"))) {
                String source = volume.split(":", 2)[0];
                if (source.startsWith("./compose")) {
                  assertThat(Path.of(source)).as(name).exists();
                } else if (!source.startsWith(".") && !source.startsWith("/")) {
                  assertThat(compose.top("volumes")).as(name).containsKey(source);
                }
              }
              for (Object used : (List<?>) service.getOrDefault("secrets", List.of())) {
                assertThat(compose.top("secrets"))
                    .containsKey((String) ComposeFile.map(used).get("source"));
              }
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "compose.three-nodes.yaml", "compose.sasl.yaml"})
  void kafkaIsToldOnlyWhatABrokerKnows(String override) throws Exception {
    ComposeFile compose = with(override);
    List<String> brokers =
        compose.services().keySet().stream().filter(name -> name.startsWith("kafka")).toList();
    for (String broker : brokers) {
      assertThat(compose.service(broker)).containsEntry("image", "apache/kafka:4.3.1");
      Map<String, String> settings = KafkaImage.settings(compose, broker);
      assertThat(settings.keySet())
          .filteredOn(key -> !key.startsWith("listener.name."))
          .isSubsetOf(AbstractKafkaConfig.CONFIG_DEF.names());
      assertThat(settings.get("controller.quorum.voters").split(",")).hasSize(brokers.size());
      String replicas = settings.get("default.replication.factor");
      assertThat(Integer.parseInt(replicas)).isEqualTo(brokers.size());
      assertThat(settings)
          .containsEntry("offsets.topic.replication.factor", replicas)
          .containsEntry("share.coordinator.state.topic.replication.factor", replicas)
          .containsEntry("transaction.state.log.replication.factor", replicas);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "compose.gpu.yaml", "compose.three-nodes.yaml", "compose.sasl.yaml"})
  void whatIsNotDoneIsStartedAgain(String override) throws Exception {
    ComposeFile compose = with(override);
    compose
        .services()
        .forEach(
            (name, service) -> {
              if (!String.valueOf(service.get("image")).startsWith("lectern")) {
                return;
              }
              List<String> command = compose.command(name);
              boolean ends = command.get(0).equals("train") || command.contains("--until-sealed");
              assertThat(service.get("restart"))
                  .as(name)
                  .isEqualTo(
                      command.get(0).equals("publish")
                          ? "no"
                          : ends ? "on-failure:10" : "unless-stopped");
            });
  }

  @Test
  void prometheusAsksEveryRoleAtItsPort() throws Exception {
    Map<String, Object> prometheus =
        new Yaml().load(Files.readString(Path.of("compose/prometheus.yaml")));
    Map<String, Object> job = ComposeFile.map(((List<?>) prometheus.get("scrape_configs")).get(0));
    Map<String, Object> discovery = ComposeFile.map(((List<?>) job.get("dns_sd_configs")).get(0));
    ComposeFile compose = with("compose.gpu.yaml");
    List<String> roles = new ArrayList<>();
    compose
        .services()
        .forEach(
            (name, service) -> {
              if (String.valueOf(service.get("image")).startsWith("lectern")
                  && !name.equals("dashboard")) {
                roles.add(name);
                assertThat(ComposeFile.strings(service.get("expose")))
                    .as(name)
                    .containsExactly(String.valueOf(discovery.get("port")));
              }
            });
    assertThat(ComposeFile.strings(discovery.get("names")))
        .containsExactlyInAnyOrderElementsOf(roles);
    assertThat(Files.readString(Path.of("Dockerfile"))).contains("LECTERN_METRICS_PORT=9404");
  }

  @Test
  void theDashboardIsForThisMachineAndForThoseWhoHaveTheToken() throws Exception {
    ComposeFile compose = with("compose.sasl.yaml");
    List<String> command = compose.command("dashboard");
    Map<String, Object> dashboard = compose.service("dashboard");

    assertThat(command).contains("--host=0.0.0.0", "--port=8080");
    assertThat(dashboard.get("ports")).isEqualTo(List.of("127.0.0.1:8080:8080"));
    assertThat(dashboard.get("profiles")).isEqualTo(List.of("watch"));
    assertThat(ComposeFile.strings(ComposeFile.map(dashboard.get("healthcheck")).get("test")))
        .containsExactly("CMD", "/opt/lectern/bin/health", "8080");
    assertThat((List<?>) dashboard.get("secrets"))
        .extracting(secret -> ComposeFile.map(secret).get("target"))
        .contains("/secrets/client.properties", "/secrets/dashboard-token", "/secrets/ca.pem");
    assertThat(command).contains("--token-file=/secrets/dashboard-token");
    assertThat(AccessToken.read(secrets.resolve("dashboard-token")).text()).hasSize(48);
  }

  @Test
  void studentsOnGpusDifferFromThoseWithoutOnlyByTheirDevice() throws Exception {
    for (String student : List.of("student-plain", "student-distilled")) {
      List<String> onGpu = new ArrayList<>(with("compose.gpu.yaml").command(student));

      assertThat(onGpu.remove("--device=cuda")).isTrue();
      assertThat(onGpu).isEqualTo(with("").command(student));
    }
  }

  @Test
  void grafanaFindsItsDashboardsAndTheirSource() throws Exception {
    String mounted =
        ComposeFile.strings(with("").service("grafana").get("volumes")).stream()
            .filter(volume -> volume.startsWith("./compose/grafana/dashboards:"))
            .findFirst()
            .orElseThrow()
            .split(":")[1];
    assertThat(Path.of("compose/grafana/provisioning/dashboards/lectern.yaml"))
        .content()
        .contains("path: " + mounted);
    assertThat(with("").environment("grafana").get("GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"))
        .isEqualTo(mounted + "/lectern.json");
    Matcher uid =
        Pattern.compile("uid: (\\S+)")
            .matcher(
                Files.readString(
                    Path.of("compose/grafana/provisioning/datasources/prometheus.yaml")));
    assertThat(uid.find()).isTrue();
    String dashboard = Files.readString(Path.of("compose/grafana/dashboards/lectern.json"));
    Matcher used =
        Pattern.compile("\"type\": \"prometheus\",\\s+\"uid\": \"([^\"]+)\"").matcher(dashboard);
    TreeSet<String> sources = new TreeSet<>();
    while (used.find()) {
      sources.add(used.group(1));
    }
    assertThat(sources).containsExactly(uid.group(1));
  }

  @Test
  void shippedRunFilesAreRuns() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("compose/runs"))) {
      List<Path> runs = files.toList();
      assertThat(runs).isNotEmpty();
      for (Path run : runs) {
        TrainConfig config =
            ConfigLoader.load(run, List.of("recording=x", "out=y"), TrainConfig.class);
        assertThat(config.student().classes()).as(run.toString()).isEqualTo(80);
      }
    }
  }

  @Test
  void everyVariableIsListedAtTheTop() throws IOException {
    String text = Files.readString(BASE);
    String head = text.substring(0, text.indexOf("\nname:"));
    Matcher variable = Pattern.compile("\\$\\{(LECTERN_[A-Z_]+)").matcher(text);
    while (variable.find()) {
      if (!variable.group(1).endsWith("_PORT")) {
        assertThat(head).contains(variable.group(1));
      }
    }
  }

  private static void makeToken(Path folder) throws Exception {
    Process script =
        new ProcessBuilder("sh", "compose/make-token.sh", folder.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(script.waitFor()).as(output).isZero();
  }

  private static ComposeFile with(String override) throws IOException {
    return override.isEmpty()
        ? ComposeFile.of(Map.of(), BASE)
        : ComposeFile.of(Map.of(), BASE, Path.of(override));
  }
}
