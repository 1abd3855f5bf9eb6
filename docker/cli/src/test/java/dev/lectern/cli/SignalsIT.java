package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.demo.DemoSettings;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.topic.Topics;
import dev.lectern.teacher.recording.TeacherFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every role on a terminal, with its bar on display: Ctrl-C and SIGTERM end it in order, and the
 * exit code tells whether the work is done.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
@DisabledOnOs(OS.WINDOWS)
@Timeout(300)
class SignalsIT {
  private static final int PICTURES = 64;
  private static final int VIEWS_PER_IMAGE = 10;
  private static final String SEALED = "sealed";
  private static final String MANY = "many";
  private static final String INTERRUPTED = "interrupted";

  /**
   * Ten minutes: who waits for the locks of a worker that went away runs out of this test's time.
   */
  private static final String LOCK_MS = "600000";

  /** As many views as the bar says are recorded; at least one. */
  private static final String SOME_VIEWS = " [1-9]\\d*/\\d+ views";

  /** A window in which a bar has room for little but its count. */
  private static final int NARROW = 48;

  private static final int SHORT = 6;

  @TempDir private static Path dir;
  private LiveFleet fleet;

  private enum Stop {
    CTRL_C(ExitCode.INTERRUPTED) {
      @Override
      void ask(PseudoTerminal terminal) throws IOException {
        terminal.pressCtrlC();
      }
    },
    SIGTERM(ExitCode.TERMINATED) {
      @Override
      void ask(PseudoTerminal terminal) {
        terminal.terminate();
      }
    };

    private final int unfinished;

    Stop(int unfinished) {
      this.unfinished = unfinished;
    }

    abstract void ask(PseudoTerminal terminal) throws IOException;
  }

  @BeforeAll
  void recordOnce() throws Exception {
    Map<String, String> longLocks =
        Map.of(
            "group.share.record.lock.duration.ms",
            LOCK_MS,
            "group.share.max.record.lock.duration.ms",
            LOCK_MS);
    fleet = LiveFleet.start(dir, PICTURES, 8, longLocks);
    fleet.record(SEALED, List.of("worker"), TeacherFactory.MODEL_FILE);
    fleet.await(
        "a sealed recording",
        Duration.ofMinutes(2),
        view -> view.recordings().stream().anyMatch(r -> r.state().equals("sealed")));
    fleet.publish(MANY, "--views-per-image", String.valueOf(VIEWS_PER_IMAGE));
  }

  @AfterAll
  void stop() {
    fleet.close();
  }

  @ParameterizedTest
  @CsvSource({"CTRL_C, false", "SIGTERM, false", "CTRL_C, true", "SIGTERM, true"})
  @Order(1)
  void aWorkerFinishesWhatItBegan(Stop stop, boolean untilSealed) throws Exception {
    int columns = columns(stop);
    try (PseudoTerminal worker = start(columns, teaching(untilSealed))) {
      worker.await(SOME_VIEWS);
      stop.ask(worker);

      assertThat(worker.exitCode())
          .as(worker.output())
          .isEqualTo(untilSealed ? stop.unfinished : ExitCode.DONE);
      endedInOrder("teach", worker);
      assertThat(worker.output()).contains("worker ended").doesNotContain("given back unfinished");
      barsFitAndLogsStandAlone(worker, columns);
    }
  }

  @ParameterizedTest
  @CsvSource({"CTRL_C, false", "SIGTERM, false", "CTRL_C, true", "SIGTERM, true"})
  @Order(2)
  void aLedgerCommitsAndLeavesItsGroup(Stop stop, boolean untilSealed) throws Exception {
    int columns = columns(stop);
    try (PseudoTerminal ledger = start(columns, keeping(untilSealed))) {
      ledger.await(SOME_VIEWS);
      stop.ask(ledger);

      assertThat(ledger.exitCode())
          .as(ledger.output())
          .isEqualTo(untilSealed ? stop.unfinished : ExitCode.DONE);
      endedInOrder("ledger", ledger);
      barsFitAndLogsStandAlone(ledger, columns);
      String group = Topics.ledgerGroup(INTERRUPTED);
      try (Admin admin = Admin.create(kafka())) {
        assertThat(
                admin
                    .describeConsumerGroups(List.of(group))
                    .describedGroups()
                    .get(group)
                    .get()
                    .members())
            .isEmpty();
        assertThat(
                admin
                    .listConsumerGroupOffsets(Map.of(group, new ListConsumerGroupOffsetsSpec()))
                    .partitionsToOffsetAndMetadata(group)
                    .get())
            .isNotEmpty();
      }
    }
  }

  @Test
  @Order(3)
  void whatWorkersGaveBackIsRecordedByAnotherAtOnce() throws Exception {
    assertThat(receipts())
        .as("receipts when the last worker was stopped")
        .isLessThan((PICTURES + 8L) * VIEWS_PER_IMAGE);

    try (Child ledger = Child.start(dir, keeping(true).toArray(String[]::new));
        Child worker = Child.start(dir, teaching(true).toArray(String[]::new))) {
      assertThat(worker.await()).as(worker.output()).isEqualTo(ExitCode.DONE);
      assertThat(ledger.await()).as(ledger.output()).isEqualTo(ExitCode.DONE);
      // Without a terminal there is a line now and then, and nothing is drawn
      for (Child role : List.of(worker, ledger)) {
        assertThat(role.output())
            .containsPattern("(?m)^[a-z]+ " + INTERRUPTED + ".*: \\d+/\\d+ views \\(")
            .doesNotContain("\r", "\u001b");
      }
    }
  }

  @Test
  void aStudentGoesOnWhereItWasStoppedAndEndsTheSame() throws Exception {
    List<String> whole = training("whole", 6);
    try (Child student = Child.start(dir, Map.of("OMP_NUM_THREADS", "1"), whole)) {
      assertThat(student.await()).as(student.output()).isEqualTo(ExitCode.DONE);
    }
    List<String> resumed = training("resumed", 6, "--resume");
    int step = 0;
    for (Stop stop : Stop.values()) {
      try (PseudoTerminal student = start(resumed)) {
        student.await("epoch \\d+/\\d+ [^\\r\\n]* [1-9]\\d*/8 steps");
        stop.ask(student);

        assertThat(student.exitCode()).as(student.output()).isEqualTo(stop.unfinished);
        endedInOrder("train", student);
        int reached = stepsIn(student.output());
        assertThat(reached).as(student.output()).isGreaterThan(step);
        step = reached;
        try (Stream<Path> checkpoints = Files.list(dir.resolve("resumed/checkpoints"))) {
          assertThat(checkpoints).isNotEmpty();
        }
      }
    }

    try (PseudoTerminal student = start(resumed)) {
      assertThat(student.exitCode()).as(student.output()).isEqualTo(ExitCode.DONE);
    }
    assertThat(dir.resolve("resumed/student.safetensors"))
        .hasSameBinaryContentAs(dir.resolve("whole/student.safetensors"));
  }

  @Test
  void publishingGoesOnWhereItWasStopped() throws Exception {
    List<String> publishing = publishing("stopped");
    for (Stop stop : Stop.values()) {
      int columns = columns(stop);
      try (PseudoTerminal publish = start(columns, publishing)) {
        publish.await(SOME_VIEWS);
        stop.ask(publish);

        assertThat(publish.exitCode()).as(publish.output()).isEqualTo(stop.unfinished);
        endedInOrder("publish", publish);
        barsFitAndLogsStandAlone(publish, columns);
        assertThat(publish.output()).contains("dataset stopped: OPEN");
      }
    }

    CommandRun finished = CommandRun.of(publishing.toArray(String[]::new));

    assertThat(finished.exitCode()).as(finished.err()).isEqualTo(ExitCode.DONE);
    assertThat(finished.out())
        .contains("dataset stopped: SEALED")
        .doesNotContain(" 0 were there already");
  }

  static Stream<Arguments> whoRunsUntilStopped() {
    return Stream.of(Stop.values())
        .flatMap(
            stop ->
                Stream.of(
                    Arguments.of(stop, "listening on", List.of("broker", "--port", "0")),
                    Arguments.of(stop, "listening on", List.of("dashboard", "--port", "0")),
                    Arguments.of(stop, SEALED, List.of("status", "--watch"))));
  }

  @ParameterizedTest
  @MethodSource("whoRunsUntilStopped")
  void whoRunsUntilStoppedIsDoneThen(Stop stop, String ready, List<String> command)
      throws Exception {
    List<String> words = new ArrayList<>(command);
    if (command.get(0).equals("broker")) {
      words.addAll(List.of("--data-dir", dir.resolve("broker-" + stop).toString()));
    } else {
      words.addAll(List.of("--bootstrap-servers", fleet.servers()));
    }
    try (PseudoTerminal role = start(words)) {
      role.await(ready);
      stop.ask(role);

      assertThat(role.exitCode()).as(role.output()).isEqualTo(ExitCode.DONE);
      endedInOrder(command.get(0), role);
    }
  }

  @Test
  void aWatchedStatusFitsAShortWindow() throws Exception {
    List<String> command =
        List.of("status", "--watch", "--interval=1", "--bootstrap-servers=" + fleet.servers());
    try (PseudoTerminal status = PseudoTerminal.start(SHORT, NARROW, command)) {
      status.await("(?s)more lines.*more lines");
      status.pressCtrlC();
      assertThat(status.exitCode()).as(status.output()).isEqualTo(ExitCode.DONE);

      String home = "\u001b[H";
      String[] pages = status.output().split(Pattern.quote(home), -1);
      String page = pages[pages.length - 1].replaceAll("\u001b\\[[0-9;]*[A-Za-z]", "");
      String shown = page.substring(0, page.indexOf(" more lines"));
      assertThat(shown.lines().mapToInt(line -> 1 + Math.max(0, line.length() - 1) / NARROW).sum())
          .isLessThan(SHORT);
      assertThat(shown).startsWith("lectern  " + fleet.servers());
    }
  }

  @Test
  void aDemoEndsWithItsProcesses() throws Exception {
    Path work = dir.resolve("interrupted-demo");
    try (PseudoTerminal demo =
        start(List.of("demo", "--work-dir=" + work, "--pictures=8", "--validation-pictures=8"))) {
      demo.await("record [^\\r\\n]*views");
      demo.pressCtrlC();

      assertThat(demo.exitCode()).as(demo.output()).isEqualTo(ExitCode.INTERRUPTED);
      assertThat(demo.output()).contains("stopped; the processes of the demo have ended");
    }
    assertThat(ProcessHandle.allProcesses())
        .noneMatch(child -> child.info().commandLine().orElse("").contains(work.toString()));
  }

  @Test
  void theBarFitsItsWindowAndLogsStandAboveIt() throws Exception {
    List<String> command = training("narrow", 1000);
    try (PseudoTerminal student = start(60, command)) {
      student.await("epoch 1/\\d+ [^\\r\\n]*%");
      student.await("epoch 2/");
      int before = student.output().length();
      student.resize(45);
      student.await("(?s)^.{" + before + "}.*epoch 4/.*epoch 5/");
      student.terminate();
      assertThat(student.exitCode()).isEqualTo(ExitCode.TERMINATED);

      List<String> bars = bars(student.output());
      assertThat(bars).hasSizeGreaterThan(4).allMatch(bar -> bar.length() < 60);
      assertThat(bars(student.output().substring(student.output().indexOf("epoch 5/"))))
          .allMatch(bar -> bar.length() < 45);
      assertThat(student.output().split("[\\r\\n]+"))
          .as("logs start lines of their own")
          .noneMatch(line -> Pattern.matches(".+\\d\\d:\\d\\d:\\d\\d INFO .*", line));
    }
  }

  /** Half of the roles run in a wide window, half in a narrow one. */
  private static int columns(Stop stop) {
    return stop == Stop.CTRL_C ? NARROW : 120;
  }

  /** While the role ran: no bar is as wide as its window, no log line hangs on a bar. */
  private static void barsFitAndLogsStandAlone(PseudoTerminal terminal, int columns) {
    // The terminal itself shows what Ctrl-C typed.
    String drawn = terminal.output().replace("\u001b[K", "").replace("^C", "");
    String[] lines = drawn.split("[\\r\\n]+");
    assertThat(lines)
        .filteredOn(line -> line.matches(".*\\d+/\\d+ views.*") && !line.contains(" INFO "))
        .isNotEmpty()
        .allMatch(bar -> bar.length() < columns);
    assertThat(lines).noneMatch(line -> line.matches(".+\\d\\d:\\d\\d:\\d\\d INFO .*"));
  }

  /** What was drawn in place, without the sequences that erase. */
  private static List<String> bars(String output) {
    return Stream.of(output.split("[\\r\\n]+"))
        .map(line -> line.replace("\u001b[K", ""))
        .filter(line -> line.matches("epoch \\d+/.*%.*"))
        .toList();
  }

  private static void endedInOrder(String role, PseudoTerminal terminal) {
    assertThat(terminal.output())
        .contains("stopping " + role + ": finishing what was begun")
        .contains(role + " stopped");
  }

  /** Where the run says that it stopped. */
  private static int stepsIn(String output) {
    Matcher matcher = Pattern.compile("stopped after \\d+ epochs, (\\d+) steps").matcher(output);
    assertThat(matcher.find()).as(output).isTrue();
    return Integer.parseInt(matcher.group(1));
  }

  private PseudoTerminal start(List<String> command) throws IOException {
    return start(120, command);
  }

  private PseudoTerminal start(int columns, List<String> command) throws IOException {
    return PseudoTerminal.start(24, columns, command);
  }

  private List<String> teaching(boolean untilSealed) {
    return words(
        untilSealed,
        "teach",
        "--dataset=" + MANY,
        "--recording=" + INTERRUPTED,
        "--teacher=" + dir.resolve("demo-teacher.yaml"),
        "--model=" + dir.resolve("demo-teacher.onnx"),
        "--threads=1",
        "--lanes=2");
  }

  private List<String> keeping(boolean untilSealed) {
    return words(
        untilSealed,
        "ledger",
        "--recording=" + INTERRUPTED,
        "--state-dir=" + dir.resolve("interrupted-ledger"));
  }

  private List<String> words(boolean untilSealed, String... command) {
    List<String> words = new ArrayList<>(List.of(command));
    words.add("--bootstrap-servers=" + fleet.servers());
    if (untilSealed) {
      words.add("--until-sealed");
    }
    return words;
  }

  private List<String> publishing(String dataset) {
    return words(
        false,
        "publish",
        "--config=" + dir.resolve("publish.yaml"),
        "--name=" + dataset,
        "--views-per-image=100",
        "--png-compression=9",
        "--threads=1");
  }

  private List<String> training(String run, int epochs, String... options) throws IOException {
    Path config =
        Files.writeString(
            dir.resolve(run + ".yaml"),
            """
            epochs: %d
            batch-size: 8
            losses: [{name: ld}, {name: kd}]
            checkpoint: {every-epochs: 100}
            evaluation: {split: none}
            student:
            """
                    .formatted(epochs)
                + ConfigLoader.toYaml(DemoSettings.student()).replace("---\n", "").indent(2));
    List<String> words =
        words(
            false,
            "train",
            "--config=" + config,
            "--recording=" + SEALED,
            "--out=" + dir.resolve(run));
    words.addAll(List.of(options));
    return words;
  }

  private long receipts() throws InterruptedException {
    try (var reader = TopicReader.sequential(kafka(), Topics.receipts(INTERRUPTED))) {
      return reader.endOffsets().values().stream().mapToLong(Long::longValue).sum();
    }
  }

  private Map<String, Object> kafka() {
    return Map.of("bootstrap.servers", fleet.servers());
  }
}
