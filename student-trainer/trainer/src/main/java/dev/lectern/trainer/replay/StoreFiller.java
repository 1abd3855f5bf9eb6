package dev.lectern.trainer.replay;

import dev.lectern.schemas.log.BrokerWait;
import dev.lectern.schemas.progress.Progress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.InterruptException;
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
  private final BrokerWait broker;
  private Thread thread;
  private volatile boolean closed;

  /**
   * @param broker waits while it is away
   */
  StoreFiller(ReplayStore store, Supplier<PartReader> readers, BrokerWait broker) {
    this.store = store;
    this.readers = readers;
    this.broker = broker;
  }

  /**
   * Fills in the calling thread until every part is held, the store takes nothing more, or the
   * filling is stopped. Does nothing if another process writes the store.
   */
  void fill(Collection<PartLocation> parts, Progress progress, BooleanSupplier stopped) {
    if (!store.isTaking()) {
      return;
    }
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
    try {
      broker.retry(
          () -> {
            copy(missing, progress, stopped);
            return true;
          });
    } catch (CancellationException e) {
      if (closed) {
        throw e;
      }
      LOG.debug("the store takes nothing more, or its filling was stopped", e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  /** Copies the parts, and takes from the list what the store holds then. */
  private void copy(List<PartLocation> missing, Progress progress, BooleanSupplier stopped) {
    if (closed || stopped.getAsBoolean()) {
      throw new CancellationException();
    }
    Set<PartLocation> copied = new HashSet<>();
    try (PartReader reader = readers.get()) {
      reader.readInOrder(
          missing,
          (part, bytes) -> {
            if (closed
                || stopped.getAsBoolean()
                || !store.append(part.viewId(), part.part(), part.fingerprint(), bytes)) {
              throw new CancellationException();
            }
            copied.add(part);
            progress.advance(1);
          });
    } finally {
      missing.removeAll(copied);
    }
  }

  /**
   * Fills in a thread of its own; where another process writes the store, follows what it writes,
   * and goes on with it when that process has gone. A failure is logged and ends the filling; the
   * steps then read what they need themselves, and fail with the reason if they cannot.
   *
   * @param parts what there is to fill now; asked again until {@code complete} says that nothing
   *     will be added
   */
  void start(Supplier<Collection<PartLocation>> parts, Supplier<Boolean> complete) {
    thread = new Thread(() -> work(parts, complete), "lectern-store-filler");
    thread.setDaemon(true);
    thread.start();
  }

  private void work(Supplier<Collection<PartLocation>> parts, Supplier<Boolean> complete) {
    try {
      boolean done = false;
      while (!closed && !done) {
        store.catchUp();
        long start = System.nanoTime();
        if (store.isWriter()) {
          boolean last = complete.get();
          fill(parts.get(), Progress.silent(), () -> closed);
          done = last || !store.isTaking();
        }
        if (!done) {
          // Looking through a large recording takes its time; training needs the processor more.
          pause(Math.max(POLL_MILLIS, 10 * (System.nanoTime() - start) / 1_000_000));
        }
      }
      if (!closed && store.isTaking()) {
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
  }

  private synchronized void pause(long millis) throws InterruptedException {
    if (!closed) {
      wait(millis);
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
