package dev.lectern.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.cli.Child;
import dev.lectern.cli.CommandRun;
import dev.lectern.cli.TinyTeacher;
import java.io.File;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each role with a password of its own over TLS, and no more rights than the README gives it, on a
 * broker that denies the rest.
 */
@Tag("faults")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(600)
class LeastRightsIT {
  private static final String DATASET = "drawn";
  private static final String RECORDING = "guarded";
  private static final Path README = Path.of("../README.md");
  private static final String HEADING = "### Rights of each role";

  @TempDir private static Path dir;
  private EmbeddedBroker broker;
  private final Map<String, String> passwords = new LinkedHashMap<>();
  private final List<String[]> rights = new ArrayList<>();

  @BeforeAll
  void startABrokerThatDenies() throws Exception {
    readRights();
    makeSecrets();
    int port = free();
    int controller = free();
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put(
        "listeners", "CLIENT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controller);
    settings.put("advertised.listeners", "CLIENT://127.0.0.1:" + port);
    settings.put("controller.quorum.voters", "1@127.0.0.1:" + controller);
    settings.put("listener.security.protocol.map", "CLIENT:SASL_SSL,CONTROLLER:PLAINTEXT");
    settings.put("inter.broker.listener.name", "CLIENT");
    settings.put("sasl.enabled.mechanisms", "PLAIN");
    settings.put("sasl.mechanism.inter.broker.protocol", "PLAIN");
    settings.put("ssl.keystore.type", "PEM");
    settings.put("ssl.keystore.location", dir.resolve("secrets/broker.pem").toString());
    settings.put("ssl.truststore.type", "PEM");
    settings.put("ssl.truststore.location", dir.resolve("secrets/ca.pem").toString());
    settings.put("listener.name.client.plain.sasl.jaas.config", users());
    settings.put(
        "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
    settings.put("allow.everyone.if.no.acl.found", "false");
    // The controller's port takes no clients.
    settings.put("super.users", "User:broker;User:ANONYMOUS");
    broker = EmbeddedBroker.start(dir.resolve("broker"), port, settings);
    try (Admin admin = Admin.create(client("broker"))) {
      admin.createAcls(rights.stream().flatMap(LeastRightsIT::bindings).toList()).all().get();
    }
  }

  @AfterAll
  void stop() {
    if (broker != null) {
      broker.close();
    }
  }

  @Test
  void eachRoleDoesItsWorkWithItsOwnRights() throws Exception {
    Path annotations = TinyTeacher.draw(dir, "train", 8);
    TinyTeacher.write(dir, "tiny", 4);
    List<String> publish =
        List.of(
            "publish",
            "--name=" + DATASET,
            "--format=coco",
            "--annotations=" + annotations,
            "--images=" + dir.resolve("images"),
            "--size=64x64");
    List<String> teach =
        List.of(
            "teach",
            "--dataset=" + DATASET,
            "--recording=" + RECORDING,
            "--teacher=" + dir.resolve("tiny.yaml"),
            "--model=" + dir.resolve("tiny.onnx"),
            "--threads=1",
            "--until-sealed");
    List<String> ledger =
        List.of(
            "ledger",
            "--recording=" + RECORDING,
            "--state-dir=" + dir.resolve("state"),
            "--until-sealed");
    Path run =
        Files.writeString(
            dir.resolve("run.yaml"),
            "epochs: 1\nbatch-size: 4\nlosses: [{name: ld}, {name: kd}]\nevaluation: {split: none}\n"
                + TinyTeacher.studentYaml());
    List<String> train =
        List.of(
            "train",
            "--config=" + run,
            "--recording=" + RECORDING,
            "--out=" + dir.resolve("run"),
            "--threads=1");

    refuses("train", publish, "lectern.manifests");
    done("publish", publish);
    refuses("publish", teach, RECORDING);
    try (Child keeping = start("ledger", ledger)) {
      done("teach", teach);
      assertThat(keeping.await(Fleet.LONG)).as(keeping.output()).isZero();
      assertThat(keeping.output()).doesNotContain("uthoriz", "is not known", "not compared");
    }
    refuses("publish", train, RECORDING);
    done("train", train);
    assertThat(done("watch", List.of("recordings", "verify", RECORDING)).out()).contains(": sound");
    assertThat(done("watch", List.of("status", "--json")).out()).contains(RECORDING);
    refuses("watch", List.of("recordings", "delete", RECORDING, "--yes"), "lectern");
    assertThat(done("watch", List.of("recordings", "verify", RECORDING)).out()).contains(": sound");
  }

  /** A command that ends with one line that says what is denied, and shows no password. */
  private void refuses(String user, List<String> command, String what) throws Exception {
    CommandRun denied = run(user, command);
    assertThat(denied.exitCode()).as(denied.out() + denied.err()).isEqualTo(1);
    assertThat(denied.err().lines()).as(denied.err()).hasSize(1);
    assertThat(denied.err())
        .contains("the broker at " + broker.bootstrapServers() + " denies it: ", what)
        .doesNotContain(passwords.get(user));
  }

  private CommandRun done(String user, List<String> command) throws Exception {
    CommandRun run = run(user, command);
    assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
    return run;
  }

  private CommandRun run(String user, List<String> command) throws Exception {
    return CommandRun.of(connected(user, command).toArray(String[]::new));
  }

  private Child start(String user, List<String> command) throws Exception {
    return Child.start(dir, Map.of("OMP_NUM_THREADS", "1"), connected(user, command));
  }

  private List<String> connected(String user, List<String> command) throws Exception {
    StringBuilder properties = new StringBuilder();
    client(user).forEach((key, value) -> properties.append(key + "=" + value + "\n"));
    Path file = Files.writeString(dir.resolve(user + ".properties"), properties);
    return Stream.concat(
            command.stream(),
            Stream.of(
                "--bootstrap-servers=" + broker.bootstrapServers(), "--kafka-properties=" + file))
        .toList();
  }

  private Map<String, Object> client(String user) {
    Map<String, Object> client = new LinkedHashMap<>();
    client.put("bootstrap.servers", broker.bootstrapServers());
    client.put("security.protocol", "SASL_SSL");
    client.put("sasl.mechanism", "PLAIN");
    client.put(
        "sasl.jaas.config",
        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"%s\" password=\"%s\";"
            .formatted(user, passwords.get(user)));
    client.put("ssl.truststore.type", "PEM");
    client.put("ssl.truststore.location", dir.resolve("secrets/ca.pem").toString());
    return client;
  }

  private String users() {
    passwords.put("broker", "broker-secret");
    rights.forEach(row -> passwords.put(row[0], row[0] + "-secret"));
    StringBuilder users =
        new StringBuilder(
            "org.apache.kafka.common.security.plain.PlainLoginModule required"
                + " username=\"broker\" password=\"broker-secret\"");
    passwords.forEach(
        (user, password) -> users.append(" user_%s=\"%s\"".formatted(user, password)));
    return users.append(";").toString();
  }

  /** Rows of the README's table: role, kind, name, operations. */
  private void readRights() throws Exception {
    List<String> lines = Files.readAllLines(README);
    int at = lines.indexOf(HEADING);
    assertThat(at).as(HEADING + " in " + README).isNotNegative();
    for (String line : lines.subList(at, lines.size())) {
      if (line.startsWith("| `")) {
        String[] cells =
            Arrays.stream(line.split("\\|"))
                .map(cell -> cell.replace("`", "").strip())
                .filter(cell -> !cell.isEmpty())
                .toArray(String[]::new);
        assertThat(cells).as(line).hasSize(4);
        rights.add(cells);
      } else if (!rights.isEmpty() && line.isBlank()) {
        break;
      }
    }
    assertThat(new TreeSet<>(rights.stream().map(row -> row[0]).toList()))
        .containsExactly("ledger", "publish", "teach", "train", "watch");
  }

  private static Stream<AclBinding> bindings(String[] row) {
    ResourceType type = ResourceType.fromString(row[1].toUpperCase(Locale.ROOT).replace(' ', '_'));
    return Arrays.stream(row[2].split(",\\s*"))
        .flatMap(
            name -> {
              boolean prefix = name.endsWith("*");
              ResourcePattern pattern =
                  new ResourcePattern(
                      type,
                      name.replace("*", "")
                          .replace("DATASET", DATASET)
                          .replace("RECORDING", RECORDING),
                      prefix ? PatternType.PREFIXED : PatternType.LITERAL);
              return Arrays.stream(row[3].split(",\\s*"))
                  .map(
                      operation ->
                          new AclBinding(
                              pattern,
                              new AccessControlEntry(
                                  "User:" + row[0],
                                  "*",
                                  AclOperation.fromString(operation.toUpperCase(Locale.ROOT)),
                                  AclPermissionType.ALLOW)));
            });
  }

  private static void makeSecrets() throws Exception {
    assumeTrue(
        Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "openssl"))),
        "no openssl on the path");
    Process script =
        new ProcessBuilder(
                "sh", "../compose/sasl/make-secrets.sh", dir.resolve("secrets").toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(script.waitFor()).as(output).isZero();
  }

  private static int free() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
