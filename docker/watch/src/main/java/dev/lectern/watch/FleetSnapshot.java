package dev.lectern.watch;

import java.time.Instant;

/** The fleet at one moment; a view answers each question about it. */
public final class FleetSnapshot {
  private final Observations seen;
  private final String bootstrapServers;

  FleetSnapshot(Observations seen, String bootstrapServers) {
    this.seen = seen;
    this.bootstrapServers = bootstrapServers;
  }

  /** What there is to see. */
  public FleetView view() {
    return FleetAssembly.assemble(seen, bootstrapServers, null);
  }

  /** As {@link #view()}, with how many workers finish by a given time. */
  public FleetView view(Instant finishBy) {
    return FleetAssembly.assemble(seen, bootstrapServers, finishBy);
  }
}
