package dev.lectern.watch.web;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.watch.FleetJson;
import dev.lectern.watch.Look;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the fleet every few seconds and tells all who listen. Looking goes on when it failed:
 * listeners are told what is wrong, and the last look stays.
 */
public final class FleetFeed implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FleetFeed.class);
  private static final JsonMapper JSON = new JsonMapper();

  /**
   * What listeners are told.
   *
   * @param name {@code fleet} with a fleet as JSON, or {@code trouble} with {@code
   *     {"message":"..."}}
   * @param json one line
   */
  record Event(String name, String json) {}

  private final Supplier<Look> eyes;
  private final Duration every;
  private final List<Consumer<Event>> listeners = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;
  private volatile Look last;
  private volatile Event event;
  private volatile String trouble = "starting";

  /**
   * Starts looking.
   *
   * @param eyes looks once; called by one thread
   */
  public FleetFeed(Supplier<Look> eyes, Duration every) {
    this.eyes = eyes;
    this.every = every;
    thread = new Thread(this::follow, "lectern-fleet-feed");
    thread.setDaemon(true);
    thread.start();
  }

  private void follow() {
    try {
      do {
        look();
      } while (!closed.await(every.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() {
    Event now;
    try {
      last = eyes.get();
      now = new Event("fleet", FleetJson.of(last.view()));
      trouble = null;
    } catch (RuntimeException e) {
      if (closed.getCount() == 0) {
        return;
      }
      if (event == null || event.name().equals("fleet")) {
        LOG.warn("the fleet cannot be seen, trying again cause=\"{}\"", e.toString());
      }
      trouble = e.getMessage() == null ? e.toString() : e.getMessage();
      ObjectNode told = JSON.createObjectNode();
      told.put("message", trouble);
      now = new Event("trouble", told.toString());
    }
    event = now;
    for (Consumer<Event> listener : listeners) {
      listener.accept(now);
    }
  }

  /** Tells a listener what is known, and from now on whatever is seen. */
  void listen(Consumer<Event> listener) {
    listeners.add(listener);
    Event known = event;
    if (known != null) {
      listener.accept(known);
    }
  }

  void forget(Consumer<Event> listener) {
    listeners.remove(listener);
  }

  int listeners() {
    return listeners.size();
  }

  /** The last look that succeeded; null before the first. */
  Look last() {
    return last;
  }

  /** Why the newest look failed; null if it did not. */
  String trouble() {
    return trouble;
  }

  @Override
  public void close() {
    closed.countDown();
    thread.interrupt();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
