package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Mistakes around a secret are one line, without the secret. None of these reaches a broker. */
class SecretMessagesTest {
  private static final String SECRET = "correct-horse-battery";
  private static final String LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule ";

  @TempDir private Path dir;

  static Stream<Arguments> mistakes() {
    return Stream.of(
        mistake("option '--kafka': expected KEY=VALUE", "train", "--kafka", "key " + SECRET),
        mistake("option '--kafka': expected KEY=VALUE", "status", "--kafka=" + SECRET),
        mistake("option '--kafka': expected KEY=VALUE", "broker", "--kafka", SECRET),
        mistake("--kafka: found a name with other characters", "train", "--kafka", "=" + SECRET),
        mistake(
            "--kafka: found a name with other characters",
            "recordings",
            "list",
            "--kafka",
            "ssl.key.password " + SECRET + "="),
        mistake(
            "--kafka: found a name with other characters",
            "broker",
            "--kafka",
            "ssl.key.password: " + SECRET + "="),
        mistake(
            "--kafka-properties: found KEY=VALUE, expected a file",
            "recordings",
            "list",
            "--kafka-properties",
            "ssl.key.password=" + SECRET),
        mistake(
            "--config: found KEY=VALUE, expected a file",
            "train",
            "--config",
            "kafka.ssl.key.password=" + SECRET),
        mistake("--set: expected KEY=VALUE", "train", "--set", SECRET),
        mistake("--set: expected KEY=VALUE", "train", "--set", "kafka.password: " + SECRET + "="),
        mistake("--set kafka.a: value is not YAML", "train", "--set", "kafka.a={" + SECRET),
        mistake(
            "kafka: found the Kafka client property 'ssl.keystore.pasword', expected"
                + " 'ssl.keystore.password'",
            "train",
            "--set",
            "kafka.ssl.keystore.pasword=" + SECRET),
        mistake(
            "--kafka: found the Kafka client property 'sasl.jaas.confg', expected"
                + " 'sasl.jaas.config'",
            "status",
            "--kafka",
            "sasl.jaas.confg=" + SECRET),
        mistake(
            "kafka.sasl: found nested keys, expected one key and its value in a line, as"
                + " 'sasl.jaas: ...'",
            "train",
            "--set",
            "kafka={sasl: {jaas: {config: " + SECRET + "}}}"),
        mistake("kafka: found a value", "train", "--set", "kafka=" + SECRET),
        mistake("unknown key 'sasl'", "train", "--set", "sasl.jaas.config=" + SECRET),
        mistake("unknown option '--kafka-pass'", "train", "--kafka-pass=" + SECRET),
        mistake("belongs to no option", "train", "--kafka", "ssl.key.password=", SECRET),
        mistake("belongs to no option", "train", "--kafka", "ssl.key.password=", "-" + SECRET),
        mistake(
            "Not a number of type INT",
            "broker",
            "--port=0",
            "--kafka",
            "num.io.threads=" + SECRET),
        mistake(
            "give sasl.jaas.config in the file of --kafka-properties",
            "recordings",
            "list",
            "--kafka=security.protocol=SASL_PLAINTEXT",
            "--kafka=client.id=" + SECRET),
        mistake(
            "control flag '***'",
            "recordings",
            "list",
            "--kafka=security.protocol=SASL_PLAINTEXT",
            "--kafka=sasl.mechanism=PLAIN",
            "--kafka=sasl.jaas.config=" + LOGIN + SECRET + " password=x;"));
  }

  private static Arguments mistake(String message, String... arguments) {
    return Arguments.of(message, arguments);
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void aMistakeDoesNotShowTheValue(String message, String[] arguments) throws Exception {
    assertMistake(message, arguments);
  }

  @Test
  void aFileWithAMistakeIsNotQuoted() throws Exception {
    assertMistake("kafka: found a value", "train", "--config", file("kafka: " + SECRET));
    assertMistake(
        "not YAML: line 1", "train", "--config", file("kafka: {ssl.key.password: '" + SECRET));
    assertMistake(
        "kafka: found a name with other characters",
        "train",
        "--config",
        file("kafka: {\"password " + SECRET + "\": x}"));
    assertMistake(
        "found a name with other characters",
        "recordings",
        "list",
        "--kafka-properties",
        file("password\\ " + SECRET + "=x"));
  }

  private String file(String text) throws Exception {
    return Files.writeString(dir.resolve("file"), text).toString();
  }

  private void assertMistake(String message, String... arguments) throws Exception {
    String[] given =
        arguments[0].equals("broker")
            ? Stream.concat(
                    Arrays.stream(arguments), Stream.of("--data-dir", dir.resolve("b").toString()))
                .toArray(String[]::new)
            : arguments;
    PrintStream before = System.err;
    ByteArrayOutputStream logged = new ByteArrayOutputStream();
    CommandRun run;
    System.setErr(new PrintStream(logged, true, StandardCharsets.UTF_8));
    try {
      run = CommandRun.of(given);
    } finally {
      System.setErr(before);
    }

    assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
    assertThat(run.err().lines().filter(line -> !line.startsWith("Try '")).toList())
        .singleElement()
        .asString()
        .startsWith("lectern: ")
        .contains(message);
    assertThat(run.err() + run.out() + logged.toString(StandardCharsets.UTF_8))
        .doesNotContain(SECRET);
  }
}
