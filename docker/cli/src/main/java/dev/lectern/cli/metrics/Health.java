package dev.lectern.cli.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Whether a role lives, and whether it is ready: whether it gets on with its work.
 *
 * <p>A role shows as {@code lectern.<role>.silence} for how many seconds each of its parts has been
 * silent. A part that has been so for long makes it not ready, one that only a restart can help
 * makes it not alive. A broker that does not answer never does the latter.
 */
public final class Health {
  private static final double BROKER_SECONDS = 10;
  private static final double NEVER = Double.POSITIVE_INFINITY;

  /**
   * What a role must go on with.
   *
   * @param gauge that shows for how long it has not
   * @param part value of the gauge's tag {@code part}; null if it has none
   * @param lack what it means
   * @param readySeconds silence up to which the role is ready
   * @param aliveSeconds silence up to which it lives
   */
  private record Part(
      String gauge, String part, String lack, double readySeconds, double aliveSeconds) {
    Collection<Gauge> in(MeterRegistry registry) {
      var search = registry.find(gauge);
      return (part == null ? search : search.tag("part", part)).gauges();
    }
  }

  /** Roles that are not named have no parts that tell. */
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

  /** A student trains on from its store; what it lacks shows in its steps. */
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

  /** Why a role should be started anew, a line each; empty if it lives. */
  List<String> deadly(MeterRegistry registry) {
    List<String> problems = new ArrayList<>();
    for (Part part : parts()) {
      part.in(registry).stream()
          .filter(gauge -> gauge.value() > part.aliveSeconds())
          .forEach(gauge -> problems.add(line(part.lack(), gauge.value())));
    }
    return problems;
  }

  /** Why a role is not ready, a line each; empty if it is. */
  List<String> hindering(MeterRegistry registry) {
    List<String> problems = new ArrayList<>();
    for (Part part : parts()) {
      Collection<Gauge> gauges = part.in(registry);
      if (gauges.isEmpty() && problems.isEmpty()) {
        problems.add("starting");
      }
      gauges.stream()
          .filter(gauge -> gauge.value() > part.readySeconds())
          .forEach(gauge -> problems.add(line(part.lack(), gauge.value())));
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

  private static String line(String lack, double seconds) {
    return String.format(Locale.ROOT, "%s for %.0f s", lack, seconds);
  }
}
