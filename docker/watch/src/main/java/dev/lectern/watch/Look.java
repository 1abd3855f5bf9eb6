package dev.lectern.watch;

import java.time.Instant;

/** One look at the fleet, from which a view is made for each question. */
public final class Look {
  private final Observations seen;
  private final String bootstrapServers;

  Look(Observations seen, String bootstrapServers) {
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
