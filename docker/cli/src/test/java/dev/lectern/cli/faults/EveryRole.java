package dev.lectern.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.cli.Child;
import dev.lectern.cli.CommandRun;
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
  private final Fleet fleet;

  private EveryRole(Fleet fleet) {
    this.fleet = fleet;
  }

  /** Makes the recording that the run trains from. */
  static EveryRole on(Fleet fleet) throws Exception {
    fleet.done(fleet.publishing("small", 1));
    fleet.record("small", "sealed");
    return new EveryRole(fleet);
  }

  /** Something that happens to all of them, and is over. */
  interface Fault {
    void happen() throws Exception;
  }

  /** Each role makes progress after the fault, and what comes of it is sound. */
  void goesOnAfter(String name, Fault fault) throws Exception {
    Map<String, Child> roles = new LinkedHashMap<>();
    try {
      startAll(roles, name);
      fault.happen();
      long back = System.nanoTime();
      Map<String, Callable<Long>> progress = progress(name);
      Map<String, Long> before = new LinkedHashMap<>();
      for (Map.Entry<String, Callable<Long>> role : progress.entrySet()) {
        before.put(role.getKey(), role.getValue().call());
      }
      Fleet.until(
          () -> {
            for (String role : List.copyOf(before.keySet())) {
              if (progress.get(role).call() > before.get(role)) {
                before.remove(role);
                Recovery.took(name, role, back);
              }
            }
            return before.isEmpty();
          },
          roles.values().toArray(new Child[0]));
      fleet.slow("worker", 0);
      fleet.slow(name + "-views", 0);
      for (String role : List.of("ledger", "teach", "publish")) {
        fleet.ends(roles.get(role));
      }
      Child train = roles.get("train");
      train.terminate();
      assertThat(train.await()).as(train.output()).isEqualTo(ExitCode.TERMINATED);
    } finally {
      roles.values().forEach(Child::close);
    }
    CommandRun verified = fleet.done(List.of("recordings", "verify", name));
    assertThat(verified.out())
        .contains(name + ": " + fleet.pictures() * 20 + " views")
        .contains(": sound");
    assertThat(fleet.done(fleet.publishing(name + "-views", 40)).out()).contains("SEALED");
  }

  /**
   * Every role that runs on, each with something to do: the run's epochs have no end, and the
   * broker takes the bytes of the others slowly.
   */
  void startAll(Map<String, Child> roles, String name, String... options) throws Exception {
    fleet.done(fleet.publishing(name + "-data", 20));
    fleet.slow("worker", 20_000);
    fleet.slow(name + "-views", 40_000);
    roles.put(
        "train",
        fleet.start(
            fleet.training(
                name + "-run", "sealed", 1_000_000, "checkpoint: {every-epochs: 1000000}"),
            options));
    Path metrics = fleet.dir().resolve(name + "-run/metrics.jsonl");
    Fleet.until(() -> Files.exists(metrics), roles.get("train"));
    roles.put("ledger", fleet.start(fleet.keeping(name), options));
    roles.put("teach", fleet.start(fleet.teaching(name + "-data", name, "worker"), options));
    roles.put("publish", fleet.start(fleet.publishing(name + "-views", 40), options));
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
