package dev.lectern.cli.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Whether a role is alive, and whether it is ready: whether its work makes progress.
 *
 * <p>Each part of a role reports the seconds since its last progress as {@code
 * lectern.<role>.silence}. A part that makes none for long is not ready; one that only a restart
 * can help is not alive. A broker that does not answer makes no role dead.
 */
public final class Health {
  private static final double BROKER_SECONDS = 10;
  private static final double NEVER = Double.POSITIVE_INFINITY;

  /**
   * A part of a role whose progress is watched.
   *
   * @param gauge seconds since its last progress
   * @param part value of the gauge's tag {@code part}; null if it has none
   * @param problem what its silence means
   * @param readySeconds longest silence of a ready role
   * @param aliveSeconds longest silence of a live role
   */
  private record Part(
      String gauge, String part, String problem, double readySeconds, double aliveSeconds) {
    Collection<Gauge> in(MeterRegistry registry) {
      var search = registry.find(gauge);
      return (part == null ? search : search.tag("part", part)).gauges();
    }
  }

  /** Other roles have no watched parts. */
  private static final Map<String, List<Part>> PARTS =
      Map.of(
          "teach",
          List.of(
              new Part(
                  "lectern.teacher.silence", "inference", "the model is on one batch", 120, 900),
              new Part("lectern.teacher.silence", "lanes", "a lane asks for no views", 120, 900)),
          "ledger",
          List.of(new Part("lectern.ledger.silence", null, "nothing was counted", 120, 900)),
          "train",
          List.of(new Part("lectern.trainer.silence", null, "no step was finished", 600, NEVER)));

  /** A student trains on from its store; its steps show what it misses. */
  private static final List<String> WITHOUT_BROKER = List.of("train");

  private final String role;
  private final BrokerWatch broker;

  /**
   * @param role name of the command
   * @param broker null if the role needs none
   */
  public Health(String role, BrokerWatch broker) {
    this.role = role;
    this.broker = broker;
  }

  /** Every reason to restart the role, a line each; empty if it is alive. */
  List<String> livenessProblems(MeterRegistry registry) {
    List<String> problems = new ArrayList<>();
    for (Part part : parts()) {
      part.in(registry).stream()
          .filter(gauge -> gauge.value() > part.aliveSeconds())
          .forEach(gauge -> problems.add(line(part.problem(), gauge.value())));
    }
    return problems;
  }

  /** Every reason why the role is not ready, a line each; empty if it is. */
  List<String> readinessProblems(MeterRegistry registry) {
    List<String> problems = new ArrayList<>();
    for (Part part : parts()) {
      Collection<Gauge> gauges = part.in(registry);
      if (gauges.isEmpty() && problems.isEmpty()) {
        problems.add("starting");
      }
      gauges.stream()
          .filter(gauge -> gauge.value() > part.readySeconds())
          .forEach(gauge -> problems.add(line(part.problem(), gauge.value())));
    }
    boolean needsBroker = !WITHOUT_BROKER.contains(role) || !problems.isEmpty();
    if (broker != null && needsBroker && broker.silentSeconds() > BROKER_SECONDS) {
      problems.add(line("no broker answers", broker.silentSeconds()));
    }
    return problems;
  }

  private List<Part> parts() {
    return PARTS.getOrDefault(role, List.of());
  }

  private static String line(String problem, double seconds) {
    return String.format(Locale.ROOT, "%s for %.0f s", problem, seconds);
  }
}
