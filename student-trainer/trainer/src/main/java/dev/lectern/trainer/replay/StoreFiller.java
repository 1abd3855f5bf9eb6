package dev.lectern.trainer.replay;

import dev.lectern.schemas.progress.Progress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies parts from the log into the store, in the order of the log, as long as nobody closes it.
 */
final class StoreFiller implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StoreFiller.class);
  private static final long POLL_MILLIS = 500;

  private final ReplayStore store;
  private final Supplier<PartReader> readers;
  private Thread thread;
  private volatile boolean closed;

  StoreFiller(ReplayStore store, Supplier<PartReader> readers) {
    this.store = store;
    this.readers = readers;
  }

  /** Fills in the calling thread until every part is held. */
  void fill(Collection<PartLocation> parts, Progress progress) {
    List<PartLocation> missing = new ArrayList<>();
    for (PartLocation part : parts) {
      if (store.holds(part.viewId(), part.part(), part.fingerprint())) {
        progress.advance(1);
      } else {
        missing.add(part);
      }
    }
    if (missing.isEmpty()) {
      return;
    }
    try (PartReader reader = readers.get()) {
      reader.readInOrder(
          missing,
          (part, bytes) -> {
            if (closed) {
              throw new CancellationException();
            }
            store.append(part.viewId(), part.part(), part.fingerprint(), bytes);
            progress.advance(1);
          });
    }
  }

  /**
   * Fills in a thread of its own. A failure is logged and ends the filling; the steps then read
   * what they need themselves, and fail with the reason if they cannot.
   *
   * @param parts what there is to fill now; asked again until {@code complete} says that nothing
   *     will be added
   */
  void start(Supplier<Collection<PartLocation>> parts, Supplier<Boolean> complete) {
    thread =
        new Thread(
            () -> {
              try {
                boolean last = false;
                while (!closed && !last) {
                  last = complete.get();
                  fill(parts.get(), Progress.silent());
                  if (!last) {
                    pause();
                  }
                }
                if (!closed) {
                  LOG.info("replay store is complete");
                }
              } catch (CancellationException | InterruptedException e) {
                LOG.debug("filling the replay store was stopped", e);
              } catch (RuntimeException e) {
                if (closed) {
                  LOG.debug("filling the replay store was stopped", e);
                  return;
                }
                LOG.error("the replay store is no longer filled ahead: {}", e.getMessage(), e);
              }
            },
            "lectern-store-filler");
    thread.setDaemon(true);
    thread.start();
  }

  private synchronized void pause() throws InterruptedException {
    if (!closed) {
      wait(POLL_MILLIS);
    }
  }

  /** Ends the filling with the record that is being copied. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    if (thread != null) {
      try {
        thread.join(10_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
