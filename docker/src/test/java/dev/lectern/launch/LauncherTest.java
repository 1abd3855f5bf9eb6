package dev.lectern.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The launcher of a checkout, with stand-ins for Maven and Java that say what they were given. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(60)
class LauncherTest {
  @TempDir Path home;
  private Path source;
  private Path jar;

  @BeforeEach
  void makeACheckout() throws IOException {
    source = write("schemas/src/main/java/target/Rows.java", "class Rows {}");
    for (String file : new String[] {"pom.xml", "schemas/pom.xml", "docker/broker/pom.xml"}) {
      write(file, "<project/>");
    }
    write("docker/broker/src/main/java/Broker.java", "class Broker {}");
    script("bin/mvn", "mkdir -p docker/target/lib\necho built > docker/target/lib/cli.jar");
    script(
        "java/bin/java",
        "[ \"$1\" = -version ] && echo 'openjdk version \"17.0.1\"' >&2 || echo \"java"
            + " LC_ALL=$LC_ALL $*\"");
    Files.copy(Path.of("..", "lectern"), home.resolve("lectern"));
    jar = home.resolve("docker/target/lib/cli.jar");
  }

  @Test
  void theFirstUseBuildsAndTheSecondDoesNot() throws Exception {
    assertThat(launch("train", "--help"))
        .contains("lectern: first use; building with Maven")
        .contains("dev.lectern.cli.Main train --help");

    assertThat(launch("train")).doesNotContain("building").contains("dev.lectern.cli.Main train");
  }

  @Test
  void aChangedSourceBuildsAgainAndSaysWhichOne() throws Exception {
    launch("--version");
    Files.writeString(jar, "opened by a running lectern");

    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(1)));

    assertThat(launch("--version"))
        .contains("lectern: schemas/src/main/java/target/Rows.java changed; building");
    assertThat(jar).hasContent("built\n");
  }

  @Test
  void aRemovedSourceBuildsAgain() throws Exception {
    launch("--version");

    Files.delete(source);
    Files.setLastModifiedTime(source.getParent(), FileTime.from(Instant.now().plusSeconds(1)));

    assertThat(launch("--version")).contains("lectern: schemas/src/main/java/target changed;");
  }

  @Test
  void aBuildCanBeAskedFor() throws Exception {
    launch("--version");

    assertThat(launch("LECTERN_REBUILD=1", "--version")).contains("LECTERN_REBUILD is set;");
  }

  @Test
  void aFailedBuildStartsNothingAndIsTriedAgain() throws Exception {
    script("bin/mvn", "echo 'does not compile'; exit 1");

    for (int attempt = 0; attempt < 2; attempt++) {
      assertThat(launch("--version"))
          .contains("does not compile", "lectern: the build failed")
          .doesNotContain("java ");
    }
  }

  @Test
  void aBuildThatWasAskedForAndFailedIsTriedAgain() throws Exception {
    launch("--version");
    script("bin/mvn", "echo 'does not compile'; exit 1");
    launch("LECTERN_REBUILD=1", "--version");

    assertThat(launch("--version"))
        .contains("lectern: first use;", "does not compile")
        .doesNotContain("java ");
  }

  @Test
  void aBuildThatWasKilledHoldsUpNobody() throws Exception {
    script("bin/mvn", "exec sleep 60");
    Process killed = command().redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    Path begun = home.resolve("docker/target/.lectern-built.begun");
    Awaitility.await().until(() -> Files.exists(begun));
    killed.descendants().forEach(ProcessHandle::destroyForcibly);
    killed.destroyForcibly().waitFor();
    script("bin/mvn", "mkdir -p docker/target/lib\necho built > docker/target/lib/cli.jar");

    assertThat(launch("--version"))
        .contains("lectern: first use; building")
        .doesNotContain("waiting");
  }

  @Test
  void oneOfManyBuildsAfterAKilledOne() throws Exception {
    script("bin/mvn", "exec sleep 60");
    Process killed = command().redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    Path begun = home.resolve("docker/target/.lectern-built.begun");
    Awaitility.await().until(() -> Files.exists(begun));
    script(
        "bin/mvn",
        """
        echo built >> builds
        sleep 0.2
        mkdir -p docker/target/lib
        echo built > docker/target/lib/cli.jar\
        """);
    List<Process> waiters = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      waiters.add(command().redirectOutput(home.resolve(i + ".log").toFile()).start());
    }
    for (int i = 0; i < 6; i++) {
      Path log = home.resolve(i + ".log");
      Awaitility.await().until(() -> Files.readString(log).contains("waiting"));
    }

    killed.descendants().forEach(ProcessHandle::destroyForcibly);
    killed.destroyForcibly().waitFor();

    for (Process waiter : waiters) {
      assertThat(waiter.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(waiter.exitValue()).isZero();
    }
    assertThat(home.resolve("builds")).hasContent("built\n");
  }

  @Test
  void whoComesWhileAnotherBuildsWaitsAndDoesNotBuildAgain() throws Exception {
    script(
        "bin/mvn",
        """
        until [ -e go ]; do sleep 0.1; done
        mkdir -p docker/target/lib
        echo built > docker/target/lib/cli.jar\
        """);
    Process first = command().redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    Awaitility.await()
        .until(() -> Files.exists(home.resolve("docker/target/.lectern-built.begun")));
    Path log = home.resolve("second.log");
    Process second = command().redirectOutput(log.toFile()).start();
    Awaitility.await().until(() -> Files.readString(log).contains("waiting"));
    Files.createFile(home.resolve("go"));

    assertThat(second.waitFor(20, TimeUnit.SECONDS) && first.waitFor(20, TimeUnit.SECONDS))
        .isTrue();
    assertThat(log)
        .content()
        .contains("waiting for the build of another lectern (process " + first.pid() + ")")
        .contains("dev.lectern.cli.Main")
        .doesNotContain("building with Maven");
  }

  @Test
  void aCheckoutThatCannotBeWrittenIsSaid() throws Exception {
    write("docker/target", "in the way of the folder, whoever runs this");

    assertThat(launch("--version"))
        .startsWith("lectern: first use, and ")
        .contains(" cannot be written; use a release, or a copy of the checkout that is yours")
        .doesNotContain("java ");
  }

  @Test
  void aReleaseStartsItsOwnJarsAndBuildsNothing() throws Exception {
    write("lib/cli.jar", "released");
    Files.delete(home.resolve("bin/mvn"));

    assertThat(launch("train"))
        .contains("-cp " + home.toRealPath() + "/lib/* ")
        .contains("dev.lectern.cli.Main train")
        .doesNotContain("docker/target");
  }

  @Test
  void fileNamesAreUnicodeInLocalesThatKnowAsciiOnly() throws Exception {
    script("bin/locale", "echo ANSI_X3.4-1968");
    assertThat(launch("LC_ALL=POSIX", "publish")).contains("java LC_ALL=C.UTF-8 ");

    script("bin/locale", "echo UTF-8");
    assertThat(launch("LC_ALL=de_DE.UTF-8", "publish")).contains("java LC_ALL=de_DE.UTF-8 ");

    script("bin/locale", "exit 127");
    assertThat(launch("LC_ALL=C", "publish")).contains("java LC_ALL=C.UTF-8 ");
    assertThat(launch("LC_ALL=ja_JP.eucJP", "publish")).contains("java LC_ALL=ja_JP.eucJP ");
  }

  /** Runs it; returns both of its streams. The first argument may set a variable. */
  private String launch(String... arguments) throws Exception {
    ProcessBuilder builder = command();
    for (String argument : arguments) {
      String[] variable = argument.split("=", 2);
      if (variable.length == 2) {
        builder.environment().put(variable[0], variable[1]);
      } else {
        builder.command().add(argument);
      }
    }
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return output;
  }

  private ProcessBuilder command() {
    ProcessBuilder builder = new ProcessBuilder(home.resolve("lectern").toString());
    builder.environment().remove("LECTERN_REBUILD");
    builder.environment().put("JAVA_HOME", home.resolve("java").toString());
    builder.environment().merge("PATH", home.resolve("bin") + ":", (path, bin) -> bin + path);
    return builder.redirectErrorStream(true);
  }

  private void script(String name, String body) throws IOException {
    Path file = write(name, "#!/bin/sh\n" + body + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Path write(String name, String text) throws IOException {
    Path file = home.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }
}
