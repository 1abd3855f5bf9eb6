package dev.lectern.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.cli.Child;
import dev.lectern.cli.ExitCode;
import dev.lectern.schemas.topic.Topics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** Publish, ledger, teach and train at work at the same time, while something happens to them. */
final class EveryRole {
  private static final String DATA = "data";
  private static final String SEALED = "sealed";

  private final Fleet fleet;
  private final Pace pace;
  private final String digest;

  private EveryRole(Fleet fleet, Pace pace, String digest) {
    this.fleet = fleet;
    this.pace = pace;
    this.digest = digest;
  }

  /**
   * How much there is to do, and how slowly the broker takes it, so that some is left after a
   * fault.
   *
   * @param views of each picture
   * @param teach bytes a second that a broker takes of the worker; 0 for all that it sends
   * @param publish bytes a second that a broker takes of publish; 0 for all that it sends
   */
  record Pace(int views, int teach, int publish) {}

  /** Makes the recording that the run trains from, and that the others are to equal. */
  static EveryRole on(Fleet fleet, Pace pace) throws Exception {
    fleet.done(fleet.publishing(DATA, pace.views()));
    fleet.record(DATA, SEALED);
    return new EveryRole(fleet, pace, fleet.digest(SEALED));
  }

  /** Something that happens to all of them, or is over. */
  interface Event {
    void happen() throws Exception;
  }

  /** Each role makes progress after a fault that is over, and what comes of it is unharmed. */
  void goesOnAfter(String name, Event fault) throws Exception {
    goesOn(name, fault, () -> {});
  }

  /** Each role makes progress after a fault began, before it is mended. */
  void goesOn(String name, Event fault, Event mend) throws Exception {
    Map<String, Child> roles = new LinkedHashMap<>();
    try {
      startAll(roles, name);
      fault.happen();
      long since = System.nanoTime();
      Map<String, Callable<Long>> progress = progress(name);
      Map<String, Long> before = new LinkedHashMap<>();
      for (Map.Entry<String, Callable<Long>> role : progress.entrySet()) {
        before.put(role.getKey(), role.getValue().call());
      }
      Fleet.until(
          () -> {
            for (String role : List.copyOf(before.keySet())) {
              Child child = roles.get(role);
              assertThat(child.isAlive()).as(child.output()).isTrue();
              if (progress.get(role).call() > before.get(role)) {
                before.remove(role);
                Recovery.took(name, role, since);
              }
            }
            return before.isEmpty();
          });
      mend.happen();
      fleet.slow("worker", 0);
      fleet.slow(name + "-views", 0);
      for (String role : List.of("teach", "ledger", "publish")) {
        fleet.ends(roles.get(role));
      }
      Child train = roles.get("train");
      train.terminate();
      assertThat(train.await()).as(train.output()).isEqualTo(ExitCode.TERMINATED);
    } finally {
      roles.values().forEach(Child::close);
    }
    fleet.assertUnharmed(name, digest);
    assertThat(fleet.done(publishing(name)).out()).contains("SEALED");
  }

  private List<String> publishing(String name) {
    return fleet.publishing(name + "-views", 2 * pace.views());
  }

  /**
   * Every role that runs on, each with something to do: the run's epochs have no end, and the
   * broker takes the bytes of the others slowly.
   */
  void startAll(Map<String, Child> roles, String name, String... options) throws Exception {
    fleet.slow("worker", pace.teach());
    fleet.slow(name + "-views", pace.publish());
    roles.put(
        "train",
        fleet.start(
            fleet.training(name + "-run", SEALED, 1_000_000, "checkpoint: {every-epochs: 1000000}"),
            options));
    Path metrics = fleet.dir().resolve(name + "-run/metrics.jsonl");
    Fleet.until(() -> Files.exists(metrics), roles.get("train"));
    roles.put("ledger", fleet.start(fleet.keeping(name), options));
    roles.put("teach", fleet.start(fleet.teaching(DATA, name, "worker"), options));
    roles.put("publish", fleet.start(publishing(name), options));
    Map<String, Callable<Long>> progress = progress(name);
    Fleet.until(
        () -> {
          for (Callable<Long> role : progress.values()) {
            if (role.call() < 10) {
              return false;
            }
          }
          return true;
        },
        roles.values().toArray(new Child[0]));
  }

  /** What of each role grows while it works. */
  private Map<String, Callable<Long>> progress(String name) {
    Map<String, Callable<Long>> progress = new LinkedHashMap<>();
    progress.put("teach", () -> fleet.receipts(name));
    progress.put("ledger", () -> fleet.records(Topics.index(name)));
    progress.put("publish", () -> fleet.records(Topics.catalog(name + "-views")));
    progress.put("train", () -> Files.size(fleet.dir().resolve(name + "-run/metrics.jsonl")));
    return progress;
  }
}
