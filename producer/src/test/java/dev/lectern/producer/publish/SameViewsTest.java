package dev.lectern.producer.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lectern.producer.augment.AugmentPlan;
import dev.lectern.producer.augment.Step;
import dev.lectern.schemas.config.ConfigLoader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A plan and a seed make the same views however they are made. */
class SameViewsTest {
  @TempDir Path folder;

  @BeforeEach
  void prepare() throws IOException {
    ViewDigests.prepare(folder);
  }

  @Test
  void ofEveryStep() {
    AugmentPlan plan =
        ConfigLoader.bind(ViewDigests.PLAN, List.of(), AugmentPlan.class, "the plan");

    assertThat(plan.steps().stream().map(Object::getClass))
        .containsAll(Step.kinds().stream().<Class<?>>map(kind -> kind).toList());
  }

  @Test
  void withAnyNumberOfThreadsAndAnyMemory() throws Exception {
    String one = ViewDigests.of(folder, 1, 1 << 28);

    // 11 usable images with 4 views each
    assertThat(one).startsWith("44 views {clipped-box=3, corrupt-image=1} ");
    assertThat(ViewDigests.of(folder, 2, 1 << 28)).isEqualTo(one);
    assertThat(ViewDigests.of(folder, 8, 1 << 28)).isEqualTo(one);
    assertThat(ViewDigests.of(folder, 8, 1)).isEqualTo(one);
  }

  @Test
  void onEveryJavaOfTheMachine() throws Exception {
    List<Path> others = others();
    assumeTrue(!others.isEmpty(), "no other Java is installed");
    String here = ViewDigests.of(folder, 2, 1 << 28);
    for (Path java : others) {
      Path out = folder.resolve("out.txt");
      Process process =
          new ProcessBuilder(
                  java.toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  ViewDigests.class.getName(),
                  folder.toString(),
                  "1",
                  "2",
                  "8")
              .redirectErrorStream(true)
              .redirectOutput(out.toFile())
              .start();
      assertThat(process.waitFor()).as("%s", java).isZero();
      assertThat(Files.readAllLines(out, StandardCharsets.UTF_8))
          .as("%s", java)
          .filteredOn(line -> line.contains(" views "))
          .containsExactly(here, here, here);
    }
  }

  /** One of each version from 17 on but the one that runs this. */
  private static List<Path> others() throws IOException {
    Path all = Path.of(System.getProperty("java.home")).getParent();
    try (Stream<Path> homes = Files.list(all)) {
      return homes
          .filter(home -> !sameAsHere(home))
          .map(home -> home.resolve("bin/java"))
          .filter(Files::isExecutable)
          .toList();
    }
  }

  private static boolean sameAsHere(Path home) {
    try {
      return home.toRealPath().equals(Path.of(System.getProperty("java.home")).toRealPath())
          || !Files.readString(home.resolve("release")).contains("JAVA_VERSION=\"2");
    } catch (IOException e) {
      return true;
    }
  }
}
